"""The change ledger: planning a change and moving it along its edges (DESIGN §2, RELIABILITY M1).

Everything here runs inside the caller's transaction and locks the change's row first; several changes are locked in the
order of their ids. The database guards the same edges by a trigger.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from django.db.models import DateTimeField, ExpressionWrapper
from django.db.models.functions import Now

from connectify.audit.services import record_audit
from connectify.domain.change import ChangeState, Evidence, check_edge
from connectify.domain.fingerprint import fingerprint
from connectify.instances.models import Instance
from connectify.sync.directions import direction_of, register_kind
from connectify.sync.models import Change
from connectify.sync.work import may_write, may_write_all, to_do, unknown
from connectify.users.models import User

__all__ = [
    "back_to_planned",
    "begin",
    "confirm",
    "hold",
    "in_seconds",
    "mark_unknown",
    "may_write",
    "may_write_all",
    "plan_change",
    "quarantine",
    "refuse",
    "register_kind",
    "retry_by_person",
    "strand",
    "supersede",
    "to_do",
    "unknown",
]

S = ChangeState
E = Evidence


# Longer than usual: its keyword arguments are the columns of the ledger.
def plan_change(
    *,
    instance: Instance,
    kind: str,
    key: str,
    subject_kind: str,
    subject_id: uuid.UUID,
    resource_kind: str,
    resource_id: uuid.UUID,
    content: dict[str, Any],
    trace: Sequence[Any] = (),
    revision: int = 1,
    hold: bool = False,
) -> Change:
    """The one change with this key, with this content if it may still be changed.

    Planned or held: takes newer content, and is held as long as the latest plan says `hold`, unless a person has
    approved this very content. Refused: planned again, when the content differs from the refused one. Under way or
    settled: stays as it is; the caller sees that by its state. An older revision than the stored one is dropped.
    """
    direction_of(kind)
    digest = fingerprint(content)
    change, created = Change.objects.select_for_update().get_or_create(
        kind=kind,
        key=key,
        defaults={
            "instance": instance,
            "subject_kind": subject_kind,
            "subject_id": subject_id,
            "resource_kind": resource_kind,
            "resource_id": resource_id,
            "content": content,
            "content_sha256": digest,
            "trace": list(trace),
            "revision": revision,
            "state": S.HELD if hold else S.PLANNED,
        },
    )
    if created:
        return _read(change.pk)
    if revision < change.revision or change.state not in (S.PLANNED, S.HELD, S.REFUSED):
        return change
    if digest == change.content_sha256:
        return _hold_or_lift(change, hold=hold)
    return _replan(change, content=content, digest=digest, trace=list(trace), revision=revision, hold=hold)


def _replan(
    change: Change, *, content: dict[str, Any], digest: str, trace: list[Any], revision: int, hold: bool
) -> Change:
    fresh = {
        "content": content,
        "content_sha256": digest,
        "trace": trace,
        "revision": revision,
        "code": "",
        "detail": "",
    }
    if change.state == S.PLANNED or (change.state == S.HELD and hold):
        Change.objects.filter(pk=change.pk).update(**fresh, next_at=Now())
        return _hold(_read(change.pk)) if hold else _read(change.pk)
    change = _move(change, S.PLANNED, E.NEW_CONTENT, **fresh, next_at=Now(), settled_at=None)
    return _hold(change) if hold else change


def hold(change_id: uuid.UUID, *, code: str, detail: str = "") -> Change:
    """PLANNED → HELD with its cause; a held one takes the new cause. A plan without `hold`, or a person, lifts it."""
    change = _locked(change_id)
    if change.state == S.HELD:
        Change.objects.filter(pk=change.pk).update(code=code, detail=detail)
        return _read(change.pk)
    return _move(change, S.HELD, E.NONE, code=code, detail=detail)


def _hold_or_lift(change: Change, *, hold: bool) -> Change:
    """The same content, planned again."""
    if change.state == S.PLANNED and hold and change.evidence != E.PERSON:
        return _hold(change)
    if change.state == S.HELD and not hold:
        return _move(change, S.PLANNED, E.NEW_CONTENT, next_at=Now(), code="", detail="")
    return change


def _hold(change: Change) -> Change:
    return change if change.state == S.HELD else _move(change, S.HELD, E.NONE)


def begin(change_id: uuid.UUID, *, epoch: int) -> Change:
    """PLANNED → INTENT, counted as an attempt. Commit it before the first byte leaves."""
    change = _locked(change_id)
    return _move(change, S.INTENT, E.NONE, epoch=epoch, attempt=change.attempt + 1, intent_at=Now(), code="", detail="")


def confirm(change_id: uuid.UUID, *, evidence: Evidence, proof: dict[str, Any]) -> Change:
    """INTENT (answer or lookup) or UNKNOWN (lookup) → CONFIRMED."""
    return _move(_locked(change_id), S.CONFIRMED, evidence, proof=proof, settled_at=Now(), code="", detail="")


def refuse(change_id: uuid.UUID, *, code: str, detail: str, proof: dict[str, Any]) -> Change:
    """INTENT → REFUSED, on a complete answer that says no."""
    return _move(_locked(change_id), S.REFUSED, E.ANSWER, code=code, detail=detail, proof=proof, settled_at=Now())


def mark_unknown(change_id: uuid.UUID, *, code: str, detail: str) -> Change:
    """INTENT → UNKNOWN: bytes may have left and no whole answer came. A lookup decides, never a timeout."""
    return _move(_locked(change_id), S.UNKNOWN, E.NONE, code=code, detail=detail)


def back_to_planned(change_id: uuid.UUID, *, evidence: Evidence, code: str, detail: str, retry_in_s: float) -> Change:
    """INTENT → PLANNED when no byte left; UNKNOWN → PLANNED when a lookup found nothing."""
    return _move(_locked(change_id), S.PLANNED, evidence, code=code, detail=detail, next_at=in_seconds(retry_in_s))


def quarantine(change_id: uuid.UUID, *, code: str, detail: str) -> Change:
    """UNKNOWN → QUARANTINED: looked up, not found, and tried often enough. Only a person takes it out."""
    return _move(_locked(change_id), S.QUARANTINED, E.LOOKUP, code=code, detail=detail, settled_at=Now())


def supersede(change_id: uuid.UUID, *, code: str) -> Change:
    """PLANNED or HELD → SUPERSEDED: it is not wanted any more."""
    return _move(_locked(change_id), S.SUPERSEDED, E.NONE, code=code, settled_at=Now())


def retry_by_person(change_id: uuid.UUID, *, actor: User | None) -> Change:
    """REFUSED, QUARANTINED or HELD → PLANNED, because a person said so (audited)."""
    change = _locked(change_id)
    before = change.state
    change = _move(change, S.PLANNED, E.PERSON, next_at=Now(), settled_at=None)
    record_audit(
        actor=actor,
        action="change.retried",
        object_kind="change",
        object_id=change.pk,
        before={"state": before},
        after={"state": change.state},
    )
    return change


def _move(change: Change, after: ChangeState, evidence: Evidence, **fields: Any) -> Change:
    check_edge(ChangeState(change.state), after, evidence)
    Change.objects.filter(pk=change.pk).update(state=after, evidence=evidence, **fields)
    return _read(change.pk)


def _locked(change_id: uuid.UUID) -> Change:
    return Change.objects.select_for_update().get(pk=change_id)


def _read(change_id: uuid.UUID) -> Change:
    return Change.objects.get(pk=change_id)


def in_seconds(seconds: float) -> ExpressionWrapper:
    """So many seconds from the database's now."""
    return ExpressionWrapper(Now() + dt.timedelta(seconds=seconds), output_field=DateTimeField())


def strand(*, resource_kind: str, resource_id: uuid.UUID, kinds: Sequence[str], epoch: int) -> int:
    """INTENTs of runs before `epoch` → UNKNOWN: whoever was at it has vanished. Returns how many.

    Only for kinds that their own run settles (a request to Allegro), never for those an agent works on.
    """
    rows = Change.objects.select_for_update().filter(
        resource_kind=resource_kind, resource_id=resource_id, kind__in=kinds, state=S.INTENT, epoch__lt=epoch
    )
    stranded = list(rows.order_by("id"))
    for change in stranded:
        _move(change, S.UNKNOWN, E.NONE, code="interrupted", detail="")
    return len(stranded)
