"""What buyers do: purchases, cancellations, changed addresses, merges, and forms put in by hand."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from allegro_integration.sandbox.sellers import DEFAULT_SELLER
from connectify.sandbox.catalogue import load_catalogue
from tests.sandbox_allegro.conftest import Visitor

CURRENCIES = {"allegro-cz": "CZK", "allegro-sk": "EUR", "allegro-pl": "PLN", "allegro-hu": "HUF"}


def forms_of(visitor: Visitor, ids: list[str]) -> list[dict[str, Any]]:
    return [visitor.get(f"/order/checkout-forms/{one}") for one in ids]


def event_types(visitor: Visitor) -> list[str]:
    return [event["type"] for event in visitor.get("/order/events")["events"]]


@pytest.mark.parametrize("marketplace", CURRENCIES)
def test_totals_are_the_sum_of_lines_and_delivery_in_the_currency_of_the_marketplace(
    seller: Visitor, marketplace: str
) -> None:
    for form in forms_of(seller, seller.purchase(count=30, marketplace=marketplace)):
        lines = [Decimal(line["price"]["amount"]) * line["quantity"] for line in form["lineItems"]]
        total = form["summary"]["totalToPay"]
        assert total["currency"] == CURRENCIES[marketplace]
        assert Decimal(total["amount"]) == sum(lines) + Decimal(form["delivery"]["cost"]["amount"])
        step = {"CZK": Decimal(1), "HUF": Decimal(5)}.get(total["currency"], Decimal("0.01"))
        assert all(Decimal(line["price"]["amount"]) % step == 0 for line in form["lineItems"])
        assert all(Decimal(line["price"]["amount"]) > 0 for line in form["lineItems"])


def test_a_hundred_purchases_hold_every_kind_of_buyer(seller: Visitor) -> None:
    forms = forms_of(seller, seller.purchase(count=100, seed=7))
    goods = {good.code for good in load_catalogue()}
    lines = [line for form in forms for line in form["lineItems"]]
    assert {line["offer"]["external"]["id"] for line in lines if "external" in line["offer"]} <= goods
    assert {form["payment"]["type"] for form in forms} == {"ONLINE", "CASH_ON_DELIVERY", "WIRE_TRANSFER"}
    assert {form["marketplace"]["id"] for form in forms} == {"allegro-cz", "allegro-sk"}
    assert {len(form["lineItems"]) for form in forms} == {1, 2, 3, 4}
    assert {form["invoice"]["required"] for form in forms} == {True, False}
    ids = {
        one["type"] for form in forms for one in form["invoice"].get("address", {}).get("company", {}).get("ids", ())
    }
    assert {"CZ_ICO", "CZ_DIC", "SK_ICO", "SK_IC_DPH"} <= ids
    for present in ("pickupPoint", "smart"):
        assert {bool(form["delivery"].get(present)) for form in forms} == {True, False}
    assert {"messageToSeller" in form for form in forms} == {True, False}
    assert {form["delivery"]["address"]["countryCode"] for form in forms} >= {"CZ", "SK"}
    cash = [form["payment"] for form in forms if form["payment"]["type"] == "CASH_ON_DELIVERY"]
    assert all("paidAmount" not in payment and payment["finishedAt"] for payment in cash)


def test_check_digits_of_invented_companies_hold(seller: Visitor) -> None:
    forms = forms_of(
        seller, seller.purchase(count=20, marketplace="allegro-cz", wish={"company": True, "country": "CZ"})
    )
    for form in forms:
        ids = {one["type"]: one["value"] for one in form["invoice"]["address"]["company"]["ids"]}
        digits = [int(digit) for digit in ids["CZ_ICO"]]
        rest = sum(digit * weight for digit, weight in zip(digits, range(8, 1, -1), strict=False)) % 11
        assert digits[7] == (11 - rest) % 10
        assert ids.get("CZ_DIC", f"CZ{ids['CZ_ICO']}") == f"CZ{ids['CZ_ICO']}"


def test_the_same_seed_makes_the_same_purchases(start: Callable[..., Visitor], allegro: Visitor) -> None:
    folder = allegro.settings.state.parent
    other = start(state=folder / "other.sqlite3", ledger_dir=folder / "other")
    strange = start(state=folder / "third.sqlite3", ledger_dir=folder / "third", seed=2)
    ids = [one.purchase(count=5, seed=42) for one in (allegro, other, strange)]
    assert ids[0] == ids[1]
    assert not set(ids[0]) & set(ids[2])
    again = allegro.http.post("/_sandbox/purchases", json={"seller": DEFAULT_SELLER, "seed": 42})
    assert again.status_code == 400


def test_a_wish_is_granted(seller: Visitor) -> None:
    wish = {
        "payment": "CASH_ON_DELIVERY",
        "company": True,
        "pickup": True,
        "country": "CZ",
        "offers": ["NAR-0101", "DOM-0201"],
        "quantity": 2,
        "message": "Řekněte <ahoj> & zvoňte",
    }
    form = forms_of(seller, seller.purchase(marketplace="allegro-cz", wish=wish))[0]
    assert form["payment"]["type"] == "CASH_ON_DELIVERY"
    assert form["invoice"]["address"]["company"]["name"] == form["buyer"]["companyName"]
    assert form["delivery"]["pickupPoint"]["address"]["countryCode"] == "CZ"
    assert [(line["offer"]["external"]["id"], line["quantity"]) for line in form["lineItems"]] == [
        ("NAR-0101", 2),
        ("DOM-0201", 2),
    ]
    assert form["messageToSeller"] == "Řekněte <ahoj> & zvoňte"


def test_a_purchase_shows_more_at_each_stage(seller: Visitor) -> None:
    form_id = seller.purchase(until="BOUGHT", wish={"payment": "ONLINE"})[0]
    bought = forms_of(seller, [form_id])[0]
    assert bought["status"] == "BOUGHT"
    assert not {"payment", "delivery", "invoice"} & set(bought)
    seller.control("POST", f"forms/{form_id}/advance")
    filled = forms_of(seller, [form_id])[0]
    assert "delivery" not in filled
    assert "paidAmount" not in filled["payment"]
    seller.control("POST", f"forms/{form_id}/advance")
    ready = forms_of(seller, [form_id])[0]
    assert ready["payment"]["paidAmount"] == ready["summary"]["totalToPay"]
    assert ready["delivery"]["method"]["name"]
    assert event_types(seller) == ["BOUGHT", "FILLED_IN", "READY_FOR_PROCESSING"]
    assert len({one["revision"] for one in (bought, filled, ready)}) == 3
    effects = [(entry["key"], entry["data"]["status"]) for entry in seller.effects("purchase.advanced")]
    assert effects == [(form_id, "FILLED_IN"), (form_id, "READY_FOR_PROCESSING")]


def test_a_cancelled_purchase_moves_status_time_and_journal(seller: Visitor) -> None:
    form_id = seller.purchase()[0]
    before = forms_of(seller, [form_id])[0]
    seller.control("POST", "clock", {"advance": 60})
    seller.control("POST", f"forms/{form_id}/cancel?event=AUTO_CANCELLED")
    after = forms_of(seller, [form_id])[0]
    assert after["status"] == "CANCELLED"
    assert after["updatedAt"] > before["updatedAt"]
    assert event_types(seller)[-1] == "AUTO_CANCELLED"
    effect = seller.effects("purchase.cancelled")[0]
    assert (effect["key"], effect["data"]["was"]) == (form_id, "READY_FOR_PROCESSING")


def test_a_changed_address_keeps_the_rest_of_it(seller: Visitor) -> None:
    form_id = seller.purchase()[0]
    before = forms_of(seller, [form_id])[0]["delivery"]["address"]
    seller.control("POST", f"forms/{form_id}/modify-address", {"street": "Jiná 5"})
    after = forms_of(seller, [form_id])[0]["delivery"]["address"]
    assert after == {**before, "street": "Jiná 5", "modifiedAt": after["modifiedAt"]}
    assert event_types(seller)[-1] == "BUYER_MODIFIED"


def test_merged_purchases_are_one_new_form_and_the_old_are_gone(seller: Visitor) -> None:
    ids = seller.purchase(count=2, marketplace="allegro-cz", same_buyer=True)
    old = forms_of(seller, ids)
    assert old[0]["buyer"] == old[1]["buyer"]
    merged_id = seller.control("POST", "merge", {"forms": ids})["id"]
    merged = forms_of(seller, [merged_id])[0]
    assert merged["lineItems"] == old[0]["lineItems"] + old[1]["lineItems"]
    for one in ids:
        assert seller.call("GET", f"/order/checkout-forms/{one}").status_code == 404
    listed = seller.get("/order/checkout-forms")
    assert ([form["id"] for form in listed["checkoutForms"]], listed["totalCount"]) == ([merged_id], 1)
    assert event_types(seller)[-1] == "READY_FOR_PROCESSING"
    events = seller.get("/order/events")["events"]
    assert {event["order"]["checkoutForm"]["id"] for event in events} == {*ids, merged_id}
    effect = seller.effects("purchase.merged")[0]
    assert (effect["key"], effect["data"]["from"]) == (merged_id, ids)


def test_the_ledger_says_what_was_bought_for_how_much(seller: Visitor) -> None:
    form_id = seller.purchase(wish={"lines": 2})[0]
    form = forms_of(seller, [form_id])[0]
    effect = seller.effects("purchase.created")[0]
    assert effect["key"] == form_id
    assert effect["data"]["total"] == form["summary"]["totalToPay"]
    assert effect["data"]["status"] == "READY_FOR_PROCESSING"
    assert [line["id"] for line in effect["data"]["lines"]] == [line["id"] for line in form["lineItems"]]


def test_a_raw_form_is_shown_exactly_as_it_was_put(seller: Visitor) -> None:
    raw = {"id": "x", "status": "READY_FOR_PROCESSING", "lineItems": None, "buyer": {"login": None}, "odd": [1.50, "ž"]}
    form_id = "6a9d7f0e-1111-4222-8333-444455556666"
    seller.control("PUT", f"forms/{form_id}", raw)
    assert seller.get(f"/order/checkout-forms/{form_id}") == raw
    assert seller.get("/order/checkout-forms")["checkoutForms"] == [raw]
    assert event_types(seller) == ["READY_FOR_PROCESSING"]
    seller.control("PUT", f"forms/{form_id}?event=none", {**raw, "status": "CANCELLED"})
    assert seller.get(f"/order/checkout-forms/{form_id}")["status"] == "CANCELLED"
    assert len(event_types(seller)) == 1
    kinds = [seller.effects(kind) for kind in ("purchase.created", "purchase.changed")]
    assert [len(entries) for entries in kinds] == [1, 1]


def test_all_current_forms_can_be_read_by_control(seller: Visitor) -> None:
    ids = seller.purchase(count=3)
    seller.control("POST", "merge", {"forms": ids[:2]})
    shown = seller.control("GET", "forms")["forms"]
    assert len(shown) == 2
    assert all(entry["seller"] == DEFAULT_SELLER and entry["form"]["id"] == entry["id"] for entry in shown)


def test_a_seller_sells_the_offers_that_were_put_in(seller: Visitor) -> None:
    offer = {"id": "77", "name": "Vrták", "prices": {"allegro-cz": "19"}, "external": None}
    seller.control("PUT", f"sellers/{DEFAULT_SELLER}/offers", [offer])
    line = forms_of(seller, seller.purchase(marketplace="allegro-cz"))[0]["lineItems"][0]
    assert line["offer"] == {"id": "77", "name": "Vrták"}
    assert "tax" not in line


def test_a_turn_of_the_shops_life_brings_one_purchase_and_the_next_completes_it(seller: Visitor) -> None:
    for _ in range(40):
        seller.control("POST", "turn")
    forms = seller.get("/order/checkout-forms")["checkoutForms"]
    assert len(forms) == 40
    assert sum(form["status"] in ("BOUGHT", "FILLED_IN") for form in forms) <= 1
    assert "BUYER_CANCELLED" in event_types(seller)


def test_control_says_what_cannot_be_done(seller: Visitor) -> None:
    form_id = seller.purchase()[0]
    for path, body in (
        ("purchases", {"seller": "nobody"}),
        ("purchases", {"seller": DEFAULT_SELLER, "colour": "red"}),
        ("merge", {"forms": [form_id]}),
        (f"forms/{form_id}/advance", {}),
        ("forms/unknown/cancel", {}),
        ("device/unknown/allow", {}),
        ("consent", {"seller": DEFAULT_SELLER, "client_id": "unknown", "redirect_uri": "http://x"}),
    ):
        response = seller.http.post(f"/_sandbox/{path}", json=body)
        assert response.status_code == 400, path
        assert re.match(r"\w+: .+", response.json()["error"])
