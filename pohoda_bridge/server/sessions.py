"""Sessions of agents: the newest wins and raises the unit's epoch, which fences clones (RELIABILITY 2.3.4)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.conf import settings
from django.db.models.functions import Now

from connectify.audit.models import Event
from connectify.audit.services import record_event
from connectify.domain.change import ChangeState
from connectify.instances.models import Connection
from connectify.sync import changes, due
from connectify.tenants.context import tenant_scope
from pohoda_bridge.protocol import SessionAnswer, SessionRequest
from pohoda_bridge.server.authentication import Caller
from pohoda_bridge.server.models import Agent, Job, Unit
from pohoda_bridge.server.refusals import Refused
from pohoda_bridge.server.wakeup import wake

OPENED = "agent.session"
RESOURCE_KIND = "pohoda.unit"


def open_session(caller: Caller, request: SessionRequest) -> SessionAnswer:
    """Makes this the agent's session. Jobs the agent still knows stay with it; others will be handed out again.

    Raises Refused 400 (session names differ) or 401 replay (a session, or its sequence, that was seen before).
    """
    if not request.session or request.session != caller.session or len(request.session) > 64:
        raise Refused(400, "session")
    with tenant_scope(caller.tenant_id):
        if Agent.objects.filter(pk=caller.agent_id, state=Agent.State.ACTIVE).exists():
            due.nudge(RESOURCE_KIND, caller.unit_id)  # first: runs lock the due row before they lock jobs
        unit = Unit.objects.select_for_update(no_key=True).get(pk=caller.unit_id)
        agent = Agent.objects.select_for_update(no_key=True).get(pk=caller.agent_id)
        if agent.state == Agent.State.REVOKED:
            raise Refused(403, "revoked")
        _refuse_replay(agent, caller)
        _remember(agent, caller, request)
        wait_s = max(1, int(settings.BRIDGE_POLL_WAIT_S))
        if agent.state != Agent.State.ACTIVE:
            return SessionAnswer(epoch=unit.agent_epoch, role="standby", wait_s=wait_s)
        unit.agent_epoch += 1
        unit.save(update_fields=["agent_epoch"])
        Connection.objects.filter(pk=unit.connection_id, state=Connection.State.NEW).update(
            state=Connection.State.ACTIVE
        )
        _check_journal(agent, request)
        known = _adopt(agent, unit, request.open_jobs)
        data = {"session": request.session, "epoch": unit.agent_epoch, "version": request.agent_version[:40]}
        record_event(type=OPENED, object_kind="agent", object_id=agent.pk, data=data)
        wake(unit.pk)  # polls of older sessions look up and find that they are over
        return SessionAnswer(epoch=unit.agent_epoch, role="active", wait_s=wait_s, unacked=known)


def _refuse_replay(agent: Agent, caller: Caller) -> None:
    if agent.session == caller.session:
        if caller.seq <= agent.session_seq:
            raise Refused(401, "replay", f"sequence {caller.seq} was seen")
        return
    seen = Event.objects.filter(
        type=OPENED, object_kind="agent", object_id=agent.pk, data__session=caller.session
    ).exists()
    if seen:
        raise Refused(401, "replay", "this session is over", security={"session": caller.session})


def _remember(agent: Agent, caller: Caller, request: SessionRequest) -> None:
    Agent.objects.filter(pk=agent.pk).update(
        session=request.session,
        session_seq=caller.seq,
        version=request.agent_version[:40],
        journal_generation=max(agent.journal_generation, request.journal_generation[:64], key=_age),
        last_seen_at=Now(),
    )


def _adopt(agent: Agent, unit: Unit, open_jobs: Iterable[str]) -> tuple[str, ...]:
    """The agent answers for the jobs in its journal; the new epoch is theirs, so they are not handed out again."""
    held = Job.objects.filter(unit=unit, handed_agent=agent, state=Job.State.HANDED, pk__in=_ids(open_jobs))
    known = tuple(sorted(str(pk) for pk in held.values_list("pk", flat=True)))
    held.update(handed_epoch=unit.agent_epoch)
    return known


def _check_journal(agent: Agent, request: SessionRequest) -> None:
    """Another journal has forgotten what was sent: handed-out writes are looked up before they are repeated."""
    before, now = agent.journal_generation, request.journal_generation[:64]
    if not before or before == now:
        return
    went_back = now and _age(now) < _age(before)
    code = "journal_went_back" if went_back else "journal_new" if now else "journal_unreadable"
    data = {"code": code, "before": before, "now": now}
    event = "agent.security" if went_back else "agent.journal"
    record_event(type=event, object_kind="agent", object_id=agent.pk, data=data)
    forgotten = Job.objects.filter(unit=agent.unit_id, handed_agent=agent, state=Job.State.HANDED, is_write=True)
    for job in forgotten.select_related("change").order_by("created_at", "id"):
        if job.change is not None and job.change.state == ChangeState.INTENT:
            changes.mark_unknown(job.change_id, code="agent_journal_lost", detail="")
        forgotten.filter(pk=job.pk).update(state=Job.State.CANCELLED)


def _age(generation: str) -> tuple[int, str]:
    """Orders generations: numbers without leading zeros as well as texts of one length."""
    return len(generation), generation


def _ids(texts: Iterable[str]) -> list[uuid.UUID]:
    found = []
    for text in list(texts)[:1000]:
        try:
            found.append(uuid.UUID(text))
        except ValueError:
            continue
    return found
