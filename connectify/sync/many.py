"""The change ledger in bulk: many changes planned or moved by a few statements.

The same edges on the same evidence as one by one in `changes`; one change that may not go takes its whole call with it.
Everything runs inside the caller's transaction and locks the rows in the order of their ids.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeVar

import msgspec
from django.db import connection
from django.db.models import F
from django.db.models.functions import Now

from connectify.audit.services import record_audit
from connectify.clock import new_id
from connectify.domain.change import ChangeState, Evidence, check_edge
from connectify.domain.fingerprint import fingerprint
from connectify.sync.changes import in_seconds
from connectify.sync.directions import direction_of
from connectify.sync.models import Change
from connectify.tenants.context import require_tenant_id
from connectify.users.models import User

S = ChangeState
E = Evidence
T = TypeVar("T")
BATCH: Final = 1000


class NewChange(msgspec.Struct, frozen=True, kw_only=True):
    """A change to be planned. `held`: the code of what holds it; "" lets it go."""

    instance_id: uuid.UUID
    kind: str
    key: str
    subject_kind: str
    subject_id: uuid.UUID
    resource_kind: str
    resource_id: uuid.UUID
    content: dict[str, Any]
    trace: Sequence[Any] = ()
    revision: int = 1
    held: str = ""


class Told(msgspec.Struct, frozen=True):
    """What the other side said of one change."""

    code: str = ""
    detail: str = ""
    proof: dict[str, Any] = {}


_INSERT: Final = """
INSERT INTO sync_change (id, tenant_id, instance_id, kind, key, subject_kind, subject_id, resource_kind, resource_id,
  revision, state, evidence, attempt, epoch, content, content_sha256, trace, code, detail, proof)
SELECT id, %s, instance_id, kind, key, subject_kind, subject_id, resource_kind, resource_id,
  revision, state, '', 0, 0, content, content_sha256, trace, code, '', '{}'
FROM jsonb_to_recordset(%s::jsonb) AS r(id uuid, instance_id uuid, kind text, key text, subject_kind text,
  subject_id uuid, resource_kind text, resource_id uuid, revision bigint, state text, content jsonb,
  content_sha256 text, trace jsonb, code text)
ON CONFLICT (tenant_id, kind, key) DO NOTHING
RETURNING id
"""

_TELL: Final = """
UPDATE sync_change c SET state = %s, evidence = %s, settled_at = statement_timestamp(), code = r.code,
  detail = r.detail, proof = r.proof
