from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("instances", "0001_initial"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="instance",
            options={"verbose_name": "instance", "verbose_name_plural": "instances"},
        ),
    ]
