"""How many pieces are offered, and which sold pieces are taken off before Pohoda knows of them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allegro_integration.domain.offer_codes import PIECES
from allegro_integration.domain.offers import Card, SetQuantity
from allegro_integration.domain.quantities import SoldPiece, outstanding, wanted_quantity
from connectify.domain.trace import Step
from tests.allegro_domain.shelves import card, czk, market, offer, plan, settings

D = Decimal
BEGAN = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)
BEFORE, AFTER = BEGAN - dt.timedelta(seconds=1), BEGAN + dt.timedelta(seconds=1)


@pytest.mark.parametrize(
    ("availability", "expected", "code"),
    [
        ("reservation", 7, "stock_after_reservation"),
        ("received_orders", 6, "stock_after_received_orders"),
        ("count", 10, "stock_count"),
    ],
)
def test_what_is_available_is_what_the_settings_take_off_the_count(availability: Any, expected: int, code: str) -> None:
    one = card("10", reservation=D(3), received_orders=D(4))
    wanted = wanted_quantity((one,), settings(availability=availability), 0)
    assert wanted.quantity == expected
    assert [step.code for step in wanted.trace] == [code]


@pytest.mark.parametrize(
    ("count", "sold", "more", "expected", "codes"),
    [
        ("10", 0, {}, 10, []),
        ("10", 3, {}, 7, ["sold_not_in_pohoda"]),
        ("10", 3, {"safety_stock": 2}, 5, ["sold_not_in_pohoda", "safety_kept"]),
        ("10", 10, {}, 0, ["sold_not_in_pohoda"]),
        ("10", 11, {}, 0, ["sold_not_in_pohoda"]),
        ("1", 0, {"safety_stock": 1}, 0, ["safety_kept"]),
        ("-2", 0, {}, 0, ["stock_negative"]),
        ("2.9", 0, {}, 2, ["whole_pieces"]),
        ("0.9", 0, {}, 0, ["whole_pieces"]),
        ("-0.5", 0, {}, 0, ["stock_negative"]),
        ("11", 0, {"most": 10}, 10, ["quantity_capped"]),
        ("10", 0, {"most": 10}, 10, []),
    ],
)
def test_a_quantity_is_whole_never_negative_and_never_more_than_is_left(
    count: str, sold: int, more: dict[str, Any], expected: int, codes: list[str]
) -> None:
    wanted = wanted_quantity((card(count),), settings(**more), sold)
    assert wanted.quantity == expected
    assert [step.code for step in wanted.trace[1:]] == codes


def test_less_than_nothing_in_one_store_takes_off_the_other() -> None:
    cards = (card("5"), card("-2", store="B"))
    assert wanted_quantity(cards, settings(stores=("HLAVNI", "B")), 0).quantity == 3


COUNTS = st.decimals(min_value=-1000, max_value=200_000, places=2)


@given(
    st.lists(st.tuples(COUNTS, COUNTS), min_size=1, max_size=3),
    st.integers(0, 500),
    st.integers(0, 50),
    st.integers(1, 99_999),
)
def test_a_quantity_never_exceeds_what_is_available_less_sold_less_safety(
    counts: list[tuple[Decimal, Decimal]], sold: int, safety: int, most: int
) -> None:
    cards = tuple(card(store=str(at), count=str(one), reservation=taken) for at, (one, taken) in enumerate(counts))
    wanted = wanted_quantity(cards, settings(safety_stock=safety, most=most), sold)
    left = sum((one - taken for one, taken in counts), D(0)) - sold - safety
    assert 0 <= wanted.quantity <= most
    assert wanted.quantity == 0 or wanted.quantity <= left
    assert wanted.quantity == most or wanted.quantity + 1 > left
    assert wanted_quantity(cards, settings(safety_stock=safety, most=most), sold, explain=False).trace == ()


def piece(**more: Any) -> SoldPiece:
    """Two pieces of offer 1, bought, not in Pohoda."""
    values: dict[str, Any] = {"form_id": "f-1", "offer_id": "1", "quantity": 2, "status": "READY_FOR_PROCESSING"}
    return SoldPiece(**{**values, **more})


@pytest.mark.parametrize(
    "more",
    [
        {"status": "BOUGHT"},
        {"status": "FILLED_IN"},
        {},
        {"status": "SOMETHING_NEW"},
        {"order_state": "waiting", "order_code": "unmapped_delivery"},
        {"order_state": "error", "order_code": "pohoda_refused"},
        {"order_state": "waiting", "order_code": "no_instance"},
        {"confirmed_at": AFTER},
    ],
)
def test_pieces_count_as_sold_until_pohoda_has_confirmed_their_order(more: dict[str, Any]) -> None:
    found = outstanding([piece(**more)], snapshot_began=BEGAN)
    assert found.pieces == {"1": 2}
    shown = {"form_id": "f-1", "quantity": "2", "status": more.get("status", "READY_FOR_PROCESSING")}
    assert found.trace == {"1": (Step("pieces_sold", shown),)}


@pytest.mark.parametrize("at", [BEFORE, BEGAN])
def test_what_pohoda_confirmed_before_its_stock_was_read_is_in_that_stock(at: dt.datetime) -> None:
    found = outstanding([piece(confirmed_at=at)], snapshot_began=BEGAN)
    assert (found.pieces, found.trace) == ({}, {})


def test_a_confirmed_order_that_pohodas_availability_leaves_out_still_counts() -> None:
    found = outstanding([piece(confirmed_at=BEFORE, reserved_in_pohoda=False)], snapshot_began=BEGAN)
    assert found.pieces == {"1": 2}
    assert found.trace == {"1": (Step("pieces_not_reserved", {"form_id": "f-1", "quantity": "2"}),)}


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"status": "CANCELLED"}, "pieces_released_cancelled"),
        ({"status": "CANCELLED", "confirmed_at": AFTER}, "pieces_released_cancelled"),
        ({"order_state": "superseded", "order_code": "merged"}, "pieces_released_merged"),
        ({"order_state": "skipped", "order_code": "before_start"}, "pieces_released_skipped"),
        ({"is_fulfilled_by_allegro": True}, "pieces_released_allegro"),
    ],
)
def test_each_release_is_stated(more: dict[str, Any], code: str) -> None:
    found = outstanding([piece(**more)], snapshot_began=BEGAN)
    assert found.pieces == {}
    assert found.trace == {"1": (Step(code, {"form_id": "f-1", "quantity": "2"}),)}


def test_a_cancelled_order_that_pohoda_still_reserves_is_in_its_stock() -> None:
    assert outstanding([piece(status="CANCELLED", confirmed_at=BEFORE)], snapshot_began=BEGAN).trace == {}


def test_pieces_add_up_by_offer_and_lines_without_pieces_count_nothing() -> None:
    pieces = [piece(), piece(form_id="f-2", quantity=3), piece(offer_id="2"), piece(offer_id="3", quantity=0),
              piece(offer_id="4", quantity=-1)]  # fmt: skip
    found = outstanding(pieces, snapshot_began=BEGAN)
    assert found.pieces == {"1": 5, "2": 2}
    assert len(found.trace["1"]) == 2
    assert all(set(step.params) == set(PIECES[step.code]) for steps in found.trace.values() for step in steps)


def quantities(*cards: Card, own: dict[str, int], elsewhere: dict[tuple[str, str], int] | None = None) -> list[int]:
    """Quantities of offers 1, 2, … of these cards, when the pieces are outstanding."""
    offers = tuple(offer(str(at), stock=None, prices={"allegro-cz": czk("121")}, cards=(one,))
                   for at, one in enumerate(cards, 1))  # fmt: skip
    planned = plan(*offers, outstanding=own, outstanding_elsewhere=elsewhere or {})
    return [change.content.quantity for change in planned.changes if isinstance(change.content, SetQuantity)]


def test_offers_of_one_card_share_its_sold_pieces() -> None:
    assert quantities(card(), card(), card(code="SKU-2"), own={"1": 3, "2": 1}) == [6, 6, 10]


def test_what_other_accounts_sold_of_the_card_is_taken_off_too() -> None:
    elsewhere = {("HLAVNI", "SKU-1"): 4, ("JINY", "SKU-2"): 9}
    assert quantities(card(), card(code="SKU-2"), own={"1": 1}, elsewhere=elsewhere) == [5, 10]


def test_sold_pieces_of_a_card_in_two_stores_are_taken_off_once() -> None:
    cards = (card("5"), card("5", store="B"))
    one = plan(offer(cards=cards), outstanding={"1": 2})
    assert one.wanted["1"].quantity == 3
    both = plan(offer(cards=cards), markets=(market(stores=("HLAVNI", "B")),), outstanding={"1": 2})
    assert both.wanted["1"].quantity == 8


def test_a_negative_number_of_sold_pieces_never_raises_a_quantity() -> None:
    assert quantities(card(), own={"1": -5}, elsewhere={("HLAVNI", "SKU-1"): -5}) == [10]
