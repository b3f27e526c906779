"""Connections and instances: what a customer connects, configures and pays.

No word of any marketplace or accounting program.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from connectify.tenants.models import TenantForeignKey, TenantModel


class Connection(TenantModel):
    """One thing outside that we talk to. A module extends it one-to-one (a Unit, an Account)."""

    class State(models.TextChoices):
        NEW = "new", _("new")
        ACTIVE = "active", _("connected")
        DISCONNECTED = "disconnected", _("disconnected")

    kind = models.CharField(max_length=40)
    name = models.CharField(_("name"), max_length=120)
    state = models.CharField(max_length=12, choices=State.choices, default=State.NEW)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class Instance(TenantModel):
    """One marketplace connection against one accounting connection."""

    name = models.CharField(_("name"), max_length=120)
    source = TenantForeignKey(Connection, on_delete=models.PROTECT, related_name="+")
    target = TenantForeignKey(Connection, on_delete=models.PROTECT, related_name="+")
    interval_s = models.PositiveIntegerField(_("interval in seconds"), default=300)
    settings = models.JSONField(default=dict)
    settings_version = models.PositiveIntegerField(default=1)
    paused_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("instance")
        verbose_name_plural = _("instances")

    def __str__(self) -> str:
        return self.name


class Arming(TenantModel):
    """A direction of an instance that may write. No row, or `armed_at` empty: it plans and shows, no more."""

    instance = TenantForeignKey(Instance, on_delete=models.CASCADE, related_name="armings")
    direction = models.CharField(max_length=20)
    armed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["tenant", "instance", "direction"], name="one_arming"),)


class InstancePeriod(TenantModel):
    """Dated rows of an instance's role and activity: billing will read them."""

    instance = TenantForeignKey(Instance, on_delete=models.PROTECT, related_name="periods")
    role = models.CharField(max_length=20)
    active = models.BooleanField()
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["tenant", "instance"], condition=models.Q(until__isnull=True), name="one_open_period"
            ),
        )
