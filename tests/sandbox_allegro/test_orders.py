"""The order endpoints: journal, lists, forms and the seller's status."""

import uuid
from typing import Any

import pytest

from allegro_integration.sandbox.answers import MEDIA_TYPE
from allegro_integration.sandbox.sellers import DEFAULT_SELLER
from tests.sandbox_allegro.conftest import Visitor

STAGES = ["BOUGHT", "FILLED_IN", "READY_FOR_PROCESSING"]


def types(visitor: Visitor, query: str = "") -> list[str]:
    return [event["type"] for event in visitor.get(f"/order/events{query}")["events"]]


def listed(visitor: Visitor, query: str) -> list[str]:
    return [form["id"] for form in visitor.get(f"/order/checkout-forms?{query}")["checkoutForms"]]


def refused(visitor: Visitor, method: str, path: str, body: Any = None) -> tuple[int, str]:
    response = visitor.call(method, path, body)
    return response.status_code, response.json()["errors"][0]["code"]


def test_the_journal_is_read_on_from_an_event_exclusively(seller: Visitor) -> None:
    seller.purchase(count=2)
    whole = seller.get("/order/events")["events"]
    assert [event["type"] for event in whole] == STAGES * 2
    assert len({event["id"] for event in whole}) == 6
    rest = seller.get(f"/order/events?from={whole[2]['id']}")["events"]
    assert rest == whole[3:]
    assert seller.get(f"/order/events?from={whole[-1]['id']}")["events"] == []
    assert seller.get("/order/events?limit=2")["events"] == whole[:2]
    assert types(seller, "?type=BOUGHT&type=FILLED_IN") == ["BOUGHT", "FILLED_IN"] * 2
    stats = seller.get("/order/event-stats")["latestEvent"]
    assert stats == {"id": whole[-1]["id"], "occurredAt": whole[-1]["occurredAt"]}


def test_an_event_names_form_seller_marketplace_and_lines(seller: Visitor) -> None:
    form_id = seller.purchase(marketplace="allegro-sk", wish={"lines": 2})[0]
    order = seller.get("/order/events")["events"][-1]["order"]
    form = seller.get(f"/order/checkout-forms/{form_id}")
    assert order["seller"] == {"id": DEFAULT_SELLER}
    assert order["marketplace"] == {"id": "allegro-sk"}
    assert order["checkoutForm"] == {"id": form_id, "revision": form["revision"]}
    assert [line["id"] for line in order["lineItems"]] == [line["id"] for line in form["lineItems"]]


def test_events_are_kept_for_sixty_days(seller: Visitor) -> None:
    seller.purchase()
    oldest = seller.get("/order/events")["events"][0]["id"]
    seller.control("POST", "clock", {"advance": 61 * 86_400})
    seller.sign_in()
    seller.purchase(until="BOUGHT")
    assert types(seller) == ["BOUGHT"]
    assert types(seller, f"?from={oldest}") == ["BOUGHT"]


def test_journal_parameters_are_checked(seller: Visitor) -> None:
    for query in ("limit=0", "limit=1001", "type=PAID", "from=never-given"):
        assert refused(seller, "GET", f"/order/events?{query}") == (422, "ParameterValidationException")
    assert refused(seller, "GET", "/order/events?limit=many")[0] == 400
    assert seller.call("GET", "/order/events?since=2026-01-01").status_code == 200


def test_sellers_do_not_see_each_other(seller: Visitor) -> None:
    seller.control("PUT", "sellers/555", {"login": "druhy", "marketplaces": ["allegro-cz"]})
    mine = seller.purchase()[0]
    seller.sign_in("555")
    assert seller.get("/me")["login"] == "druhy"
    assert types(seller) == []
    assert listed(seller, "") == []
    assert refused(seller, "GET", f"/order/checkout-forms/{mine}")[0] == 404
    assert refused(seller, "PUT", f"/order/checkout-forms/{mine}/fulfillment", {"status": "SENT"})[0] == 404


def test_forms_are_filtered_and_paged(seller: Visitor) -> None:
    czech = seller.purchase(count=3, marketplace="allegro-cz")
    slovak = seller.purchase(count=2, marketplace="allegro-sk", until="BOUGHT")
    assert set(listed(seller, "marketplace.id=allegro-sk")) == set(slovak)
    assert set(listed(seller, "status=READY_FOR_PROCESSING")) == set(czech)
    assert set(listed(seller, "status=READY_FOR_PROCESSING&status=BOUGHT")) == {*czech, *slovak}
    seller.call("PUT", f"/order/checkout-forms/{czech[0]}/fulfillment", {"status": "SENT"})
    assert listed(seller, "fulfillment.status=SENT") == [czech[0]]
    page = seller.get("/order/checkout-forms?limit=2&offset=3&sort=updatedAt")
    assert (page["count"], page["totalCount"]) == (2, 5)
    ordered = [listed(seller, f"sort={sort}") for sort in ("lineItems.boughtAt", "-lineItems.boughtAt")]
    assert listed(seller, "") == ordered[1]
    assert set(ordered[0]) == {*czech, *slovak}


