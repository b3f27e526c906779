"""Each call of the way back is one that Allegro's official file allows, and so are the answers of our tests."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from allegro_integration.client.api import AllegroApi
from allegro_integration.client.offer_messages import OfferPatch
from connectify.domain.money import Money
from tests.allegro_client.answers import (
    OFFER,
    event,
    invoice,
    listed_offer,
    offer_list,
    offer_parts,
    report,
    task,
    whole_offer,
)
from tests.allegro_client.scripted import Scripted
from tests.openapi import violations

COMMAND = "7f3c1e52-3f0b-4a8e-9d0e-0c8a52b0a001"
FORM = "29738e61-7f6a-11e8-ac45-09db60ede9d6"
CROWNS, EUROS = Money(Decimal("249.00"), "CZK"), Money(Decimal("9.90"), "EUR")
OPERATION = f"/sale/product-offers/{OFFER}/operations/77"
AT = "2026-11-23T10:00:00.000Z"
DONE = report(COMMAND, completed=True, total=1, success=1)
RULE = {"marketplace": {"id": "allegro-sk"}, "rule": {"id": "5f1"}, "updatedAt": AT}

Case = tuple[Callable[[AllegroApi], object], int, Any]
CASES: dict[str, Case] = {
    "offers": (
        lambda api: api.offers(
            ids=("1",), external_ids=("A",), statuses=("ACTIVE", "ENDED"), sort="-stock.available", offset=5, limit=1
        ),
        200,
        offer_list(listed_offer()),
    ),
    "offer_detail": (lambda api: api.offer_detail(OFFER), 200, whole_offer()),
    "offer_parts": (lambda api: api.offer_parts(OFFER), 200, offer_parts()),
    "offer_events": (lambda api: api.offer_events("e0", limit=10), 200, {"offerEvents": [event("e1")]}),
    "patch_offer": (
        lambda api: api.patch_offer(
            OFFER, OfferPatch(stock=3, activate=True, price=CROWNS, prices={"allegro-sk": EUROS})
        ),
        200,
        whole_offer(),
    ),
    "operation": (
        lambda api: api.operation(OPERATION),
        202,
        {"offer": {"id": OFFER}, "operation": {"id": "77", "status": "PENDING", "startedAt": AT}},
    ),
    "quantity": (lambda api: api.put_quantity_command(COMMAND, value=3, offers=[OFFER]), 201, report(COMMAND)),
    "price": (
        lambda api: api.put_price_command(COMMAND, price=EUROS, marketplace="allegro-sk", offers=[OFFER]),
        201,
        report(COMMAND),
    ),
    "base_price": (
        lambda api: api.put_price_command(COMMAND, price=CROWNS, marketplace=None, offers=[OFFER]),
        201,
        report(COMMAND),
    ),
    "end": (lambda api: api.put_end_command(COMMAND, offers=[OFFER]), 201, report(COMMAND)),
    "quantity_report": (lambda api: api.command_report("quantity", COMMAND), 200, DONE),
    "price_report": (lambda api: api.command_report("price", COMMAND), 200, DONE),
    "publication_report": (lambda api: api.command_report("publication", COMMAND), 200, DONE),
    "quantity_tasks": (lambda api: api.command_tasks("quantity", COMMAND), 200, {"tasks": [task(OFFER)]}),
    "price_tasks": (lambda api: api.command_tasks("price", COMMAND), 200, {"tasks": [task(OFFER, "FAIL")]}),
    "publication_tasks": (
        lambda api: api.command_tasks("publication", COMMAND, offset=1, limit=5),
        200,
        {"tasks": [task(OFFER, "NEW")]},
    ),
    "shipments": (lambda api: api.shipments(FORM), 200, {"shipments": [{"id": "s", "waybill": "1"}]}),
    "add_shipment": (
        lambda api: api.add_shipment(FORM, carrier_id="OTHER", carrier_name="Posel", waybill="123"),
        201,
        {"id": "s", "waybill": "123", "carrierId": "OTHER", "carrierName": "Posel"},
    ),
    "carriers": (lambda api: api.carriers(), 200, {"carriers": [{"id": "DPD", "name": "DPD"}]}),
    "invoices": (lambda api: api.invoices(FORM), 200, {"invoices": [invoice("a", "1", uploadedAt=AT)]}),
    "add_invoice": (lambda api: api.add_invoice(FORM, file_name="f.pdf", number="2026001"), 201, {"id": "a"}),
    "put_invoice_file": (lambda api: api.put_invoice_file(FORM, "a", b"%PDF-1.7 %%EOF"), 200, b""),
    "offer_rules": (lambda api: api.offer_rules(OFFER), 200, {"rules": [RULE], "updatedAt": AT}),
    "shipping_rates": (
        lambda api: api.shipping_rates(),
        200,
        {"shippingRates": [{"id": "a", "name": "Doma", "marketplaces": [{"id": "allegro-cz"}]}]},
    ),
}


@pytest.mark.reference
@pytest.mark.parametrize("name", CASES)
def test_a_call_is_one_that_the_official_file_allows(
    scripted_api: AllegroApi, script: Scripted, reference_dir: object, name: str
) -> None:
    call, status, answer = CASES[name]
    script.answer(status, answer)
    call(scripted_api)
    (asked,) = script.asked
    assert violations(asked) == []
    assert asked["request_headers"]["user-agent"].startswith("Connectify/")
