"""Time and chance as ports: tests bring their own."""

from __future__ import annotations

import datetime as dt
import random
import threading
import time
from typing import Protocol


class Clock(Protocol):
    def monotonic(self) -> float:
        """Seconds that never go back."""
        ...

    def now(self) -> dt.datetime:
        """Aware UTC; for people and logs only, no decision rests on it (the PC's clock may be wrong)."""
        ...

    def wait(self, seconds: float) -> None:
        """Waits so long, or until the agent is asked to stop."""
        ...


class SystemClock:
    def __init__(self, stop: threading.Event | None = None) -> None:
        self._stop = stop or threading.Event()

    def monotonic(self) -> float:
        return time.monotonic()

    def now(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC)

    def wait(self, seconds: float) -> None:
        self._stop.wait(seconds)


class BackOff:
    """Full jitter: each wait is random between 0 and a bound that doubles up to `cap_s` (RELIABILITY B20, M14)."""

    def __init__(self, *, base_s: float = 1.0, cap_s: float = 300.0, rng: random.Random | None = None) -> None:
        self._base_s = base_s
        self._cap_s = cap_s
        self._rng = rng or random.Random()  # noqa: S311 - spreads load, hides nothing
        self._failures = 0

    def next(self, at_least_s: float = 0.0) -> float:
        """Seconds to wait now. `at_least_s` is what the server asked for."""
        bound = min(self._cap_s, self._base_s * 2 ** min(self._failures, 20))
        self._failures += 1
        return max(at_least_s, self._rng.uniform(0, bound))

    def reset(self) -> None:
        self._failures = 0