def test_forms_are_cut_by_time_and_readable_for_a_year(seller: Visitor) -> None:
    old = seller.purchase()[0]
    seller.control("POST", "clock", {"advance": 3 * 86_400})
    seller.sign_in()
    young = seller.purchase()[0]
    moment = seller.get(f"/order/checkout-forms/{young}")["updatedAt"]
    bought = seller.get(f"/order/checkout-forms/{young}")["lineItems"][0]["boughtAt"]
    assert listed(seller, f"updatedAt.gte={moment}") == [young]
    assert listed(seller, f"lineItems.boughtAt.gte={bought.replace('Z', '%2B00:00')}") == [young]
    assert young not in listed(seller, "updatedAt.lte=2026-01-01T00:00:00Z")
    seller.control("POST", "clock", {"advance": 363 * 86_400})
    seller.sign_in()
    assert listed(seller, "") == [young]
    assert old not in listed(seller, "updatedAt.gte=2020-01-01T00:00:00Z")


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("limit=101", 422),
        ("offset=9901&limit=100", 422),
        ("offset=-1", 422),
        ("sort=price", 400),
        ("status=PAID", 400),
        ("updatedAt.gte=yesterday", 400),
        ("updatedAt.gte=2026-11-01T00:00:00", 400),
    ],
)
def test_list_parameters_are_checked(seller: Visitor, query: str, status: int) -> None:
    assert refused(seller, "GET", f"/order/checkout-forms?{query}") == (status, "ParameterValidationException")


def test_an_unknown_form_is_404_and_a_malformed_id_422(seller: Visitor) -> None:
    assert refused(seller, "GET", f"/order/checkout-forms/{uuid.uuid4()}") == (404, "CheckoutFormNotFoundException")
    assert refused(seller, "GET", "/order/checkout-forms/17")[0] == 422


def test_a_status_moves_the_revision_and_the_journal_but_not_updated_at(seller: Visitor) -> None:
    form_id = seller.purchase()[0]
    before = seller.get(f"/order/checkout-forms/{form_id}")
    where = f"/order/checkout-forms/{form_id}/fulfillment"
    done = seller.call("PUT", f"{where}?checkoutForm.revision={before['revision']}", {"status": "PROCESSING"})
    assert (done.status_code, done.content) == (204, b"")
    after = seller.get(f"/order/checkout-forms/{form_id}")
    assert after["fulfillment"] == {**before["fulfillment"], "status": "PROCESSING"}
    assert after["revision"] != before["revision"]
    assert after["updatedAt"] == before["updatedAt"]
    assert types(seller)[-1] == "FULFILLMENT_STATUS_CHANGED"
    effect = seller.effects("fulfillment.set")[0]
    assert effect["key"] == form_id
    assert effect["data"] == {"seller": DEFAULT_SELLER, "status": "PROCESSING", "revision": after["revision"]}


def test_a_stale_revision_is_a_conflict_and_changes_nothing(seller: Visitor) -> None:
    form_id = seller.purchase()[0]
    before = seller.get(f"/order/checkout-forms/{form_id}")
    seller.control("POST", f"forms/{form_id}/modify-address", {"city": "Brno"})
    where = f"/order/checkout-forms/{form_id}/fulfillment?checkoutForm.revision={before['revision']}"
    assert refused(seller, "PUT", where, {"status": "SENT"}) == (409, "ConflictException")
    assert seller.get(f"/order/checkout-forms/{form_id}")["fulfillment"]["status"] == "NEW"
    assert seller.effects("fulfillment.set") == []


@pytest.mark.parametrize("body", [{"status": "RETURNED"}, {"status": "DONE"}, {}, [], "SENT"])
def test_a_status_that_cannot_be_set_is_refused(seller: Visitor, body: Any) -> None:
    form_id = seller.purchase()[0]
    assert refused(seller, "PUT", f"/order/checkout-forms/{form_id}/fulfillment", body)[0] == 422


def test_calls_without_the_right_headers_are_refused(seller: Visitor) -> None:
    form_id = seller.purchase()[0]
    where = f"/order/checkout-forms/{form_id}/fulfillment"
    assert seller.call("GET", "/me", drop="user-agent").status_code == 403
    assert seller.call("GET", "/me", Accept="application/json").status_code == 406
    assert seller.call("GET", "/me", Accept="*/*").status_code == 406
    assert seller.call("GET", "/me", Accept=f"{MEDIA_TYPE}, */*").status_code == 200
    assert seller.call("PUT", where, {"status": "SENT"}, Content_Type="application/json").status_code == 415
    assert seller.call("GET", "/me", drop="authorization").status_code == 401
    assert seller.call("GET", "/nothing").status_code == 404
    assert seller.effects("fulfillment.set") == []


def test_missing_and_careless_user_agents_are_counted(seller: Visitor) -> None:
    seller.call("GET", "/me", User_Agent="python-httpx/0.28.1")
    seller.control("PUT", "settings", {"user_agent": "count"})
    assert seller.call("GET", "/me", drop="user-agent").status_code == 200
    counters = seller.control("GET", "counters")["counters"]
    assert counters["user_agent.nonconforming"] == 1
    assert counters["user_agent.missing"] == 1


def test_every_answer_carries_a_trace_id(seller: Visitor) -> None:
    answers = [seller.call("GET", path) for path in ("/me", "/nothing", "/order/checkout-forms/17")]
    assert len({response.headers["trace-id"] for response in answers}) == 3
