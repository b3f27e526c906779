"""Units with their years, agents, and the jobs that wait for them."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from connectify.instances.models import Connection
from connectify.sync.models import Change
from connectify.tenants.models import TenantForeignKey, TenantModel, TenantOneToOneField


class Unit(TenantModel):
    """One bookkeeping entity in Pohoda, stable for ever; its years come and go."""

    class Edition(models.TextChoices):
        MDB = "mdb", "Pohoda"
        SQL = "sql", "Pohoda SQL"
        E1 = "e1", "Pohoda E1"

    connection = TenantOneToOneField(Connection, on_delete=models.PROTECT, related_name="unit")
    ico = models.CharField(_("IČO"), max_length=15)
    key = models.CharField(max_length=40, blank=True)
    edition = models.CharField(max_length=4, choices=Edition.choices, default=Edition.MDB)
    encoding = models.CharField(max_length=14, default="windows-1250")
    agent_epoch = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("accounting unit")
        verbose_name_plural = _("accounting units")

    def __str__(self) -> str:
        return f"{self.connection.name} ({self.ico})"


class UnitYear(TenantModel):
    """One accounting year of a unit: its own database and channel."""

    class State(models.TextChoices):
        CURRENT = "current", _("current")
        CLOSING = "closing", _("closing")
        CLOSED = "closed", _("closed")

    unit = TenantForeignKey(Unit, on_delete=models.CASCADE, related_name="years")
    year = models.PositiveSmallIntegerField()
    database = models.CharField(max_length=80)
    channel = models.CharField(max_length=12, default="mserver")
    state = models.CharField(max_length=8, choices=State.choices, default=State.CURRENT)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["tenant", "unit", "year"], name="one_row_per_unit_year"),
            models.UniqueConstraint(
                fields=["tenant", "unit"], condition=models.Q(state="current"), name="one_current_year"
            ),
        )


class EnrolmentCode(TenantModel):
    """A code for one agent of one unit: 15 minutes, one use. Only its hash is kept."""

    unit = TenantForeignKey(Unit, on_delete=models.CASCADE, related_name="enrolment_codes")
    code_sha256 = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class Agent(TenantModel):
    """An enrolled on-premise program. One is active per unit; a second one is standby and sees no jobs."""

    class State(models.TextChoices):
        ACTIVE = "active", _("active")
        STANDBY = "standby", _("standby")
        REVOKED = "revoked", _("revoked")

    unit = TenantForeignKey(Unit, on_delete=models.PROTECT, related_name="agents")
    host = models.CharField(max_length=120)
    public_key = models.BinaryField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.ACTIVE)
    version = models.CharField(max_length=40, blank=True)
    session = models.CharField(max_length=64, blank=True)
    session_seq = models.BigIntegerField(default=0)
    journal_generation = models.CharField(max_length=64, blank=True)
    last_seen_at = models.DateTimeField(null=True)
    health = models.JSONField(default=dict)
    health_at = models.DateTimeField(null=True)
    enrolled_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("agent")
        verbose_name_plural = _("agents")
        constraints = (
            models.UniqueConstraint(
                fields=["tenant", "unit"], condition=models.Q(state="active"), name="one_active_agent_per_unit"
            ),
        )

    def __str__(self) -> str:
        return self.host


class Job(TenantModel):
    """Something for the agent to do; it waits while the PC is off. `order`, `signature`, `body` travel as they are."""

    created_now = False  # not stored: whether `queue_job` made it, or found it live

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        HANDED = "handed", _("handed out")
        DONE = "done", _("done")
        EXPIRED = "expired", _("expired")
        CANCELLED = "cancelled", _("cancelled")

    unit = TenantForeignKey(Unit, on_delete=models.PROTECT, related_name="jobs")
    change = TenantForeignKey(Change, on_delete=models.PROTECT, related_name="jobs", null=True, blank=True)
    operation = models.CharField(max_length=30)
    is_write = models.BooleanField(default=False)
    priority = models.SmallIntegerField(default=5)
    order = models.BinaryField()
    signature = models.BinaryField()
    body = models.BinaryField(default=b"")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField(null=True)
    handed_at = models.DateTimeField(null=True)
    handed_epoch = models.BigIntegerField(default=0)
    handed_agent = TenantForeignKey(Agent, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    done_at = models.DateTimeField(null=True)
    result = models.JSONField(null=True)
    answer = models.BinaryField(default=b"")
    report = models.BinaryField(default=b"")
    settled_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        indexes = (
            models.Index(fields=["tenant", "unit", "state", "priority", "created_at"], name="job_queue"),
            models.Index(fields=["tenant", "change"], name="job_by_change"),
        )

    def __str__(self) -> str:
        return self.operation


class ResultUpload(TenantModel):
    """Chunks of a result on their way; visible as the job's answer only when complete."""

    job = TenantOneToOneField(Job, on_delete=models.CASCADE, related_name="upload")
    total = models.PositiveIntegerField()
    stored = models.BinaryField(default=b"")
    updated_at = models.DateTimeField(db_default=Now())


from pohoda_bridge.server.mirror.models import Invoice, MirrorRead, OrderState, StockCard  # noqa: E402

__all__ = [
    "Agent",
    "EnrolmentCode",
    "Invoice",
    "Job",
    "MirrorRead",
    "OrderState",
    "ResultUpload",
    "StockCard",
    "Unit",
    "UnitYear",
]
