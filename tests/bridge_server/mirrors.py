"""What the tests of the mirror ask of it."""

from __future__ import annotations

import uuid
from decimal import Decimal

from connectify.tenants.context import tenant_scope
from pohoda_bridge.server.mirror.models import MirrorRead, StockCard
from tests.bridge_server.exports import Exporter

Told = list[tuple[str, list[uuid.UUID], list[uuid.UUID]]]
"""IČO of the unit, rows that changed, rows that are gone: what a listener heard."""


def stored(pohoda: Exporter) -> dict[int, tuple[str, Decimal, int]]:
    with tenant_scope(pohoda.tenant_id):
        rows = StockCard.objects.filter(unit=pohoda.unit).order_by("record_id")
        return {row.record_id: (row.code, row.count, row.missed) for row in rows}


def ids(pohoda: Exporter, *record_ids: int) -> list[uuid.UUID]:
    with tenant_scope(pohoda.tenant_id):
        rows = dict(StockCard.objects.filter(unit=pohoda.unit).values_list("record_id", "id"))
    return [rows[record_id] for record_id in record_ids]


def read_of(pohoda: Exporter, agenda: str = "stock") -> MirrorRead:
    with tenant_scope(pohoda.tenant_id):
        return MirrorRead.objects.get(unit=pohoda.unit, agenda=agenda)
