"""Whatever is sent, the answer has the one shape and a status that says whose turn it is."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from allegro_integration.api import orders
from allegro_integration.models import DeliveryMapping, Order
from connectify.domain.errors import NeedsUser, Rejected, Retryable
from tests.api.world import Company, Program

SHAPE = {"type", "title", "status", "code", "detail", "errors", "request_id"}


def problem(found: Any) -> tuple[int, str, list[str]]:
    assert found["Content-Type"] == "application/problem+json"
    body = found.json()
    assert set(body) == SHAPE
    assert body["status"] == found.status_code
    assert body["request_id"] == found["X-Request-Id"]
    assert body["type"].endswith(f"/api/docs/#problem-{body['type'].rpartition('problem-')[2]}")
    return found.status_code, body["code"], [one["field"] for one in body["errors"]]


QUERIES: list[tuple[str, str]] = [
    ("colour=red", "colour"),
    ("state=lost", "state"),
    ("state=sent&state=waiting", "state"),
    ("limit=0", "limit"),
    ("limit=201", "limit"),
    ("limit=ten", "limit"),
    ("limit=" + "9" * 5000, "limit"),
    ("instance=12", "instance"),
    ("bought_since=2026-11-23", "bought_since"),
    ("bought_since=2026-11-23T10:00:00", "bought_since"),
    ("search=%00", "search"),
    ("code=" + "x" * 61, "code"),
    ("cursor=!!!", "cursor"),
    ("cursor=bm9uZQ", "cursor"),
    ("cursor=WyIyMDI2LTExLTIzIiwgIjEiXQ", "cursor"),
]
BODIES: list[tuple[bytes, Any]] = [
    (b"", (415, "unsupported_media_type", [])),
    (b" ", (400, "unreadable", [])),
    (b"{", (400, "unreadable", [])),
    (b"\xff\xfe", (400, "unreadable", [])),
    (b"[" * 100_000, (400, "unreadable", [])),
    (b"[]", (400, "invalid", [""])),
    (b"null", (400, "invalid", [""])),
    (b"{}", (400, "invalid", ["carrier"])),
    (b'{"carrier": 1}', (400, "invalid", ["carrier"])),
    (b'{"carrier": 1e400}', (400, "unreadable", [])),
    (b'{"carrier": "DPD", "colour": "red"}', (400, "invalid", ["colour"])),
    (b'{"carrier": "D\\u0000PD"}', (400, "invalid", ["carrier"])),
    (b'{"carrier": "\\ud800"}', (400, "unreadable", [])),
    (b'{"carrier": "' + b"x" * 21 + b'"}', (400, "invalid", ["carrier"])),
    (b'{"carrier": "' + b"x" * 1_048_577 + b'"}', (413, "too_large", [])),
]


def test_a_filter_that_is_none_is_named(program: Program) -> None:
    for query, field in QUERIES:
        assert problem(program.get(f"orders/?{query}")) == (400, "invalid", [field]), query[:50]


def test_a_body_that_cannot_be_used_says_why(toys: Company, program: Program) -> None:
    for body, expected in BODIES:
        found = program.put(f"instances/{toys.instance}/mappings/delivery/c3066682/", body)
        assert problem(found) == expected, body[:50]
    assert toys.rows(DeliveryMapping)[0].carrier == "DPD"


def test_each_way_not_to_be_understood_has_its_status(toys: Company, program: Program) -> None:
    delivery = f"instances/{toys.instance}/mappings/delivery/c3066682/"
    assert problem(program.put(delivery, {"carrier": "DPD"}, content_type="text/plain"))[:2] == (
        415, "unsupported_media_type"
    )  # fmt: skip
    assert problem(program.get("orders/", accept="text/html"))[:2] == (406, "not_acceptable")
    assert problem(program.get("nothing/"))[:2] == (404, "not_found")
    assert problem(program.get("orders"))[:2] == (404, "not_found")
    assert problem(program.get("orders/12/"))[:2] == (404, "not_found")
    assert problem(program.get("orders/%00/"))[:2] == (404, "not_found")
    assert problem(program.get("orders/a%0A/"))[:2] == (404, "not_found")
    assert problem(program.get("orders/%0A"))[:2] == (404, "not_found")
    wrong = program.send("DELETE", "orders/")
    assert problem(wrong)[:2] == (405, "method_not_allowed")
    assert wrong["Allow"] == "GET, HEAD"
    assert problem(program.send("OPTIONS", "orders/"))[0] == 405
    assert problem(program.send("TRACE", "orders/"))[0] == 405


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (Rejected("nothing_to_retry", number="1"), (409, "nothing_to_retry")),
        (NeedsUser("reauth"), (409, "reauth")),
        (Retryable("allegro_down", retry_after_s=7), (503, "allegro_down")),
        (ZeroDivisionError("inside"), (500, "server_error")),
    ],
)
def test_errors_are_classed_by_who_must_act_and_write_nothing(
    toys: Company, program: Program, monkeypatch: pytest.MonkeyPatch, caplog: Any, error: Exception, expected: Any
) -> None:
    def fail(*, order: Order, **_facts: Any) -> None:
        Order.objects.filter(pk=order.pk).update(buyer="half written")
        raise error

    monkeypatch.setattr(orders, "resync_order", fail)
    with caplog.at_level(logging.CRITICAL, logger="connectify.api.endpoint"):
        found = program.post(f"orders/{toys.waiting.pk}/resync/", {})
    assert problem(found)[:2] == expected
    assert "inside" not in found.content.decode()
    assert found.has_header("Retry-After") == (found.status_code == 503)
    assert not toys.rows(Order, buyer="half written")


def test_problems_and_explanations_are_in_the_language_asked_for(toys: Company) -> None:
    address = f"orders/{toys.waiting.pk}/"
    titles = {}
    for wanted, language in (("cs", "cs"), ("en-GB,en;q=0.9", "en"), ("de", "cs"), ("", "cs"), ("x" * 500, "cs")):
        found = toys.program(language=wanted).get(address)
        assert found["Content-Language"] == language
        titles.setdefault(language, set()).add(found.json()["cause"]["title"])
    assert [len(said) for said in titles.values()] == [1, 1]
    assert titles["cs"] != titles["en"]
