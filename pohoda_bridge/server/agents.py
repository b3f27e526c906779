"""What a person does with enrolled agents: switch to the standby one, or revoke one."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import F

from connectify.audit.services import record_audit, record_event
from connectify.domain.errors import Rejected
from pohoda_bridge.server.models import Agent, Unit
from pohoda_bridge.server.wakeup import wake


@transaction.atomic
def activate(*, agent: Agent, actor: Any) -> None:
    """Makes this standby agent the active one. Both must open a new session; jobs of the other are handed out again.

    Raises Rejected("agent_not_standby").
    """
    unit = Unit.objects.select_for_update(no_key=True).get(pk=agent.unit_id)
    locked = Agent.objects.select_for_update(no_key=True).get(pk=agent.pk)
    if locked.state != Agent.State.STANDBY:
        raise Rejected("agent_not_standby", state=str(locked.state))
    Agent.objects.filter(unit=unit, state=Agent.State.ACTIVE).update(state=Agent.State.STANDBY, session="")
    Agent.objects.filter(pk=agent.pk).update(state=Agent.State.ACTIVE, session="")
    Unit.objects.filter(pk=unit.pk).update(agent_epoch=F("agent_epoch") + 1)
    _tell("agent.activated", agent, actor)


@transaction.atomic
def revoke(*, agent: Agent, actor: Any) -> None:
    """This agent is refused from now on, its waiting poll included."""
    unit = Unit.objects.select_for_update(no_key=True).get(pk=agent.unit_id)
    Agent.objects.filter(pk=agent.pk).update(state=Agent.State.REVOKED, session="")
    Unit.objects.filter(pk=unit.pk).update(agent_epoch=F("agent_epoch") + 1)
    _tell("agent.revoked", agent, actor)


def _tell(action: str, agent: Agent, actor: Any) -> None:
    record_audit(actor=actor, action=action, object_kind="agent", object_id=agent.pk)
    record_event(type=action, object_kind="agent", object_id=agent.pk)
    wake(agent.unit_id)
