from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('pohoda', '0002_mirror'),
    ]

    operations = [
        migrations.AddField(
            model_name='mirrorread',
            name='pages',
            field=models.JSONField(default=list),
        ),
    ]
