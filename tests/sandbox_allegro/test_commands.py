"""Commands over many offers: registered at once, worked on later, reported offer by offer."""

import uuid
from typing import Any

import httpx
import pytest

from tests.sandbox_allegro.conftest import Visitor

QUANTITY, PRICE, PUBLICATION = (
    f"/sale/offer-{kind}-commands" for kind in ("quantity-change", "price-change", "publication")
)


@pytest.fixture
def shop(seller: Visitor) -> Visitor:
    """A seller with the offers 1, 2 and 3."""
    seller.sell(*({"id": str(n), "prices": {"allegro-cz": "100", "allegro-sk": "4"}, "stock": 5} for n in (1, 2, 3)))
    return seller


def criteria(*offers: str) -> list[dict[str, Any]]:
    return [{"type": "CONTAINS_OFFERS", "offers": [{"id": one} for one in offers]}]


def fixed(value: int, *offers: str, change: str = "FIXED") -> dict[str, Any]:
    return {"modification": {"changeType": change, "value": value}, "offerCriteria": criteria(*offers)}


def priced(amount: str, *offers: str, currency: str = "CZK", **modification: Any) -> dict[str, Any]:
    price = {"amount": amount, "currency": currency}
    return {
        "modification": {"type": "FIXED_PRICE", "price": price, **modification},
        "offerCriteria": criteria(*offers),
    }


def put(visitor: Visitor, where: str, body: Any, command: str = "") -> tuple[str, httpx.Response]:
    command = command or str(uuid.uuid4())
    return command, visitor.call("PUT", f"{where}/{command}", body)


def results(visitor: Visitor, where: str, command: str) -> list[tuple[str, str, str]]:
    tasks = visitor.get(f"{where}/{command}/tasks")["tasks"]
    return [(one["offer"]["id"], one["status"], (one["errors"] or [{"code": ""}])[0]["code"]) for one in tasks]


def stocks(visitor: Visitor) -> list[int]:
    return [offer["stock"] for offer in visitor.offers().values()]


def test_a_command_is_all_zeros_until_its_time_has_come(shop: Visitor) -> None:
    shop.control("PUT", "settings", {"command_delay_s": 60})
    command, answer = put(shop, QUANTITY, fixed(7, "1", "2"))
    zeros = {"failed": 0, "success": 0, "total": 0}
    assert (answer.status_code, answer.json()["taskCount"]) == (201, zeros)
    report = shop.get(f"{QUANTITY}/{command}")
    assert (report["completedAt"], report["taskCount"]) == (None, zeros)
    assert results(shop, QUANTITY, command) == [("1", "NEW", ""), ("2", "NEW", "")]
    assert stocks(shop) == [5, 5, 5]
    shop.control("POST", "clock", {"advance": 61})
    report = shop.get(f"{QUANTITY}/{command}")
    assert report["completedAt"]
    assert report["taskCount"] == {"failed": 0, "success": 2, "total": 2}
    assert results(shop, QUANTITY, command) == [("1", "SUCCESS", ""), ("2", "SUCCESS", "")]
    assert stocks(shop) == [7, 7, 5]


def test_without_a_delay_a_command_is_done_when_it_is_asked_about(shop: Visitor) -> None:
    command, answer = put(shop, QUANTITY, fixed(7, "1"))
    assert answer.json()["completedAt"] is None
    assert shop.get(f"{QUANTITY}/{command}")["taskCount"]["success"] == 1


def test_the_ledger_names_the_command_of_each_effect(shop: Visitor) -> None:
    first, _ = put(shop, QUANTITY, fixed(7, "1", "3"))
    second, _ = put(shop, PRICE, priced("4.50", "2", currency="EUR", marketplaceId="allegro-sk"))
    quantities = [(one["key"], one["data"]["quantity"], one["data"]["id"]) for one in shop.effects("offer.quantity")]
    assert quantities == [("1", 7, first), ("3", 7, first)]
    price = shop.effects("offer.price")[0]
    assert (price["key"], price["data"]["marketplace"], price["data"]["amount"]) == ("2", "allegro-sk", "4.50")
    assert (price["data"]["by"], price["data"]["id"]) == ("command", second)
    assert [one["key"] for one in shop.effects("command.completed")] == [first, second]


def test_a_command_id_is_used_once(shop: Visitor) -> None:
    command, _ = put(shop, QUANTITY, fixed(7, "1"))
    assert put(shop, QUANTITY, fixed(9, "1"), command)[1].status_code == 409
    assert put(shop, PRICE, priced("50", "1"), command)[1].status_code == 409
    assert stocks(shop) == [7, 5, 5]


