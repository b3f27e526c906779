"""Nudges to the workers: lists of ids, sent by the name of their task. A lost one costs time, never work."""

from __future__ import annotations

import logging
import uuid
from typing import Final

from celery import current_app
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)

RUN_BATCH: Final = "connectify.sync.tasks.run_batch"


def publish(batches: list[list[tuple[str, uuid.UUID]]]) -> bool:
    """One task per batch. False when the broker does not answer: the rows stay due and are found again."""
    try:
        with current_app.producer_pool.acquire(block=True, timeout=2) as producer:
            for batch in batches:
                pairs = [[kind, str(resource_id)] for kind, resource_id in batch]
                current_app.send_task(RUN_BATCH, (pairs,), producer=producer, retry=False, ignore_result=True)
    except (OperationalError, OSError) as error:
        logger.warning("the broker does not answer, the next tick will repeat: %s", error)
        return False
    return True
