"""Limits of sign-in: on, counted for person and network, and alive while Valkey is away."""

import subprocess
import sys

import pytest
from django.core.cache import cache, caches
from django.test import Client
from redis.exceptions import ConnectionError as NoConnection

from connectify import counters
from connectify.counters import SteadyCounters, may_go_on
from tests.conftest import ROOT
from tests.factories import PASSWORD
from tests.people.reading import text_of

LOGIN = "/accounts/login/"


def sign_in(client, email, password=PASSWORD, network="127.0.0.1"):
    return client.post(LOGIN, {"login": email, "password": password}, REMOTE_ADDR=network)


def test_five_wrong_passwords_from_one_network_and_the_right_one_waits_too(alfa, guest):
    email = alfa.people["viewer"].email
    for _time in range(5):
        assert "Too many failed" not in text_of(sign_in(guest, email, "wrong"))
    assert "Too many failed" in text_of(sign_in(guest, email))
    assert guest.get("/orders/").status_code == 302


def test_a_stranger_elsewhere_locks_nobody_out(alfa, guest):
    email = alfa.people["viewer"].email
    for _time in range(6):
        sign_in(Client(), email, "wrong", network="203.0.113.7")
    assert sign_in(guest, email)["Location"] == "/"


def test_one_network_that_tries_many_people_waits(alfa, guest):
    for number in range(30):
        sign_in(guest, f"person{number}@example.org", "wrong")
    assert "Too many" in text_of(sign_in(guest, alfa.people["viewer"].email))


def test_what_signs_in_does_not_count_as_a_failure(alfa):
    for _time in range(8):
        assert sign_in(Client(), alfa.people["viewer"].email)["Location"] == "/"


def test_a_window_lets_so_many_through():
    cache.clear()
    assert [may_go_on(what="test", who="one", times=2, seconds=3600) for _time in range(3)] == [True, True, False]
    assert may_go_on(what="test", who="another", times=2, seconds=3600)


def test_production_counts_in_valkey_by_our_backend():
    code = "from connectify.settings import CACHES; print(CACHES['default']['BACKEND'])"
    environment = {"DATABASE_URL": "postgres://a@127.0.0.1/a", "REDIS_URL": "redis://127.0.0.1:1/0", "PATH": ""}
    environment["CONNECTIFY_SECRET_KEY"] = "x" * 50
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.stdout.strip() == "connectify.counters.SteadyCounters"


class TestValkey:
    def test_counters_are_shared_between_processes(self, redis_url):
        one, other = SteadyCounters(redis_url, {}), SteadyCounters(redis_url, {})
        one.set("tries", 4, timeout=60)
        assert other.incr("tries") == 5
        assert one.get("tries") == 5
        one.delete("tries")
        assert other.get("tries") is None

    def test_while_it_is_away_each_process_counts_for_itself(self):
        nowhere = SteadyCounters("redis://127.0.0.1:1/0", {})
        assert nowhere.add("tries", 1, timeout=60)
        assert not nowhere.add("tries", 1, timeout=60)
        assert nowhere.incr("tries") == 2
        assert nowhere.get_many(["tries", "none"]) == {"tries": 2}
        nowhere.delete("tries")
        assert nowhere.get("tries", "gone") == "gone"

    def test_during_an_outage_it_is_asked_once_in_a_while_only(self, redis_url, monkeypatch):
        now = [1000.0]
        monkeypatch.setattr(counters.time, "monotonic", lambda: now[0])
        cut = SteadyCounters(redis_url, {})
        cut.set("tries", 1, timeout=60)
        asked = []

        def fail(*args, **named):
            asked.append(args)
            raise NoConnection

        with monkeypatch.context() as outage:
            outage.setattr("django.core.cache.backends.redis.RedisCache.get", fail)
            assert [cut.get("tries"), cut.get("tries"), cut.get("tries")] == [None] * 3
            assert len(asked) == 1
            now[0] += counters.PAUSE_S
            assert cut.get("tries") is None
            assert len(asked) == 2
        now[0] += counters.PAUSE_S
        assert cut.get("tries") == 1

    @pytest.fixture
    def no_valkey(self, settings, monkeypatch):
        settings.CACHES = {
            "default": {"BACKEND": "connectify.counters.SteadyCounters", "LOCATION": "redis://127.0.0.1:1/0"}
        }
        assert isinstance(caches["default"], SteadyCounters)
        cache.clear()

    def test_sign_in_stays_possible_without_it_and_guessing_stays_limited(self, no_valkey, alfa, guest):
        email = alfa.people["viewer"].email
        assert sign_in(Client(), email)["Location"] == "/"
        for _time in range(5):
            sign_in(guest, email, "wrong")
        assert "Too many failed" in text_of(sign_in(guest, email))
