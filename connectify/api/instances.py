"""Instances with the state of each direction: what works, since when not, and whose turn it is."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection
from typing import Annotated, Any, Final, Literal

import msgspec
from rest_framework.request import Request

from connectify import clock
from connectify.api.answers import Cause, cause_of
from connectify.api.endpoint import ApiView, required
from connectify.api.operations import operation
from connectify.api.paging import Listed, Paged, page
from connectify.dashboard.directions import DIRECTIONS, Freshness, explain_state, freshness
from connectify.instances.models import Arming, Instance
from connectify.sync.models import DirectionState

State = DirectionState.State
States = Literal[
    "ok", "not_armed", "waiting_agent", "waiting_pohoda", "waiting_allegro", "paused", "needs_reauth", "held", "frozen"
]
Places = dict[tuple[uuid.UUID, str], Any]


class Direction(msgspec.Struct, frozen=True, kw_only=True):
    """One flow of an instance. `since` is when it got into its state; `last_good_at` when a cycle last ended well."""

    direction: str
    label: str
    state: States
    cause: Cause
    since: dt.datetime | None
    armed: Annotated[bool, msgspec.Meta(description="Whether it may write; otherwise it plans and shows.")]
    last_good_at: dt.datetime | None
    freshness: Annotated[Literal["fresh", "late", "down", "unknown"], msgspec.Meta(description="By the interval.")]


class Side(msgspec.Struct, frozen=True):
    """A connection: an account of a marketplace, a unit of an accounting program."""

    kind: str
    name: str
    state: Literal["new", "active", "disconnected"]


class InstanceRow(msgspec.Struct, frozen=True, kw_only=True):
    """One marketplace connection against one accounting connection."""

    id: uuid.UUID
    name: str
    source: Side
    target: Side
    interval_s: int
    paused_at: dt.datetime | None
    settings_version: int
    directions: list[Direction]


class InstanceQuery(Paged, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


EXAMPLE: Final = {
    "id": "0b6f4c1e-8d0f-4a55-9a55-6c8d4d0f2a11",
    "name": "Allegro Česko",
    "source": {"kind": "allegro.account", "name": "hracky-dvorak", "state": "active"},
    "target": {"kind": "pohoda.unit", "name": "Hračky Dvořák s.r.o.", "state": "active"},
    "interval_s": 300,
    "paused_at": None,
    "settings_version": 4,
    "directions": [
        {
            "direction": "orders",
            "label": "Orders",
            "state": "waiting_agent",
            "cause": {
                "code": "agent_silent",
                "params": {"host": "UCETNI-PC"},
                "title": "The agent on UCETNI-PC does not answer.",
                "we_do": "We keep everything and go on as soon as the agent is back. Nothing is lost.",
                "you_do": "Check that the computer with the agent is on and has internet.",
            },
            "since": "2026-11-23T10:13:00Z",
            "armed": True,
            "last_good_at": "2026-11-23T10:11:00Z",
            "freshness": "late",
        }
    ],
}


class InstanceList(ApiView):
    @operation(
        "instances:read",
        tag="Instances",
        summary="List instances",
        description="Each with its directions: state, since when, the cause in words, and whether it may write.",
        query=InstanceQuery,
        answer=Listed[InstanceRow],
        example={"data": [EXAMPLE], "next": None},
    )
    def get(self, request: Request, query: InstanceQuery) -> Listed[InstanceRow]:
        rows = Instance.objects.select_related("source", "target")
        return page(rows, order=("created_at", "id"), query=query, request=request._request, show=show)


class InstanceOne(ApiView):
    @operation(
        "instances:read",
        tag="Instances",
        summary="One instance",
        description="With its directions.",
        answer=InstanceRow,
        example=EXAMPLE,
    )
    def get(self, request: Request, instance_id: uuid.UUID) -> InstanceRow:
        return show([find_instance(instance_id)])[0]


def find_instance(instance_id: uuid.UUID) -> Instance:
    """Raises Problem("not_found")."""
    found = Instance.objects.select_related("source", "target").filter(pk=instance_id).first()
    instance: Instance = required(found)
    return instance


def show(instances: Collection[Instance]) -> list[InstanceRow]:
    """Two queries, however many instances."""
    wanted = [one.pk for one in instances]
    states: Places = {
        (row.instance_id, row.direction): row for row in DirectionState.objects.filter(instance__in=wanted)
    }
    armed = set(
        Arming.objects.filter(instance__in=wanted, armed_at__isnull=False).values_list("instance_id", "direction")
    )
    names: dict[uuid.UUID, set[str]] = defaultdict(lambda: {"orders"})
    for instance_id, direction in [*states, *armed]:
        names[instance_id].add(direction)
    places = {name: place for place, name in enumerate(DIRECTIONS)}
    return [
        _row(
            one,
            [
                _direction(one, name, states.get((one.pk, name)), (one.pk, name) in armed)
                for name in sorted(names[one.pk], key=lambda name: (places.get(name, len(places)), name))
            ],
        )
        for one in instances
    ]


def _row(instance: Instance, directions: list[Direction]) -> InstanceRow:
    source, target = (Side(one.kind, one.name, one.state) for one in (instance.source, instance.target))
    return InstanceRow(
        id=instance.pk,
        name=instance.name,
        source=source,
        target=target,
        interval_s=instance.interval_s,
        paused_at=instance.paused_at,
        settings_version=instance.settings_version,
        directions=directions,
    )


def _direction(instance: Instance, name: str, row: DirectionState | None, armed: bool) -> Direction:
    state = State.PAUSED if instance.paused_at else (row.state if row else State.NOT_ARMED)
    is_own = row is not None and row.state == state
    code, params = (row.code, row.params) if row is not None and is_own else ("", {})
    good = row.last_good_at if row else None
    quiet = state in (State.PAUSED, State.NOT_ARMED)
    fresh = Freshness.UNKNOWN
    if not quiet:
        fresh = freshness(last_good_at=good, interval_s=instance.interval_s, now=clock.now())
    return Direction(
        direction=name,
        label=str(DIRECTIONS.get(name, name)),
        state=str(state),  # type: ignore[arg-type]
        cause=cause_of(explain_state(state, code, params), params),
        since=row.since if row is not None and is_own else instance.paused_at,
        armed=armed,
        last_good_at=good,
        freshness=str(fresh),  # type: ignore[arg-type]
    )
