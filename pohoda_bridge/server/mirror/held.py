"""Exports that wait for a person: one look, one click (DESIGN §5)."""

from __future__ import annotations

from connectify.audit.services import record_audit
from connectify.sync import due
from connectify.users.models import User
from pohoda_bridge.server.mirror.guards import APPROVABLE, accepted_shape
from pohoda_bridge.server.mirror.models import MirrorRead
from pohoda_bridge.server.models import Unit
from pohoda_bridge.server.units import RESOURCE_KIND, current_pin


def approve_held(read: MirrorRead, *, actor: User | None) -> bool:
    """The next export of about this size and of today's books is stored; it is asked for at once.

    False: nothing is held, or what is held is damaged and a person's word does not mend it.
    """
    read = MirrorRead.objects.select_for_update().get(pk=read.pk)
    if read.held_at is None or read.held_code not in APPROVABLE:
        return False
    unit = Unit.objects.get(pk=read.unit_id)
    pin = current_pin(unit)
    accepted = accepted_shape(read.held_params["records"], pin)
    if read.mode == MirrorRead.Mode.RESTING:
        read.next_at = min(read.next_at, read.held_at)
    read.accepted = accepted
    read.save(update_fields=["accepted", "next_at"])
    record_audit(
        actor=actor,
        action="mirror.approved",
        object_kind="mirror_read",
        object_id=read.pk,
        before={"code": read.held_code, "params": read.held_params},
        after=accepted,
    )
    due.nudge(RESOURCE_KIND, unit.pk)
    return True
