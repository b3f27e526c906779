from django.db import migrations, models

PROBLEM = models.Q(state="error") | models.Q(state__in=("waiting", "sent"), code__gt="")


class Migration(migrations.Migration):
    """Lists and counts of orders and offers by state and cause, from the index alone."""

    dependencies = [("allegro", "0005_mapped_by")]

    operations = [
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                fields=["tenant", "state", "code", "instance", "bought_at"],
                include=["delivery_method_id", "payment_type"],
                name="order_by_cause",
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(fields=["tenant", "state", "-bought_at", "id"], name="order_by_state_time"),
        ),
        migrations.AddIndex(
            model_name="offer",
            index=models.Index(fields=["tenant", "state", "offer_id", "id"], name="offer_by_state_number"),
        ),
        migrations.AddIndex(
            model_name="offer",
            index=models.Index(fields=["tenant", "offer_id", "id"], name="offer_with_problem", condition=PROBLEM),
        ),
        migrations.AddIndex(
            model_name="offer",
            index=models.Index(fields=["tenant", "offer_id", "id"], name="offer_without_problem", condition=~PROBLEM),
        ),
        migrations.AddIndex(
            model_name="offer",
            index=models.Index(
                fields=["tenant", "account", "state", "code", "offer_id"],
                include=["planned_at"],
                name="offer_by_cause",
                condition=models.Q(code__gt=""),
            ),
        ),
    ]
