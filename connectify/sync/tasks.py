"""Celery's tasks: nudges that carry ids. They may run twice or never; PostgreSQL knows what is to be done."""

from __future__ import annotations

import logging
import time
import uuid
from typing import Final

from celery import current_app, shared_task
from django.db import connections
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)

_START_WITHIN_S: Final = 25.0


def publish(batches: list[list[tuple[str, uuid.UUID]]]) -> bool:
    """One task per batch. False when the broker does not answer: the rows stay due and are found again."""
    try:
        with current_app.producer_pool.acquire(block=True, timeout=2) as producer:
            for batch in batches:
                pairs = [[kind, str(resource_id)] for kind, resource_id in batch]
                run_batch.apply_async((pairs,), producer=producer, retry=False)
    except (OperationalError, OSError) as error:
        logger.warning("the broker does not answer, the next tick will repeat: %s", error)
        return False
    return True


def drop_stale_connections() -> None:
    """As Django does between requests; never inside a transaction that somebody has open around us."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()


@shared_task(name="connectify.sync.tasks.tick")
def tick() -> int:
    from connectify.sync import dispatch

    drop_stale_connections()
    return dispatch.tick()


@shared_task(name="connectify.sync.tasks.run_batch")
def run_batch(pairs: list[list[str]]) -> None:
    """Runs what is still due of these. What cannot start soon goes back to the queue: no task nears its time limit."""
    from connectify.sync.runs import run_resource

    started = time.monotonic()
    for index, (kind, resource_id) in enumerate(pairs):
        if index and time.monotonic() - started > _START_WITHIN_S:
            publish([[(later_kind, uuid.UUID(later_id)) for later_kind, later_id in pairs[index:]]])
            return
        drop_stale_connections()
        run_resource(kind, uuid.UUID(resource_id))
