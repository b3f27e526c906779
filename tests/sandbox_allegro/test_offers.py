"""Offers as a seller reads them: the list, one of them, its parts, and where buyers find it."""

from collections.abc import Callable
from typing import Any

import pytest

from connectify.sandbox.catalogue import load_catalogue
from tests.sandbox_allegro.conftest import Visitor

DRILL = {"id": "77", "name": "Vrták do betonu", "prices": {"allegro-cz": "199", "allegro-sk": "8.10"}, "stock": 5}


def states(visitor: Visitor, offer: str = "77") -> dict[str, tuple[str, list[str]]]:
    additional = visitor.get(f"/sale/product-offers/{offer}")["additionalMarketplaces"]
    told = {name: one["publication"] for name, one in additional.items()}
    return {name: (one["state"], [reason["code"] for reason in one["refusalReasons"]]) for name, one in told.items()}


def test_the_list_has_every_offer_once_the_newest_first(seller: Visitor) -> None:
    pages = [seller.get(f"/sale/offers?limit=20&offset={offset}") for offset in (0, 20, 40)]
    ids = [offer["id"] for page in pages for offer in page["offers"]]
    assert [page["count"] for page in pages] == [20, 20, 2]
    assert {page["totalCount"] for page in pages} == {42}
    assert ids == sorted(seller.offers(), reverse=True)


def test_an_offer_of_the_list_says_what_a_reconciliation_needs(seller: Visitor) -> None:
    good = load_catalogue()[0]
    row = seller.get(f"/sale/offers?external.id={good.code}")["offers"][0]
    assert row["external"] == {"id": good.code}
    assert row["sellingMode"]["price"] == {"amount": f"{good.price_czk}.00", "currency": "CZK"}
    assert row["stock"]["available"] == good.stock
    assert row["publication"]["status"] == "ACTIVE"
    assert row["publication"]["marketplaces"]["base"] == {"id": "allegro-cz"}
    slovak = row["additionalMarketplaces"]["allegro-sk"]
    assert slovak["publication"] == {"state": "APPROVED"}
    assert slovak["sellingMode"]["price"] == {"amount": str(good.price_eur), "currency": "EUR"}
    assert row["delivery"]["shippingRates"]["id"] == seller.get("/sale/shipping-rates")["shippingRates"][0]["id"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("offer.id=1&offer.id=3&offer.id=99", {"1", "3"}),
        ("external.id=A", {"1", "2"}),
        ("external.id=A&publication.status=ENDED", {"2"}),
        ("publication.status=ACTIVE&publication.status=INACTIVE", {"1", "3"}),
        ("publication.marketplace=allegro-cz", {"1", "2", "3"}),
        ("publication.marketplace=allegro-sk", {"1", "2"}),
        ("publication.marketplace=allegro-hu", set()),
    ],
)
def test_the_list_is_narrowed_by_what_is_asked(seller: Visitor, query: str, expected: set[str]) -> None:
    home = seller.get("/sale/shipping-rates")["shippingRates"][1]["id"]
    seller.sell(
        {"id": "1", "external": "A", "prices": {"allegro-cz": "10"}},
        {"id": "2", "external": "A", "prices": {"allegro-cz": "20"}, "status": "ENDED", "ended_by": "USER"},
        {"id": "3", "prices": {"allegro-cz": "5"}, "status": "INACTIVE", "shipping": home},
    )
    found = seller.get(f"/sale/offers?{query}")
    assert {offer["id"] for offer in found["offers"]} == expected
    assert found["totalCount"] == len(expected)


