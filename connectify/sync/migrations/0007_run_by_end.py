from django.db import migrations, models


class Migration(migrations.Migration):
    """The run that ended last is found by its time: ids are random and tell no order."""

    dependencies = [("sync", "0006_direction_words")]

    operations = [
        migrations.AddIndex(
            model_name="run", index=models.Index(fields=["-finished_at"], name="run_by_end")
        ),
    ]
