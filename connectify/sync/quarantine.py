"""Records that cannot go, each alone with its reason and raw payload (RELIABILITY M16)."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from django.db.models import F
from django.db.models.functions import Now

from connectify.audit.services import record_audit, record_event
from connectify.instances.models import Instance
from connectify.sync.models import Payload, Quarantined
from connectify.users.models import User

State = Quarantined.State
_on_retry: dict[str, Callable[[Quarantined, User | None], None]] = {}


def on_retry(subject_kind: str, again: Callable[[Quarantined, User | None], None]) -> None:
    """What makes a record of this kind be tried again: `again(row, actor)` runs in the transaction of the click."""
    _on_retry[subject_kind] = again


def put(
    *,
    instance: Instance | None,
    subject_kind: str,
    subject_key: str,
    code: str,
    params: dict[str, Any],
    payload: Payload | None = None,
) -> Quarantined:
    """One row per record, however often it comes back. What a person ignored stays ignored until another code comes."""
    row, created = Quarantined.objects.select_for_update().get_or_create(
        subject_kind=subject_kind,
        subject_key=subject_key,
        defaults={"instance": instance, "code": code, "params": params, "payload": payload},
    )
    opened = created or row.state in (State.RETRIED, State.SOLVED) or row.code != code
    if not created:
        Quarantined.objects.filter(pk=row.pk).update(
            instance=instance,
            code=code,
            params=params,
            payload=payload or row.payload,
            attempts=F("attempts") + 1,
            last_seen_at=Now(),
            state=State.IGNORED if row.state == State.IGNORED and row.code == code else State.OPEN,
        )
        row.refresh_from_db()
    if opened:
        _event("quarantine.opened", row)
    return row


def solve(*, subject_kind: str, subject_key: str, codes: Collection[str] | None = None) -> None:
    """The record went through after all. Nothing happens when it was not quarantined, or not for one of `codes`."""
    row = _locked(subject_kind, subject_key)
    if row is not None and row.state != State.SOLVED and (codes is None or row.code in codes):
        _move(row, State.SOLVED)
        _event("quarantine.solved", row)


def ignore(*, quarantined: Quarantined, actor: User | None) -> None:
    """A person decided that this record shall not go."""
    _by_person(quarantined, State.IGNORED, actor, "quarantine.ignored")


def retry(*, quarantined: Quarantined, actor: User | None) -> None:
    """A person wants it tried again, most likely after mending its cause."""
    _by_person(quarantined, State.RETRIED, actor, "quarantine.retried")
    if again := _on_retry.get(quarantined.subject_kind):
        again(quarantined, actor)


def _by_person(row: Quarantined, state: Quarantined.State, actor: User | None, action: str) -> None:
    before = row.state
    _move(row, state)
    record_audit(
        actor=actor,
        action=action,
        object_kind="quarantined",
        object_id=row.pk,
        before={"state": before},
        after={"state": str(state)},
    )
    _event(action, row)


def _locked(subject_kind: str, subject_key: str) -> Quarantined | None:
    rows = Quarantined.objects.select_for_update()
    return rows.filter(subject_kind=subject_kind, subject_key=subject_key).first()


def _move(row: Quarantined, state: Quarantined.State) -> None:
    row.state = state
    row.save(update_fields=["state"])


def _event(type: str, row: Quarantined) -> None:
    data = {"subject_kind": row.subject_kind, "subject_key": row.subject_key, "code": row.code, "params": row.params}
    record_event(type=type, object_kind="quarantined", object_id=row.pk, data=data)
