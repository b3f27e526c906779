"""Effects of one account's run: which of them are open, and each on its own so that a bad one stops no other."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterable
from typing import Final, TypeVar

from celery.exceptions import SoftTimeLimitExceeded
from django.db import OperationalError
from django.db.models.functions import Now

from allegro_integration.client.errors import NotSent, Throttled
from connectify.domain.change import ChangeState
from connectify.domain.errors import NeedsUser, Rejected, Retryable
from connectify.sync import changes
from connectify.sync.leases import Lease, LeaseLost
from connectify.sync.models import Change

logger = logging.getLogger(__name__)
T = TypeVar("T")
FAILURES_PER_CYCLE: Final = 5
# About everybody, or about this run: no use in asking for the next one.
OF_ALL: Final = (LeaseLost, NeedsUser, SoftTimeLimitExceeded, Throttled, NotSent, OperationalError)


def strand_lost(lease: Lease, *kinds: str) -> None:
    """INTENTs of an older epoch lost their worker: nobody knows what came of them."""
    changes.strand(resource_kind=lease.kind, resource_id=lease.resource_id, kinds=kinds, epoch=lease.epoch)


def is_any_open(lease: Lease, *kinds: str) -> bool:
    """Whether the run has anything to do: planned or unknown, armed or not."""
    states = (ChangeState.PLANNED, ChangeState.UNKNOWN)
    rows = Change.objects.filter(resource_kind=lease.kind, resource_id=lease.resource_id, kind__in=kinds)
    return rows.filter(state__in=states, next_at__lte=Now()).exists()


def doubtful(lease: Lease, *kinds: str) -> list[Change]:
    """Unknown effects whose look is due."""
    rows = Change.objects.filter(
        resource_kind=lease.kind, resource_id=lease.resource_id, kind__in=kinds, state=ChangeState.UNKNOWN,
        next_at__lte=Now(),
    )  # fmt: skip
    return list(rows.select_related("instance").order_by("intent_at", "id"))


def alone(items: Iterable[T], work: Callable[[T], int | None]) -> int:
    """Each item on its own: one that fails keeps no other waiting. → how many were done.

    Raises what concerns all of them at once, and at the end the first failure when nothing went well or it is a bug.
    """
    done, tried = 0, 0
    failures: list[Exception] = []
    for item in items:
        tried += 1
        try:
            done += work(item) or 0
        except OF_ALL:
            raise
        except Exception as error:
            logger.warning("%s failed: %r", item, error, exc_info=not isinstance(error, Retryable))
            failures.append(error)
            if len(failures) >= FAILURES_PER_CYCLE:
                break
    bugs = [error for error in failures if not isinstance(error, (Retryable, Rejected))]
    if bugs or (failures and len(failures) == tried):
        raise (bugs or failures)[0]
    return done


def wait(change: Change, code: str, wait_s: float) -> None:
    """It stays what it is, and its turn comes again in `wait_s` seconds."""
    Change.objects.filter(pk=change.pk).update(code=code, next_at=Now() + dt.timedelta(seconds=wait_s))
