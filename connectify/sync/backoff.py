"""When a resource is due next: at its own slot when all went well, later and at random when it did not."""

from __future__ import annotations

import random
import uuid
from typing import Final

FIRST_S: Final = 2.0
SHORTEST_S: Final = 0.5


def until_next_slot(resource_id: uuid.UUID, interval_s: int, now_s: float) -> float:
    """Seconds from `now_s` (Unix time) to the resource's next slot.

    Slots are `interval_s` apart, at an offset that only the id decides: thousands of resources spread evenly, a slow
    run does not shift the next one, and a restart does not gather them. A slot nearer than a tenth of the interval is
    passed.
    """
    offset = (resource_id.int % 1_000_003) / 1_000_003 * interval_s
    gap = (offset - now_s) % interval_s
    return gap if gap >= interval_s / 10 else gap + interval_s


def after_failure(failures: int, interval_s: int, *, wished_s: float | None = None) -> float:
    """Seconds to wait after the `failures`-th failure in a row: full jitter, never longer than the interval.

    The other side's wish (Retry-After) is kept to in full, however long.
    """
    ceiling = min(float(interval_s), FIRST_S * 2.0 ** min(failures - 1, 20))
    waited = max(SHORTEST_S, random.uniform(0, ceiling))  # noqa: S311 (spreads load, guards nothing)
    return max(waited, wished_s or 0.0)
