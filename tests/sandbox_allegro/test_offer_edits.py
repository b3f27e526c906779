"""One offer edited: stock, prices, publication and settings in one merge patch, at once or accepted for later."""

from typing import Any

import httpx
import pytest

from allegro_integration.sandbox.answers import MEDIA_TYPE
from tests.sandbox_allegro.conftest import Visitor

PRICES = {"allegro-cz": "199", "allegro-sk": "8.10"}
DRILL = {"id": "77", "prices": PRICES, "stock": 5, "external": "D-1"}


@pytest.fixture
def shop(seller: Visitor) -> Visitor:
    """A seller with one offer, 77."""
    seller.sell(DRILL)
    return seller


def patch(visitor: Visitor, offer: str = "77", **body: Any) -> httpx.Response:
    return visitor.call("PATCH", f"/sale/product-offers/{offer}", body)


def code(answer: httpx.Response) -> str:
    return str(answer.json()["errors"][0]["code"])


def price(amount: str, currency: str = "CZK") -> dict[str, Any]:
    return {"price": {"amount": amount, "currency": currency}}


def test_an_edit_changes_what_was_sent_and_nothing_else(shop: Visitor) -> None:
    before = shop.get("/sale/product-offers/77")
    slovak = {"allegro-sk": {"sellingMode": price("8.50", "EUR")}}
    answer = patch(shop, stock={"available": 3}, sellingMode=price("210.00"), additionalMarketplaces=slovak)
    assert answer.status_code == 200
    after = shop.get("/sale/product-offers/77")
    assert answer.json() == after
    assert after["stock"]["available"] == 3
    assert after["sellingMode"]["price"] == {"amount": "210.00", "currency": "CZK"}
    assert after["additionalMarketplaces"]["allegro-sk"]["sellingMode"] == price("8.50", "EUR")
    assert after["additionalMarketplaces"]["allegro-business-cz"]["sellingMode"] == price("210.00")
    changed = ("stock", "sellingMode", "additionalMarketplaces", "updatedAt", "validation")
    assert {name: after[name] for name in after if name not in changed} == {
        name: before[name] for name in before if name not in changed
    }


def test_the_ledger_says_what_an_edit_wrote(shop: Visitor) -> None:
    patch(shop, stock={"available": 3}, sellingMode=price("210"))
    quantity = shop.effects("offer.quantity")[0]
    assert (quantity["key"], quantity["data"]["quantity"], quantity["data"]["was"]) == ("77", 3, 5)
    assert (quantity["data"]["by"], quantity["data"]["external"]) == ("patch", "D-1")
    prices = [
        (one["data"]["marketplace"], one["data"]["amount"], one["data"]["currency"], one["data"]["was"])
        for one in shop.effects("offer.price")
    ]
    assert prices == [("allegro-cz", "210", "CZK", "199"), ("allegro-business-cz", "210", "CZK", None)]


def test_an_edit_to_the_same_value_is_written_too_but_changes_nothing(shop: Visitor) -> None:
    patch(shop, stock={"available": 5})
    assert [one["data"]["quantity"] for one in shop.effects("offer.quantity")] == [5]
    assert shop.get("/sale/offer-events")["offerEvents"] == []


def test_the_last_piece_taken_away_ends_the_offer_and_a_restock_starts_it_again(shop: Visitor) -> None:
    assert patch(shop, stock={"available": 0}).json()["publication"]["endedBy"] == "EMPTY_STOCK"
    row = shop.get("/sale/offers")["offers"][0]
    assert (row["publication"]["status"], row["stock"]["available"]) == ("ENDED", 0)
    assert patch(shop, stock={"available": 4}).json()["publication"]["status"] == "ENDED"
    again = patch(shop, stock={"available": 4}, publication={"status": "ACTIVE"}).json()["publication"]
    assert (again["status"], "endedBy" in again) == ("ACTIVE", False)
    assert [(one["data"]["ended_by"], one["data"]["by"]) for one in shop.effects("offer.ended")] == [
        ("EMPTY_STOCK", "patch")
    ]
    activated = shop.effects("offer.activated")[0]["data"]
    assert (activated["was"], activated["quantity"]) == ("EMPTY_STOCK", 4)


@pytest.mark.parametrize("stock", [{"available": 0}, None])
def test_an_offer_without_pieces_is_not_activated(shop: Visitor, stock: Any) -> None:
    patch(shop, stock={"available": 0})
    body = {"publication": {"status": "ACTIVE"}, **({"stock": stock} if stock else {})}
    answer = patch(shop, **body)
    assert (answer.status_code, code(answer)) == (422, "AvailableStockMustEqualToOneOrBeGreaterThanOne")


