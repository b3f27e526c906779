"""Leases with an epoch: who works on a resource now, told by PostgreSQL's clock alone (RELIABILITY M3).

A run writes inside `lease.transaction()` only. Its first statement checks the epoch and locks the due row against the
next taker until the commit, so nothing is ever committed under an epoch that has passed. The lock lets nudges through
(FOR KEY SHARE against FOR NO KEY UPDATE): two resources that nudge each other cannot deadlock.
"""

from __future__ import annotations

import datetime as dt
import os
import socket
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.db import connection

from connectify.domain.errors import Retryable
from connectify.sync import due
from connectify.tenants.context import tenant_scope

_MARGIN_S: Final = 30.0


class LeaseLost(Retryable):
    """Another worker holds the resource now. The run stops; what it had committed stays."""

    def __init__(self, detail: str = "") -> None:
        super().__init__("lease_lost", detail)


@dataclass(frozen=True)
class Lease:
    """`taken_at` marks the due row as this run found it; `failures` counts runs that failed before this one.

    `after_crash`: the holder before this one neither finished nor failed, it vanished.
    """

    kind: str
    resource_id: uuid.UUID
    tenant_id: uuid.UUID
    epoch: int
    holder: str
    taken_at: dt.datetime
    interval_s: int
    failures: int = 0
    after_crash: bool = False

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """The tenant's scope, with the epoch checked and held until the commit. Raises LeaseLost."""
        with tenant_scope(self.tenant_id):
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT 1 FROM sync_due WHERE kind = %s AND resource_id = %s AND epoch = %s "
                    "AND leased_until > clock_timestamp() FOR KEY SHARE",
                    [self.kind, self.resource_id, self.epoch],
                )
                if cursor.fetchone() is None:
                    raise LeaseLost(f"{self.kind} {self.resource_id} epoch {self.epoch}")
            yield

    def require(self, seconds: float) -> None:
        """Before an outside effect that takes at most `seconds`: the lease outlives it by a margin. Raises LeaseLost.

        Renews once less than two thirds are left, or when the effect would not fit.
        """
        needed = seconds + margin_s()
        if self.remaining() < max(needed, settings.SYNC_LEASE_S * 2 / 3):
            self.renew(max(float(settings.SYNC_LEASE_S), needed))

    def remaining(self) -> float:
        """Seconds left. Raises LeaseLost."""
        return self._only_mine("SELECT extract(epoch FROM leased_until - clock_timestamp())::float8 FROM sync_due ", [])

    def renew(self, seconds: float | None = None) -> None:
        """The full time again, counted from now. Raises LeaseLost."""
        self._only_mine(
            "UPDATE sync_due SET leased_until = clock_timestamp() + make_interval(secs => %s) ",
            [settings.SYNC_LEASE_S if seconds is None else seconds],
            " RETURNING 0.0::float8",
        )

    def _only_mine(self, statement: str, values: list[float], ending: str = "") -> float:
        mine = "WHERE kind = %s AND resource_id = %s AND epoch = %s AND leased_until > clock_timestamp()"
        with tenant_scope(self.tenant_id), connection.cursor() as cursor:
            cursor.execute(statement + mine + ending, [*values, self.kind, self.resource_id, self.epoch])
            row = cursor.fetchone()
        if row is None:
            raise LeaseLost(f"{self.kind} {self.resource_id} epoch {self.epoch}")
        return float(row[0])


def margin_s() -> float:
    """What must be left of a lease after an outside effect's deadline. Shorter leases (tests) have a shorter one."""
    return min(_MARGIN_S, settings.SYNC_LEASE_S / 4)


def holder_name() -> str:
    return f"{socket.gethostname()[:40]}:{os.getpid()}:{threading.get_ident() % 100_000}"


def tenant_of(kind: str, resource_id: uuid.UUID) -> uuid.UUID | None:
    """Whose resource it is; None when it is not scheduled."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT connectify_tenant_of_due(%s, %s)", [kind, resource_id])
        found: uuid.UUID | None = cursor.fetchone()[0]
    return found


_TAKE = """
WITH mine AS (
  SELECT id, holder <> '' AS crashed FROM sync_due
  WHERE kind = %(kind)s AND resource_id = %(id)s AND enabled
    AND (leased_until IS NULL OR leased_until <= clock_timestamp())
    AND (NOT %(only_due)s OR due_at <= clock_timestamp())
  FOR UPDATE SKIP LOCKED
)
UPDATE sync_due d SET epoch = d.epoch + 1, holder = %(holder)s, due_at = clock_timestamp(), nudged_until = NULL,
  leased_until = clock_timestamp() + make_interval(secs => %(lease_s)s),
  failures = d.failures + CASE WHEN mine.crashed THEN 1 ELSE 0 END
FROM mine WHERE d.id = mine.id
RETURNING d.tenant_id, d.epoch, d.due_at, d.interval_s, d.failures, mine.crashed
"""


def take(kind: str, resource_id: uuid.UUID, *, only_due: bool = False, lease_s: float | None = None) -> Lease | None:
    """The lease of a resource nobody holds; None when it is held, disabled, unknown, or (`only_due`) not due.

    A holder that vanished counts as a failure here, before the run: a run that kills its worker cannot do so for ever.
    """
    tenant_id = tenant_of(kind, resource_id)
    if tenant_id is None:
        return None
    holder = holder_name()
    values = {
        "kind": kind,
        "id": resource_id,
        "only_due": only_due,
        "holder": holder,
        "lease_s": settings.SYNC_LEASE_S if lease_s is None else lease_s,
    }
    with tenant_scope(tenant_id), connection.cursor() as cursor:
        cursor.execute(_TAKE, values)
        row = cursor.fetchone()
    if row is None:
        return None
    tenant_id, epoch, taken_at, interval_s, failures, crashed = row
    return Lease(kind, resource_id, tenant_id, epoch, holder, taken_at, interval_s, failures, crashed)


_RELEASE = """
UPDATE sync_due SET holder = '', leased_until = NULL, nudged_until = NULL, failures = %(failures)s,
  due_at = CASE WHEN due_at = %(taken_at)s OR %(failures)s > 0
    THEN clock_timestamp() + make_interval(secs => %(next_in_s)s) ELSE due_at END
WHERE kind = %(kind)s AND resource_id = %(id)s AND epoch = %(epoch)s
RETURNING due_at <= clock_timestamp()
"""


def release(lease: Lease, *, next_in_s: float, failures: int) -> None:
    """Gives the resource back. A nudge that came during the run wins over `next_in_s`, unless the run failed.

    What is due again at once is told to the workers at once. Does nothing when somebody else has taken it.
    """
    values = {
        "failures": failures,
        "taken_at": lease.taken_at,
        "next_in_s": next_in_s,
        "kind": lease.kind,
        "id": lease.resource_id,
        "epoch": lease.epoch,
    }
    with tenant_scope(lease.tenant_id), connection.cursor() as cursor:
        cursor.execute(_RELEASE, values)
        row = cursor.fetchone()
    if row is not None and row[0]:
        due.hint(lease.kind, lease.resource_id)