def test_the_list_is_sorted_by_stock_or_price(seller: Visitor) -> None:
    seller.sell(
        {"id": "1", "stock": 9, "prices": {"allegro-cz": "100", "allegro-sk": "2"}},
        {"id": "2", "stock": 10, "prices": {"allegro-cz": "20", "allegro-sk": "3"}},
    )

    def order(query: str) -> list[str]:
        return [offer["id"] for offer in seller.get(f"/sale/offers?{query}")["offers"]]

    assert order("sort=stock.available") == ["1", "2"]
    assert order("sort=-stock.available") == ["2", "1"]
    assert order("sort=sellingMode.price.amount") == ["2", "1"]
    assert order("sort=sellingMode.price.amount&publication.marketplace=allegro-sk") == ["1", "2"]


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=1001", "sort=name", "publication.status=SOLD", "publication.marketplace=allegro-xx"]
)
def test_a_list_that_cannot_be_is_refused(seller: Visitor, query: str) -> None:
    assert seller.call("GET", f"/sale/offers?{query}").status_code == 400


def test_the_whole_offer_names_its_product_by_ean(seller: Visitor) -> None:
    seller.sell({**DRILL, "ean": "8594000137016", "vat": "21.00", "after_sales": {"warranty": "1b2c"}})
    offer = seller.get("/sale/product-offers/77")
    assert offer["productSet"][0]["product"]["parameters"][0]["values"] == ["8594000137016"]
    assert (offer["stock"], offer["name"]) == ({"available": 5, "unit": "UNIT"}, "Vrták do betonu")
    assert offer["afterSalesServices"] == {"warranty": {"id": "1b2c"}}
    assert offer["taxSettings"]["rates"] == [{"rate": "21.00", "countryCode": "CZ"}]
    assert "external" not in offer


def test_the_parts_hold_what_was_asked_for(seller: Visitor) -> None:
    seller.sell(DRILL)
    where = "/sale/product-offers/77/parts?include="
    slovak = {"allegro-sk": {"sellingMode": {"price": {"amount": "8.10", "currency": "EUR"}}}}
    price = {"price": {"amount": "199.00", "currency": "CZK"}}
    assert seller.get(where + "stock") == {"id": "77", "stock": {"available": 5}}
    assert seller.get(where + "price") == {"id": "77", "sellingMode": price, "additionalMarketplaces": slovak}
    assert set(seller.get(where + "price&include=stock")) == {"id", "stock", "sellingMode", "additionalMarketplaces"}
    assert seller.call("GET", where + "images").status_code == 400
    assert seller.call("GET", "/sale/product-offers/77/parts").status_code == 400


def test_an_offer_of_somebody_else_is_forbidden_and_an_unknown_one_not_found(seller: Visitor) -> None:
    seller.control("PUT", "sellers/555", {"login": "druhy", "offers": [DRILL]})
    assert seller.call("GET", "/sale/product-offers/77").status_code == 403
    assert seller.call("PATCH", "/sale/product-offers/77", {"stock": {"available": 1}}).status_code == 403
    assert seller.call("GET", "/sale/product-offers/78").status_code == 404
    assert seller.call("GET", "/sale/product-offers/abc").status_code == 400


def test_delivery_and_a_price_in_the_currency_decide_where_an_offer_is_shown(seller: Visitor) -> None:
    rates = seller.get("/sale/shipping-rates")["shippingRates"]
    assert [one["id"] for one in rates[0]["marketplaces"]] == ["allegro-cz", "allegro-sk", "allegro-business-cz"]
    seller.sell(
        DRILL,
        {"id": "78", "prices": {"allegro-cz": "199"}},
        {**DRILL, "id": "79", "shipping": rates[1]["id"]},
        {**DRILL, "id": "80", "status": "INACTIVE"},
        {**DRILL, "id": "81", "refused": {"allegro-sk": {"code": "VQR007_FORBIDDEN"}}},
    )
    assert states(seller)["allegro-sk"] == ("APPROVED", [])
    assert states(seller)["allegro-pl"] == ("NOT_REQUESTED", [])
    assert states(seller, "78")["allegro-sk"] == ("REFUSED", ["VQR001_CURRENCY_NOT_AVAILABLE"])
    delivery = "VQR003_DELIVERY_TO_OPERATIONAL_COUNTRY_NOT_AVAILABLE"
    assert states(seller, "79")["allegro-sk"] == ("REFUSED", [delivery])
    assert states(seller, "80")["allegro-sk"] == ("PENDING", [])
    assert states(seller, "81")["allegro-sk"] == ("REFUSED", ["VQR007_FORBIDDEN"])
    shown = {one["id"]: {m for m, seen in one["buyers"].items() if seen["visible"]} for one in seller.offers().values()}
    everywhere = {"allegro-cz", "allegro-sk", "allegro-business-cz"}
    home = {"allegro-cz", "allegro-business-cz"}
    assert shown == {"77": everywhere, "78": home, "79": home, "80": set(), "81": home}


