from django.db import migrations, models


class Migration(migrations.Migration):
    """The list of all runs of a company, page by page."""

    dependencies = [("sync", "0004_by_cause")]

    operations = [
        migrations.AddIndex(
            model_name="run",
            index=models.Index(fields=["tenant", "-started_at", "id"], name="run_by_time"),
        ),
    ]
