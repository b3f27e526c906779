"""Two append-only tables: what happened (events) and what people did (audit)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from connectify.tenants.models import TenantForeignKey, TenantModel


class Event(TenantModel):
    """Something that happened to an object. `data` is small and typed by (type, version); raw documents are Payloads.

    Timelines, webhooks and billing read it. `sequence` rises but has gaps and is not in commit order.
    """

    sequence = models.BigIntegerField(
        editable=False, db_default=models.Func(models.Value("audit_event_sequence"), function="nextval")
    )
    type = models.CharField(max_length=60)
    version = models.PositiveSmallIntegerField(default=1)
    object_kind = models.CharField(max_length=40)
    object_id = models.UUIDField()
    at = models.DateTimeField(db_default=Now())
    data = models.JSONField(default=dict)
    sent = TenantForeignKey("sync.Payload", on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    received = TenantForeignKey("sync.Payload", on_delete=models.PROTECT, related_name="+", null=True, blank=True)

    class Meta:
        indexes = (models.Index(fields=["tenant", "object_kind", "object_id", "sequence"], name="event_by_object"),)


class AuditEntry(TenantModel):
    """One action of a person or a program that changed data, access or secrets.

    Impersonated actions name both people. `via` names the way where it is no person's click: "api:Sklad" for a key.
    """

    at = models.DateTimeField(db_default=Now())
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    on_behalf_of = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    action = models.CharField(max_length=60)
    object_kind = models.CharField(max_length=40, blank=True)
    object_id = models.UUIDField(null=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    reason = models.CharField(max_length=300, blank=True)
    via = models.CharField(max_length=120, blank=True, db_default="")

    class Meta:
        verbose_name = _("entry of the record")
        verbose_name_plural = _("record of what people did")
        indexes = (models.Index(fields=["tenant", "-at"], name="audit_by_time"),)

    def __str__(self) -> str:
        return self.action
