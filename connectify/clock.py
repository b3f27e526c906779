"""The one clock and the one source of ids of the shell. The core gets its time as a value; tests fix both here."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager


def _system_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


_now: Callable[[], dt.datetime] = _system_now
_new_id: Callable[[], uuid.UUID] = uuid.uuid4


def now() -> dt.datetime:
    """Aware UTC. Leases and due times use PostgreSQL's clock instead (RELIABILITY M3)."""
    return _now()


def new_id() -> uuid.UUID:
    return _new_id()


@contextmanager
def fixed(moment: dt.datetime) -> Iterator[None]:
    """Tests: the clock stands at `moment`."""
    global _now
    before, _now = _now, lambda: moment
    try:
        yield
    finally:
        _now = before
