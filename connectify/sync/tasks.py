"""Celery's tasks: nudges that carry ids. They may run twice or never; PostgreSQL knows what is to be done."""

from __future__ import annotations

import time
import uuid
from typing import Final

from celery import shared_task
from django.db import connections

from connectify.sync import dispatch
from connectify.sync.nudges import RUN_BATCH, publish
from connectify.sync.runs import run_resource

_START_WITHIN_S: Final = 25.0


def drop_stale_connections() -> None:
    """As Django does between requests; never inside a transaction that somebody has open around us."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()


@shared_task(name="connectify.sync.tasks.tick")
def tick() -> int:
    drop_stale_connections()
    return dispatch.tick()


@shared_task(name=RUN_BATCH)
def run_batch(pairs: list[list[str]]) -> None:
    """Runs what is still due of these. What cannot start soon goes back to the queue: no task nears its time limit."""
    started = time.monotonic()
    for index, (kind, resource_id) in enumerate(pairs):
        if index and time.monotonic() - started > _START_WITHIN_S:
            publish([[(later_kind, uuid.UUID(later_id)) for later_kind, later_id in pairs[index:]]])
            return
        drop_stale_connections()
        run_resource(kind, uuid.UUID(resource_id))
