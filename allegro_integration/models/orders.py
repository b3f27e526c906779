"""The inbox of an account, orders, and the mappings of delivery and payment."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from allegro_integration.models.accounts import Account
from connectify.instances.models import Instance
from connectify.sync.models import Payload
from connectify.tenants.models import TenantForeignKey, TenantModel, TenantOneToOneField


class JournalEvent(TenantModel):
    """One event of an account's order journal: a hint that a form is to be read."""

    account = TenantForeignKey(Account, on_delete=models.CASCADE, related_name="journal_events")
    event_id = models.CharField(max_length=100)
    type = models.CharField(max_length=40)
    form_id = models.CharField(max_length=64)
    occurred_at = models.DateTimeField()
    stored_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = (models.UniqueConstraint(fields=["tenant", "account", "event_id"], name="one_row_per_event"),)


class InboxForm(TenantModel):
    """A checkout form that the account told us of, with the last thing we read: one row, whatever the events say."""

    class State(models.TextChoices):
        TO_READ = "to_read", _("to be read")
        READ = "read", _("read")
        GONE = "gone", _("gone")
        UNREADABLE = "unreadable", _("unreadable")

    account = TenantForeignKey(Account, on_delete=models.CASCADE, related_name="inbox")
    form_id = models.CharField(max_length=64)
    marketplace = models.CharField(max_length=40, blank=True)
    status = models.CharField(max_length=40, blank=True)
    revision = models.CharField(max_length=64, blank=True)
    content_sha256 = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.TO_READ)
    found_by = models.CharField(max_length=10, default="journal")
    reads = models.PositiveIntegerField(default=0)
    next_read_at = models.DateTimeField(db_default=Now())
    raw = TenantForeignKey(Payload, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    first_seen_at = models.DateTimeField(db_default=Now())
    read_at = models.DateTimeField(null=True)
    # Since when Allegro answers that there is no such form; a reading that failed otherwise says nothing of the kind.
    missing_since = models.DateTimeField(null=True)
    # What came was not understood, not even by the pieces that were bought.
    has_unknown_pieces = models.BooleanField(db_default=False)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["tenant", "account", "form_id"], name="one_inbox_row_per_form"),)
        indexes = (models.Index(fields=["tenant", "account", "state", "next_read_at"], name="inbox_to_read"),)


class SoldLine(TenantModel):
    """A line item id, seen once: the same one under another form id means merged purchases (RELIABILITY I1)."""

    account = TenantForeignKey(Account, on_delete=models.CASCADE, related_name="sold_lines")
    line_id = models.CharField(max_length=64)
    form = TenantForeignKey(InboxForm, on_delete=models.CASCADE, related_name="sold_lines")
    offer_id = models.CharField(max_length=40)
    code = models.CharField(max_length=100, blank=True)
    quantity = models.PositiveIntegerField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["tenant", "account", "line_id"], name="one_row_per_line_item"),)


class Order(TenantModel):
    """A customer order on its way from Allegro to Pohoda."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        SENT = "sent", _("sent")
        ERROR = "error", _("error")
        SKIPPED = "skipped", _("skipped")
        SUPERSEDED = "superseded", _("superseded")

    instance = TenantForeignKey(Instance, on_delete=models.PROTECT, related_name="orders")
    form = TenantOneToOneField(InboxForm, on_delete=models.PROTECT, related_name="order")
    number = models.CharField(max_length=64)
    state = models.CharField(max_length=12, choices=State.choices, default=State.WAITING)
    code = models.CharField(max_length=60, blank=True)
    params = models.JSONField(default=dict)
    buyer = models.CharField(max_length=200, blank=True)
    total = models.DecimalField(max_digits=14, decimal_places=2)
    currency = models.CharField(max_length=3)
    paid = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    delivery_method = models.CharField(max_length=200, blank=True)
    # What the mappings go by, as the form was read last.
    delivery_method_id = models.CharField(max_length=64, blank=True, db_default="")
    payment_type = models.CharField(max_length=40, blank=True, db_default="")
    bought_at = models.DateTimeField()
    generation = models.PositiveSmallIntegerField(default=1)
    planned_settings_version = models.PositiveIntegerField(default=0)
    pohoda_number = models.CharField(max_length=32, blank=True)
    pohoda_total = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    # The seller's status at Allegro: as last read, as last confirmed by us, and what the rules want.
    fulfilment = models.CharField(max_length=30, blank=True)
    fulfilment_sent = models.CharField(max_length=30, blank=True)
    fulfilment_wanted = models.CharField(max_length=30, blank=True)
    fulfilment_code = models.CharField(max_length=60, blank=True)
    fulfilment_params = models.JSONField(default=dict)
    fulfilment_trace = models.JSONField(default=list)
    fulfilment_revision = models.PositiveIntegerField(default=0)
    parcel = models.CharField(max_length=64, blank=True)
    # Something in Pohoda that hangs on the order has changed since statuses and invoices were planned.
    needs_plan = models.BooleanField(default=False)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        indexes = (
            models.Index(fields=["tenant", "-bought_at", "id"], name="order_by_time"),
            models.Index(fields=["tenant", "instance", "state"], name="order_by_state"),
            # Counts by state and by cause, and what waits for a person, without a look at the rows.
            models.Index(
                fields=["tenant", "state", "code", "instance", "bought_at"],
                include=["delivery_method_id", "payment_type"],
                name="order_by_cause",
            ),
            models.Index(fields=["tenant", "state", "-bought_at", "id"], name="order_by_state_time"),
            models.Index(fields=["tenant", "instance"], name="order_to_plan", condition=models.Q(needs_plan=True)),
        )

    def __str__(self) -> str:
        return self.number


class DeliveryMapping(TenantModel):
    """Allegro delivery method → carrier and line in Pohoda, per instance. Mapped by id, never by name."""

    instance = TenantForeignKey(Instance, on_delete=models.CASCADE, related_name="delivery_mappings")
    method_id = models.CharField(max_length=64)
    method_name = models.CharField(max_length=200)
    carrier = models.CharField(_("carrier in Pohoda"), max_length=20, blank=True)
    line_text = models.CharField(_("text of the delivery line"), max_length=90, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["tenant", "instance", "method_id"], name="one_mapping_per_method"),
        )


class PaymentMapping(TenantModel):
    """Allegro payment type → form of payment in Pohoda, per instance."""

    instance = TenantForeignKey(Instance, on_delete=models.CASCADE, related_name="payment_mappings")
    payment_type = models.CharField(max_length=40)
    form_of_payment = models.CharField(_("form of payment in Pohoda"), max_length=32)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["tenant", "instance", "payment_type"], name="one_mapping_per_payment_type"),
        )
