"""The same request under the same key is done once, also when it comes twice at the same moment."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Any

import pytest
from django.db import connection

from allegro_integration.api import orders
from allegro_integration.models import DeliveryMapping
from connectify import clock
from connectify.api.models import RepeatableRequest
from connectify.audit.models import AuditEntry
from tests.api.world import NOW, Company, Program, make_company

KEY = {"idempotency-key": "mapping-1"}


def done(company: Company) -> int:
    return len(company.rows(AuditEntry, action="order.resynced"))


def test_a_repeated_request_gets_the_first_answer_to_the_byte(toys: Company, program: Program) -> None:
    address = f"orders/{toys.waiting.pk}/resync/"
    first = program.post(address, {"reason": "a"}, **KEY)
    again = program.post(address, {"reason": "a"}, **KEY)
    assert (first.status_code, first.content) == (again.status_code, again.content)
    assert first["Content-Type"] == again["Content-Type"]
    assert ("Idempotency-Replayed" in first, again["Idempotency-Replayed"]) == (False, "true")
    assert done(toys) == 1
    assert program.post(address, {"reason": "a"}).status_code == 200
    assert done(toys) == 2


def test_a_problem_is_repeated_as_well_and_an_etag(toys: Company, program: Program) -> None:
    address = f"orders/{toys.waiting.pk}/retry/"
    first, again = program.post(address, **KEY), program.post(address, **KEY)
    assert (first.status_code, first.content) == (409, again.content)
    rules = f"instances/{toys.instance}/rules/statuses/"
    put = [program.put(rules, {"parcel_field": "VPr"}, **{"if-match": "1", "idempotency-key": "2"}) for _ in range(2)]
    assert [one.status_code for one in put] == [200, 200]
    assert put[0]["ETag"] == put[1]["ETag"] == '"2"'


@pytest.mark.parametrize("change", ["body", "address", "method"])
def test_another_request_under_the_same_key_is_refused(toys: Company, program: Program, change: str) -> None:
    address = f"instances/{toys.instance}/mappings/delivery/c3066682/"
    assert program.put(address, {"carrier": "PPL"}, **KEY).status_code == 200
    other = {
        "body": lambda: program.put(address, {"carrier": "GLS"}, **KEY),
        "address": lambda: program.put(address.replace("c3066682", "1f2e"), {"carrier": "PPL"}, **KEY),
        "method": lambda: program.post(f"orders/{toys.waiting.pk}/resync/", {"reason": "PPL"}, **KEY),
    }[change]()
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert {row.carrier for row in toys.rows(DeliveryMapping)} == {"PPL"}


def test_keys_are_forgotten_after_thirty_days(toys: Company, program: Program) -> None:
    address = f"orders/{toys.waiting.pk}/resync/"
    for after, count in ((dt.timedelta(), 1), (dt.timedelta(days=29, hours=23), 1), (dt.timedelta(days=30), 2)):
        with clock.fixed(NOW + after):
            assert program.post(address, {}, **KEY).status_code == 200
        assert done(toys) == count
    with clock.fixed(NOW + dt.timedelta(days=61)):
        program.post(address, {}, **{"idempotency-key": "other"})
    assert [row.key for row in toys.rows(RepeatableRequest)] == ["other"]


@pytest.mark.parametrize("key", ["", "a b", "x" * 201, "\u010d"])
def test_a_key_that_is_none_is_refused(toys: Company, program: Program, key: str) -> None:
    found = program.post(f"orders/{toys.waiting.pk}/resync/", {}, **{"idempotency-key": key})
    assert (found.status_code, found.json()["errors"][0]["field"]) == (400, "Idempotency-Key")
    assert done(toys) == 0


def test_what_failed_by_our_error_is_tried_again(toys: Company, program: Program, monkeypatch) -> None:
    address = f"orders/{toys.waiting.pk}/resync/"
    with monkeypatch.context() as patch:
        patch.setattr(orders, "resync_order", lambda **_facts: 1 / 0)
        assert program.post(address, {}, **KEY).status_code == 500
    assert program.post(address, {}, **KEY).status_code == 200
    assert done(toys) == 1


def test_of_two_at_the_same_moment_one_is_done_and_the_other_told_to_wait(committed_db, monkeypatch) -> None:
    company = make_company(email="jana@hracky-dvorak.cz", word="Dvorak")
    program = company.program()
    inside, go_on = threading.Event(), threading.Event()
    really = orders.resync_order
    answers: list[Any] = []

    def slow(**facts: Any) -> None:
        inside.set()
        assert go_on.wait(20)
        really(**facts)

    def first() -> None:
        try:
            answers.append(Program(program.plain).post(address, {}, **KEY))
        finally:
            connection.close()

    address = f"orders/{company.waiting.pk}/resync/"
    monkeypatch.setattr(orders, "resync_order", slow)
    thread = threading.Thread(target=first)
    thread.start()
    try:
        assert inside.wait(20)
        second = program.post(address, {}, **KEY)
    finally:
        go_on.set()
        thread.join(20)
    assert (second.status_code, second.json()["code"]) == (409, "request_in_progress")
    assert second["Retry-After"] == "1"
    assert [answer.status_code for answer in answers] == [200]
    third = program.post(address, {}, **KEY)
    assert (third.content, third["Idempotency-Replayed"]) == (answers[0].content, "true")
    assert done(company) == 1
