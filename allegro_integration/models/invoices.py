"""Invoice documents on their way from Pohoda's print to the order at Allegro."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from allegro_integration.models.orders import Order
from connectify.sync.models import Payload
from connectify.tenants.models import TenantForeignKey, TenantModel


class InvoiceDocument(TenantModel):
    """One invoice of one order: printed, checked, uploaded, once. `number` is Pohoda's and names it for ever."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        SENT = "sent", _("sent")
        ERROR = "error", _("error")
        SKIPPED = "skipped", _("skipped")
        SUPERSEDED = "superseded", _("superseded")

    class Step(models.TextChoices):
        FOUND = "found", _("found in Pohoda")
        PRINTING = "printing", _("being printed")
        PRINTED = "printed", _("printed and checked")
        CREATED = "created", _("announced to Allegro")
        UPLOADED = "uploaded", _("uploaded, being checked by Allegro")
        ACCEPTED = "accepted", _("accepted by Allegro")

    order = TenantForeignKey(Order, on_delete=models.PROTECT, related_name="invoices")
    record_id = models.BigIntegerField()
    number = models.CharField(max_length=32)
    total = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    currency = models.CharField(max_length=3, blank=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.WAITING)
    code = models.CharField(max_length=60, blank=True)
    params = models.JSONField(default=dict)
    step = models.CharField(max_length=10, choices=Step.choices, default=Step.FOUND)
    report_id = models.PositiveIntegerField(null=True)
    report_name = models.CharField(max_length=100, blank=True)
    trace = models.JSONField(default=list)
    job_id = models.UUIDField(null=True)
    prints = models.PositiveSmallIntegerField(default=0)
    pdf = TenantForeignKey(Payload, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    file_name = models.CharField(max_length=100, blank=True)
    allegro_id = models.CharField(max_length=64, blank=True)
    scan = models.CharField(max_length=20, blank=True)
    next_at = models.DateTimeField(db_default=Now())
    found_at = models.DateTimeField(db_default=Now())
    accepted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["tenant", "order", "number"], name="one_document_per_invoice"),)
        indexes = (models.Index(fields=["tenant", "state", "next_at"], name="invoice_to_do"),)