def test_what_allegro_ended_stays_ended(shop: Visitor) -> None:
    shop.control("POST", "offers/77", {"status": "ENDED", "ended_by": "ADMIN"})
    answer = patch(shop, stock={"available": 4}, publication={"status": "ACTIVE"})
    assert (answer.status_code, code(answer)) == (422, "OfferCannotBeActivated")
    assert shop.get("/sale/product-offers/77")["publication"]["endedBy"] == "ADMIN"
    assert shop.get("/sale/product-offers/77")["stock"]["available"] == 5


@pytest.mark.parametrize(
    ("marketplace", "amount", "currency", "expected"),
    [
        ("allegro-cz", "583.92", "CZK", "InvalidPricePrecision"),
        ("allegro-hu", "1992", "HUF", "InvalidPricePrecision"),
        ("allegro-sk", "8.105", "EUR", "InvalidPricePrecision"),
        ("allegro-cz", "0", "CZK", "PriceMustBeGreaterThanZero"),
        ("allegro-cz", "-5", "CZK", "PriceMustBeGreaterThanZero"),
        ("allegro-sk", "200", "CZK", "InvalidCurrency"),
        ("allegro-cz", "abc", "CZK", "InvalidPrice"),
        ("allegro-business-cz", "200", "CZK", "MarketplaceNotSupported"),
        ("allegro-xx", "200", "CZK", "MarketplaceNotSupported"),
    ],
)
def test_a_price_that_a_marketplace_does_not_take_is_refused_whole(
    shop: Visitor, marketplace: str, amount: str, currency: str, expected: str
) -> None:
    given = price(amount, currency)
    at_home = {"sellingMode": given}
    body = at_home if marketplace == "allegro-cz" else {"additionalMarketplaces": {marketplace: at_home}}
    answer = patch(shop, stock={"available": 1}, **body)
    assert (answer.status_code, code(answer)) == (422, expected)
    assert shop.get("/sale/product-offers/77")["stock"]["available"] == 5
    assert shop.effects("offer.price") == shop.effects("offer.quantity") == []


@pytest.mark.parametrize("amount", ["583", "583.00"])
def test_whole_crowns_are_taken_with_and_without_decimals(shop: Visitor, amount: str) -> None:
    assert patch(shop, sellingMode=price(amount)).json()["sellingMode"]["price"]["amount"] == "583.00"


def test_forints_in_fives_make_an_offer_ready_for_hungary(shop: Visitor) -> None:
    shop.control("PUT", "sellers/44300012", {"marketplaces": ["allegro-cz", "allegro-hu"]})
    hungarian = {"allegro-hu": {"sellingMode": price("1995", "HUF")}}
    answer = patch(shop, additionalMarketplaces=hungarian).json()["additionalMarketplaces"]["allegro-hu"]
    assert answer["publication"]["state"] == "APPROVED"
    event = shop.get("/sale/offer-events?type=OFFER_VISIBILITY_CHANGED")["offerEvents"][0]["offer"]
    assert event["publication"]["updatedMarketplaces"] == ["allegro-hu"]


def test_the_base_marketplace_is_no_additional_one(shop: Visitor) -> None:
    answer = patch(shop, additionalMarketplaces={"allegro-cz": {"sellingMode": price("100")}})
    assert code(answer) == "BaseMarketplaceInAdditionalMarketplacesException"


def test_settings_of_an_offer_are_exchanged_and_cleared(shop: Visitor) -> None:
    home = shop.get("/sale/shipping-rates")["shippingRates"][1]
    policy = "0d2f3c4e-1111-4222-8333-444455556666"
    services = {"returnPolicy": {"id": policy}, "warranty": None}
    answer = patch(
        shop, delivery={"shippingRates": {"id": home["id"]}}, afterSalesServices=services, external={"id": "NEW-1"}
    ).json()
    assert answer["delivery"]["shippingRates"] == {"id": home["id"]}
    assert answer["afterSalesServices"] == {"returnPolicy": {"id": policy}}
    assert answer["external"] == {"id": "NEW-1"}
    assert answer["additionalMarketplaces"]["allegro-sk"]["publication"]["state"] == "REFUSED"
    assert patch(shop, delivery={"shippingRates": {"name": "Standardní doprava"}}).status_code == 200
    cleared = patch(shop, external=None, delivery={"shippingRates": None}).json()
    assert "external" not in cleared
    assert "shippingRates" not in cleared["delivery"]
    unknown = patch(shop, delivery={"shippingRates": {"id": policy}})
    assert code(unknown) == "ShippingRatesNotFoundException"


