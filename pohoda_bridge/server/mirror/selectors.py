"""What the mirror knows, for modules that plan from it. All functions run inside the tenant's scope."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from django.db import connection
from django.db.models import QuerySet

from connectify.tenants.context import require_tenant_id
from pohoda_bridge.protocol import Agenda
from pohoda_bridge.server.mirror.models import Mirrored, MirrorRead, StockCard
from pohoda_bridge.server.models import Unit


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """The last whole export that was stored.

    `began_at`: what Pohoda had until then is in it. `held_code` is "" unless a later export waits for a person: what is
    mirrored is then older than it looks, and nothing may be decided from it. `failed_code`: the export after this one
    could not be read so far.
    """

    began_at: dt.datetime
    complete_at: dt.datetime
    records: int
    held_code: str = ""
    held_params: dict[str, Any]
    failed_code: str = ""

    @property
    def is_held(self) -> bool:
        return self.held_code != ""


def snapshot_of(unit: Unit, agenda: Agenda = "stock", scope: str = "") -> Snapshot | None:
    """None: nothing has been read yet (or nobody asked for it)."""
    read = MirrorRead.objects.filter(unit=unit, agenda=agenda, scope=scope).first()
    if read is None or read.complete_at is None or read.complete_began_at is None:
        return None
    return Snapshot(
        began_at=read.complete_began_at,
        complete_at=read.complete_at,
        records=read.records,
        held_code=read.held_code,
        held_params=read.held_params,
        failed_code=read.failed_code,
    )


def cards(unit: Unit, stores: Sequence[str] = ()) -> QuerySet[StockCard]:
    """The cards of these stores (of all when none is named) that are not gone. Amounts in `levels` are texts."""
    found = StockCard.objects.filter(unit=unit, missed__lt=Mirrored.GONE_FROM)
    return found.filter(store__in=stores) if stores else found


class Store(NamedTuple):
    """`store` is what settings name it by, `storage` how Pohoda shows it; `cards` counts up to MOST_CARDS and one."""

    store: str
    storage: str
    cards: int


MOST_CARDS: Final = 1000
# From each store straight to the next one along the index `card_by_store`: many cards take no longer than few.
_STORES: Final = f"""
WITH RECURSIVE places AS (
  SELECT unit, (SELECT min(store) FROM {{table}} WHERE {{own}} AND unit_id = unit) AS store
  FROM unnest(%(units)s::uuid[]) AS unit
  UNION ALL
  SELECT unit, (SELECT min(store) FROM {{table}} WHERE {{own}} AND unit_id = unit AND store > places.store)
  FROM places WHERE store IS NOT NULL
)
SELECT unit, store, (SELECT max(storage) FROM {{table}} WHERE {{own}} AND unit_id = unit AND store = places.store),
  (SELECT count(*) FROM (
    SELECT 1 FROM {{table}} WHERE {{own}} AND unit_id = unit AND store = places.store LIMIT {MOST_CARDS + 1}) counted)
FROM places WHERE store IS NOT NULL ORDER BY store, unit
"""  # noqa: S608 (our own words)
_OWN: Final = f"tenant_id = %(tenant)s AND missed < {Mirrored.GONE_FROM}"


def stores_of(unit: Unit) -> list[Store]:
    """The stores that have cards which are not gone, by name; one query."""
    return [store for _unit, store in stores_of_all([unit])]


def stores_of_all(units: Iterable[Unit]) -> list[tuple[uuid.UUID, Store]]:
    """As `stores_of`, of several units, each store beside the id of its unit; one query for all."""
    table = connection.ops.quote_name(StockCard._meta.db_table)
    with connection.cursor() as cursor:
        # The number of `missed` stands in the text: only then PostgreSQL sees that the index fits.
        values = {"tenant": require_tenant_id(), "units": [unit.pk for unit in units]}
        cursor.execute(_STORES.format(table=table, own=_OWN), values)
        return [(unit, Store(*store)) for unit, *store in cursor.fetchall()]


def held_reads(unit: Unit | None = None) -> list[MirrorRead]:
    """Exports that wait for a person, the longest first; of all units of the tenant when none is named."""
    held = MirrorRead.objects.filter(held_at__isnull=False).select_related("unit__connection")
    return list((held.filter(unit=unit) if unit is not None else held).order_by("held_at", "agenda", "scope"))
