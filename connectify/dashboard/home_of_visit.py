"""The company that support visits, on the front page of the administration: its instances, and how they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count

from connectify.dashboard.directions import DIRECTIONS, TONES, explain_state
from connectify.dashboard.explanations import Explained
from connectify.instances.models import Instance
from connectify.sync.models import DirectionState, Quarantined


@dataclass(frozen=True)
class Direction:
    label: str
    tone: str
    state: str
    why: Explained
    row: DirectionState


@dataclass(frozen=True)
class Visited:
    """`instances` with their directions, and how many records wait for a person."""

    instances: list[tuple[Instance, list[Direction]]]
    quarantined: int


def visited() -> Visited:
    """Of the tenant in force; three queries."""
    rows: dict[Any, list[Direction]] = {}
    places = {name: place for place, name in enumerate(DIRECTIONS)}
    states = sorted(DirectionState.objects.all(), key=lambda row: (places.get(row.direction, 99), row.direction))
    for row in states:
        rows.setdefault(row.instance_id, []).append(direction_of(row))
    instances = [(one, rows.get(one.pk, [])) for one in Instance.objects.order_by("created_at", "id")]
    waiting = Quarantined.objects.filter(state=Quarantined.State.OPEN).aggregate(count=Count("*"))
    return Visited(instances, waiting["count"])


def direction_of(row: DirectionState) -> Direction:
    label = str(DIRECTIONS.get(row.direction, row.direction))
    state = str(DirectionState.State(row.state).label)
    return Direction(label, TONES.get(row.state, "wait"), state, explain_state(row.state, row.code, row.params), row)
