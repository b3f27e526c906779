"""Factories of raw checkout forms, as Allegro's OpenAPI file describes them, and of the settings that fit them."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import msgspec

from allegro_integration.client.strict_json import read
from allegro_integration.domain.checkout import CheckoutForm
from allegro_integration.domain.explain import Code, Explanation, Waiting
from allegro_integration.domain.orders import PlannedOrder, plan_order
from allegro_integration.domain.settings import DeliveryMapping, OrderMappings, OrderSettings, PaymentMapping

Raw = dict[str, Any]
FORM_ID = "29738e61-7f6a-11e8-ac45-09db60ede9d6"
METHOD_ID = "c3066682-97a3-42fe-9eb5-3beeccab840c"

SETTINGS = OrderSettings(environment="sandbox", seller_id="101", store="HLAVNI")
MAPPINGS = OrderMappings(
    deliveries={METHOD_ID: DeliveryMapping(METHOD_ID, carrier="PPL", text="Doprava PPL")},
    payments=(PaymentMapping("ONLINE", "Allegro"), PaymentMapping("CASH_ON_DELIVERY", "Dobírka")),
)


def price(amount: str, currency: str = "CZK") -> Raw:
    return {"amount": amount, "currency": currency}


def line(number: int = 1, amount: str = "100.00", quantity: int = 1, currency: str = "CZK", **more: Any) -> Raw:
    """A line item of the offer with that number, whose external id is SKU-<number>."""
    return {
        "id": f"62ae358b-8f65-4fc4-9c77-bedf604a2e{number:02d}",
        "offer": {"id": str(3213000 + number), "name": f"Zboží {number}", "external": {"id": f"SKU-{number}"}},
        "quantity": quantity,
        "originalPrice": price(amount, currency),
        "price": price(amount, currency),
        "boughtAt": "2026-11-20T10:00:00.000Z",
        **more,
    }


def address(**more: Any) -> Raw:
    return {
        "firstName": "Jana",
        "lastName": "Nováková",
        "street": "Dlouhá 12",
        "city": "Brno",
        "zipCode": "602 00",
        "countryCode": "CZ",
        "companyName": None,
        "phoneNumber": "+420 777 111 222",
        **more,
    }


def delivery(cost: str = "59.00", currency: str = "CZK", **more: Any) -> Raw:
    return {
        "address": address(),
        "method": {"id": METHOD_ID, "name": "PPL kurýr"},
        "cost": price(cost, currency),
        "smart": False,
        "time": {"dispatch": {"to": "2026-11-23T22:30:00Z"}},
        **more,
    }


def buyer(**more: Any) -> Raw:
    return {
        "id": "23123123",
        "email": "hamu7udk3p+17454c1b6@allegromail.pl",
        "login": "jana_n",
        "guest": False,
        "firstName": "Jana",
        "lastName": "Nováková",
        "phoneNumber": "777333444",
        "address": {"street": "Krátká 1", "city": "Praha", "postCode": "110 00", "countryCode": "CZ"},
        **more,
    }


def raw_form(total: str = "159.00", currency: str = "CZK", **more: Any) -> Raw:
    """A ready order of one piece for 100 CZK with delivery for 59 CZK, paid."""
    return {
        "id": FORM_ID,
        "status": "READY_FOR_PROCESSING",
        "revision": "819b5836",
        "updatedAt": "2026-11-20T10:05:00.000Z",
        "buyer": buyer(),
        "payment": {
            "id": "0f8f4610-0db0-11e9-a5bd-ac1f6b8a8d51",
            "type": "ONLINE",
            "provider": "PAYU",
            "finishedAt": "2026-11-20T10:05:00.000Z",
            "paidAmount": price(total, currency),
        },
        "fulfillment": {"status": "NEW", "provider": {"id": "SELLER"}},
        "delivery": delivery(currency=currency),
        "invoice": {"required": False},
        "lineItems": [line(currency=currency)],
        "surcharges": [],
        "marketplace": {"id": "allegro-cz"},
        "summary": {"totalToPay": price(total, currency)},
        **more,
    }


def form(total: str = "159.00", currency: str = "CZK", **more: Any) -> CheckoutForm:
    return read(json.dumps(raw_form(total, currency, **more)).encode(), CheckoutForm)


def settings(**more: Any) -> OrderSettings:
    return msgspec.structs.replace(SETTINGS, **more)


def plan(checkout: CheckoutForm, **more: Any) -> PlannedOrder:
    """The planned order; more settings by name. Fails when it waits."""
    outcome = plan_order(checkout, settings(**more), MAPPINGS)
    assert isinstance(outcome, PlannedOrder), outcome
    return outcome


def waits(checkout: CheckoutForm, mappings: OrderMappings = MAPPINGS, **more: Any) -> Waiting:
    """Why the order waits. Fails when it does not."""
    outcome = plan_order(checkout, settings(**more), mappings)
    assert isinstance(outcome, Waiting), outcome
    return outcome


def noted(planned: PlannedOrder, code: Code) -> list[Explanation]:
    return [note for note in planned.notes if note.code is code]


def total(planned: PlannedOrder) -> Decimal:
    return planned.order.total
