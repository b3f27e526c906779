"""G1, G2, G3: an export of 100 000 stock cards into the mirror, against a raw expat scan of the same bytes.

Measured is what works a whole export in: from the pages as the agent has uploaded them, through comparing, parsing and
storing, to the commit. Asking for the pages is not part of it: each costs its own short turn while Pohoda exports the
next one. Beside it, as information, the plain way: a whole tree of each page and Django's `bulk_create`.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from typing import Final
from xml.parsers import expat

import psycopg
from django.db.models.functions import Now
from lxml import etree

from connectify.sync import leases
from connectify.tenants.context import tenant_scope
from connectify.tenants.services import create_tenant
from pohoda_bridge.server.mirror import absorbing, reading
from pohoda_bridge.server.mirror.models import MirrorRead, StockCard
from pohoda_bridge.server.mirror.subscriptions import subscribe
from pohoda_bridge.server.models import Job, Unit
from pohoda_bridge.server.units import RESOURCE_KIND, create_unit, current_pin
from pohoda_bridge.xml.namespaces import q
from tests.bench.exports import Stock
from tests.bench.keys import make_signing_keys
from tests.bench.registry import Figure, bench

CARDS: Final = 100_000
ROUNDS: Final = 5
MEMORY_LIMIT_MB: Final = 100.0


class Mirror:
    """A unit whose stock is subscribed, with an agent that answers from `stock`."""

    def __init__(self, stock: Stock) -> None:
        make_signing_keys()
        self.stock = stock
        self.tenant_id = create_tenant(name="Bench").pk
        with tenant_scope(self.tenant_id):
            self.unit = create_unit(name="Bench", ico="12345678", year=2026, database="bench.mdb")
            subscribe(unit=self.unit, agenda="stock", every_s=300)
        lease = leases.take(RESOURCE_KIND, self.unit.pk, lease_s=7200)
        assert lease is not None
        self.lease = lease

    def export(self) -> MirrorRead:
        """All pages are uploaded, none is worked in."""
        with tenant_scope(self.tenant_id):
            pin = current_pin(self.unit)
            MirrorRead.objects.update(next_at=Now())
            (read,) = reading.begin_due(self.unit, pin)
        while True:
            with tenant_scope(self.tenant_id):
                self.stock.answer(self.unit)
                progress = reading.settle(read, self.unit, pin)
            if progress is reading.Progress.WHOLE:
                return read

    def absorb(self) -> int:
        """The timed part; → how many rows were written."""
        with self.lease.transaction():
            return len(absorbing.absorb(MirrorRead.objects.select_for_update().get()).changed_ids)


def scan(answers: list[bytes]) -> None:
    for answer in answers:
        expat.ParserCreate().Parse(answer, True)


def plainly(tenant_id: uuid.UUID, unit: Unit) -> None:
    """As one would write it first: each page's tree, a model instance a card, `bulk_create` with conflicts."""
    with tenant_scope(tenant_id):
        for (answer,) in Job.objects.filter(operation="read_list").values_list("answer"):
            tree = etree.fromstring(bytes(answer))
            StockCard.objects.bulk_create(
                [_instance(item, unit) for item in tree.iter(q("lStk:stock"))],
                update_conflicts=True,
                unique_fields=["tenant", "unit", "record_id"],
                update_fields=["count", "price", "levels", "name"],
            )


def _instance(item: etree._Element, unit: Unit) -> StockCard:
    header = item.find(q("stk:stockHeader"))
    assert header is not None
    texts = {child.tag: child.text or "" for child in header}
    return StockCard(
        unit=unit,
        record_id=int(texts[q("stk:id")]),
        fingerprint=b"",
        began_at=Now(),
        code=texts[q("stk:code")],
        ean=texts[q("stk:EAN")],
        name=texts[q("stk:name")],
        count=Decimal(texts[q("stk:count")]),
        reservation=Decimal(texts[q("stk:reservation")]),
        price=Decimal(texts[q("stk:sellingPrice")]),
        levels={
            price.findtext(q("typ:ids")): price.findtext(q("typ:price")) for price in item.iter(q("stk:stockPrice"))
        },
    )


@cache
def _stock() -> Stock:
    return Stock(CARDS)


def _vacuum() -> None:
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as owner:
        for table in (Job, StockCard, MirrorRead):
            owner.execute(f"VACUUM ANALYZE {table._meta.db_table}")


def _turns(prepare: Callable[[], Mirror], written: int, rounds: int = ROUNDS) -> tuple[float, float]:
    """Median seconds of the scan and of the absorbing, taken in turns; the first turn does not count."""
    scans, absorbed = [], []
    for turn in range(rounds + 1):
        mirror = prepare()
        answers = list(mirror.stock.answers())
        _vacuum()
        scanned = _timed(lambda answers=answers: scan(answers))
        del answers
        took = _timed(lambda mirror=mirror: _absorb(mirror, written))
        if turn:
            scans.append(scanned)
            absorbed.append(took)
    return statistics.median(scans), statistics.median(absorbed)


def _absorb(mirror: Mirror, written: int) -> None:
    found = mirror.absorb()
    assert found == written, (found, written)


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _memory(mirror: Mirror) -> float:
    """Megabytes above the idle process at the most while a fresh one absorbs the export that waits."""
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.bench.absorber",
            str(mirror.tenant_id),
            str(mirror.unit.pk),
            str(mirror.lease.epoch),
        ],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return float(done.stdout)


def _known(stock: Stock) -> Mirror:
    """A mirror that has absorbed the stock once."""
    mirror = Mirror(stock)
    mirror.export()
    mirror.absorb()
    return mirror


@bench("G1", f"unchanged export of {CARDS} cards: uploaded pages → nothing to do")
def unchanged() -> list[Figure]:
    mirror = _known(_stock())

    def prepare() -> Mirror:
        mirror.export()
        return mirror

    scanned, took = _turns(prepare, 0)
    memory = _memory(prepare())
    return [
        Figure("raw expat scan", scanned, "s"),
        Figure("pages compared, nothing to do, committed", took, "s"),
        Figure("unchanged / raw scan", took / scanned, "x", limit=0.3),
        Figure("memory above the idle process", memory, "MB", limit=MEMORY_LIMIT_MB),
    ]


@bench("G2", f"first export of {CARDS} cards: uploaded pages → stored")
def first() -> list[Figure]:
    def prepare() -> Mirror:
        mirror = Mirror(_stock())
        mirror.export()
        return mirror

    scanned, took = _turns(prepare, CARDS, rounds=3)
    memory = _memory(prepare())
    plain = prepare()
    plain_s = _timed(lambda: plainly(plain.tenant_id, plain.unit))
    return [
        Figure("raw expat scan", scanned, "s"),
        Figure("all cards parsed, stored, committed", took, "s"),
        Figure("first / raw scan", took / scanned, "x", limit=4.5),
        Figure("whole trees and bulk_create / raw scan", plain_s / scanned, "x"),
        Figure("memory above the idle process", memory, "MB", limit=MEMORY_LIMIT_MB),
    ]


@bench("G3", f"export of {CARDS} cards, every 100th changed")
def one_percent() -> list[Figure]:
    mirror = _known(Stock(CARDS))

    def prepare() -> Mirror:
        mirror.stock.change(every=100)
        mirror.export()
        return mirror

    scanned, took = _turns(prepare, CARDS // 100)
    return [
        Figure("raw expat scan", scanned, "s"),
        Figure("1 % parsed and stored, committed", took, "s"),
        Figure("1 % changed / raw scan", took / scanned, "x", limit=0.5),
    ]
