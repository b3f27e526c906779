from django.db import migrations, models


class Migration(migrations.Migration):
    """What is held, and what was put aside, by cause: the inbox reads them at each look."""

    dependencies = [("sync", "0003_platform_state")]

    operations = [
        migrations.AddIndex(
            model_name="change",
            index=models.Index(
                fields=["tenant", "instance", "code", "planned_at"],
                name="change_held",
                condition=models.Q(state="held"),
            ),
        ),
        migrations.AddIndex(
            model_name="quarantined",
            index=models.Index(
                fields=["tenant", "subject_kind", "code", "instance", "first_seen_at"],
                name="quarantined_open",
                condition=models.Q(state="open"),
            ),
        ),
    ]
