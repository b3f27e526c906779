"""mirror.read, per unit: pages that came are worked in, whole exports become the mirror, what is due is begun."""

from __future__ import annotations

from typing import Final

from connectify.domain.crashpoints import crashpoint
from connectify.sync.leases import Lease
from connectify.sync.pipelines import Pipeline
from pohoda_bridge.documents import UnitPin
from pohoda_bridge.server.mirror import absorbing, reading
from pohoda_bridge.server.mirror.models import MirrorRead
from pohoda_bridge.server.mirror.reading import Progress
from pohoda_bridge.server.models import Unit
from pohoda_bridge.server.units import RESOURCE_KIND, current_pin

_PAGE_S: Final = 1.0
"""Seconds a page may take to be worked in on a slow machine."""
_AFTER: Final = {
    MirrorRead.Agenda.STOCK: "P3.s04.snapshot_committed",
    MirrorRead.Agenda.ORDERS: "P4.s01.delta_committed",
}


def run(lease: Lease) -> dict[str, int]:
    """One turn of a unit's mirror. Raises NeedsUser("no_current_year")."""
    with lease.transaction():
        unit = Unit.objects.select_related("connection").get(pk=lease.resource_id)
        if not MirrorRead.objects.filter(unit=unit).exists():
            return {}
        pin = current_pin(unit)
        reads = reading.under_way(unit)
    counts = {"pages": 0, "records": 0, "changed": 0, "held": 0}
    for read in reads:
        _go_on(lease, unit, read, pin, counts)
    with lease.transaction():
        begun = reading.begin_due(unit, pin)
        reading.forget_old_jobs(unit)
        again_in_s = reading.seconds_to_next(unit)
    if any(read.agenda == MirrorRead.Agenda.STOCK for read in begun):
        crashpoint("P3.s01.delta_requested")
    return counts if again_in_s is None else {**counts, "again_in_s": round(again_in_s)}


def _go_on(lease: Lease, unit: Unit, read: MirrorRead, pin: UnitPin, counts: dict[str, int]) -> None:
    with lease.transaction():
        read = MirrorRead.objects.select_for_update().get(pk=read.pk)
        if read.mode == MirrorRead.Mode.RESTING:
            return
        progress = reading.settle(read, unit, pin)
    counts["pages"] += progress in (Progress.WENT_ON, Progress.WHOLE)
    if progress is not Progress.WHOLE:
        return
    lease.require(_PAGE_S * (len(read.jobs) + 5))
    with lease.transaction():
        absorbed = absorbing.absorb(MirrorRead.objects.select_for_update().get(pk=read.pk))
    if absorbed.held is None:
        counts["records"] += absorbed.records
        counts["changed"] += len(absorbed.changed_ids) + len(absorbed.gone_ids)
        if point := _AFTER.get(MirrorRead.Agenda(read.agenda)):
            crashpoint(point)
    else:
        counts["held"] += 1


PIPELINES: Final = (Pipeline("mirror.read", RESOURCE_KIND, run),)
