"""G9: 100 000 rows through the guarded upsert, against a bare COPY into a table of the same shape.

The bare table has the same columns, indexes and foreign keys; its owner copies into it without row security. The new
rows count for the goal; rows that are known and change, which a COPY cannot do at all, are told beside it.
"""

from __future__ import annotations

import datetime as dt
import os
import statistics
import time
import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

import psycopg

from connectify.sync.bulk import upsert
from connectify.tenants.context import tenant_scope
from connectify.tenants.services import create_tenant
from pohoda_bridge.server.mirror.models import StockCard
from pohoda_bridge.server.units import create_unit
from tests.bench.registry import Figure, bench

ROWS: Final = 100_000
ROUNDS: Final = 3
COLUMNS: Final = (
    *("fingerprint", "record_id", "code", "store", "ean", "storage", "name", "kind", "measure", "producer"),
    *("count", "reservation", "received_orders", "vat_percent", "price", "price_with_vat"),
    *("levels", "fields", "extra", "is_sales", "is_internet"),
)
BEGAN: Final = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)
LEVELS: Final = '{"Prodejní":"290.50","Allegro":"302.12"}'


def row(number: int, turn: int = 0) -> tuple[Any, ...]:
    return (
        (number * 7919 + turn).to_bytes(16, "big"),
        *(number, f"SKL-{number:06d}", "ZBOZI", f"8594{number:09d}", "ZBOZI/Elektro"),
        *(f"Vrtačka příklepová {number} s příslušenstvím", "card", "ks", "Narex"),
        *(Decimal(number % 90 + turn), Decimal(1), Decimal(0), Decimal(21), Decimal("349.00"), True),
        *({"Prodejní": "290.50", "Allegro": "302.12"}, {}, {}, True, True),
    )


@bench("G9", f"bulk store of {ROWS} rows")
def measure() -> list[Figure]:
    tenant_id = create_tenant(name="Bench of rows").pk
    owner = psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True)
    with tenant_scope(tenant_id):
        _bare_table(owner)
    times: dict[str, list[float]] = {"bare": [], "new": [], "changed": [], "same": []}
    try:
        for turn in range(ROUNDS + 1):
            unit_id = _unit(tenant_id)
            taken = {
                "bare": _timed(owner, lambda unit_id=unit_id: _bare(owner, tenant_id, unit_id)),
                "new": _timed(owner, lambda unit_id=unit_id: _store(tenant_id, unit_id, 0, ROWS)),
                "changed": _timed(owner, lambda unit_id=unit_id: _store(tenant_id, unit_id, 1, ROWS)),
                "same": _timed(owner, lambda unit_id=unit_id: _store(tenant_id, unit_id, 1, 0)),
            }
            for name, seconds in taken.items():
                times[name] += [seconds] if turn else []
    finally:
        owner.execute("DROP TABLE bench_card")
        owner.close()
    bare, new, changed, same = (statistics.median(times[name]) for name in ("bare", "new", "changed", "same"))
    return [
        Figure("bare COPY", bare, "s"),
        Figure("guarded upsert of new rows", new, "s"),
        Figure("new rows / bare COPY", new / bare, "x", limit=2.0),
        Figure("known rows that all changed / bare COPY", changed / bare, "x"),
        Figure("known rows that are the same / bare COPY", same / bare, "x"),
    ]


def _unit(tenant_id: uuid.UUID) -> uuid.UUID:
    """Each round begins with a unit that has no cards."""
    with tenant_scope(tenant_id):
        return create_unit(name="Bench", ico="12345678", year=2026, database="bench.mdb").pk


def _bare_table(owner: psycopg.Connection) -> None:
    table = StockCard._meta.db_table
    owner.execute(f"CREATE TABLE bench_card (LIKE {table} INCLUDING ALL)")
    keys = owner.execute(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'f'",
        [table],
    )
    for name, definition in keys.fetchall():
        owner.execute(f'ALTER TABLE bench_card ADD CONSTRAINT "{name}" {definition}')


def _bare(owner: psycopg.Connection, tenant_id: uuid.UUID, unit_id: uuid.UUID) -> None:
    names = ", ".join(
        f'"{name}"' for name in ("id", "tenant_id", "unit_id", "began_at", "changed_at", "missed", *COLUMNS)
    )
    with owner.transaction(), owner.cursor().copy(f"COPY bench_card ({names}) FROM STDIN") as copy:
        for number in range(1, ROWS + 1):
            values = list(row(number))
            values[16:19] = [LEVELS, "{}", "{}"]
            copy.write_row((uuid.uuid4(), tenant_id, unit_id, BEGAN, BEGAN, 0, *values))


def _store(tenant_id: uuid.UUID, unit_id: uuid.UUID, turn: int, written: int) -> None:
    with tenant_scope(tenant_id):
        ids = upsert(
            StockCard,
            (row(number, turn) for number in range(1, ROWS + 1)),
            columns=COLUMNS,
            key=("unit", "record_id"),
            fixed={"unit": unit_id, "began_at": BEGAN, "missed": 0},
            compare=("fingerprint",),
            touch=("changed_at",),
        )
    assert len(ids) == written, (len(ids), written)


def _timed(owner: psycopg.Connection, work: Callable[[], None]) -> float:
    for table in (StockCard._meta.db_table, "bench_card"):
        owner.execute(f"VACUUM ANALYZE {table}")
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
