from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('allegro', '0003_offers_to_read'),
    ]

    operations = [
        migrations.AddField(
            model_name='inboxform',
            name='has_unknown_pieces',
            field=models.BooleanField(db_default=False),
        ),
        migrations.AddField(
            model_name='inboxform',
            name='missing_since',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='offer',
            name='fell_at',
            field=models.DateTimeField(null=True),
        ),
    ]
