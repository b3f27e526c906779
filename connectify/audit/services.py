"""Writing what happened and what people did. Both tables only grow."""

from __future__ import annotations

import uuid
from typing import Any

from connectify.audit.models import AuditEntry, Event
from connectify.audit.via import current_via
from connectify.sync.models import Payload
from connectify.users.models import User


def record_event(
    *,
    type: str,
    object_kind: str,
    object_id: uuid.UUID,
    data: dict[str, Any] | None = None,
    sent: Payload | None = None,
    received: Payload | None = None,
) -> None:
    """Something happened to an object, in the transaction in which it happened. Raw documents go as payloads."""
    Event.objects.create(
        type=type, object_kind=object_kind, object_id=object_id, data=data or {}, sent=sent, received=received
    )


def record_audit(
    *,
    actor: User | None,
    action: str,
    object_kind: str = "",
    object_id: uuid.UUID | None = None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str = "",
    on_behalf_of: User | None = None,
) -> None:
    """A person changed data, access or secrets. `actor` None: a command of the operator's. Never put a secret here."""
    AuditEntry.objects.create(
        via=current_via(),
        actor=actor,
        on_behalf_of=on_behalf_of,
        action=action,
        object_kind=object_kind,
        object_id=object_id,
        before=before,
        after=after,
        reason=reason,
    )
