"""Reading events."""

from __future__ import annotations

import uuid

from connectify.audit.models import Event


def timeline(object_kind: str, object_id: uuid.UUID) -> list[Event]:
    """What happened to one object, oldest first, with the documents sent and received."""
    events = Event.objects.filter(object_kind=object_kind, object_id=object_id)
    return list(events.select_related("sent", "received").order_by("sequence"))
