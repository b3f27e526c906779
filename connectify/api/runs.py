"""Runs: each cycle of a pipeline over one resource, with how it ended.

Work belongs to who is worked on (an account, a unit): modules say which resources an instance stands on.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterable
from typing import Annotated, Final, Literal

import msgspec
from rest_framework.request import Request

from connectify.api.answers import Cause, cause_of
from connectify.api.endpoint import ApiView
from connectify.api.operations import operation
from connectify.api.paging import Listed, Paged, page
from connectify.dashboard.explanations import explain
from connectify.sync.models import Run

Outcomes = Literal["ok", "retry", "needs_user", "lost", "bug"]
_resources: dict[str, Callable[[uuid.UUID], Iterable[uuid.UUID]]] = {}


def register_resources(owner: str, of_instance: Callable[[uuid.UUID], Iterable[uuid.UUID]]) -> None:
    """`of_instance(instance id)` → ids of what is worked on for it. Idempotent by owner."""
    _resources[owner] = of_instance


class RunRow(msgspec.Struct, frozen=True, kw_only=True):
    """One cycle. `counts` are the pipeline's own numbers (records read, planned, sent)."""

    id: uuid.UUID
    pipeline: str
    resource_kind: str
    resource_id: uuid.UUID
    started_at: dt.datetime
    finished_at: dt.datetime | None
    outcome: Outcomes
    cause: Cause | None
    counts: dict[str, int]


class RunQuery(Paged, frozen=True, kw_only=True, forbid_unknown_fields=True):
    instance: Annotated[
        uuid.UUID | None, msgspec.Meta(description="Runs of the account and the unit this instance stands on.")
    ] = None
    pipeline: Annotated[str, msgspec.Meta(max_length=40, description="By name, for example allegro.orders.")] = ""
    outcome: Outcomes | None = None


EXAMPLE: Final = {
    "id": "7a3e0a4e-4f07-4e0f-8d3c-0b7f9d6b1d20",
    "pipeline": "allegro.journal",
    "resource_kind": "allegro.account",
    "resource_id": "9f1de1f4-41c7-4d0e-a8f5-3a1c0b2f7c33",
    "started_at": "2026-11-23T10:55:00Z",
    "finished_at": "2026-11-23T10:55:01Z",
    "outcome": "ok",
    "cause": None,
    "counts": {"events": 3},
}


class RunList(ApiView):
    @operation(
        "instances:read",
        tag="Runs",
        summary="List runs",
        description="The newest first.",
        query=RunQuery,
        query_example={"outcome": "retry"},
        answer=Listed[RunRow],
        example={"data": [EXAMPLE], "next": None},
    )
    def get(self, request: Request, query: RunQuery) -> Listed[RunRow]:
        rows = Run.objects.all()
        if query.instance is not None:
            wanted = {query.instance, *(one for find in _resources.values() for one in find(query.instance))}
            rows = rows.filter(resource_id__in=wanted)
        if query.pipeline:
            rows = rows.filter(pipeline=query.pipeline)
        if query.outcome:
            rows = rows.filter(outcome=query.outcome)
        return page(rows, order=("-started_at", "id"), query=query, request=request._request, show=_show)


def _show(runs: list[Run]) -> list[RunRow]:
    return [
        RunRow(
            id=run.pk,
            pipeline=run.pipeline,
            resource_kind=run.resource_kind,
            resource_id=run.resource_id,
            started_at=run.started_at,
            finished_at=run.finished_at,
            outcome=run.outcome,
            cause=cause_of(explain(run.code)) if run.code else None,
            counts={name: count for name, count in run.counts.items() if isinstance(count, int)},
        )
        for run in runs
    ]
