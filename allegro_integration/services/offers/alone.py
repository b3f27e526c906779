"""One after another, each alone: what fails keeps no other waiting; what concerns all of them ends the run."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Final, TypeVar

from celery.exceptions import SoftTimeLimitExceeded
from django.db import OperationalError

from allegro_integration.client.errors import NotSent, Throttled
from connectify.domain.errors import ConnectifyError, NeedsUser, Retryable
from connectify.sync.leases import LeaseLost

logger = logging.getLogger(__name__)
T = TypeVar("T")

FAILURES_PER_CYCLE: Final = 5
# About everybody, or about this run: no use in going on with the next one.
OF_ALL: Final = (LeaseLost, NeedsUser, SoftTimeLimitExceeded, Throttled, NotSent, OperationalError)


def each(items: Iterable[T], act: Callable[[T], int], *, after_failure: Callable[[T], None] | None = None) -> int:
    """→ the sum of what `act` returned. Raises the first failure when nothing else came of it, or after a few."""
    total, done, failures = 0, 0, list[Retryable]()
    for item in items:
        try:
            total += act(item)
        except OF_ALL:
            raise
        except Retryable as error:
            if is_not_sent(error):
                raise
            logger.warning("%s was not done: %r", item, error)
            failures.append(error)
            if after_failure is not None:
                after_failure(item)
            if len(failures) >= FAILURES_PER_CYCLE:
                break
        else:
            done += 1
    if failures and not done:
        raise failures[0]
    return total


def is_not_sent(error: ConnectifyError) -> bool:
    """Nothing has left: no connection, or no place in our own budget."""
    return isinstance(error, NotSent) or (type(error) is Retryable and error.code == "throttled")
