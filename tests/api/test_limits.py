"""A key may make so many requests a minute; it is told how many are left. Without the cache nobody is stopped."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.cache import cache
from redis.exceptions import ConnectionError as NotThere

from connectify import clock
from tests.api.world import NOW, Company, Program


@pytest.fixture(autouse=True)
def three_a_minute(settings) -> None:
    settings.API_PER_MINUTE = 3


def test_the_fourth_request_of_a_minute_waits_for_the_next_one(toys: Company, program: Program) -> None:
    other = toys.program(name="Jiný")
    with clock.fixed(NOW + dt.timedelta(seconds=20)):
        left = [program.get("orders/")["RateLimit-Remaining"] for _ in range(3)]
        stopped = program.get("orders/")
        assert other.get("orders/").status_code == 200
    assert left == ["2", "1", "0"]
    assert (stopped.status_code, stopped.json()["code"]) == (429, "too_many_requests")
    assert stopped["Retry-After"] == stopped["RateLimit-Reset"] == "40"
    assert (stopped["RateLimit-Limit"], stopped["RateLimit-Remaining"]) == ("3", "0")
    with clock.fixed(NOW + dt.timedelta(seconds=60)):
        assert program.get("orders/").status_code == 200


def test_problems_count_as_well(program: Program) -> None:
    for _ in range(3):
        assert program.get("orders/?colour=red").status_code == 400
    assert program.get("orders/").status_code == 429


def test_without_the_cache_nobody_is_stopped(program: Program, monkeypatch) -> None:
    def away(*args: object, **named: object) -> None:
        raise NotThere("no Valkey")

    monkeypatch.setattr(cache, "add", away)
    for _ in range(5):
        found = program.get("orders/")
        assert (found.status_code, found["RateLimit-Remaining"]) == (200, "2")
