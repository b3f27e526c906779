"""Where rate limits are counted: in Valkey, for all processes together, and during its outage in each process.

An outage of Valkey must not shut people out, nor open the door to guessing. So while it is away each process counts for
itself: sign-in stays possible, and a guesser gets the limit once for each process. Beside the counters, Django's cache
keeps what can be asked for or looked up again at any time (ADR 15); losing any of it loses no work.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any, Final

from django.core.cache import cache
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

# Valkey is asked again this long after it failed: a request during an outage waits for no connection.
PAUSE_S: Final = 5.0
_PATIENCE: Final = {"socket_timeout": 0.5, "socket_connect_timeout": 0.5}


class SteadyCounters(RedisCache):
    """Django's Valkey cache that counts in the process while Valkey is away."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, {**params, "OPTIONS": {**_PATIENCE, **params.get("OPTIONS", {})}})
        self._here = LocMemCache("connectify.counters", {})
        self._away_until = 0.0

    def _either(self, there: Callable[..., Any], here: Callable[..., Any], *args: Any, **named: Any) -> Any:
        if time.monotonic() >= self._away_until:
            try:
                return there(*args, **named)
            except RedisError as error:
                self._away_until = time.monotonic() + PAUSE_S
                logger.warning("Valkey is away, limits are counted in this process: %s", type(error).__name__)
        return here(*args, **named)

    def add(self, *args: Any, **named: Any) -> Any:
        return self._either(super().add, self._here.add, *args, **named)

    def get(self, *args: Any, **named: Any) -> Any:
        return self._either(super().get, self._here.get, *args, **named)

    def set(self, *args: Any, **named: Any) -> Any:
        return self._either(super().set, self._here.set, *args, **named)

    def touch(self, *args: Any, **named: Any) -> Any:
        return self._either(super().touch, self._here.touch, *args, **named)

    def delete(self, *args: Any, **named: Any) -> Any:
        return self._either(super().delete, self._here.delete, *args, **named)

    def get_many(self, *args: Any, **named: Any) -> Any:
        return self._either(super().get_many, self._here.get_many, *args, **named)

    def has_key(self, *args: Any, **named: Any) -> Any:
        return self._either(super().has_key, self._here.has_key, *args, **named)

    def incr(self, *args: Any, **named: Any) -> Any:
        return self._either(super().incr, self._here.incr, *args, **named)

    def set_many(self, *args: Any, **named: Any) -> Any:
        return self._either(super().set_many, self._here.set_many, *args, **named)

    def delete_many(self, *args: Any, **named: Any) -> Any:
        return self._either(super().delete_many, self._here.delete_many, *args, **named)

    def clear(self) -> Any:
        self._here.clear()
        return self._either(super().clear, self._here.clear)


def may_go_on(*, what: str, who: str, times: int, seconds: int) -> bool:
    """Counts one more of `what` by `who`; False when there were more than `times` in this window of `seconds`."""
    key = f"limit:{what}:{who}:{seconds}:{int(time.time()) // seconds}"
    cache.add(key, 0, timeout=seconds)
    try:
        return bool(cache.incr(key) <= times)
    except ValueError:  # the window ended between the two, or Valkey went away or came back
        cache.set(key, 1, timeout=seconds)
        return True