FROM jsonb_to_recordset(%s::jsonb) AS r(id uuid, code text, detail text, proof jsonb) WHERE c.id = r.id
"""


def plan_many(changes: Iterable[NewChange]) -> list[uuid.UUID]:
    """Stores new changes, planned or held. → their ids, in their order; a key that is known already adds nothing."""
    stored: list[uuid.UUID] = []
    for batch in _batches(changes):
        rows = [_row(change) for change in batch]
        with connection.cursor() as cursor:
            cursor.execute(_INSERT, [require_tenant_id(), _json(rows)])
            new = {row[0] for row in cursor.fetchall()}
        stored += [row["id"] for row in rows if row["id"] in new]
    return stored


def _row(change: NewChange) -> dict[str, Any]:
    direction_of(change.kind)
    return {
        "id": new_id(),
        "instance_id": change.instance_id,
        "kind": change.kind,
        "key": change.key,
        "subject_kind": change.subject_kind,
        "subject_id": change.subject_id,
        "resource_kind": change.resource_kind,
        "resource_id": change.resource_id,
        "revision": change.revision,
        "state": str(S.HELD if change.held else S.PLANNED),
        "content": change.content,
        "content_sha256": fingerprint(change.content),
        "trace": list(change.trace),
        "code": change.held,
    }


def begin_many(ids: Sequence[uuid.UUID], *, epoch: int) -> None:
    """PLANNED → INTENT, each counted as an attempt. Commit it before the first byte leaves."""
    fresh: dict[str, Any] = {"code": "", "detail": "", "proof": {}}
    _move(ids, S.INTENT, E.NONE, epoch=epoch, attempt=F("attempt") + 1, intent_at=Now(), **fresh)


def confirm_many(told: Mapping[uuid.UUID, Told], *, evidence: Evidence) -> None:
    """INTENT (answer or lookup) or UNKNOWN (lookup) → CONFIRMED."""
    _settle(told, S.CONFIRMED, evidence)


def refuse_many(told: Mapping[uuid.UUID, Told]) -> None:
    """INTENT → REFUSED, on a complete answer that says no."""
    _settle(told, S.REFUSED, E.ANSWER)


def quarantine_many(told: Mapping[uuid.UUID, Told]) -> None:
    """UNKNOWN → QUARANTINED, on a lookup that leaves it to a person."""
    _settle(told, S.QUARANTINED, E.LOOKUP)


def mark_unknown_many(ids: Sequence[uuid.UUID], *, code: str, detail: str) -> None:
    """INTENT → UNKNOWN: bytes may have left and no whole answer came."""
    _move(ids, S.UNKNOWN, E.NONE, code=code, detail=detail)


def back_to_planned_many(
    ids: Sequence[uuid.UUID], *, evidence: Evidence, code: str, detail: str, retry_in_s: float
) -> None:
    """INTENT → PLANNED when no byte left; UNKNOWN → PLANNED when a lookup found nothing."""
    _move(ids, S.PLANNED, evidence, code=code, detail=detail, next_at=in_seconds(retry_in_s))


def supersede_many(ids: Sequence[uuid.UUID], *, code: str) -> None:
    """PLANNED or HELD → SUPERSEDED: they are not wanted any more."""
    _move(ids, S.SUPERSEDED, E.NONE, code=code, settled_at=Now())


def hold_many(ids: Sequence[uuid.UUID], *, code: str, detail: str = "") -> None:
    """PLANNED → HELD with its cause."""
    _move(ids, S.HELD, E.NONE, code=code, detail=detail)


def lift_many(ids: Sequence[uuid.UUID]) -> None:
    """HELD → PLANNED: the latest plan has nothing against them any more."""
    _move(ids, S.PLANNED, E.NEW_CONTENT, code="", detail="", next_at=Now())


def approve_many(ids: Sequence[uuid.UUID], *, actor: User | None, action: str, after: dict[str, Any]) -> None:
    """HELD, REFUSED or QUARANTINED → PLANNED, because a person said so once for all of them (one row of the audit)."""
    _move(ids, S.PLANNED, E.PERSON, code="", detail="", next_at=Now(), settled_at=None)
    record_audit(actor=actor, action=action, object_kind="changes", after={**after, "count": len(ids)})


def _move(ids: Sequence[uuid.UUID], after: ChangeState, evidence: Evidence, **fields: Any) -> None:
    for batch in _batches(sorted(set(ids))):
        _check(batch, after, evidence)
        Change.objects.filter(pk__in=batch).update(state=after, evidence=evidence, **fields)


def _settle(told: Mapping[uuid.UUID, Told], after: ChangeState, evidence: Evidence) -> None:
    for batch in _batches(sorted(told)):
        _check(batch, after, evidence)
        rows = [{"id": one, **msgspec.structs.asdict(told[one])} for one in batch]
        with connection.cursor() as cursor:
            cursor.execute(_TELL, [str(after), str(evidence), _json(rows)])


def _check(ids: Sequence[uuid.UUID], after: ChangeState, evidence: Evidence) -> None:
    rows = Change.objects.select_for_update().filter(pk__in=ids).order_by("pk").values_list("pk", "state")
    found = dict(rows)
    if len(found) != len(ids):
        raise Change.DoesNotExist(f"{len(ids) - len(found)} of {len(ids)} changes")
    for state in set(found.values()):
        check_edge(ChangeState(state), after, evidence)


def _batches(items: Iterable[T]) -> Iterator[list[T]]:
    batch: list[T] = []
    for item in items:
        batch.append(item)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _json(rows: Sequence[dict[str, Any]]) -> str:
    return json.dumps(rows, default=str)
