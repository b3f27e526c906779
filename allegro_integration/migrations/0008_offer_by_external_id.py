from django.db import migrations, models


class Migration(migrations.Migration):
    """Offers by the seller's own code."""

    dependencies = [("allegro", "0007_offer_state_words")]

    operations = [
        migrations.AddIndex(
            model_name="offer",
            index=models.Index(fields=["tenant", "external_id"], name="offer_by_external_id"),
        ),
    ]
