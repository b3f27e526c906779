"""Directions that stand still until a person does something, in the inbox: one group for each cause and its place.

A sign-in that is needed stops all directions of all instances of an account, a silent agent those of a unit: that is
one thing to do, not twelve. A silent agent is said as soon as it is silent, whether or not a direction has met it yet.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Iterator, Sequence
from typing import Final, NamedTuple

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.db.models.functions import JSONObject
from django.utils.translation import gettext as _

from allegro_integration.explain_words import in_words
from allegro_integration.inbox_links import address
from allegro_integration.models import Market
from connectify.dashboard.directions import DIRECTIONS, explain_state
from connectify.dashboard.inbox import InboxGroup, InboxRecord
from connectify.instances.models import Instance
from connectify.sync.models import DirectionState
from connectify.users.models import User
from pohoda_bridge.server.models import Unit
from pohoda_bridge.server.selectors import AgentStatus, agents_as_column, status_of_column

SOURCE: Final = "allegro.directions"
State = DirectionState.State
# Not those that a person chose (paused, not armed), nor what is held: that is decided where it is shown.
ASKING: Final = (State.NEEDS_REAUTH, State.FROZEN, State.WAITING_AGENT, State.WAITING_POHODA, State.WAITING_ALLEGRO)
BAD: Final = frozenset({State.NEEDS_REAUTH.value, State.FROZEN.value})
SILENT: Final = frozenset({"offline", "standby"})
OF_UNIT: Final = frozenset({State.WAITING_AGENT.value, State.WAITING_POHODA.value})
# What stops writing though it is the unit's or the instance's; everything else that does is the account's.
FROZEN_BY_UNIT: Final = frozenset({"wrong_unit", "journal_unreadable", "no_current_year", "journal_failed"})
FROZEN_BY_SETTINGS: Final = frozenset({"orders_not_set", "settings_unreadable"})


class Place(NamedTuple):
    """Where a cause is mended."""

    kind: str
    id: uuid.UUID
    name: str
    url: str
    label: str


class StandingDirections:
    """Nothing is decided here: the page behind the button is where it is mended."""

    def find(self) -> list[InboxGroup]:
        instances = _instances()
        causes: dict[tuple[str, str, uuid.UUID], list[tuple[DirectionState, Place]]] = {}
        for state in _standing(instances):
            place = _place(state)
            causes.setdefault((state.state, state.code, place.id), []).append((state, place))
        met = {place for state, _code, place in causes if state == State.WAITING_AGENT}
        groups = [group for found in causes.values() if (group := _group(found))]
        return [*groups, *_silent_agents(instances, met)]

    def act(self, key: str, act: str, actor: User) -> int:
        return 0


def _group(found: Sequence[tuple[DirectionState, Place]]) -> InboxGroup | None:
    """None for what nobody needs to do anything about."""
    state, place = found[0]
    why = explain_state(state.state, state.code, in_words(state.params))
    if not why.you_do:
        return None
    return InboxGroup(
        source=SOURCE,
        key=f"{state.state}:{state.code}:{place.id}",
        why=why,
        place=place.name,
        direction="",
        since=state.since,
        count=0,
        records=tuple(_record(one) for one, _place_of in found),
        solve_url=place.url,
        solve_label=place.label if place.url else "",
        tone=_tone(state),
        codes=(state.code or state.state,),
    )


def _tone(state: DirectionState) -> str:
    """Without an agent that once worked nothing gets to Pohoda or from it: that stands before single records.

    One that is still to be set up has stopped nothing.
    """
    if state.state == State.WAITING_AGENT:
        agent = status_of_column(state.instance.agents)  # type: ignore[attr-defined]
        return "bad" if agent.tone == "bad" else "wait"
    return "bad" if state.state in BAD else "wait"


def _instances() -> list[Instance]:
    """Those that are not paused, each with its standing directions and its unit's agents: one query for all."""
    names = ("direction", "state", "code", "params", "since")
    states = DirectionState.objects.filter(instance=OuterRef("pk"), state__in=ASKING).order_by("since", "id")
    columns = {
        "standing": ArraySubquery(states.values(standing=JSONObject(**{name: name for name in names}))),
        "agents": agents_as_column("market__unit"),
    }
    rows = Instance.objects.filter(paused_at=None).select_related("market__account", "market__unit__connection")
    return list(rows.annotate(**columns).order_by("created_at", "id"))


def _standing(instances: Sequence[Instance]) -> list[DirectionState]:
    """The longest standing first."""
    states = [
        DirectionState(instance=instance, **{**one, "since": dt.datetime.fromisoformat(one["since"])})
        for instance in instances
        for one in instance.standing  # type: ignore[attr-defined]
    ]
    return sorted(states, key=lambda state: state.since)


def _silent_agents(instances: Sequence[Instance], met: Collection[uuid.UUID]) -> Iterator[InboxGroup]:
    """Units with an instance at work whose agents are all silent or spare, beside those that a direction has `met`."""
    units: dict[uuid.UUID, list[Instance]] = {}
    for instance in instances:
        market: Market | None = getattr(instance, "market", None)
        if market is not None and market.active and market.unit_id not in met:
            units.setdefault(market.unit_id, []).append(instance)
    for found in units.values():
        agent = status_of_column(found[0].agents)  # type: ignore[attr-defined]
        if agent.kind in SILENT:
            yield _of_agent(agent, found)


def _of_agent(agent: AgentStatus, instances: Sequence[Instance]) -> InboxGroup:
    unit: Unit = instances[0].market.unit  # type: ignore[attr-defined]
    place = _place_of_unit(unit)
    return InboxGroup(
        source=SOURCE,
        key=f"{State.WAITING_AGENT}:{agent.code}:{unit.pk}",
        why=explain_state(State.WAITING_AGENT, agent.code, in_words(agent.params)),
        place=place.name,
        direction="",
        since=agent.since or agent.enrolled_at or unit.connection.created_at,
        count=0,
        records=tuple(InboxRecord(label=instance.name) for instance in instances),
        solve_url=place.url,
        solve_label=place.label if place.url else "",
        tone=agent.tone,
        codes=(agent.code,),
    )


def _place_of_unit(unit: Unit) -> Place:
    return Place("unit", unit.pk, unit.connection.name, address("unit", unit.pk), _("Open the accounting unit"))


def _record(state: DirectionState) -> InboxRecord:
    return InboxRecord(label=state.instance.name, note=str(DIRECTIONS.get(state.direction, state.direction)))


def _place(state: DirectionState) -> Place:
    instance = state.instance
    market: Market | None = getattr(instance, "market", None)
    if market is None or state.code in FROZEN_BY_SETTINGS:
        return Place("instance", instance.pk, instance.name, address("instance", instance.pk), _("Open the instance"))
    if state.state in OF_UNIT or (state.state == State.FROZEN and state.code in FROZEN_BY_UNIT):
        return _place_of_unit(market.unit)
    account = market.account
    label = _("Sign in to Allegro again") if state.state == State.NEEDS_REAUTH else _("Open the account")
    return Place("account", account.pk, account.login, address("accounts"), label)
