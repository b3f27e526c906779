"""How many requests a key may make in a minute. Counted in the cache; without the cache nobody is stopped."""

from __future__ import annotations

import logging
from typing import Final, NamedTuple

from django.conf import settings
from django.core.cache import cache
from redis.exceptions import RedisError

from connectify import clock
from connectify.api.callers import Caller

logger = logging.getLogger(__name__)
WINDOW_S: Final = 60


class Allowance(NamedTuple):
    """Of one key in the current minute. `left` is negative when it is used up."""

    limit: int
    left: int
    reset_s: int

    @property
    def is_used_up(self) -> bool:
        return self.left < 0

    @property
    def headers(self) -> dict[str, str]:
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(max(0, self.left)),
            "RateLimit-Reset": str(self.reset_s),
        }


def take(caller: Caller) -> Allowance:
    """Counts one request."""
    limit = settings.API_PER_MINUTE
    now_s = int(clock.now().timestamp())
    window, reset_s = now_s // WINDOW_S, WINDOW_S - now_s % WINDOW_S
    name = f"api:{caller.key.tenant_id}:{caller.key.pk}:{window}"
    try:
        cache.add(name, 0, timeout=2 * WINDOW_S)
        used = cache.incr(name)
    except (RedisError, OSError, ValueError) as error:  # ValueError: it was forgotten in between
        logger.warning("requests are not counted: %s", type(error).__name__)
        used = 1
    return Allowance(limit, limit - used, reset_s)
