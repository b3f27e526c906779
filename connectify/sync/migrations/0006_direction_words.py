from django.db import migrations, models


class Migration(migrations.Migration):
    """A direction is switched on, in one wording everywhere; nothing changes in the table."""

    dependencies = [("sync", "0005_run_by_time")]

    operations = [
        migrations.AlterField(
            model_name="directionstate",
            name="state",
            field=models.CharField(
                choices=[
                    ("ok", "working"),
                    ("not_armed", "not switched on"),
                    ("waiting_agent", "waiting for the agent"),
                    ("waiting_pohoda", "waiting for the accounting program"),
                    ("waiting_allegro", "waiting for the marketplace"),
                    ("paused", "paused"),
                    ("needs_reauth", "sign-in needed"),
                    ("held", "held"),
                    ("frozen", "stopped"),
                ],
                default="not_armed",
                max_length=16,
            ),
        ),
    ]
