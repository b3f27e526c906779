"""The mirror of a Unit: stock cards, states of our orders, invoices, as Pohoda's last whole export gave them."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from connectify.tenants.models import TenantForeignKey, TenantModel


class MirrorRead(TenantModel):
    """What is read of one agenda of a unit: the export under way, the last whole one, and one that is held.

    `scope` narrows an agenda (orders: exSystemName of one account). `jobs` are the pages of the export under way, in
    order. `stamp` is Pohoda's own clock of the last whole export: the next "changes since" counts from it. `pages` are
    digests of the last whole export's pages: one that comes again byte for byte needs no look at its records.
    """

    class Agenda(models.TextChoices):
        STOCK = "stock", _("stock")
        ORDERS = "orders", _("orders")
        INVOICES = "invoices", _("invoices")

    class Mode(models.TextChoices):
        RESTING = "", _("resting")
        FULL = "full", _("everything")
        CHANGES = "changes", _("what changed")

    unit = TenantForeignKey("pohoda.Unit", on_delete=models.CASCADE, related_name="mirror_reads")
    agenda = models.CharField(max_length=10, choices=Agenda.choices)
    scope = models.CharField(max_length=120, blank=True)
    every_s = models.PositiveIntegerField(default=300)
    full_every_s = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField(db_default=Now())

    mode = models.CharField(max_length=8, choices=Mode.choices, default=Mode.RESTING, blank=True)
    began_at = models.DateTimeField(null=True)
    jobs = models.JSONField(default=list)
    attempts = models.PositiveSmallIntegerField(default=0)

    complete_at = models.DateTimeField(null=True)
    complete_began_at = models.DateTimeField(null=True)
    full_at = models.DateTimeField(null=True)
    records = models.PositiveIntegerField(default=0)
    stamp = models.CharField(max_length=30, blank=True)
    pin = models.JSONField(default=dict)
    pages = models.JSONField(default=list)

    held_at = models.DateTimeField(null=True)
    held_code = models.CharField(max_length=60, blank=True)
    held_params = models.JSONField(default=dict)
    # What a person has approved of a held export: {"records": n, "pin": {...}}.
    accepted = models.JSONField(default=dict)

    failed_at = models.DateTimeField(null=True)
    failed_code = models.CharField(max_length=60, blank=True)
    failed_detail = models.TextField(blank=True)

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        constraints = (
            models.UniqueConstraint(fields=["tenant", "unit", "agenda", "scope"], name="one_read_per_agenda"),
        )

    def __str__(self) -> str:
        return self.agenda


class Mirrored(TenantModel):
    """What all mirrored records share.

    `fingerprint`: 16 bytes of the record as exported. `began_at`: when the export began that gave it (the platform's
    clock). `missed`: how many whole exports in a row lacked it; it counts as gone from the second on.
    """

    record_id = models.BigIntegerField()
    fingerprint = models.BinaryField(max_length=16)
    began_at = models.DateTimeField()
    changed_at = models.DateTimeField(db_default=Now())
    missed = models.PositiveSmallIntegerField(default=0)

    class Meta:
        abstract = True
        base_manager_name = "objects"

    GONE_FROM = 2


def _amount(**more: Any) -> models.DecimalField:
    return models.DecimalField(max_digits=18, decimal_places=4, **more)


class StockCard(Mirrored):
    """A stock card. Its lasting name is (store, code); `record_id` holds within one year's database."""

    unit = TenantForeignKey("pohoda.Unit", on_delete=models.CASCADE, related_name="stock_cards")
    store = models.CharField(max_length=64)
    storage = models.CharField(max_length=255, blank=True)
    code = models.CharField(max_length=64)
    name = models.CharField(max_length=255, blank=True)
    ean = models.CharField(max_length=20, blank=True)
    kind = models.CharField(max_length=12, blank=True)
    measure = models.CharField(max_length=10, blank=True)
    producer = models.CharField(max_length=64, blank=True)
    count = _amount(default=0)
    reservation = _amount(default=0)
    received_orders = _amount(default=0)
    vat_percent = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    price = _amount(default=0)
    price_with_vat = models.BooleanField(default=False)
    levels = models.JSONField(default=dict)
    fields = models.JSONField(default=dict)
    extra = models.JSONField(default=dict)
    is_sales = models.BooleanField(default=False)
    is_internet = models.BooleanField(default=False)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["tenant", "unit", "record_id"], name="one_card_per_record"),)
        indexes = (
            models.Index(fields=["tenant", "unit", "code"], name="card_by_code"),
            models.Index(fields=["tenant", "unit", "ean"], name="card_by_ean", condition=~models.Q(ean="")),
            # Which stores there are, and how many cards each has. A card keeps its store, so that what changes every
            # few minutes (its count, its price) does not touch the index.
            models.Index(
                fields=["tenant", "unit", "store", "storage"],
                name="card_by_store",
                condition=models.Q(missed__lt=Mirrored.GONE_FROM),
            ),
        )


class OrderState(Mirrored):
    """One of our received orders as Pohoda has it now, with the documents that hang on it."""

    unit = TenantForeignKey("pohoda.Unit", on_delete=models.CASCADE, related_name="order_states")
    ext_system = models.CharField(max_length=120, blank=True)
    ext_ids = models.CharField(max_length=64, blank=True)
    number = models.CharField(max_length=32)
    number_order = models.CharField(max_length=32, blank=True)
    date = models.DateField()
    is_executed = models.BooleanField(default=False)
    is_delivered = models.BooleanField(default=False)
    is_reserved = models.BooleanField(default=False)
    is_cancelled = models.BooleanField(default=False)
    carrier = models.CharField(max_length=32, blank=True)
    payment_type = models.CharField(max_length=32, blank=True)
    labels = models.JSONField(default=list)
    fields = models.JSONField(default=dict)
    links = models.JSONField(default=list)
    quantity = _amount(default=0)
    delivered = _amount(default=0)
    total = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    currency = models.CharField(max_length=3, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["tenant", "unit", "record_id"], name="one_order_state_per_record"),
        )
        indexes = (models.Index(fields=["tenant", "unit", "ext_ids"], name="order_state_by_ext_id"),)


class Invoice(Mirrored):
    """An issued invoice as Pohoda has it now. `links` say which order it was made from."""

    unit = TenantForeignKey("pohoda.Unit", on_delete=models.CASCADE, related_name="invoices")
    number = models.CharField(max_length=32)
    kind = models.CharField(max_length=40)
    sym_var = models.CharField(max_length=32, blank=True)
    number_order = models.CharField(max_length=32, blank=True)
    date = models.DateField()
    total = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    currency = models.CharField(max_length=3, blank=True)
    is_cancelled = models.BooleanField(default=False)
    is_paid = models.BooleanField(default=False)
    is_locked = models.BooleanField(default=False)
    fields = models.JSONField(default=dict)
    links = models.JSONField(default=list)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["tenant", "unit", "record_id"], name="one_invoice_per_record"),)
        indexes = (models.Index(fields=["tenant", "unit", "number"], name="invoice_by_number"),)
