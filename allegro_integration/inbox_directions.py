"""Directions that stand still until a person does something, in the inbox: one group for each cause and its place.

A sign-in that is needed stops all directions of all instances of an account, a silent agent those of a unit: that is
one thing to do, not twelve.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Final, NamedTuple

from django.utils.translation import gettext as _

from allegro_integration.explain_words import in_words
from allegro_integration.inbox_links import address
from allegro_integration.models import Market
from connectify.dashboard.directions import DIRECTIONS, explain_state
from connectify.dashboard.inbox import InboxGroup, InboxRecord
from connectify.sync.models import DirectionState
from connectify.users.models import User

SOURCE: Final = "allegro.directions"
State = DirectionState.State
# Not those that a person chose (paused, not armed), nor what is held: that is decided where it is shown.
ASKING: Final = (State.NEEDS_REAUTH, State.FROZEN, State.WAITING_AGENT, State.WAITING_POHODA, State.WAITING_ALLEGRO)
BAD: Final = frozenset({State.NEEDS_REAUTH.value, State.FROZEN.value})
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
        states = DirectionState.objects.filter(state__in=ASKING, instance__paused_at=None).select_related(
            "instance__market__account", "instance__market__unit__connection"
        )
        causes: dict[tuple[str, str, uuid.UUID], list[tuple[DirectionState, Place]]] = {}
        for state in states.order_by("since", "id"):
            place = _place(state)
            causes.setdefault((state.state, state.code, place.id), []).append((state, place))
        return [group for found in causes.values() if (group := _group(found))]

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
        tone="bad" if state.state in BAD else "wait",
        codes=(state.code or state.state,),
    )


def _record(state: DirectionState) -> InboxRecord:
    return InboxRecord(label=state.instance.name, note=str(DIRECTIONS.get(state.direction, state.direction)))


def _place(state: DirectionState) -> Place:
    instance = state.instance
    market: Market | None = getattr(instance, "market", None)
    if market is None or state.code in FROZEN_BY_SETTINGS:
        return Place("instance", instance.pk, instance.name, address("instance", instance.pk), _("Open the instance"))
    if state.state in OF_UNIT or (state.state == State.FROZEN and state.code in FROZEN_BY_UNIT):
        unit = market.unit
        return Place("unit", unit.pk, unit.connection.name, address("unit", unit.pk), _("Open the accounting unit"))
    account = market.account
    label = _("Sign in to Allegro again") if state.state == State.NEEDS_REAUTH else _("Open the account")
    return Place("account", account.pk, account.login, address("accounts"), label)
