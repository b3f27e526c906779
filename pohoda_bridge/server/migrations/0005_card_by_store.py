from django.db import migrations, models


class Migration(migrations.Migration):
    """The stores of a unit, without a look at each of its cards."""

    dependencies = [("pohoda", "0004_platform_state")]

    operations = [
        migrations.AddIndex(
            model_name="stockcard",
            index=models.Index(
                fields=["tenant", "unit", "store", "storage"],
                name="card_by_store",
                condition=models.Q(missed__lt=2),
            ),
        ),
    ]
