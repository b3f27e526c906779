"""Hands the next job to the unit's active agent, and with it commits the intent of its change (DESIGN §2.3)."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now

from connectify.domain.change import ChangeState
from connectify.domain.crashpoints import crashpoint
from connectify.sync import changes
from connectify.sync.models import Change
from connectify.tenants.context import tenant_scope
from pohoda_bridge.protocol import Envelope, SignedJob
from pohoda_bridge.server import outages
from pohoda_bridge.server.authentication import Caller, check_session
from pohoda_bridge.server.jobs import call_on_handed, expire, order_of
from pohoda_bridge.server.models import Agent, Job, Unit


def hand_out(caller: Caller) -> Envelope | None:
    """The next job, in one transaction; None when none waits or the agent is standby. Raises Refused (409, 403).

    Order: priority, then writes before reads, then the oldest. A job of an older epoch that the agent no longer knows
    is handed out again under the same id, and so is one that was handed out a while ago without a result: an agent that
    has it knows so from its journal.
    """
    with tenant_scope(caller.tenant_id):
        unit = Unit.objects.select_for_update(no_key=True).get(pk=caller.unit_id)
        agent = Agent.objects.get(pk=caller.agent_id)
        check_session(agent, caller)
        if agent.state != Agent.State.ACTIVE:
            return None
        expire(unit)
        job = _next(unit)
        if job is None:
            return None
        began = _begin(job, unit)
        first = job.handed_at is None
        _mark_handed(job, unit, agent)
        if first:
            call_on_handed(job)
        envelope = Envelope(
            epoch=unit.agent_epoch,
            seq=caller.seq,
            job=SignedJob(order=bytes(job.order), signature=bytes(job.signature), body=bytes(job.body)),
        )
    if began:
        crashpoint("P2.s02.intent")
    return envelope


def _candidates(unit: Unit) -> QuerySet[Job]:
    silent_since = Now() - dt.timedelta(seconds=settings.BRIDGE_REHAND_S)
    lost = Q(handed_epoch__lt=unit.agent_epoch) | Q(handed_at__lte=silent_since)
    wanted = Q(state=Job.State.WAITING) | Q(lost, state=Job.State.HANDED)
    return Job.objects.filter(wanted, unit=unit).order_by("priority", "-is_write", "created_at", "id")


def _next(unit: Unit) -> Job | None:
    """Locks and returns the next job; those that must not go any more are cancelled on the way.

    The change is locked before its job, as everywhere else; the unit's lock keeps two polls apart.
    """
    passed: list[object] = []
    candidates, may_try = _candidates(unit), False
    while (seen := candidates.exclude(pk__in=passed).values_list("pk", "change_id", "state").first()) is not None:
        job_id, change_id, state = seen
        if change_id and state == Job.State.WAITING and not may_try:
            may_try = outages.may_try(unit.pk)
            if not may_try:
                candidates = candidates.exclude(state=Job.State.WAITING, change__isnull=False)
                continue
        change = change_id and Change.objects.select_for_update().select_related("instance").get(pk=change_id)
        job = Job.objects.select_for_update(skip_locked=True).filter(pk=job_id).first()
        if job is None or job.state not in (Job.State.WAITING, Job.State.HANDED):
            passed.append(job_id)
            continue
        if change is None or _may_go(job, change):
            if change is not None:
                job.change = change
            return job
        _cancel(job, change)
    return None


def _may_go(job: Job, change: Change) -> bool:
    """A write goes while its change is planned or on its way and its direction may write; a read while it is of use."""
    if not job.is_write:
        return change.state != ChangeState.SUPERSEDED
    return change.state in (ChangeState.PLANNED, ChangeState.INTENT) and changes.may_write(change)


def _cancel(job: Job, change: Change) -> None:
    """A forgotten write that may not be repeated: whether it was done is found out by a lookup, which only reads."""
    Job.objects.filter(pk=job.pk).update(state=Job.State.CANCELLED)
    if job.is_write and change.state == ChangeState.INTENT:
        changes.mark_unknown(change.pk, code="stopped", detail="")


def _begin(job: Job, unit: Unit) -> bool:
    """INTENT is committed before the first byte leaves; → whether it was this hand-out that did it."""
    if job.change is None or not job.is_write or job.change.state != ChangeState.PLANNED:
        return False
    changes.begin(job.change.pk, epoch=unit.agent_epoch)
    return True


def _mark_handed(job: Job, unit: Unit, agent: Agent) -> None:
    ttl_s = order_of(job).ttl_s
    Job.objects.filter(pk=job.pk).update(
        state=Job.State.HANDED,
        handed_at=Now(),
        handed_epoch=unit.agent_epoch,
        handed_agent=agent,
        expires_at=F("expires_at") if ttl_s is None else Now() + dt.timedelta(seconds=ttl_s),
    )
