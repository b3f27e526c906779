"""What the sandbox answers about offers, commands, parcels and invoices fits the official OpenAPI file."""

import uuid
from typing import Any

import pytest

from tests.openapi import violations
from tests.sandbox_allegro.conftest import Visitor
from tests.sandbox_allegro.test_commands import PRICE, PUBLICATION, QUANTITY, criteria, fixed, priced, put
from tests.sandbox_allegro.test_invoices import PDF, add, attach, ship, where

pytestmark = [pytest.mark.reference, pytest.mark.usefixtures("reference_dir")]

READS = (
    "/sale/offers?limit=1000",
    "/sale/offers?limit=5&offset=3&sort=-stock.available&publication.marketplace=allegro-sk",
    "/sale/offers?publication.status=ACTIVE&publication.status=ENDED&external.id=NAR-0101&offer.id=1",
    "/sale/offer-events?limit=1000",
    "/sale/offer-events?type=OFFER_PRICE_CHANGED&type=OFFER_ENDED",
    "/sale/shipping-rates",
    "/sale/shipping-rates?marketplace=allegro-sk",
    "/sale/price-automation/rules",
)


def found(visitor: Visitor) -> list[str]:
    return [problem for entry in visitor.exchanges() for problem in violations(entry)]


def test_every_read_of_a_shop_in_motion_fits_the_file(seller: Visitor) -> None:
    ids = list(seller.offers())
    seller.purchase(count=30)
    changes: list[dict[str, Any]] = [
        {"stock": 0}, {"status": "ENDED"}, {"prices": {"allegro-sk": "7.70", "allegro-cz": "150"}},
        {"refuse": {"code": "VQR009", "message": "Not here"}}, {"campaign": {"price": "99"}}, {"external": None},
        {"rule": {"marketplace": "allegro-sk", "id": "5f6a"}}, {"defect": {"code": "GPSR", "message": "Missing"}},
        {"shipping": None}, {"status": "INACTIVE"}, {"prices": {"allegro-sk": None}}, {"fulfillment": True},
    ]  # fmt: skip
    for offer, change in zip(ids, changes, strict=False):
        seller.control("POST", f"offers/{offer}", change)
    parts = "/sale/product-offers/{}/parts?include=stock&include=price"
    paths = [path.format(one) for one in ids[:20] for path in ("/sale/product-offers/{}", parts)]
    rules = [f"/sale/price-automation/offers/{one}/rules" for one in ids[:8]]
    for path in (*READS, *paths, *rules):
        seller.get(path)
    events = seller.get("/sale/offer-events")["offerEvents"]
    assert {event["type"] for event in events} == {
        "OFFER_STOCK_CHANGED", "OFFER_PRICE_CHANGED", "OFFER_ENDED", "OFFER_CHANGED", "OFFER_VISIBILITY_CHANGED",
    }  # fmt: skip
    assert found(seller) == []


def test_edits_and_their_operations_fit_the_file(seller: Visitor) -> None:
    offer = f"/sale/product-offers/{next(iter(seller.offers()))}"
    price = {"price": {"amount": "210.00", "currency": "CZK"}}
    statuses = [seller.call("PATCH", offer, {"stock": {"available": 0}, "sellingMode": price}).status_code]
    statuses.append(seller.call("PATCH", offer, {"publication": {"status": "ACTIVE"}}).status_code)
    seller.control("PUT", "settings", {"patch_202": 1, "operation_delay_s": 60})
    body = {"stock": {"available": 4}, "publication": {"status": "ACTIVE"}}
    accepted = seller.call("PATCH", offer, body)
    statuses += [accepted.status_code, seller.call("PATCH", offer, body).status_code]
    statuses.append(seller.call("GET", accepted.headers["location"]).status_code)
    seller.control("POST", "clock", {"advance": 61})
    statuses.append(seller.call("GET", accepted.headers["location"]).status_code)
    statuses.append(seller.call("GET", f"{offer}/operations/{uuid.uuid4()}").status_code)
    assert statuses == [200, 422, 202, 409, 202, 303, 404]
    assert found(seller) == []


def test_commands_and_their_reports_fit_the_file(seller: Visitor) -> None:
    ids = list(seller.offers())[:3]
    share = {"modification": {"type": "INCREASE_PERCENTAGE", "percentage": "10"}, "offerCriteria": criteria(ids[0])}
    asked = (
        (QUANTITY, fixed(4, *ids, "99")),
        (QUANTITY, fixed(-2, *ids, change="GAIN")),
        (PRICE, priced("120", *ids)),
        (PRICE, priced("4.50", *ids, currency="EUR", marketplaceId="allegro-sk")),
        (PRICE, share),
        (PUBLICATION, {"publication": {"action": "END"}, "offerCriteria": criteria(*ids)}),
    )
    for resource, body in asked:
        command, answer = put(seller, resource, body)
        assert answer.status_code == 201
        for path in (f"{resource}/{command}", f"{resource}/{command}/tasks", f"{resource}/{command}/tasks?limit=2"):
            seller.get(path)
        assert put(seller, resource, body, command)[1].status_code == 409
    assert put(seller, QUANTITY, fixed(0, *ids))[1].status_code == 422
    assert seller.call("GET", f"{PRICE}/{uuid.uuid4()}").status_code == 404
    assert found(seller) == []


def test_parcels_and_invoices_fit_the_file(seller: Visitor) -> None:
    order = seller.purchase()[0]
    assert seller.get(where(order)) == {
        "orderMode": "REGULAR", "invoices": [], "links": [], "hasExternalInvoices": False,
    }  # fmt: skip
    seller.control("PUT", "settings", {"scan_delay_s": 60})
    assert attach(seller, order).status_code == 200
    seller.get(where(order))
    assert add(seller, order).status_code == 422
    seller.control("POST", "clock", {"advance": 61})
    invoice = seller.get(where(order))["invoices"][0]["id"]
    assert seller.upload(f"{where(order)}/{invoice}/file", PDF).status_code == 409
    assert [add(seller, order, "FV-2").status_code, add(seller, order, "FV-3").status_code] == [201, 429]
    seller.get(where(order))
    assert [ship(seller, order).status_code, ship(seller, order, "x").status_code] == [201, 400]
    assert ship(seller, order, "123456", carrierId="OTHER", carrierName="Kurýr").status_code == 201
    seller.get(where(order, "shipments"))
    assert found(seller) == []


@pytest.mark.parametrize("path", [*READS, "/sale/product-offers/1", f"{QUANTITY}/6a9d7f0e-1111-4222-8333-444455556666"])
def test_a_refused_token_is_told_as_the_file_says(allegro: Visitor, path: str) -> None:
    assert allegro.call("GET", path, drop="authorization").status_code == 401
    assert found(allegro) == []


def test_refused_lists_fit_the_file(seller: Visitor) -> None:
    assert seller.call("GET", "/sale/offer-events?from=unknown").status_code == 400
    assert seller.call("GET", "/sale/offers?offset=9999999&limit=20").status_code == 400
    assert found(seller) == []
