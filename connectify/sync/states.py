"""The state of each direction of each instance: what people see first (DESIGN §5)."""

from __future__ import annotations

from typing import Any

from django.db.models.functions import Now

from connectify.audit.services import record_event
from connectify.instances.models import Instance
from connectify.sync.models import DirectionState

State = DirectionState.State


def set_state(
    *, instance: Instance, direction: str, state: str, code: str = "", params: dict[str, Any] | None = None
) -> DirectionState:
    """`since` moves, and an event is recorded, only when the state or its cause changes."""
    DirectionState.objects.get_or_create(instance=instance, direction=direction)
    row = DirectionState.objects.select_for_update().get(instance=instance, direction=direction)
    params = params or {}
    if (row.state, row.code) != (state, code):
        before = row.state
        DirectionState.objects.filter(pk=row.pk).update(state=state, code=code, params=params, since=Now())
        record_event(
            type="direction.state_changed",
            object_kind="instance",
            object_id=instance.pk,
            data={"direction": direction, "before": before, "state": str(state), "code": code, "params": params},
        )
    elif row.params != params:
        DirectionState.objects.filter(pk=row.pk).update(params=params)
    row.refresh_from_db()
    return row


def good(*, instance: Instance, direction: str) -> None:
    """A cycle of this direction reached its end: the dead-man's switch (RELIABILITY M24) reads the time."""
    DirectionState.objects.update_or_create(instance=instance, direction=direction, defaults={"last_good_at": Now()})
