"""Held exports in the inbox."""

from __future__ import annotations

import uuid
from typing import Final

from django.utils.translation import gettext as _

from connectify.dashboard.explanations import explain
from connectify.dashboard.inbox import Act, InboxGroup
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

    def find(self) -> list[InboxGroup]:
        return [_group(read) for read in held_reads()]

    def act(self, key: str, act: str, actor: User) -> int:
        read = _read(key) if act == "approve" else None
        return int(approve_held(read, actor=actor)) if read else 0


def _group(read: MirrorRead) -> InboxGroup:
    assert read.held_at is not None
    return InboxGroup(
        source=SOURCE,
        key=_key(read),
        identity=f"{read.pk}:{read.held_code}",
        why=explain(read.held_code, read.held_params),
        place=read.unit.connection.name,
        direction=DIRECTIONS[read.agenda],
        since=read.held_at,
        count=int(read.held_params.get("records") or 0),
        acts=(Act("approve", _("Approve"), is_main=True),) if read.held_code in APPROVABLE else (),
        tone="bad",
        codes=(read.held_code,),
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