@pytest.mark.parametrize(
    ("where", "body", "status"),
    [
        (QUANTITY, fixed(0, "1"), 422),
        (QUANTITY, fixed(-1, "1"), 422),
        (QUANTITY, fixed(1), 422),
        (QUANTITY, fixed(1, *map(str, range(1001))), 422),
        (QUANTITY, {"modification": {"changeType": "FIXED", "value": 1}}, 422),
        (QUANTITY, {"offerCriteria": criteria("1")}, 400),
        (PRICE, priced("1.50", "1"), 422),
        (PRICE, priced("0", "1"), 422),
        (PRICE, priced("5", "1", currency="EUR"), 422),
        (PRICE, priced("5", "1", marketplaceId="allegro-business-cz"), 422),
        (PRICE, priced("5", "1", type="SURPRISE"), 422),
        (PUBLICATION, {"publication": {"action": "PAUSE"}, "offerCriteria": criteria("1")}, 422),
    ],
)
def test_a_command_nobody_could_do_is_refused(shop: Visitor, where: str, body: Any, status: int) -> None:
    command, answer = put(shop, where, body)
    assert answer.status_code == status
    assert shop.call("GET", f"{where}/{command}").status_code == 404


def test_a_thousand_offers_fit_and_unknown_ones_fail_alone(shop: Visitor) -> None:
    command, answer = put(shop, QUANTITY, fixed(3, *map(str, range(1, 1001))))
    assert answer.status_code == 201
    assert shop.get(f"{QUANTITY}/{command}")["taskCount"] == {"failed": 997, "success": 3, "total": 1000}
    assert results(shop, QUANTITY, command)[2:4] == [("3", "SUCCESS", ""), ("4", "FAIL", "OFFER_NOT_FOUND")]
    pages = [shop.get(f"{QUANTITY}/{command}/tasks?limit=600&offset={offset}")["tasks"] for offset in (0, 600)]
    assert [len(page) for page in pages] == [600, 400]
    assert shop.call("GET", f"{QUANTITY}/{command}/tasks?offset=1000").status_code == 422


def test_an_id_that_is_no_uuid_is_refused(shop: Visitor) -> None:
    assert put(shop, QUANTITY, fixed(3, "1"), "seven")[1].status_code == 400


def test_a_command_of_somebody_else_is_not_found_and_its_offers_are_not_touched(shop: Visitor) -> None:
    command, _ = put(shop, QUANTITY, fixed(9, "1"))
    shop.control("PUT", "sellers/555", {"login": "druhy", "offers": []})
    shop.sign_in("555")
    assert shop.call("GET", f"{QUANTITY}/{command}").status_code == 404
    other, _ = put(shop, QUANTITY, fixed(2, "1"))
    assert results(shop, QUANTITY, other) == [("1", "FAIL", "OFFER_NOT_FOUND")]
    assert stocks(shop) == [9, 5, 5]


def test_a_gain_moves_each_offer_from_where_it_stands(shop: Visitor) -> None:
    shop.control("POST", "offers/2", {"stock": 2})
    command, _ = put(shop, QUANTITY, fixed(-2, "1", "2", change="GAIN"))
    assert results(shop, QUANTITY, command) == [("1", "SUCCESS", ""), ("2", "FAIL", "INCORRECT_QUANTITY_VALUE")]
    assert stocks(shop) == [3, 2, 5]


@pytest.mark.parametrize(
    ("modification", "expected"),
    [
        ({"type": "INCREASE_PRICE", "value": {"amount": "15", "currency": "CZK"}}, "115"),
        ({"type": "DECREASE_PRICE", "value": {"amount": "15", "currency": "CZK"}}, "85"),
        ({"type": "INCREASE_PERCENTAGE", "percentage": "20"}, "120.00"),
        ({"type": "DECREASE_PERCENTAGE", "percentage": "20"}, "80.00"),
    ],
)
def test_prices_move_by_an_amount_or_a_share(shop: Visitor, modification: Any, expected: str) -> None:
    command, _ = put(shop, PRICE, {"modification": modification, "offerCriteria": criteria("1")})
    assert results(shop, PRICE, command) == [("1", "SUCCESS", "")]
    assert shop.offers()["1"]["prices"]["allegro-cz"] == expected


