from django.db import migrations, models


class Migration(migrations.Migration):
    """The five words for an offer's state as for any other record; nothing changes in the table."""

    dependencies = [("allegro", "0006_by_cause")]

    operations = [
        migrations.AlterField(
            model_name="offer",
            name="state",
            field=models.CharField(
                choices=[
                    ("sent", "sent"),
                    ("waiting", "waiting"),
                    ("error", "error"),
                    ("skipped", "skipped"),
                    ("superseded", "superseded"),
                ],
                default="waiting",
                max_length=12,
            ),
        ),
    ]
