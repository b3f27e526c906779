"""The engine's memory: what is due, who works on it, what was changed outside, and what waits for a person."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from connectify.clock import new_id
from connectify.domain.change import ChangeState
from connectify.instances.models import Instance
from connectify.tenants.models import TenantForeignKey, TenantModel


class Due(TenantModel):
    """When a resource (a unit, an account, an instance) is to be worked on, and by whom it is being worked on.

    Holds no customer data: the scheduler reads it across tenants through functions of the database. `epoch` fences:
    each take raises it, and every write of a run carries it.
    """

    kind = models.CharField(max_length=40)
    resource_id = models.UUIDField()
    due_at = models.DateTimeField()
    interval_s = models.PositiveIntegerField(default=300)
    nudged_until = models.DateTimeField(null=True, blank=True)
    epoch = models.BigIntegerField(default=0)
    holder = models.CharField(max_length=80, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0)
    enabled = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("due row")
        verbose_name_plural = _("due rows")
        constraints = (models.UniqueConstraint(fields=["kind", "resource_id"], name="one_due_row_per_resource"),)
        indexes = (models.Index(fields=["due_at"], name="due_by_time", condition=models.Q(enabled=True)),)

    def __str__(self) -> str:
        return f"{self.kind} {self.resource_id}"


class Run(TenantModel):
    """One cycle of a pipeline over one resource, written when the resource's turn ends."""

    class Outcome(models.TextChoices):
        OK = "ok", _("done")
        RETRY = "retry", _("will be tried again")
        NEEDS_USER = "needs_user", _("a person must act")
        LOST = "lost", _("taken over")
        BUG = "bug", _("our error")

    pipeline = models.CharField(max_length=40)
    resource_kind = models.CharField(max_length=40)
    resource_id = models.UUIDField()
    epoch = models.BigIntegerField()
    started_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=12, choices=Outcome.choices)
    code = models.CharField(max_length=60, blank=True)
    detail = models.TextField(blank=True)
    counts = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        indexes = (
            models.Index(fields=["tenant", "resource_id", "-started_at"], name="run_by_resource"),
            # The list of all runs, page by page. A run is written once, so it costs one entry each.
            models.Index(fields=["tenant", "-started_at", "id"], name="run_by_time"),
            # The last one of all companies, for support (`connectify_platform_state`).
            models.Index(fields=["-finished_at"], name="run_by_end"),
        )

    def __str__(self) -> str:
        return f"{self.pipeline} {self.resource_id}"


class Change(TenantModel):
    """One thing to do to one record outside (DESIGN §2). The database guards the edges between its states."""

    STATES = [(state.value, state.value) for state in ChangeState]

    instance = TenantForeignKey(Instance, on_delete=models.PROTECT, related_name="changes")
    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=200)
    subject_kind = models.CharField(max_length=40)
    subject_id = models.UUIDField()
    resource_kind = models.CharField(max_length=40)
    resource_id = models.UUIDField()
    revision = models.BigIntegerField(default=1)
    state = models.CharField(max_length=12, choices=STATES, default=ChangeState.PLANNED)
    evidence = models.CharField(max_length=12, blank=True)
    attempt = models.PositiveIntegerField(default=0)
    epoch = models.BigIntegerField(default=0)
    content = models.JSONField()
    content_sha256 = models.CharField(max_length=64)
    trace = models.JSONField(default=list)
    code = models.CharField(max_length=60, blank=True)
    detail = models.TextField(blank=True)
    proof = models.JSONField(default=dict)
    planned_at = models.DateTimeField(db_default=Now())
    intent_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    next_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("change")
        verbose_name_plural = _("changes")
        constraints = (models.UniqueConstraint(fields=["tenant", "kind", "key"], name="one_change_per_key"),)
        indexes = (
            models.Index(fields=["tenant", "resource_kind", "resource_id", "state", "next_at"], name="change_to_do"),
            models.Index(fields=["tenant", "subject_kind", "subject_id"], name="change_by_subject"),
            models.Index(
                fields=["tenant", "instance", "code", "planned_at"],
                name="change_held",
                condition=models.Q(state=ChangeState.HELD.value),
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class Link(TenantModel):
    """Our memory that this here is that there, and what was last confirmed."""

    kind = models.CharField(max_length=40)
    here_id = models.UUIDField()
    there_system = models.CharField(max_length=120)
    there_id = models.CharField(max_length=120)
    there_number = models.CharField(max_length=64, blank=True)
    confirmed = models.JSONField(default=dict)
    confirmed_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["tenant", "kind", "here_id"], name="one_link_here"),
            models.UniqueConstraint(fields=["tenant", "kind", "there_system", "there_id"], name="one_link_there"),
        )


