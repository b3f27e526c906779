"""What purchases do to offers, and what the journal of offers says about all of it."""

from typing import Any

import pytest

from tests.sandbox_allegro.conftest import Visitor

PRICES = {"allegro-cz": "100", "allegro-sk": "4"}
SELLER = "44300012"


@pytest.fixture
def shop(seller: Visitor) -> Visitor:
    """A seller with the offers 1 (5 pieces) and 2 (3 pieces)."""
    seller.sell({"id": "1", "prices": PRICES, "stock": 5, "external": "A"}, {"id": "2", "prices": PRICES, "stock": 3})
    return seller


def buy(visitor: Visitor, *offers: str, quantity: int = 1, **order: Any) -> str:
    wish = {"offers": list(offers), "quantity": quantity}
    return visitor.purchase(marketplace="allegro-cz", wish=wish, **order)[0]


def kinds(visitor: Visitor) -> list[tuple[str, str]]:
    events = visitor.get("/sale/offer-events")["offerEvents"]
    return [(event["offer"]["id"], event["type"]) for event in events]


def available(visitor: Visitor) -> list[int]:
    return [offer["stock"] for offer in visitor.offers().values()]


def test_a_purchase_lowers_the_stock_before_anybody_has_paid(shop: Visitor) -> None:
    form_id = buy(shop, "1", "2", quantity=2, until="BOUGHT")
    assert available(shop) == [3, 1]
    assert [(one["key"], one["data"]["quantity"], one["data"]["by"]) for one in shop.effects("offer.quantity")] == [
        ("1", 3, "purchase"), ("2", 1, "purchase"),
    ]  # fmt: skip
    assert {one["data"]["id"] for one in shop.effects("offer.quantity")} == {form_id}
    assert kinds(shop) == [("1", "OFFER_STOCK_CHANGED"), ("2", "OFFER_STOCK_CHANGED")]
    assert shop.get("/sale/offers?offer.id=1")["offers"][0]["stock"] == {"available": 3, "sold": 2}


def test_a_fixed_quantity_above_it_raises_what_was_sold_again(shop: Visitor) -> None:
    buy(shop, "1", quantity=5)
    assert shop.offers()["1"]["status"] == "ENDED"
    body = {"stock": {"available": 5}, "publication": {"status": "ACTIVE"}}
    assert shop.call("PATCH", "/sale/product-offers/1", body).status_code == 200
    assert shop.offers()["1"]["buyers"]["allegro-cz"]["available"] == 5


def test_the_last_piece_sold_ends_the_offer(shop: Visitor) -> None:
    buy(shop, "2", quantity=3)
    assert (shop.offers()["2"]["status"], shop.offers()["2"]["ended_by"]) == ("ENDED", "EMPTY_STOCK")
    assert kinds(shop) == [("2", "OFFER_STOCK_CHANGED"), ("2", "OFFER_ENDED")]
    event = shop.get("/sale/offer-events?type=OFFER_ENDED")["offerEvents"][0]
    assert event["offer"]["publication"] == {"endedBy": "EMPTY_STOCK"}
    assert shop.effects("offer.ended")[0]["data"]["by"] == "purchase"


def test_more_than_there_is_cannot_be_bought(shop: Visitor) -> None:
    order = {"seller": SELLER, "marketplace": "allegro-cz", "wish": {"offers": ["2"], "quantity": 4}}
    answer = shop.http.post("/_sandbox/purchases", json=order)
    assert (answer.status_code, "not for sale" in answer.json()["error"]) == (400, True)
    assert available(shop) == [5, 3]
    assert shop.effects("purchase.created") == []


def test_buyers_take_what_is_left_and_then_nothing(shop: Visitor) -> None:
    while sum(available(shop)):
        shop.purchase()
    lines = [line for form in shop.get("/order/checkout-forms")["checkoutForms"] for line in form["lineItems"]]
    assert sum(line["quantity"] for line in lines) == 8
    assert shop.http.post("/_sandbox/purchases", json={"seller": SELLER}).status_code == 400
    before = shop.get("/order/checkout-forms")["totalCount"]
    shop.control("POST", "turn")
    assert shop.get("/order/checkout-forms")["totalCount"] == before


def test_buyers_find_only_what_is_shown_on_their_marketplace(shop: Visitor) -> None:
    shop.control("POST", "offers/1", {"refuse": {"code": "VQR009", "marketplace": "allegro-sk"}})
    shop.control("PUT", f"sellers/{SELLER}", {"marketplaces": ["allegro-sk"]})
    assert all(
        line["offer"]["id"] == "2"
        for form in (shop.get(f"/order/checkout-forms/{shop.purchase()[0]}") for _ in range(2))
        for line in form["lineItems"]
    )


