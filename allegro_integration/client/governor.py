"""The rate governor: one budget for the Client ID that all customers share, one per seller, and pauses after a 429.

Allegro blocks the whole Client ID for a minute when it sends more than 9 000 requests a minute, so we plan for 80 % of
that (RELIABILITY M15, A11, A12).
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from msgspec import Struct

from connectify.domain.errors import Retryable

APP_PER_MINUTE: Final = 9000 * 0.8
SELLER_PER_MINUTE: Final = 1200.0
PAUSE_S: Final = 60.0
SLOWER: Final = 0.7
SLOWER_FOR_S: Final = 900.0

Clock = Callable[[], float]


class Meter(Struct, frozen=True):
    """Something of a seller that Allegro limits besides requests: `per_minute` on average, at most `burst` at once."""

    name: str
    per_minute: float
    burst: float


# Allegro refuses whole commands beyond 9 000 offer changes a minute; rate and burst together stay within that.
CHANGES: Final = Meter("changes", 8000, 1000)
# Its hourly limits are 150 000 changes of prices and 250 000 of the others. Burst and refill are 40 % each.
PRICES_HOURLY: Final = Meter("prices_hourly", 1000, 60_000)
QUANTITIES_HOURLY: Final = Meter("quantities_hourly", 100_000 / 60, 100_000)
PUBLICATIONS_HOURLY: Final = Meter("publications_hourly", 100_000 / 60, 100_000)
# Reading price rules is limited to 5 requests a second.
PRICE_RULES: Final = Meter("price_rules", 240, 4)
# A full command of 1 000 offers takes this long to find room behind another one.
CHANGES_WAIT_S: Final = 10.0
Cost = tuple[Meter, int]


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

    def take(self, now: float, count: float = 1) -> float:
        """Takes `count` tokens (at most `burst`) or none, and says how long until there are enough."""
        rate = self._rate * (self._factor if now < self._factor_until else 1.0)
        elapsed = 0.0 if self._at is None else max(0.0, now - self._at)
        self._tokens = min(self._burst, self._tokens + elapsed * rate)
        self._at = now
        if self._tokens >= count:
            self._tokens -= count
            return 0.0
        return (count - self._tokens) / rate

    def put_back(self, count: float = 1) -> None:
        """Returns tokens that were taken for a request which then did not go."""
        self._tokens = min(self._burst, self._tokens + count)

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
        self._meters: Final[dict[tuple[str, str], TokenBucket]] = {}
        self._paused: Final[dict[str, float]] = {}
        self._all_paused_until = 0.0
        self._lock: Final = threading.Lock()

    def admit(self, seller: str, costs: Sequence[Cost] = ()) -> None:
        """Waits for a place, at most `max_wait_s` in all. Raises Retryable("throttled") when it would take longer.

        `costs` are what the request uses up besides itself, such as the offers that a command changes.
        """
        waited = 0.0
        max_wait_s = max(self._max_wait_s, CHANGES_WAIT_S) if costs else self._max_wait_s
        while True:
            with self._lock:
                wait = self._wait(seller, costs, self._clock())
            if wait <= 0:
                return
            if waited + wait > max_wait_s:
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
            for (owner, _), bucket in self._meters.items():
                if owner == seller:
                    bucket.slow_down(SLOWER, until + SLOWER_FOR_S)
            self._paused[seller] = max(until, self._paused.get(seller, 0.0))
            if others:
                self._all_paused_until = max(until, self._all_paused_until)
                self._app.slow_down(SLOWER, until + SLOWER_FOR_S)

    def _wait(self, seller: str, costs: Sequence[Cost], now: float) -> float:
        pause = max(self._all_paused_until, self._paused.get(seller, 0.0)) - now
        if pause > 0:
            return pause
        taken: list[tuple[TokenBucket, float]] = []
        for bucket, count in [(self._bucket(seller), 1.0), *((self._meter(seller, one), n) for one, n in costs)]:
            wait = bucket.take(now, count)
            if wait > 0:
                break
            taken.append((bucket, count))
        else:
            wait = self._app.take(now)
        if wait > 0:
            for bucket, count in taken:
                bucket.put_back(count)
        return wait

    def _bucket(self, seller: str) -> TokenBucket:
        fresh = TokenBucket(self._seller_per_minute, burst=self._seller_per_minute / 60)
        return self._sellers.setdefault(seller, fresh)

    def _meter(self, seller: str, meter: Meter) -> TokenBucket:
        return self._meters.setdefault((seller, meter.name), TokenBucket(meter.per_minute, meter.burst))
