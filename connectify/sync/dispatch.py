"""From due rows to tasks: claims what is due in batches and tells the workers (DESIGN §2, RELIABILITY M17).

There is no second sweep: a run whose worker vanished leaves its row due, so it is claimed again when its lease ends,
and a nudge that was lost is repeated after SYNC_NUDGE_S.
"""

from __future__ import annotations

import logging
import uuid
from typing import Final

from django.conf import settings
from django.db import connection, transaction

from connectify.sync.nudges import publish

logger = logging.getLogger(__name__)

Pair = tuple[str, uuid.UUID]

# With thousands due at once publishing costs more than claiming, so tasks are large; what a task cannot start soon goes
# back to the queue (tasks.run_batch).
PAIRS_PER_TASK: Final = 100
_CLAIM: Final = 10_000
_MOST_PER_TICK: Final = 50_000
_TASKS_WHEN_FEW: Final = 16
_ADVISORY_KEY: Final = 0x43460001


def tick() -> int:
    """Dispatches what is due now; returns how many resources. Several may tick: one of them does the work."""
    sent = 0
    while sent < _MOST_PER_TICK:
        pairs = claim(_CLAIM)
        if not pairs or not publish(_chunks(pairs)):
            return sent
        sent += len(pairs)
        if len(pairs) < _CLAIM:
            return sent
    return sent


def claim(limit: int) -> list[Pair]:
    """Takes up to `limit` due rows, oldest first. Empty when nothing is due or somebody else is claiming.

    Commits before anything is published: a worker must not meet the claim's locks.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_ADVISORY_KEY])
        if not cursor.fetchone()[0]:
            return []
        cursor.execute(
            "SELECT kind, resource_id FROM connectify_claim_due(%s, %s) ORDER BY due_at",
            [limit, settings.SYNC_NUDGE_S],
        )
        return [(kind, resource_id) for kind, resource_id in cursor.fetchall()]


def _chunks(pairs: list[Pair]) -> list[list[Pair]]:
    """Full tasks when there is much to do; when there is little, single ones that all workers share."""
    size = max(1, min(PAIRS_PER_TASK, len(pairs) // _TASKS_WHEN_FEW))
    return [pairs[start : start + size] for start in range(0, len(pairs), size)]