class Quarantined(TenantModel):
    """A record that cannot go, alone, with its raw payload and reason; the rest of the batch goes on."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        RETRIED = "retried", _("retried")
        IGNORED = "ignored", _("ignored")
        SOLVED = "solved", _("solved")

    instance = TenantForeignKey(Instance, on_delete=models.PROTECT, related_name="quarantined", null=True, blank=True)
    subject_kind = models.CharField(max_length=40)
    subject_key = models.CharField(max_length=200)
    code = models.CharField(max_length=60)
    params = models.JSONField(default=dict)
    payload = TenantForeignKey("Payload", on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    attempts = models.PositiveIntegerField(default=1)
    first_seen_at = models.DateTimeField(db_default=Now())
    last_seen_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("record put aside")
        verbose_name_plural = _("records put aside")
        constraints = (
            models.UniqueConstraint(fields=["tenant", "subject_kind", "subject_key"], name="one_quarantine_per_record"),
        )
        indexes = (
            models.Index(
                fields=["tenant", "subject_kind", "code", "instance", "first_seen_at"],
                name="quarantined_open",
                condition=models.Q(state="open"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.subject_kind} {self.subject_key}"


class Payload(TenantModel):
    """Raw bytes as they came or went, kept apart from the rows that lists read."""

    media_type = models.CharField(max_length=80)
    sha256 = models.CharField(max_length=64)
    body = models.BinaryField()
    created_at = models.DateTimeField(db_default=Now())


class DirectionState(TenantModel):
    """Each direction of each instance is in exactly one state, with since-when and cause (DESIGN §5)."""

    class State(models.TextChoices):
        OK = "ok", _("working")
        NOT_ARMED = "not_armed", _("not switched on")
        WAITING_AGENT = "waiting_agent", _("waiting for the agent")
        WAITING_POHODA = "waiting_pohoda", _("waiting for the accounting program")
        WAITING_ALLEGRO = "waiting_allegro", _("waiting for the marketplace")
        PAUSED = "paused", _("paused")
        NEEDS_REAUTH = "needs_reauth", _("sign-in needed")
        HELD = "held", _("held")
        FROZEN = "frozen", _("stopped")

    instance = TenantForeignKey(Instance, on_delete=models.CASCADE, related_name="direction_states")
    direction = models.CharField(max_length=20)
    state = models.CharField(max_length=16, choices=State.choices, default=State.NOT_ARMED)
    code = models.CharField(max_length=60, blank=True)
    params = models.JSONField(default=dict)
    since = models.DateTimeField(db_default=Now())
    last_good_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["tenant", "instance", "direction"], name="one_state_per_direction"),
        )


class Breaker(TenantModel):
    """A circuit breaker of one hop of one resource (RELIABILITY M13)."""

    hop = models.CharField(max_length=80)
    failures = models.PositiveIntegerField(default=0)
    opened_at = models.DateTimeField(null=True)
    retry_at = models.DateTimeField(null=True)
    backoff_s = models.PositiveIntegerField(default=30)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["tenant", "hop"], name="one_breaker_per_hop"),)


class KillSwitch(models.Model):
    """Global: a hop or direction that is off for everybody (RELIABILITY M19). Holds no customer data."""

    id = models.UUIDField(primary_key=True, default=new_id)
    scope = models.CharField(max_length=80, unique=True)
    reason = models.CharField(max_length=200)
    since = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("switch")
        verbose_name_plural = _("switches")

    def __str__(self) -> str:
        return self.scope


class KillSwitchEntry(models.Model):
    """Who switched what off or on again, and why. Global, and only grows. `actor` None: a command of the operator's."""

    id = models.UUIDField(primary_key=True, default=new_id)
    at = models.DateTimeField(db_default=Now())
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    scope = models.CharField(max_length=80)
    is_off = models.BooleanField()
    reason = models.CharField(max_length=200, blank=True)
