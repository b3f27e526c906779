from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("pohoda", "0005_card_by_store"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="agent",
            options={"verbose_name": "agent", "verbose_name_plural": "agents"},
        ),
        migrations.AlterModelOptions(
            name="job",
            options={"verbose_name": "job", "verbose_name_plural": "jobs"},
        ),
        migrations.AlterModelOptions(
            name="unit",
            options={"verbose_name": "accounting unit", "verbose_name_plural": "accounting units"},
        ),
    ]
