"""Everything the sandbox answers fits the official OpenAPI file, and the checker sees what does not."""

import json
from typing import Any

import pytest

from allegro_integration.sandbox.answers import MEDIA_TYPE
from tests.openapi import violations
from tests.sandbox_allegro.conftest import Visitor

pytestmark = [pytest.mark.reference, pytest.mark.usefixtures("reference_dir")]

READS = (
    "/me",
    "/marketplaces",
    "/sale/delivery-methods",
    "/sale/delivery-methods?marketplace=allegro-sk",
    "/order/carriers",
    "/order/event-stats",
    "/order/events?limit=1000",
    "/order/events?type=BOUGHT&type=READY_FOR_PROCESSING",
    "/order/checkout-forms",
    "/order/checkout-forms?status=CANCELLED&limit=10&offset=20&sort=-updatedAt",
    "/order/checkout-forms?updatedAt.gte=2020-01-01T00:00:00Z&fulfillment.status=NEW",
)


def found(visitor: Visitor) -> list[str]:
    return [problem for entry in visitor.exchanges() for problem in violations(entry)]


def test_every_answer_about_a_hundred_purchases_fits_the_file(seller: Visitor) -> None:
    for marketplace in ("allegro-cz", "allegro-sk", "allegro-pl", "allegro-hu"):
        seller.purchase(count=20, marketplace=marketplace)
    waiting = seller.purchase(count=10, until="BOUGHT") + seller.purchase(count=10, until="FILLED_IN")
    ids = seller.purchase(count=4)
    seller.control("POST", f"forms/{ids[0]}/cancel")
    seller.control("POST", f"forms/{ids[1]}/modify-address", {"street": "Jiná 5"})
    merged = seller.control("POST", "merge", {"forms": ids[2:]})["id"]
    for path in (*READS, *(f"/order/checkout-forms/{one}" for one in (*ids[:2], merged, waiting[0], waiting[-1]))):
        seller.get(path)
    revision = seller.get(f"/order/checkout-forms/{merged}")["revision"]
    where = f"/order/checkout-forms/{merged}/fulfillment?checkoutForm.revision="
    assert seller.call("PUT", where + revision, {"status": "PROCESSING"}).status_code == 204
    assert seller.call("PUT", where + revision, {"status": "SENT"}).status_code == 409
    assert found(seller) == []


def test_answers_before_the_first_purchase_fit_the_file(seller: Visitor) -> None:
    for path in READS:
        seller.get(path)
    assert seller.get("/order/checkout-forms") == {"checkoutForms": [], "count": 0, "totalCount": 0}
    assert found(seller) == []


def test_refusals_fit_the_file(seller: Visitor) -> None:
    form = seller.purchase()[0]
    refused = [
        seller.call("GET", "/me", drop="authorization"),
        seller.call("GET", "/order/checkout-forms/6a9d7f0e-1111-4222-8333-444455556666"),
        seller.call("PUT", f"/order/checkout-forms/{form}/fulfillment", {"status": "RETURNED"}),
    ]
    assert [response.status_code for response in refused] == [401, 404, 422]
    assert found(seller) == []


GOOD: dict[str, Any] = {
    "method": "PUT",
    "path": "/order/checkout-forms/6a9d7f0e-1111-4222-8333-444455556666/fulfillment",
    "query": "checkoutForm.revision=819b5836",
    "request_headers": {"content-type": MEDIA_TYPE},
    "request_body": '{"status":"PROCESSING"}',
    "status": 204,
    "response_headers": {},
    "response_body": "",
}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"method": "DELETE"}, "no such operation"),
        ({"path": "/order/nothing"}, "no such operation"),
        ({"query": "revision=1"}, "query parameter revision is not in the file"),
        ({"request_body": '{"status":"DONE"}'}, "request body.status: 'DONE' is not one of"),
        ({"request_body": "{"}, "request body: not JSON"),
        ({"request_body": '{"state":"SENT"}'}, "request body.state is not in the file"),
        ({"request_body": '{"shipmentSummary":{"sent":1}}'}, "request body.shipmentSummary.sent is not in the file"),
        ({"request_body": ""}, "the request body is missing"),
        ({"request_headers": {"content-type": "application/json"}}, "media type application/json is not one of"),
        (
            {"request_headers": {"content-type": MEDIA_TYPE, "Accept-Language": "cs"}},
            "header parameter Accept-Language",
        ),
        ({"status": 200}, "status 200 is not in the file"),
        (
            {"status": 409, "response_headers": {"content-type": MEDIA_TYPE}, "response_body": '{"errors":{}}'},
            "answer.errors",
        ),
    ],
)
def test_the_checker_names_what_the_file_does_not_allow(change: dict[str, Any], expected: str) -> None:
    assert violations(GOOD) == []
    problems = violations({**GOOD, **change})
    assert len(problems) == 1
    assert expected in problems[0]


def test_the_checker_looks_into_parameters_and_answers() -> None:
    listing = {
        "method": "GET",
        "path": "/order/checkout-forms",
        "query": "limit=101&updatedAt.gte=yesterday",
        "request_headers": {},
        "request_body": "",
        "status": 200,
        "response_headers": {"content-type": MEDIA_TYPE},
        "response_body": json.dumps({"count": 1, "totalCount": 1, "checkoutForms": [{"id": "7"}]}),
    }
    problems = violations(listing)
    assert any("query parameter limit: 101 is greater than" in problem for problem in problems)
    assert any("query parameter updatedAt.gte: 'yesterday' is not a 'date-time'" in problem for problem in problems)
    assert any("answer.checkoutForms[0].id: '7' is not a 'uuid'" in problem for problem in problems)
    assert any("'buyer' is a required property" in problem for problem in problems)


def test_oauth_and_withheld_answers_pass() -> None:
    assert violations({**GOOD, "path": "/auth/oauth/token", "method": "POST"}) == []
    assert violations({**GOOD, "status": None}) == []
