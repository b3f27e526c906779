"""Every worker ticks by itself: without beat, and through outages of the database or the broker."""

import threading
from types import SimpleNamespace

import pytest
from celery.concurrency.prefork import TaskPool as Prefork
from celery.concurrency.thread import TaskPool as Threads
from django.db import OperationalError

from connectify.sync import dispatch, ticker


@pytest.fixture
def ticks(monkeypatch, settings):
    """Counts ticks; `reached(n)` waits until there were so many."""
    settings.SYNC_SWEEP_S = 0.01
    happened = threading.Semaphore(0)
    monkeypatch.setattr(dispatch, "tick", happened.release)
    yield happened
    ticker.stop()


def reached(ticks, count):
    return all(ticks.acquire(timeout=20) for _ in range(count))


def test_a_worker_that_is_not_prefork_ticks_in_its_own_process(db, ticks):
    ticker._in_worker(sender=SimpleNamespace(pool=Threads.__new__(Threads)))
    assert reached(ticks, 3)


def test_a_prefork_worker_leaves_the_ticking_to_its_children(db, ticks):
    ticker._in_worker(sender=SimpleNamespace(pool=Prefork.__new__(Prefork)))
    assert ticker._thread is None
    ticker._in_prefork_child()
    assert reached(ticks, 3)


def test_starting_twice_leaves_one_thread_and_stopping_none(db, ticks):
    ticker.start()
    first = ticker._thread
    ticker.start()
    assert ticker._thread is first
    ticker.stop()
    assert not first.is_alive()


def test_a_database_that_is_away_does_not_end_the_ticking(db, monkeypatch, settings, caplog):
    settings.SYNC_SWEEP_S = 0.01
    happened = threading.Semaphore(0)

    def away():
        happened.release()
        raise OperationalError("server closed the connection")

    monkeypatch.setattr(dispatch, "tick", away)
    ticker.start()
    try:
        assert reached(happened, 3)
    finally:
        ticker.stop()
    assert "no tick" in caplog.text


def test_an_error_that_nobody_foresaw_does_not_end_the_ticking_either(db, monkeypatch, settings, caplog):
    settings.SYNC_SWEEP_S = 0.01
    happened = threading.Semaphore(0)

    def broken():
        happened.release()
        raise KeyError("x")

    monkeypatch.setattr(dispatch, "tick", broken)
    ticker.start()
    try:
        assert reached(happened, 3)
    finally:
        ticker.stop()
    assert "tick failed" in caplog.text
