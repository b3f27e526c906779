"""Records that cannot go, each alone with its reason and raw payload (RELIABILITY M16)."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from connectify.audit.services import record_audit, record_event
from connectify.domain.errors import Rejected
from connectify.instances.models import Instance
from connectify.sync.models import Payload, Quarantined
from connectify.users.models import User

State = Quarantined.State
Again = Callable[[Quarantined, User | None], None]
_on_retry: dict[str, tuple[Again, frozenset[str]]] = {}


def on_retry(subject_kind: str, again: Again, *, not_for: Collection[str] = ()) -> None:
    """What makes a record of this kind be tried again: `again(row, actor)` runs in the transaction of the click.

    It may raise Rejected("nothing_to_retry"). Of the codes `not_for` only a person can say that they are dealt with.
    """
    _on_retry[subject_kind] = (again, frozenset(not_for))


def may_retry(subject_kind: str, code: str) -> bool:
    """Whether trying again can help a record that was put aside with this code."""
    return subject_kind in _on_retry and code not in _on_retry[subject_kind][1]


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


def reopen(*, subject_kind: str, subject_key: str) -> None:
    """A person had it tried again, and its cause is still there. Nothing happens to what is open, ignored or solved."""
    row = _locked(subject_kind, subject_key)
    if row is not None and row.state == State.RETRIED:
        _move(row, State.OPEN)
        _event("quarantine.opened", row)


def ignore(*, quarantined: Quarantined, actor: User | None) -> bool:
    """A person decided that this record shall not go, or has dealt with it. False: nothing waited any more."""
    return _by_person(quarantined, State.IGNORED, actor, "quarantine.ignored")


def retry(*, quarantined: Quarantined, actor: User | None) -> bool:
    """A person wants it tried again, most likely after mending its cause. False: nothing waited any more.

    Raises Rejected("nothing_to_retry") where trying again cannot help; then it stays open.
    """
    if not may_retry(quarantined.subject_kind, quarantined.code):
        raise Rejected("nothing_to_retry")
    again, _ = _on_retry[quarantined.subject_kind]
    try:
        with transaction.atomic():
            quarantined.refresh_from_db()
            if quarantined.state != State.OPEN:
                return False
            # The record is locked before its row here, as in every run: the other way round two would wait for each
            # other.
            again(quarantined, actor)
            if not _by_person(quarantined, State.RETRIED, actor, "quarantine.retried"):
                raise _DecidedMeanwhile
    except _DecidedMeanwhile:
        return False
    return True


class _DecidedMeanwhile(Exception):
    """Somebody else moved the row while its record was waited for: nothing of this try stays."""


def _by_person(quarantined: Quarantined, state: Quarantined.State, actor: User | None, action: str) -> bool:
    row = quarantined
    row.refresh_from_db(from_queryset=Quarantined.objects.select_for_update())
    if row.state != State.OPEN:
        return False
    _move(row, state)
    record_audit(
        actor=actor,
        action=action,
        object_kind="quarantined",
        object_id=row.pk,
        before={"state": str(State.OPEN)},
        after={"state": str(state)},
    )
    _event(action, row)
    return True


def _locked(subject_kind: str, subject_key: str) -> Quarantined | None:
    rows = Quarantined.objects.select_for_update()
    return rows.filter(subject_kind=subject_kind, subject_key=subject_key).first()


def _move(row: Quarantined, state: Quarantined.State) -> None:
    row.state = state
    row.save(update_fields=["state"])


def _event(type: str, row: Quarantined) -> None:
    data = {"subject_kind": row.subject_kind, "subject_key": row.subject_key, "code": row.code, "params": row.params}
    record_event(type=type, object_kind="quarantined", object_id=row.pk, data=data)