@pytest.mark.parametrize(("returned", "left"), [(True, 5), (False, 3)])
def test_a_cancelled_unpaid_order_gives_its_pieces_back_where_set(shop: Visitor, returned: bool, left: int) -> None:
    shop.control("PUT", "settings", {"return_unpaid": returned})
    form_id = buy(shop, "1", quantity=2, until="FILLED_IN")
    shop.control("POST", f"forms/{form_id}/cancel?event=AUTO_CANCELLED")
    assert available(shop)[0] == left
    shop.control("POST", f"forms/{form_id}/cancel")
    assert available(shop)[0] == left


def test_a_cancelled_paid_order_keeps_its_pieces(shop: Visitor) -> None:
    shop.control("POST", f"forms/{buy(shop, '1')}/cancel")
    assert available(shop)[0] == 4


def test_pieces_that_come_back_do_not_start_an_ended_offer(shop: Visitor) -> None:
    form_id = buy(shop, "2", quantity=3, until="BOUGHT")
    shop.control("POST", f"forms/{form_id}/cancel")
    assert (shop.offers()["2"]["stock"], shop.offers()["2"]["status"]) == (3, "ENDED")


def test_the_journal_goes_on_after_the_last_seen_event(shop: Visitor) -> None:
    for pieces in (4, 3, 2):
        shop.control("POST", "offers/1", {"stock": pieces})
    events = shop.get("/sale/offer-events")["offerEvents"]
    assert len({event["id"] for event in events}) == 3
    assert shop.get(f"/sale/offer-events?from={events[0]['id']}&limit=1")["offerEvents"] == events[1:2]
    assert shop.get(f"/sale/offer-events?from={events[-1]['id']}")["offerEvents"] == []
    assert shop.call("GET", "/sale/offer-events?from=unknown").status_code == 400
    assert shop.call("GET", "/sale/offer-events?type=OFFER_SOLD").status_code == 400


def test_the_journal_forgets_after_a_day_but_knows_its_ids(shop: Visitor) -> None:
    shop.control("POST", "offers/1", {"stock": 4})
    old = shop.get("/sale/offer-events")["offerEvents"][0]["id"]
    shop.control("POST", "clock", {"advance": 86_401})
    shop.sign_in()
    assert shop.get("/sale/offer-events")["offerEvents"] == []
    shop.control("POST", "offers/1", {"stock": 3})
    assert len(shop.get(f"/sale/offer-events?from={old}")["offerEvents"]) == 1


def test_drafts_and_ended_offers_are_not_in_the_journal(shop: Visitor) -> None:
    shop.control("POST", "offers/1", {"status": "ENDED"})
    shop.control("POST", "offers/1", {"stock": 9, "prices": {"allegro-cz": "90"}})
    assert kinds(shop) == [("1", "OFFER_ENDED")]
    shop.control("POST", "offers/1", {"status": "ACTIVE", "stock": 8, "external": "B"})
    assert [kind for _, kind in kinds(shop)[1:]] == [
        "OFFER_STOCK_CHANGED",
        "OFFER_CHANGED",
        "OFFER_ACTIVATED",
        "OFFER_VISIBILITY_CHANGED",
    ]


def test_what_a_seller_does_by_hand_is_told_as_such(shop: Visitor) -> None:
    told = shop.control("POST", "offers/1", {"stock": 9, "prices": {"allegro-sk": "5.50", "allegro-cz": None}})
    assert (told["stock"], told["prices"]) == (9, {"allegro-sk": "5.50"})
    assert shop.effects("offer.quantity")[0]["data"]["by"] == "seller"
    removed = {one["data"]["marketplace"]: one["data"]["amount"] for one in shop.effects("offer.price")}
    assert removed == {"allegro-sk": "5.50", "allegro-cz": None}


@pytest.mark.parametrize(
    "order", [{"stock": -1}, {"status": "SOLD"}, {"status": "ACTIVE", "stock": 0}, {"colour": "red"}]
)
def test_control_refuses_what_cannot_be(shop: Visitor, order: dict[str, Any]) -> None:
    assert shop.http.post("/_sandbox/offers/1", json=order).status_code == 400
    assert shop.http.post("/_sandbox/offers/999", json={}).status_code == 400
