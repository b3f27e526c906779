"""Which stores a unit's cards are in: read along the index, and counted no further than a person reads."""

from __future__ import annotations

from connectify.clock import now
from pohoda_bridge.server.mirror import selectors
from pohoda_bridge.server.mirror.models import StockCard
from pohoda_bridge.server.mirror.selectors import Store, stores_of
from tests.bridge_server.world import Company


def add_cards(company: Company, store: str, count: int, *, storage: str = "", missed: int = 0) -> None:
    with company.inside():
        first = StockCard.objects.count() + 1
        StockCard.objects.bulk_create(
            StockCard(
                unit=company.unit, record_id=number, store=store, storage=storage, code=f"K{number}", missed=missed,
                fingerprint=b"x", began_at=now(),
            )
            for number in range(first, first + count)
        )  # fmt: skip


def stores(company: Company) -> list[Store]:
    with company.inside():
        return stores_of(company.unit)


def test_a_unit_without_cards_has_no_stores(company: Company) -> None:
    assert stores(company) == []


def test_stores_stand_by_name_with_how_many_cards_each_has(company: Company, other: Company) -> None:
    add_cards(company, "SKLAD", 3, storage="SKLAD/Nářadí")
    add_cards(company, "PRODEJNA", 1)
    add_cards(other, "CIZI", 2)
    assert stores(company) == [Store("PRODEJNA", "", 1), Store("SKLAD", "SKLAD/Nářadí", 3)]


def test_cards_that_are_gone_make_no_store(company: Company) -> None:
    add_cards(company, "STARY", 2, missed=StockCard.GONE_FROM)
    add_cards(company, "SKLAD", 2, missed=StockCard.GONE_FROM - 1)
    add_cards(company, "SKLAD", 1, missed=StockCard.GONE_FROM)
    assert stores(company) == [Store("SKLAD", "", 2)]


def test_no_more_cards_are_counted_than_a_person_reads(company: Company) -> None:
    add_cards(company, "SKLAD", selectors.MOST_CARDS + 5)
    assert stores(company) == [Store("SKLAD", "", selectors.MOST_CARDS + 1)]
