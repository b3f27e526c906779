"""Who needs which agenda of a unit read, and how often. All functions run inside the tenant's scope."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from django.db import transaction
from django.db.models.functions import Least, Now

from connectify.sync import due
from pohoda_bridge.protocol import Agenda
from pohoda_bridge.server.mirror.models import MirrorRead
from pohoda_bridge.server.models import Unit
from pohoda_bridge.server.units import RESOURCE_KIND

FULL_EVERY_S: Final = {MirrorRead.Agenda.ORDERS: 3600, MirrorRead.Agenda.INVOICES: 3600}
"""Documents are read by what changed; so often all of them, because a deleted one never shows among the changes."""


@transaction.atomic
def subscribe(*, unit: Unit, agenda: Agenda, scope: str = "", every_s: int, full_every_s: int = 0) -> MirrorRead:
    """The agenda is read every `every_s` seconds from now on. Idempotent; of several wishes the shortest holds.

    `scope` narrows orders to those of one exSystemName. `full_every_s`: read what changed in between, and everything so
    often; 0: everything each time (documents: each hour).
    """
    full_every_s = full_every_s or FULL_EVERY_S.get(MirrorRead.Agenda(agenda), 0)
    read, is_new = MirrorRead.objects.get_or_create(
        unit=unit, agenda=agenda, scope=scope, defaults={"every_s": every_s, "full_every_s": full_every_s}
    )
    if is_new:
        due.nudge(RESOURCE_KIND, unit.pk)
    elif every_s < read.every_s or full_every_s < read.full_every_s:
        MirrorRead.objects.filter(pk=read.pk).update(
            every_s=Least("every_s", every_s), full_every_s=Least("full_every_s", full_every_s)
        )
        read.refresh_from_db()
    return read


def set_pace(*, unit: Unit, agenda: Agenda, scope: str = "", every_s: int) -> None:
    """From now on exactly so often: for whoever knows of all wishes. Nothing happens to an agenda nobody reads."""
    MirrorRead.objects.filter(unit=unit, agenda=agenda, scope=scope).update(every_s=every_s)


def read_whole(*, unit: Unit, agendas: Collection[Agenda]) -> None:
    """The next export of these agendas brings everything, and each record is looked at, also on an unchanged page.

    Due now; one under way goes on, and the whole one follows it.
    """
    reads = MirrorRead.objects.filter(unit=unit, agenda__in=list(agendas))
    reads.update(full_at=None, pages=[])
    if reads.filter(mode=MirrorRead.Mode.RESTING).update(next_at=Now()):
        due.nudge(RESOURCE_KIND, unit.pk)
