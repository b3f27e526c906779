"""Lines of a planned order: stock, text, services, deposits and VAT; and that they always add up."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allegro_integration.domain.explain import Code, Waiting
from allegro_integration.domain.orders import PlannedOrder, plan_order
from allegro_integration.domain.settings import OrderMappings
from allegro_integration.domain.vat import rate_name
from pohoda_bridge.documents import StockRef
from tests.allegro_domain.forms import (
    MAPPINGS,
    address,
    delivery,
    form,
    line,
    noted,
    plan,
    price,
    settings,
    total,
    waits,
)


def test_a_line_without_a_code_waits_or_is_a_text_line_where_allowed() -> None:
    checkout = form(lineItems=[line(offer={"id": "7", "name": "Bez kódu", "external": None})])
    assert waits(checkout) == Waiting(Code.LINE_WITHOUT_CODE, {"offer_id": "7", "offer_name": "Bez kódu"})
    text_line = plan(checkout, text_lines_allowed=True).order.lines[0]
    assert (text_line.text, text_line.stock, text_line.code) == ("Bez kódu", None, "")


def test_a_blank_code_is_no_code() -> None:
    checkout = form(lineItems=[line(offer={"id": "7", "name": "n", "external": {"id": "  "}})])
    assert waits(checkout).code is Code.LINE_WITHOUT_CODE


def test_a_code_longer_than_pohoda_keeps_waits() -> None:
    checkout = form(lineItems=[line(offer={"id": "7", "name": "n", "external": {"id": "x" * 65}})])
    assert waits(checkout) == Waiting(Code.CODE_TOO_LONG, {"offer_id": "7", "code": "x" * 65})


def test_a_mapped_offer_uses_its_mapped_stock_card() -> None:
    mappings = OrderMappings(MAPPINGS.deliveries, MAPPINGS.payments, {"3213001": StockRef("DRUHY", "JINY")})
    planned = plan_order(form(), settings(), mappings)
    assert isinstance(planned, PlannedOrder)
    assert planned.order.lines[0].stock == StockRef("DRUHY", "JINY")


def test_the_same_offer_in_two_lines_stays_two_lines() -> None:
    twice = [line(1), {**line(2), "offer": line(1)["offer"]}]
    lines = plan(form("259.00", lineItems=twice)).order.lines
    assert [one.code for one in lines] == ["SKU-1", "SKU-1", ""]


def test_the_price_the_buyer_pays_counts_and_the_discount_is_explained() -> None:
    planned = plan(
        form(
            "139.00", lineItems=[line(amount="80.00", originalPrice=price("100.00"), discounts=[{"type": "CAMPAIGN"}])]
        )
    )
    (step,) = [one for one in planned.trace if one.code is Code.LINE_DISCOUNTED]
    assert step.params == {"offer_id": "3213001", "original": "100.00", "price": "80.00", "reasons": "CAMPAIGN"}


def test_services_are_text_lines_with_their_own_quantity() -> None:
    service = {"definitionId": "d", "name": "Montáž", "price": price("25.50"), "quantity": 2}
    planned = plan(form("210.00", lineItems=[line(selectedAdditionalServices=[service])]))
    montage = planned.order.lines[1]
    assert (montage.text, montage.quantity, montage.unit_price, montage.stock) == (
        "Montáž", Decimal(2), Decimal("25.50"), None,
    )  # fmt: skip


def test_a_deposit_is_a_line_exactly_when_allegros_total_has_it() -> None:
    item = line(quantity=3, deposit={"price": price("3.00")})
    charged = plan(form("368.00", lineItems=[item]))
    assert (charged.order.lines[-1].quantity, charged.order.lines[-1].unit_price) == (Decimal(3), Decimal("3.00"))
    assert charged.order.lines[-1].vat == "none"
    free = plan(form("359.00", lineItems=[item]))
    assert len(free.order.lines) == 2
    assert noted(free, Code.DEPOSIT_NOT_CHARGED)


def test_allegros_rate_of_the_units_country_decides_and_a_difference_is_noted() -> None:
    planned = plan(form(lineItems=[line(tax={"rate": "12.00"})]))
    assert (planned.order.lines[0].vat, planned.order.lines[0].vat_percent) == ("low", Decimal("12.00"))
    (note,) = noted(planned, Code.VAT_DIFFERS)
    assert note.params == {"what": "3213001", "allegro": "12.00", "settings": "21"}


def test_a_rate_that_the_units_country_does_not_have_waits() -> None:
    assert waits(form(lineItems=[line(tax={"rate": "19.00"})])) == Waiting(
        Code.VAT_RATE_UNKNOWN, {"percent": "19.00", "country": "CZ", "date": "2026-11-20"}
    )


def test_an_exemption_in_words_leaves_it_to_the_settings() -> None:
    assert plan(form(lineItems=[line(tax={"rate": "ZW", "exemption": "X"})])).order.lines[0].vat == "high"


def test_a_parcel_to_another_country_takes_the_units_rate_and_notes_the_destinations() -> None:
    checkout = form(
        "159.00",
        "EUR",
        marketplace={"id": "allegro-sk"},
        lineItems=[line(currency="EUR", tax={"rate": "23.00"})],
        delivery=delivery(currency="EUR", address=address(countryCode="SK")),
    )
    planned = plan(checkout)
    assert (planned.order.lines[0].vat, planned.order.lines[0].vat_percent) == ("high", Decimal(21))
    (note,) = noted(planned, Code.VAT_OF_DESTINATION)
    assert note.params == {"what": "3213001", "allegro": "23.00", "country": "SK"}
    assert waits(checkout, vat_abroad="wait") == Waiting(Code.VAT_ABROAD, {"country": "SK", "unit_country": "CZ"})


def test_a_verified_supply_within_the_union_is_free_of_vat_only_where_the_settings_say_so() -> None:
    checkout = form(invoice={"required": True, "features": ["VAT_EU_VERIFIED"]}, lineItems=[line(tax={"rate": "21"})])
    assert waits(checkout).code is Code.VAT_EU
    planned = plan(checkout, vat_eu_verified="zero")
    assert {(one.vat, one.vat_percent) for one in planned.order.lines} == {("none", Decimal(0))}
    assert total(planned) == Decimal("159.00")


@pytest.mark.parametrize(
    ("country", "day", "percent", "name"),
    [
        ("CZ", "2026-11-20", "21", "high"),
        ("CZ", "2026-11-20", "12.00", "low"),
        ("CZ", "2026-11-20", "0", "none"),
        ("CZ", "2026-11-20", "15", None),
        ("CZ", "2023-12-31", "15", "low"),
        ("CZ", "2023-12-31", "10", "third"),
        ("SK", "2026-11-20", "23", "high"),
        ("SK", "2026-11-20", "19", "low"),
        ("SK", "2026-11-20", "5", "third"),
        ("SK", "2024-12-31", "20", "high"),
        ("PL", "2026-11-20", "23", None),
    ],
)
def test_a_percentage_has_a_name_by_country_and_day(country: str, day: str, percent: str, name: str | None) -> None:
    assert rate_name(country, dt.date.fromisoformat(day), Decimal(percent)) == name


_AMOUNTS = st.decimals(min_value="0.00", max_value="99999.99", places=2)
_LINES = st.lists(st.tuples(_AMOUNTS, st.integers(1, 500), _AMOUNTS | st.none()), min_size=1, max_size=8)


def _lines_of(parts: list[tuple[Decimal, int, Decimal | None]]) -> list[dict[str, object]]:
    made = []
    for number, (amount, quantity, service) in enumerate(parts):
        services = [] if service is None else [{"name": "S", "price": price(str(service)), "quantity": 2}]
        made.append(line(number, str(amount), quantity, selectedAdditionalServices=services))
    return made


@given(parts=_LINES, cost=_AMOUNTS)
def test_a_planned_order_has_exactly_allegros_total(
    parts: list[tuple[Decimal, int, Decimal | None]], cost: Decimal
) -> None:
    expected = sum((amount * quantity + 2 * (service or 0) for amount, quantity, service in parts), cost)
    planned = plan(form(str(expected), lineItems=_lines_of(parts), delivery=delivery(str(cost))))
    assert total(planned) == expected


@given(parts=_LINES, cost=_AMOUNTS, off=st.decimals(min_value="0.01", max_value="1000", places=2))
def test_any_other_total_waits(parts: list[tuple[Decimal, int, Decimal | None]], cost: Decimal, off: Decimal) -> None:
    right = sum((amount * quantity + 2 * (service or 0) for amount, quantity, service in parts), cost)
    waiting = waits(form(str(right + off), lineItems=_lines_of(parts), delivery=delivery(str(cost))))
    assert waiting.code is Code.TOTAL_DIFFERS
    assert Decimal(waiting.params["allegro"]) - Decimal(waiting.params["ours"]) == off
