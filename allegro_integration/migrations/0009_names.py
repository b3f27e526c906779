from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("allegro", "0008_offer_by_external_id"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="account",
            options={"verbose_name": "Allegro account", "verbose_name_plural": "Allegro accounts"},
        ),
        migrations.AlterModelOptions(
            name="offer",
            options={"verbose_name": "offer", "verbose_name_plural": "offers"},
        ),
        migrations.AlterModelOptions(
            name="order",
            options={"verbose_name": "order", "verbose_name_plural": "orders"},
        ),
    ]
