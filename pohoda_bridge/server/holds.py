"""Held exports on the page of what is held."""

from __future__ import annotations

import uuid
from typing import Final

from connectify.dashboard.explanations import explain
from connectify.dashboard.holds import Hold
from connectify.users.models import User
from pohoda_bridge.server.mirror.guards import APPROVABLE
from pohoda_bridge.server.mirror.held import approve_held
from pohoda_bridge.server.mirror.models import MirrorRead
from pohoda_bridge.server.mirror.selectors import held_reads

SOURCE: Final = "pohoda.exports"
# What stops while the export of an agenda is held.
DIRECTIONS: Final = {"stock": "offers", "orders": "statuses", "invoices": "invoices"}


class HeldExports:
    """A held export is refused already: nothing of it is stored. A person may only say that it is right."""

    def find(self) -> list[Hold]:
        return [_hold(read) for read in held_reads()]

    def approve(self, key: str, actor: User) -> int:
        read = _read(key)
        return int(approve_held(read, actor=actor)) if read else 0

    def refuse(self, key: str, actor: User) -> int:
        return 0


def _hold(read: MirrorRead) -> Hold:
    assert read.held_at is not None
    return Hold(
        source=SOURCE,
        key=_key(read),
        why=explain(read.held_code, read.held_params),
        place=read.unit.connection.name,
        direction=DIRECTIONS[read.agenda],
        since=read.held_at,
        count=int(read.held_params.get("records") or 0),
        may_approve=read.held_code in APPROVABLE,
        may_refuse=False,
    )


def _key(read: MirrorRead) -> str:
    """With what was shown: an export that is held for something else by now is not approved by the same click."""
    return f"{read.pk}:{read.held_code}:{read.held_params.get('records')}"


def _read(key: str) -> MirrorRead | None:
    try:
        read = MirrorRead.objects.filter(pk=uuid.UUID(key.partition(":")[0]), held_at__isnull=False).first()
    except ValueError:
        return None
    return read if read is not None and _key(read) == key else None
