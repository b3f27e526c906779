"""Reading events and the audit."""

from __future__ import annotations

import uuid

from connectify.audit.models import AuditEntry, Event


def timeline(object_kind: str, object_id: uuid.UUID) -> list[Event]:
    """What happened to one object, oldest first, with the documents sent and received."""
    events = Event.objects.filter(object_kind=object_kind, object_id=object_id)
    return list(events.select_related("sent", "received").order_by("sequence"))


def audit_of(object_kind: str, object_id: uuid.UUID) -> list[AuditEntry]:
    """What people did to one object, oldest first."""
    entries = AuditEntry.objects.filter(object_kind=object_kind, object_id=object_id)
    return list(entries.select_related("actor", "on_behalf_of").order_by("at", "id"))
