"""When nothing has changed, a cycle of every resource reads what it must and writes nothing anywhere."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.directories import run_directory
from tests.flows.shop import Shop

pytestmark = [pytest.mark.processes, pytest.mark.timeout(300)]
Entry = dict[str, Any]

CYCLES = 5
OF_ACCOUNT = "allegro.account"
FINISHED = (
    "SELECT resource_kind AS kind, resource_id AS resource, epoch, min(started_at) AS began, max(finished_at) AS ended,"
    " bool_and(outcome = 'ok') AS ok, jsonb_object_agg(pipeline, counts) AS counts"
    " FROM sync_run GROUP BY 1, 2, 3 HAVING min(started_at) > %s ORDER BY 3"
)


@dataclass(frozen=True)
class Quiet:
    """What was sent to both sides while nothing changed, and the cycles that sent it."""

    cycles: list[Entry]
    to_allegro: list[Entry]
    to_pohoda: list[Entry]

    def of(self, kind: str) -> list[Entry]:
        return [cycle for cycle in self.cycles if cycle["kind"] == kind]


@pytest.fixture(scope="module")
def quiet() -> Iterator[Quiet]:
    """A shop that has bought, sold, shipped and invoiced, then a few cycles in which nobody does anything."""
    with run_directory() as run_dir, Shop(run_dir).running() as shop:
        orders = shop.buy(4, seed=9500)
        sold, emptied = shop.plain_cards()[:2]
        shop.sell(sold)
        shop.sell(emptied, int(emptied["count"] - emptied["reserved"]))
        shop.slip(orders[0], parcel="Z900000001")
        shop.invoice(orders[1])
        shop.until_agreed("a day's work", scanned=True, limit_s=150)
        shop.until_still()
        marks = [len(exchanges(shop, name)) for name in ("allegro", "pohoda")]
        since = dt.datetime.now(dt.UTC)
        shop.until(lambda: enough(shop, since), f"{CYCLES} cycles of every resource")
        sent = [exchanges(shop, name)[mark:] for name, mark in zip(("allegro", "pohoda"), marks, strict=True)]
        yield Quiet(finished(shop, since), *sent)


def exchanges(shop: Shop, name: str) -> list[Entry]:
    lines = (shop.world.ledger_dir / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def finished(shop: Shop, since: dt.datetime) -> list[Entry]:
    return shop.platform.rows(FINISHED, since)


def enough(shop: Shop, since: dt.datetime) -> bool:
    counted = Counter(cycle["kind"] for cycle in finished(shop, since))
    return all(counted[kind] >= CYCLES for kind in (OF_ACCOUNT, "pohoda.unit"))


def test_all_cycles_went_well(quiet: Quiet) -> None:
    assert [cycle for cycle in quiet.cycles if not cycle["ok"]] == []
    exports = [cycle["counts"]["mirror.read"] for cycle in quiet.of("pohoda.unit")]
    assert sum(counts.get("pages", 0) for counts in exports) >= 3
    assert sum(counts.get("changed", 0) for counts in exports) == 0


def test_nothing_is_written_to_allegro(quiet: Quiet) -> None:
    assert [f"{one['method']} {one['path']}" for one in quiet.to_allegro if one["method"] != "GET"] == []


def test_an_account_reads_both_journals_and_no_more(quiet: Quiet) -> None:
    for cycle in quiet.of(OF_ACCOUNT):
        began, ended = cycle["began"].isoformat(), cycle["ended"].isoformat()
        read = [one["path"] for one in quiet.to_allegro if began <= one["at"] <= ended]
        assert sorted(read) == ["/order/events", "/sale/offer-events"]
    reads = Counter(one["path"] for one in quiet.to_allegro)
    assert reads.keys() == {"/order/events", "/sale/offer-events"}


def test_pohoda_is_asked_for_lists_alone(quiet: Quiet) -> None:
    asked = [one["request_body"] for one in quiet.to_pohoda if one["path"] == "/xml"]
    assert len(asked) >= 3
    assert [body[:300] for body in asked if "Request " not in body] == []
    assert [body for body in asked if "orderHeader" in body or "prn:print" in body] == []