def test_offers_are_ended_and_activated_by_command(shop: Visitor) -> None:
    shop.control("POST", "offers/3", {"stock": 0})
    end, _ = put(shop, PUBLICATION, {"publication": {"action": "END"}, "offerCriteria": criteria("1", "2")})
    assert results(shop, PUBLICATION, end) == [("1", "SUCCESS", ""), ("2", "SUCCESS", "")]
    assert [(one["status"], one["ended_by"]) for one in shop.offers().values()] == [
        ("ENDED", "USER"), ("ENDED", "USER"), ("ENDED", "EMPTY_STOCK"),
    ]  # fmt: skip
    start, _ = put(shop, PUBLICATION, {"publication": {"action": "ACTIVATE"}, "offerCriteria": criteria("1", "3")})
    refused = "AvailableStockMustEqualToOneOrBeGreaterThanOne"
    assert results(shop, PUBLICATION, start) == [("1", "SUCCESS", ""), ("3", "FAIL", refused)]


def test_an_offer_with_a_defect_or_an_edit_in_progress_fails_alone(shop: Visitor) -> None:
    shop.control("POST", "offers/1", {"defect": {"code": "GPSR", "message": "Missing"}})
    shop.control("POST", "offers/2", {"busy_s": 60})
    command, _ = put(shop, QUANTITY, fixed(8, "1", "2", "3"))
    busy = "ERR_YOU_CANT_CHANGE_ITEM_EDIT_IN_PROGRESS"
    assert results(shop, QUANTITY, command) == [("1", "FAIL", "GPSR"), ("2", "FAIL", busy), ("3", "SUCCESS", "")]
    assert stocks(shop) == [5, 5, 8]


def test_a_campaign_holds_what_buyers_pay_while_the_command_succeeds(shop: Visitor) -> None:
    shop.control("POST", "offers/1", {"campaign": {"price": "79"}})
    command, _ = put(shop, PRICE, priced("120", "1"))
    assert results(shop, PRICE, command) == [("1", "SUCCESS", "")]
    assert shop.get("/sale/product-offers/1")["sellingMode"]["price"]["amount"] == "120.00"
    assert shop.offers()["1"]["buyers"]["allegro-cz"]["price"] == "79.00"
    form = shop.get(f"/order/checkout-forms/{shop.purchase(marketplace='allegro-cz', wish={'offers': ['1']})[0]}")
    assert form["lineItems"][0]["originalPrice"]["amount"] == "79.00"
    shop.control("POST", "offers/1", {"campaign": {"price": None}})
    assert shop.offers()["1"]["buyers"]["allegro-cz"]["price"] == "120.00"


def test_a_campaign_may_hold_the_offers_own_price_as_well(shop: Visitor) -> None:
    shop.control("PUT", "settings", {"campaign_base": "old"})
    shop.control("POST", "offers/1", {"campaign": {"price": "79"}})
    command, _ = put(shop, PRICE, priced("120", "1"))
    assert results(shop, PRICE, command) == [("1", "SUCCESS", "")]
    assert shop.get("/sale/product-offers/1")["sellingMode"]["price"]["amount"] == "100.00"
    held = shop.effects("offer.price_held")[0]["data"]
    assert (held["amount"], held["kept"]) == ("120", "100")


def test_a_rule_keeps_its_price_and_follows_the_base_price(shop: Visitor) -> None:
    shop.control("POST", "offers/1", {"rule": {"marketplace": "allegro-sk", "id": "exchange"}})
    put(shop, PRICE, priced("9", "1", currency="EUR", marketplaceId="allegro-sk"))
    assert shop.offers()["1"]["prices"]["allegro-sk"] == "4"
    put(shop, PRICE, priced("487", "1"))
    assert shop.offers()["1"]["prices"]["allegro-sk"] == "20.00"
    events = shop.get("/sale/offer-events?type=OFFER_PRICE_CHANGED")["offerEvents"]
    assert events[0]["offer"]["marketplaces"] == [
        {"id": "allegro-cz", "changeType": "MANUAL"},
        {"id": "allegro-sk", "changeType": "AUTOMATIC"},
        {"id": "allegro-business-cz", "changeType": "MANUAL"},
    ]


def test_all_commands_are_told_by_control(shop: Visitor) -> None:
    command, _ = put(shop, QUANTITY, fixed(8, "1", "9"))
    told = shop.control("GET", "commands?seller=44300012")["commands"]
    assert [(one["id"], one["kind"], one["body"]["modification"]["value"]) for one in told] == [
        (command, "quantity", 8)
    ]
    assert [(one["offer"], one["status"]) for one in told[0]["tasks"]] == [("1", "SUCCESS"), ("9", "FAIL")]
    assert shop.control("GET", "commands?seller=555") == {"commands": []}
