"""What an agent last said of itself and its Pohoda."""

from __future__ import annotations

import uuid

from django.db.models.functions import Now

from connectify.sync import due
from connectify.tenants.context import tenant_scope
from pohoda_bridge.protocol import Health
from pohoda_bridge.server.authentication import Caller
from pohoda_bridge.server.json_values import storable
from pohoda_bridge.server.models import Agent


def take_health(caller: Caller, health: Health) -> None:
    """Keeps the health that came with a poll; when mServer's state changed, the unit is worked on at once."""
    with tenant_scope(caller.tenant_id):
        before = Agent.objects.values_list("health", flat=True).get(pk=caller.agent_id)
        if before.get("mserver") != health.mserver:
            due.nudge("pohoda.unit", caller.unit_id)
        remember_health(caller.agent_id, health)


def remember_health(agent_id: uuid.UUID, health: Health) -> None:
    values = storable(health)
    values.pop("type", None)
    Agent.objects.filter(pk=agent_id).update(health=values, health_at=Now())
