"""What the home page shows: every direction of every instance as a row."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import Final

from django.utils.translation import gettext_lazy as _

from connectify import clock
from connectify.dashboard import switches
from connectify.dashboard.directions import DIRECTIONS, SILENT, TONES, Freshness, explain_state, freshness
from connectify.dashboard.explanations import Explained, fill
from connectify.dashboard.figures import Figure, all_figures
from connectify.dashboard.plots import Bars, Gauge, all_plots, gauge
from connectify.dashboard.standing import standing_figures
from connectify.instances.models import Instance
from connectify.sync.models import DirectionState

State = DirectionState.State
SILENT_TONES: Final = {Freshness.LATE: "wait", Freshness.DOWN: "bad"}


@dataclass(frozen=True)
class DirectionRow:
    label: str
    state: str
    state_label: str
    tone: str
    why: Explained
    since: dt.datetime | None
    last_good_at: dt.datetime | None
    freshness: Freshness
    gauge: Gauge | None
    figures: list[Figure]
    plots: list[Bars]

    @property
    def is_well(self) -> bool:
        return self.state == State.OK and self.freshness is not Freshness.DOWN

    @property
    def is_calm(self) -> bool:
        """There is nothing to explain."""
        return self.state == State.OK and not self.is_silent

    @property
    def is_silent(self) -> bool:
        """Its last word was good, and nothing has been heard since for too long."""
        return self.state == State.OK and self.freshness in SILENT

    @property
    def asks(self) -> bool:
        """Some of its records wait for a person, also where everything runs."""
        return any(figure.asks and figure.count for figure in self.figures)


@dataclass(frozen=True)
class InstanceRows:
    instance: Instance
    directions: list[DirectionRow] = field(default_factory=list)


def home_rows() -> list[InstanceRows]:
    """Instances of the tenant in force as they were made, each with its directions, in few queries."""
    rows = Instance.objects.select_related("source", "target").annotate(switches=switches.as_column())
    instances = list(rows.order_by("created_at", "id"))
    states: dict[tuple[object, str], DirectionState] = {
        (state.instance_id, state.direction): state for state in DirectionState.objects.all()
    }
    figures, plots = all_figures(), all_plots()
    for place, standing in standing_figures().items():
        figures[place] = [*standing, *figures.get(place, [])]
    places = {name: place for place, name in enumerate(DIRECTIONS)}
    names = {name for _, name in states} | {"orders"}
    directions = sorted(names, key=lambda name: (places.get(name, len(places)), name))

    known = switches.read_column(instances[0].switches) if instances else []
    off = switches.switched_off((instance.pk for instance in instances), known)

    def row(instance: Instance, direction: str) -> DirectionRow:
        place = (instance.pk, direction)
        row = _row(instance, direction, states.get(place), figures.get(place, []), plots.get(place, []))
        return _switched_off(row, off[place]) if place in off else row

    return [InstanceRows(one, [row(one, direction) for direction in directions]) for one in instances]


def _row(
    instance: Instance, direction: str, state: DirectionState | None, figures: list[Figure], plots: list[Bars]
) -> DirectionRow:
    name = state.state if state else State.NOT_ARMED
    if instance.paused_at:
        name = State.PAUSED
    is_own = state is not None and name == state.state
    last_good_at = state.last_good_at if state else None
    fresh = _fresh(name, last_good_at, instance)
    why = explain_state(name, state.code if state and is_own else "", state.params if state and is_own else {})
    is_silent = name == State.OK and fresh in SILENT
    return DirectionRow(
        label=str(DIRECTIONS.get(direction, direction)),
        state=name,
        state_label=str(State(name).label),
        tone=SILENT_TONES[fresh] if is_silent else TONES.get(name, "wait"),
        why=fill(SILENT[fresh]) if is_silent else why,
        since=state.since if state and is_own else instance.paused_at,
        last_good_at=last_good_at,
        freshness=fresh,
        gauge=gauge(last_good_at=last_good_at, fresh=fresh, interval_s=instance.interval_s),
        figures=figures,
        plots=plots,
    )


def _switched_off(row: DirectionRow, off: switches.SwitchedOff) -> DirectionRow:
    """By us; a state that the customer chose, or must end, is said first."""
    if row.state in (State.PAUSED, State.NOT_ARMED, State.NEEDS_REAUTH, State.FROZEN):
        return row
    label = str(_("switched off by us"))
    return replace(row, state="switched_off", state_label=label, tone="wait", why=off.why, since=off.since)


def _fresh(state: str, last_good_at: dt.datetime | None, instance: Instance) -> Freshness:
    if state in {State.PAUSED, State.NOT_ARMED}:
        return Freshness.UNKNOWN  # it is not expected to run
    return freshness(last_good_at=last_good_at, interval_s=instance.interval_s, now=clock.now())