def test_an_old_defect_blocks_every_edit_until_it_is_mended(shop: Visitor) -> None:
    defect = {"code": "RESPONSIBLE_PRODUCER_NOT_SPECIFIED", "message": "Name the producer"}
    shop.control("POST", "offers/77", {"defect": defect})
    assert code(patch(shop, stock={"available": 1})) == defect["code"]
    assert shop.get("/sale/product-offers/77")["validation"]["errors"][0]["code"] == defect["code"]
    shop.control("POST", "offers/77", {"defect": None})
    assert patch(shop, stock={"available": 1}).status_code == 200


def test_pieces_in_allegros_warehouse_are_not_counted_by_the_seller(shop: Visitor) -> None:
    shop.control("POST", "offers/77", {"fulfillment": True})
    assert shop.get("/sale/offers")["offers"][0]["isFulfillment"] is True
    assert patch(shop, stock={"available": 1}).status_code == 422
    assert patch(shop, sellingMode=price("150")).status_code == 200


def test_an_accepted_edit_shows_the_old_state_until_its_operation_is_over(shop: Visitor) -> None:
    shop.control("PUT", "settings", {"patch_202": 1, "operation_delay_s": 60})
    answer = patch(shop, stock={"available": 2})
    assert (answer.status_code, answer.json()["stock"]["available"]) == (202, 5)
    where = answer.headers["location"]
    assert int(answer.headers["retry-after"]) == 60
    running = shop.call("GET", where)
    assert (running.status_code, running.json()["operation"]["status"]) == (202, "IN_PROGRESS")
    assert patch(shop, stock={"available": 1}).status_code == 409
    assert shop.effects("offer.quantity") == []
    shop.control("POST", "clock", {"advance": 61})
    done = shop.call("GET", where)
    assert (done.status_code, done.headers["location"]) == (303, where.split("/operations/")[0])
    assert shop.get("/sale/product-offers/77")["stock"]["available"] == 2
    assert shop.effects("offer.quantity")[0]["data"]["id"] == where.rsplit("/", 1)[1]


def test_an_operation_that_fails_keeps_its_failure(shop: Visitor) -> None:
    shop.control("PUT", "settings", {"patch_202": 1, "operation_delay_s": 60})
    where = patch(shop, stock={"available": 2}).headers["location"]
    shop.control("POST", "offers/77", {"defect": {"code": "GPSR", "message": "Missing"}})
    shop.control("POST", "clock", {"advance": 61})
    shop.control("POST", "offers/77", {"defect": None})
    failed = [shop.call("GET", where) for _ in range(2)]
    assert [(one.status_code, code(one)) for one in failed] == [(422, "GPSR")] * 2
    assert shop.get("/sale/product-offers/77")["stock"]["available"] == 5


def test_an_edit_that_is_wrong_is_never_accepted_for_later(shop: Visitor) -> None:
    shop.control("PUT", "settings", {"patch_202": 1, "operation_delay_s": 60})
    assert patch(shop, sellingMode=price("1.50")).status_code == 422
    assert patch(shop, sellingMode=price("2")).status_code == 202


def test_edits_are_accepted_by_chance_the_same_for_the_same_seed(shop: Visitor) -> None:
    shop.control("PUT", "settings", {"patch_202": 0.5})
    statuses = [patch(shop, stock={"available": pieces}).status_code for pieces in range(1, 13)]
    assert set(statuses) == {200, 202}


def test_a_started_offer_is_activating_for_a_while(shop: Visitor) -> None:
    patch(shop, publication={"status": "ENDED"})
    assert shop.get("/sale/product-offers/77")["publication"]["endedBy"] == "USER"
    shop.control("PUT", "settings", {"operation_delay_s": 60})
    assert patch(shop, publication={"status": "ACTIVE"}).json()["publication"]["status"] == "ACTIVATING"
    shop.control("POST", "clock", {"advance": 61})
    assert shop.get("/sale/product-offers/77")["publication"]["status"] == "ACTIVE"
    assert len(shop.effects("offer.activated")) == 1


def test_an_edit_of_somebody_else_in_progress_refuses_ours(shop: Visitor) -> None:
    shop.control("POST", "offers/77", {"busy_s": 60})
    answer = patch(shop, stock={"available": 2})
    assert (answer.status_code, code(answer)) == (409, "ERR_YOU_CANT_CHANGE_ITEM_EDIT_IN_PROGRESS")
    shop.control("POST", "clock", {"advance": 61})
    assert patch(shop, stock={"available": 2}).status_code == 200


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b'{"stock": 5}', b'{"stock": {"available": "5"}}', b'{"language": null}']
)
def test_a_body_that_is_no_edit_is_refused(shop: Visitor, body: bytes) -> None:
    request = shop.request("PATCH", "/sale/product-offers/77", body, **{"Content-Type": MEDIA_TYPE})
    assert shop.http.send(request).status_code == 400
