"""Planning a received order: what is written where, and when the order waits instead."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import msgspec
import pytest

from allegro_integration.domain.explain import NOTES, PARAMETERS, TRACE, WAITING, Code, Waiting
from allegro_integration.domain.orders import PlannedOrder, plan_order
from allegro_integration.domain.settings import DeliveryMapping, OrderMappings, PaymentMapping
from pohoda_bridge.documents import ExternalId, ForeignCurrency, OrderLine, StockRef
from tests.allegro_domain.forms import (
    FORM_ID,
    MAPPINGS,
    METHOD_ID,
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


def test_a_plain_order_becomes_a_received_order_with_a_stock_line_and_a_delivery_line() -> None:
    order = plan(form(), number_series="26AL", centre="ESHOP", activity="CZ").order
    assert order.ext_id == ExternalId(FORM_ID, "allegro:sandbox:101")
    assert order.number_order == FORM_ID.replace("-", "")
    assert len(order.number_order) == 32
    assert order.date == dt.date(2026, 11, 20)
    assert order.text == f"Allegro {FORM_ID}"
    assert (order.number_series, order.centre, order.activity) == ("26AL", "ESHOP", "CZ")
    assert order.payment_type == "Allegro"
    assert order.carrier == "PPL"
    assert order.is_reserved
    assert order.currency is None
    assert order.lines == (
        OrderLine(
            text="Zboží 1",
            quantity=Decimal(1),
            unit_price=Decimal("100.00"),
            vat="high",
            vat_percent=Decimal(21),
            code="SKU-1",
            stock=StockRef("HLAVNI", "SKU-1"),
        ),
        OrderLine(
            text="Doprava PPL",
            quantity=Decimal(1),
            unit_price=Decimal("59.00"),
            vat="high",
            vat_percent=Decimal(21),
        ),
    )


def test_the_day_of_the_order_is_the_local_day_of_the_first_purchase() -> None:
    late = form(
        "259.00", lineItems=[line(1, boughtAt="2026-11-20T23:30:00Z"), line(2, boughtAt="2026-11-21T09:00:00Z")]
    )
    assert plan(late).order.date == dt.date(2026, 11, 21)


def test_the_day_to_hand_it_over_is_local_too() -> None:
    assert plan(form(delivery=delivery(time={"dispatch": {"to": "2026-11-23T23:30:00Z"}}))).order.date_to == dt.date(
        2026, 11, 24
    )


def test_the_text_template_knows_the_form_the_login_and_the_marketplace() -> None:
    planned = plan(form(), text_template="{marketplace} {login} {form_id} {x}")
    assert planned.order.text == f"allegro-cz jana_n {FORM_ID} {{x}}"


def test_euros_are_a_foreign_currency_in_a_czech_unit_and_home_in_a_slovak_one() -> None:
    checkout = form("159.00", "EUR", marketplace={"id": "allegro-sk"})
    assert plan(checkout).order.currency == ForeignCurrency("EUR", None, 1)
    assert plan(checkout, foreign_rate=Decimal("24.5")).order.currency == ForeignCurrency("EUR", Decimal("24.5"), 1)
    slovak = plan(
        checkout, home_currency="EUR", unit_country="SK", line_vat=Decimal(23), delivery_vat=Decimal(23)
    ).order
    assert slovak.currency is None
    assert {one.vat for one in slovak.lines} == {"high"}


def test_the_rate_of_forints_is_per_hundred() -> None:
    planned = plan(form("159.00", "HUF", marketplace={"id": "allegro-hu"}))
    assert planned.order.currency == ForeignCurrency("HUF", None, 100)


def test_the_buyers_message_is_the_note_and_is_flagged() -> None:
    planned = plan(form(messageToSeller="  Zvoňte prosím "))
    assert planned.order.note == "Zvoňte prosím"
    assert noted(planned, Code.MESSAGE_FROM_BUYER)


def test_a_surcharge_makes_the_paid_amount_equal_again() -> None:
    paid = {"id": "a", "type": "ONLINE", "provider": "PAYU", "paidAmount": price("150.00")}
    extra = {"id": "b", "type": "ONLINE", "provider": "PAYU", "paidAmount": price("9.00")}
    assert not noted(plan(form(payment=paid, surcharges=[extra])), Code.PAID_DIFFERS)
    (note,) = noted(plan(form(payment=paid)), Code.PAID_DIFFERS)
    assert note.params == {"paid": "150.00", "total": "159.00", "currency": "CZK"}


def test_cash_on_delivery_without_a_paid_amount_is_not_flagged() -> None:
    planned = plan(form(payment={"id": "a", "type": "CASH_ON_DELIVERY", "provider": "OFFLINE", "paidAmount": None}))
    assert planned.order.payment_type == "Dobírka"
    assert not noted(planned, Code.PAID_DIFFERS)


def test_a_payment_mapping_of_type_and_provider_wins_over_the_type_alone() -> None:
    mappings = OrderMappings(
        deliveries=MAPPINGS.deliveries,
        payments=(PaymentMapping("ONLINE", "Online"), PaymentMapping("ONLINE", "PayU", provider="PAYU")),
    )
    planned = plan_order(form(), settings(), mappings)
    assert not isinstance(planned, Waiting)
    assert planned.order.payment_type == "PayU"


def test_a_form_without_payment_is_planned_and_flagged() -> None:
    planned = plan(form(payment=None))
    assert planned.order.payment_type == ""
    assert noted(planned, Code.PAYMENT_ABSENT)


def test_an_unmapped_delivery_method_waits_with_its_id_and_name() -> None:
    checkout = form(delivery=delivery(method={"id": "other", "name": "Kurýr GLS"}))
    assert waits(checkout) == Waiting(Code.UNMAPPED_DELIVERY, {"method_id": "other", "method_name": "Kurýr GLS"})


def test_an_unmapped_payment_waits() -> None:
    checkout = form(payment={"id": "a", "type": "SPLIT_PAYMENT", "provider": "P24"})
    assert waits(checkout) == Waiting(Code.UNMAPPED_PAYMENT, {"type": "SPLIT_PAYMENT", "provider": "P24"})


def test_a_total_that_is_off_by_a_haler_waits_with_both_sums() -> None:
    assert waits(form("159.01")) == Waiting(
        Code.TOTAL_DIFFERS, {"ours": "159.00", "allegro": "159.01", "currency": "CZK"}
    )


@pytest.mark.parametrize(
    ("checkout", "expected"),
    [
        (form(status="CANCELLED"), Waiting(Code.CANCELLED, {})),
        (form(status="FILLED_IN"), Waiting(Code.NOT_READY, {"status": "FILLED_IN"})),
        (form(status="FROZEN_BY_X"), Waiting(Code.UNKNOWN_STATUS, {"status": "FROZEN_BY_X"})),
        (form(delivery=None), Waiting(Code.NO_DELIVERY_ADDRESS, {"missing": "delivery"})),
        (form(delivery=delivery(address=None)), Waiting(Code.NO_DELIVERY_ADDRESS, {"missing": "address"})),
        (
            form(delivery=delivery(address=address(street=" ", zipCode=None))),
            Waiting(Code.NO_DELIVERY_ADDRESS, {"missing": "street,zip"}),
        ),
        (
            form(fulfillment={"status": "NEW", "provider": {"id": "ALLEGRO"}}),
            Waiting(Code.FULFILLED_BY_ALLEGRO, {}),
        ),
        (form(marketplace={"id": "cz-fnf"}), Waiting(Code.UNKNOWN_MARKETPLACE, {"marketplace": "cz-fnf"})),
        (form(marketplace=None), Waiting(Code.UNKNOWN_MARKETPLACE, {"marketplace": ""})),
        (form("159.00", "GBP"), Waiting(Code.UNKNOWN_CURRENCY, {"currency": "GBP"})),
        (form(delivery=delivery(currency="EUR")), Waiting(Code.MIXED_CURRENCIES, {"currencies": "CZK,EUR"})),
        (form(lineItems=[]), Waiting(Code.NO_LINES, {})),
        (
            form(lineItems=[line(quantity=0)]),
            Waiting(Code.BAD_QUANTITY, {"offer_id": "3213001", "quantity": "0"}),
        ),
        (
            form(lineItems=[line(amount="-1.00")]),
            Waiting(Code.BAD_PRICE, {"offer_id": "3213001", "price": "-1.00"}),
        ),
        (
            form(lineItems=[line(boughtAt=None)], updatedAt=None),
            Waiting(Code.NO_DATE, {}),
        ),
        (form(id="x" * 33), Waiting(Code.FORM_ID_TOO_LONG, {"form_id": "x" * 33})),
        (
            form(invoice={"required": True, "features": ["VAT_EU_UNVERIFIED"]}),
            Waiting(Code.VAT_EU, {"feature": "VAT_EU_UNVERIFIED"}),
        ),
    ],
    ids=lambda value: value.code.value if isinstance(value, Waiting) else "",
)  # fmt: skip
def test_an_order_that_cannot_go_waits_with_its_reason(checkout: object, expected: Waiting) -> None:
    assert waits(checkout) == expected  # type: ignore[arg-type]


def test_a_delivery_mapping_without_text_uses_allegros_name_and_its_own_vat() -> None:
    mappings = OrderMappings(
        deliveries={METHOD_ID: DeliveryMapping(METHOD_ID, vat=Decimal(12))}, payments=MAPPINGS.payments
    )
    planned = plan_order(form(), settings(), mappings)
    assert not isinstance(planned, Waiting)
    assert (planned.order.lines[-1].text, planned.order.lines[-1].vat) == ("PPL kurýr", "low")


def test_free_delivery_has_a_line_only_where_the_settings_want_one() -> None:
    checkout = form("100.00", delivery=delivery("0.00", smart=True))
    assert len(plan(checkout).order.lines) == 1
    lines = plan(checkout, zero_delivery_line=True).order.lines
    assert (lines[-1].text, lines[-1].unit_price) == ("Doprava PPL", Decimal("0.00"))


def test_a_planned_order_can_be_stored_and_read_again() -> None:
    planned = plan(form(messageToSeller="x", lineItems=[line(tax={"rate": "12.00"})]))
    assert msgspec.json.decode(msgspec.json.encode(planned), type=PlannedOrder) == planned


def test_every_code_belongs_to_one_kind_and_names_its_parameters() -> None:
    assert set(PARAMETERS) == set(Code)
    assert sorted(Code) == sorted([*WAITING, *TRACE, *NOTES])


def test_explanations_carry_exactly_the_parameters_that_their_code_announces() -> None:
    checkout = form(
        "261.00",
        messageToSeller="x",
        payment=None,
        lineItems=[
            line(1, "90.00", tax={"rate": "12.00"}, originalPrice=price("100.00"), discounts=[{"type": "COUPON"}],
                 deposit={"price": price("2.00")}),
            line(2, "100.00", selectedAdditionalServices=[{"name": "Montáž", "price": price("10.00"), "quantity": 1}]),
        ],
    )  # fmt: skip
    planned = plan(checkout)
    assert total(planned) == Decimal("261.00")
    assert {step.code for step in planned.trace} >= {
        Code.LINE_FROM_STOCK, Code.LINE_DISCOUNTED, Code.SERVICE_LINE, Code.DEPOSIT_LINE, Code.DELIVERY_LINE,
        Code.VAT_FROM_ALLEGRO, Code.VAT_FROM_SETTINGS, Code.TOTAL_EQUAL, Code.HOME_CURRENCY,
    }  # fmt: skip
    for one in (*planned.trace, *planned.notes):
        assert set(one.params) == set(PARAMETERS[one.code]), one.code
    assert {step.code for step in planned.trace} <= TRACE
    assert {note.code for note in planned.notes} <= NOTES
