"""Which changes may go now. Read where work is picked up, so that arming, pausing and kill switches hold at once."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence

from django.db.models.functions import Now

from connectify.domain.change import ChangeState
from connectify.instances.models import Arming, Instance
from connectify.sync.directions import direction_of
from connectify.sync.killswitch import off_among
from connectify.sync.models import Change


def to_do(*, resource_kind: str, resource_id: uuid.UUID, kinds: Iterable[str], limit: int) -> list[Change]:
    """Planned changes of a resource that are due and may write, the longest waiting first.

    Left out: a paused instance, a direction that is not armed, whatever a kill switch stops.
    """
    open_kinds = {kind for kind in kinds if not off_among([f"kind:{kind}", f"direction:{direction_of(kind)}"])}
    planned = Change.objects.filter(
        resource_kind=resource_kind,
        resource_id=resource_id,
        kind__in=open_kinds,
        state=ChangeState.PLANNED,
        next_at__lte=Now(),
        instance__paused_at__isnull=True,
    ).select_related("instance")
    chosen: list[Change] = []
    barred: dict[tuple[uuid.UUID, str], bool] = {}
    for change in planned.order_by("next_at", "planned_at", "id").iterator(chunk_size=500):
        where = (change.instance_id, direction_of(change.kind))
        if where not in barred:
            barred[where] = not _is_open(change)
        if not barred[where]:
            chosen.append(change)
        if len(chosen) >= limit:
            break
    return chosen


def unknown(*, resource_kind: str, resource_id: uuid.UUID, kinds: Iterable[str]) -> list[Change]:
    """Changes whose fate a lookup must find out, oldest first. A lookup only reads: pauses do not hold it."""
    rows = Change.objects.filter(
        resource_kind=resource_kind, resource_id=resource_id, kind__in=list(kinds), state=ChangeState.UNKNOWN
    )
    return list(rows.select_related("instance").order_by("intent_at", "id"))


def may_write(change: Change) -> bool:
    """Whether a change's instance and direction may still write: for what has waited in a queue since it was chosen."""
    if change.instance.paused_at is not None:
        return False
    return not off_among([f"kind:{change.kind}"]) and _is_open(change)


def may_write_all(chosen: Sequence[Change]) -> bool:
    """As `may_write`, for changes that go out in one call: with their instances as they stand now."""
    instances = Instance.objects.in_bulk({change.instance_id for change in chosen})
    seen: set[tuple[uuid.UUID, str]] = set()
    for change in chosen:
        where = (change.instance_id, change.kind)
        if where in seen:
            continue
        seen.add(where)
        change.instance = instances[change.instance_id]
        if not may_write(change):
            return False
    return True


def _is_open(change: Change) -> bool:
    direction = direction_of(change.kind)
    if not Arming.objects.filter(instance_id=change.instance_id, direction=direction, armed_at__isnull=False).exists():
        return False
    scopes = [f"tenant:{change.tenant_id}", f"instance:{change.instance_id}", f"direction:{direction}"]
    return not off_among(scopes)
