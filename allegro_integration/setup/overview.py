"""The start of the set-up: what is connected, and the next step."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from allegro_integration.models import Account
from allegro_integration.setup.accounts import may_set, offered, with_markets
from allegro_integration.setup.instances import InstanceCard, cards
from connectify.dashboard.access import MEMBERS, open_to
from pohoda_bridge.server.models import Unit
from pohoda_bridge.server.selectors import AgentStatus, agent_statuses


@dataclass(frozen=True)
class UnitCard:
    unit: Unit
    agent: AgentStatus

    @property
    def tone(self) -> str:
        return self.agent.tone


@dataclass(frozen=True)
class Steps:
    """The way from an empty company to a running one: each step is done, or the first that is not is next."""

    account: bool
    unit: bool
    agent: bool
    instance: bool
    armed: bool

    @property
    def next(self) -> str:
        """ "" when the way is behind."""
        for name in ("account", "unit", "agent", "instance", "armed"):
            if not getattr(self, name):
                return name
        return ""


@open_to(*MEMBERS)
@require_safe
def setup(request: HttpRequest) -> HttpResponse:
    accounts, units = with_markets(), _units()
    instances = cards({one.unit.pk: one.agent for one in units})
    context = {
        "accounts": accounts,
        "units": units,
        "cards": instances,
        "steps": _steps(accounts, units, instances),
        "environments": offered(),
        "may_set": may_set(request),
    }
    return render(request, "allegro/setup/overview.html", context)


def _units() -> list[UnitCard]:
    units = list(Unit.objects.select_related("connection").order_by("connection__created_at", "pk"))
    agents = agent_statuses(units)
    return [UnitCard(unit, agents[unit.pk]) for unit in units]


def _steps(accounts: list[Account], units: list[UnitCard], instances: list[InstanceCard]) -> Steps:
    return Steps(
        account=bool(accounts),
        unit=bool(units),
        agent=any(card.agent.kind != "none" for card in units),
        instance=bool(instances),
        armed=any(card.armed for card in instances),
    )
