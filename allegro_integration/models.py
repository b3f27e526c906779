"""Accounts with their tokens and inbox, the market of an instance, orders, and the mappings of delivery and payment."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from connectify.instances.models import Connection, Instance
from connectify.sync.models import Payload
from connectify.tenants.models import TenantForeignKey, TenantModel, TenantOneToOneField
from pohoda_bridge.server.models import Unit


class Account(TenantModel):
    """One Allegro seller account. (environment, seller_id) is claimed once on the whole platform."""

    connection = TenantOneToOneField(Connection, on_delete=models.PROTECT, related_name="account")
    environment = models.CharField(max_length=20)
    seller_id = models.CharField(max_length=40)
    login = models.CharField(max_length=100)
    base_marketplace = models.CharField(max_length=40)
    journal_cursor = models.CharField(max_length=100, blank=True)
    journal_read_at = models.DateTimeField(null=True)
    swept_at = models.DateTimeField(null=True)
    # Up to where a sweep has come that takes more than one cycle.
    sweep_from = models.DateTimeField(null=True)
    needs_reauth_since = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["tenant", "environment", "seller_id"], name="one_account_row"),)

    @property
    def ext_system(self) -> str:
        """exSystemName of this account's orders (DESIGN §4.8)."""
        return f"allegro:{self.environment}:{self.seller_id}"

    def __str__(self) -> str:
        return self.login


class Token(TenantModel):
    """An account's token pair, sealed. Refreshed by the vault protocol (RELIABILITY 2.3.3)."""

    account = TenantOneToOneField(Account, on_delete=models.CASCADE, related_name="token")
    version = models.BigIntegerField(default=1)
    access = models.BinaryField()
    refresh = models.BinaryField()
    expires_at = models.DateTimeField()
    scope = models.TextField(blank=True)
    previous_access = models.BinaryField(null=True)
    previous_refresh = models.BinaryField(null=True)
    previous_until = models.DateTimeField(null=True)
    intent_at = models.DateTimeField(null=True)
    intent_attempt = models.PositiveIntegerField(default=0)
    intent_fingerprint = models.CharField(max_length=64, blank=True)
    updated_at = models.DateTimeField(db_default=Now())


class TokenLock(TenantModel):
    """The row that excludes a second refresher of an account; apart from the pair, whose storing must not wait."""

    account = TenantOneToOneField(Account, on_delete=models.CASCADE, related_name="token_lock")


class ConsentRequest(TenantModel):
    """An OAuth round under way: `state` is bound to a session and used once. `account`: only its seller may answer."""

    account = TenantForeignKey(Account, on_delete=models.CASCADE, related_name="+", null=True)
    state_sha256 = models.CharField(max_length=64, unique=True)
    code_verifier = models.BinaryField()
    environment = models.CharField(max_length=20)
    session_sha256 = models.CharField(max_length=64)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class Market(TenantModel):
    """What makes an Instance an Allegro one: its account, marketplace and role."""

    class Role(models.TextChoices):
        PRIMARY = "primary", _("primary")
        SECONDARY = "secondary", _("secondary")

    class Assortment(models.TextChoices):
        SHARED = "shared", _("shared offers")
        SEPARATE = "separate", _("separate offers")

    instance = TenantOneToOneField(Instance, on_delete=models.PROTECT, related_name="market")
    account = TenantForeignKey(Account, on_delete=models.PROTECT, related_name="markets")
    unit = TenantForeignKey(Unit, on_delete=models.PROTECT, related_name="markets")
    marketplace = models.CharField(max_length=40)
    role = models.CharField(max_length=10, choices=Role.choices)
    assortment = models.CharField(max_length=10, choices=Assortment.choices, default=Assortment.SHARED)
    active = models.BooleanField(default=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["tenant", "account", "marketplace"],
                condition=models.Q(active=True),
                name="one_active_instance_per_market",
            ),
        )


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
    bought_at = models.DateTimeField()
    generation = models.PositiveSmallIntegerField(default=1)
    planned_settings_version = models.PositiveIntegerField(default=0)
    pohoda_number = models.CharField(max_length=32, blank=True)
    pohoda_total = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = (
            models.Index(fields=["tenant", "-bought_at", "id"], name="order_by_time"),
            models.Index(fields=["tenant", "instance", "state"], name="order_by_state"),
        )


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
