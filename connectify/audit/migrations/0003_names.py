from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_via")]

    operations = [
        migrations.AlterModelOptions(
            name="auditentry",
            options={"verbose_name": "entry of the record", "verbose_name_plural": "record of what people did"},
        )
    ]
