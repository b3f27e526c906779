"""Instances: the list, and the general page of one: what may write, its name and pace, pausing it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_POST, require_safe

from allegro_integration.models import Market
from allegro_integration.services import markets
from allegro_integration.services.offers.scope import OFFERS, may_carry
from allegro_integration.setup.accounts import may_set
from allegro_integration.setup.frame import find_market, frame
from allegro_integration.setup.instance_forms import GeneralForm
from connectify.dashboard.access import MEMBERS, SETTERS, open_to
from connectify.dashboard.directions import DIRECTIONS, TONES, explain_state
from connectify.dashboard.explanations import Explained, explain
from connectify.instances.models import Arming
from connectify.sync.models import DirectionState
from connectify.users.models import User
from pohoda_bridge.server.selectors import AgentStatus, agent_status, agent_statuses

State = DirectionState.State
# Where what a direction lacks is set.
TAB_OF: Final = {
    "orders": "instance_orders",
    "offers": "instance_offers",
    "statuses": "instance_statuses",
    "invoices": "instance_invoices",
}
WHAT: Final[dict[str, str | Promise]] = {
    "orders": gettext_lazy("Creates received orders in Pohoda from orders at Allegro."),
    "offers": gettext_lazy("Changes pieces and prices of the offers at Allegro."),
    "statuses": gettext_lazy("Changes the states of orders at Allegro and sends parcel numbers."),
    "invoices": gettext_lazy("Prints invoices in Pohoda and attaches them to orders at Allegro."),
}
ROLES: Final[dict[str, str | Promise]] = {
    Market.Role.PRIMARY: pgettext_lazy("role", "Primary: the account's own marketplace, so it carries the offers."),
    Market.Role.SECONDARY: pgettext_lazy(
        "role", "Secondary: it takes orders and sets prices; pieces come with the offers of the primary one."
    ),
}


@dataclass(frozen=True)
class Switch:
    """One direction: whether it may write, since when, its state, and what is missing before it may."""

    direction: str
    label: str
    what: str | Promise
    armed_at: dt.datetime | None
    state_label: str
    tone: str
    why: Explained
    missing: Explained | None
    mend_url: str


@dataclass(frozen=True)
class InstanceCard:
    market: Market
    switches: list[Switch]
    agent: AgentStatus

    @property
    def armed(self) -> int:
        return sum(1 for switch in self.switches if switch.armed_at)

    @property
    def to_set(self) -> list[Switch]:
        return [switch for switch in self.switches if switch.missing]


@open_to(*MEMBERS)
@require_safe
def instance_list(request: HttpRequest) -> HttpResponse:
    return render(request, "allegro/setup/instances.html", {"cards": cards(), "may_set": may_set(request)})


@open_to(*MEMBERS)
@require_safe
def instance_detail(request: HttpRequest, instance_id: uuid.UUID) -> HttpResponse:
    market = find_market(instance_id)
    return show(request, market, GeneralForm.of(market))


@open_to(*SETTERS)
@require_POST
def pause_instance(request: HttpRequest, instance_id: uuid.UUID) -> HttpResponse:
    market = find_market(instance_id)
    reason = request.POST.get("reason", "").strip()[:200]
    markets.pause_market(market=market, actor=cast(User, request.user), reason=reason)
    said = _(
        "The instance is paused: it writes nothing. It goes on reading and planning, and what is under way is finished."
    )
    messages.success(request, said)
    return redirect("instance", instance_id)


@open_to(*SETTERS)
@require_POST
def resume_instance(request: HttpRequest, instance_id: uuid.UUID) -> HttpResponse:
    market = find_market(instance_id)
    markets.resume_market(market=market, actor=cast(User, request.user))
    messages.success(request, _("The instance goes on."))
    return redirect("instance", instance_id)


def show(request: HttpRequest, market: Market, form: GeneralForm, **more: Any) -> HttpResponse:
    """The general page. `more`: what its form would do, once that was asked (general.py)."""
    context = {
        **frame(request, market, "instance"),
        "switches": _switches(market, *_states_of([market])),
        "agent": agent_status(market.unit),
        "role_sentence": ROLES[market.role],
        "form": form,
        **more,
    }
    return render(request, "allegro/setup/instance.html", context)


def cards(agents: Mapping[uuid.UUID, AgentStatus] | None = None) -> list[InstanceCard]:
    """Every instance of the tenant with its directions, in a fixed number of queries. `agents`: by unit, if known."""
    rows = Market.objects.filter(active=True).select_related("instance", "account__connection", "unit__connection")
    found = list(rows.order_by("instance__created_at", "pk"))
    armings, states = _states_of(found)
    agents = agents or agent_statuses({market.unit_id: market.unit for market in found}.values())
    return [InstanceCard(market, _switches(market, armings, states), agents[market.unit_id]) for market in found]


Armings = dict[tuple[uuid.UUID, str], dt.datetime | None]
States = dict[tuple[uuid.UUID, str], DirectionState]


def _states_of(found: list[Market]) -> tuple[Armings, States]:
    ids = [market.instance_id for market in found]
    armings = {(row.instance_id, row.direction): row.armed_at for row in Arming.objects.filter(instance__in=ids)}
    states = {(row.instance_id, row.direction): row for row in DirectionState.objects.filter(instance__in=ids)}
    return armings, states


def _switches(market: Market, armings: Armings, states: States) -> list[Switch]:
    return [_switch(market, direction, armings, states) for direction in markets.DIRECTIONS]


def _switch(market: Market, direction: str, armings: Armings, states: States) -> Switch:
    place = (market.instance_id, direction)
    armed_at, row = armings.get(place), states.get(place)
    name, code, params = _state(market, armed_at, row)
    missing = markets.missing_for(market, direction)
    return Switch(
        direction=direction,
        label=str(DIRECTIONS[direction]),
        what=WHAT[direction],
        armed_at=armed_at,
        state_label=str(State(name).label),
        tone=TONES.get(name, "wait"),
        why=explain_state(name, code, params),
        missing=explain(missing) if missing else None,
        mend_url=mend_url(market, direction),
    )


def _state(market: Market, armed_at: dt.datetime | None, row: DirectionState | None) -> tuple[str, str, dict[str, Any]]:
    if market.instance.paused_at:
        return State.PAUSED, "", {}
    if armed_at is None:
        return State.NOT_ARMED, "", {}
    if row is None or row.state == State.NOT_ARMED:
        return State.OK, "", {}
    return row.state, row.code, row.params


def mend_url(market: Market, direction: str) -> str:
    """Where what the direction lacks is set. Pieces are the carrying instance's; beside it there are prices alone."""
    prices_alone = direction == OFFERS and not may_carry(market)
    return tab_url(market, "instance_prices" if prices_alone else TAB_OF[direction])


def tab_url(market: Market, name: str) -> str:
    try:
        return reverse(name, args=[market.instance_id])
    except NoReverseMatch:
        return ""