def test_the_shipping_rates_of_a_marketplace_are_those_that_reach_it(seller: Visitor) -> None:
    names = [one["name"] for one in seller.get("/sale/shipping-rates?marketplace=allegro-sk")["shippingRates"]]
    assert names == ["Standardní doprava", "Allegro One Fulfillment"]
    assert seller.get("/sale/shipping-rates?marketplace=allegro-hu") == {"shippingRates": []}


def test_pricing_rules_of_an_offer_are_told_by_marketplace(seller: Visitor) -> None:
    rule = seller.get("/sale/price-automation/rules")["rules"][0]
    assert rule["type"] == "EXCHANGE_RATE"
    seller.sell({**DRILL, "rules": {"allegro-sk": rule["id"]}})
    assigned = seller.get("/sale/price-automation/offers/77/rules")["rules"]
    assert [(one["marketplace"]["id"], one["rule"]["id"]) for one in assigned] == [("allegro-sk", rule["id"])]
    listed = seller.get("/sale/offers")["offers"][0]["additionalMarketplaces"]["allegro-sk"]
    assert listed["sellingMode"]["priceAutomation"] == {"rule": {"id": rule["id"]}}


def test_the_catalogue_is_sold_with_the_exceptions_of_a_real_shop(seller: Visitor) -> None:
    goods, offers = load_catalogue(), list(seller.offers().values())
    assert [offer["ean"] for offer in offers] == [good.ean for good in goods]
    unnamed = [good.code for good, offer in zip(goods, offers, strict=True) if offer["external"] is None]
    assert unnamed == [goods[12].code, goods[26].code, goods[40].code]
    unsold = {good.code: (offer["status"], offer["ended_by"]) for good, offer in zip(goods, offers, strict=True)}
    odd = {code: state for code, state in unsold.items() if state != ("ACTIVE", None)}
    assert odd == {goods[16].code: ("INACTIVE", None), goods[19].code: ("ENDED", "USER")}


def test_a_larger_catalogue_is_offered_where_asked(start: Callable[..., Visitor]) -> None:
    visitor = start(goods=600)
    visitor.sign_in()
    assert visitor.get("/sale/offers?limit=1000")["count"] == 600
    sold_out = {good.code for good in load_catalogue(600) if good.stock == 0}
    ended = {one["external"]: one["ended_by"] for one in visitor.offers().values() if one["stock"] == 0}
    assert {code for code, by in ended.items() if by == "EMPTY_STOCK" and code} <= sold_out
    assert ended


def test_what_the_control_route_tells_it_takes_back(seller: Visitor) -> None:
    before: dict[str, Any] = seller.offers()
    seller.control("PUT", "sellers/44300012/offers", list(before.values()))
    assert seller.offers() == before


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/sale/offers"),
        ("PATCH", "/sale/product-offers/77"),
        ("GET", "/sale/offer-price-change-commands/6a9d7f0e-1111-4222-8333-444455556666"),
        ("GET", "/sale/shipping-rates"),
        ("POST", "/order/checkout-forms/6a9d7f0e-1111-4222-8333-444455556666/invoices"),
    ],
)
def test_an_application_does_only_what_it_was_allowed(allegro: Visitor, method: str, path: str) -> None:
    client = {"secret": allegro.settings.client_secret, "scopes": ["allegro:api:profile:read"]}
    allegro.control("PUT", f"clients/{allegro.settings.client_id}", client)
    allegro.sign_in()
    assert allegro.call(method, path, None if method == "GET" else {}).status_code == 403
