"""The rate governor: one budget for the Client ID that all customers share, one per seller, and pauses after a 429.

Allegro blocks the whole Client ID for a minute when it sends more than 9 000 requests a minute, so we plan for 80 % of
that (RELIABILITY M15, A11, A12).
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from typing import Final, Protocol

from connectify.domain.errors import Retryable

APP_PER_MINUTE: Final = 9000 * 0.8
SELLER_PER_MINUTE: Final = 1200.0
PAUSE_S: Final = 60.0
SLOWER: Final = 0.7
SLOWER_FOR_S: Final = 900.0

Clock = Callable[[], float]


class Budget(Protocol):
    """Something that grants requests. `take` returns 0 when it granted one, else the seconds to wait and ask again."""

    def take(self, now: float) -> float: ...

    def slow_down(self, factor: float, until: float) -> None: ...


class SliceSource(Protocol):
    """Leases a slice of the shared budget, from PostgreSQL in production: how many requests, for how many seconds."""

    def lease(self) -> tuple[int, float]: ...


class TokenBucket:
    """Grants `per_minute` on average and at most `burst` (one or more) at once."""

    def __init__(self, per_minute: float, burst: float) -> None:
        self._rate: Final = per_minute / 60
        self._burst: Final = max(1.0, burst)
        self._tokens = self._burst
        self._at: float | None = None
        self._factor, self._factor_until = 1.0, 0.0

    def take(self, now: float) -> float:
        """Takes one token, or says how long until there is one."""
        rate = self._rate * (self._factor if now < self._factor_until else 1.0)
        elapsed = 0.0 if self._at is None else max(0.0, now - self._at)
        self._tokens = min(self._burst, self._tokens + elapsed * rate)
        self._at = now
        if self._tokens >= 1:
            self._tokens -= 1
            return 0.0
        return (1 - self._tokens) / rate

    def put_back(self) -> None:
        """Returns a token that was taken for a request which then did not go."""
        self._tokens = min(self._burst, self._tokens + 1)

    def slow_down(self, factor: float, until: float) -> None:
        """Fills more slowly until then."""
        self._factor, self._factor_until = factor, until


class LeasedBudget:
    """Spends slices that a source leases; asks for the next when one is used up or has run out of time."""

    def __init__(self, source: SliceSource) -> None:
        self._source: Final = source
        self._left, self._ends_at = 0, float("-inf")

    def take(self, now: float) -> float:
        """Takes one request of the slice in hand, leasing a new one when its time is over."""
        if now >= self._ends_at:
            self._left, seconds = self._source.lease()
            self._ends_at = now + seconds
        if self._left > 0:
            self._left -= 1
            return 0.0
        return self._ends_at - now

    def slow_down(self, factor: float, until: float) -> None:
        """Drops the same share of the slice in hand; the source decides about the next ones."""
        self._left = int(self._left * factor)


class Governor:
    """Admits requests, shared by all threads of a process. `clock` is monotonic seconds."""

    def __init__(
        self,
        *,
        app: Budget | None = None,
        seller_per_minute: float = SELLER_PER_MINUTE,
        max_wait_s: float = 5.0,
        clock: Clock = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._app: Final[Budget] = app or TokenBucket(APP_PER_MINUTE, burst=APP_PER_MINUTE / 60)
        self._seller_per_minute: Final = seller_per_minute
        self._max_wait_s: Final = max_wait_s
        self._clock, self._sleep, self._jitter = clock, sleep, jitter
        self._sellers: Final[dict[str, TokenBucket]] = {}
        self._paused: Final[dict[str, float]] = {}
        self._all_paused_until = 0.0
        self._lock: Final = threading.Lock()

    def admit(self, seller: str) -> None:
        """Waits for a place, at most `max_wait_s` in all. Raises Retryable("throttled") when it would take longer."""
        waited = 0.0
        while True:
            with self._lock:
                wait = self._wait(seller, self._clock())
            if wait <= 0:
                return
            if waited + wait > self._max_wait_s:
                raise Retryable("throttled", "no place in the budget", retry_after_s=wait)
            wait = max(wait, 0.001)
            self._sleep(wait)
            waited += wait

    def refused(self, seller: str, retry_after_s: float | None = None) -> None:
        """Tells of a 429: the seller pauses; a second seller refused meanwhile means the whole Client ID is blocked."""
        with self._lock:
            now = self._clock()
            until = now + (retry_after_s or PAUSE_S) + self._jitter() * 10
            others = any(end > now for name, end in self._paused.items() if name != seller)
            self._paused[seller] = max(until, self._paused.get(seller, 0.0))
            if others:
                self._all_paused_until = max(until, self._all_paused_until)
                self._app.slow_down(SLOWER, until + SLOWER_FOR_S)

    def _wait(self, seller: str, now: float) -> float:
        pause = max(self._all_paused_until, self._paused.get(seller, 0.0)) - now
        if pause > 0:
            return pause
        bucket = self._sellers.setdefault(
            seller, TokenBucket(self._seller_per_minute, burst=self._seller_per_minute / 60)
        )
        wait = bucket.take(now)
        if wait > 0:
            return wait
        wait = self._app.take(now)
        if wait > 0:
            bucket.put_back()
        return wait
