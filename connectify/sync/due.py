"""When resources are to be worked on. The row is the truth; a published task is only a hint (DESIGN §2)."""

from __future__ import annotations

import logging
import uuid

from django.db import connection, transaction

from connectify.clock import new_id
from connectify.sync.nudges import publish
from connectify.tenants.context import require_tenant_id

logger = logging.getLogger(__name__)


def schedule(*, kind: str, resource_id: uuid.UUID, interval_s: int, due_in_s: float = 0) -> None:
    """Work on the resource every `interval_s` from now on, first in `due_in_s` at the latest.

    Again: takes the new interval.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO sync_due
              (id, tenant_id, kind, resource_id, interval_s, due_at, epoch, holder, failures, enabled)
            VALUES (%(row)s, %(tenant)s, %(kind)s, %(id)s, %(interval)s,
                    clock_timestamp() + make_interval(secs => %(due_in)s), 0, '', 0, true)
            ON CONFLICT (kind, resource_id) DO UPDATE SET interval_s = excluded.interval_s, enabled = true,
                    due_at = LEAST(sync_due.due_at, excluded.due_at)
            """,
            {
                "row": new_id(),
                "tenant": require_tenant_id(),
                "kind": kind,
                "id": resource_id,
                "interval": interval_s,
                "due_in": due_in_s,
            },
        )


def nudge(kind: str, resource_id: uuid.UUID) -> None:
    """Due now, as part of the transaction in force. A run that is under way is followed by another one."""
    require_tenant_id()
    with connection.cursor() as cursor:
        # While it is held, due_at is the taker's mark: any other value tells the release that a nudge came.
        cursor.execute(
            """
            UPDATE sync_due SET nudged_until = NULL, due_at =
              CASE WHEN leased_until > clock_timestamp() THEN clock_timestamp()
                   ELSE LEAST(due_at, clock_timestamp()) END
            WHERE kind = %s AND resource_id = %s
            RETURNING leased_until > clock_timestamp()
            """,
            [kind, resource_id],
        )
        row = cursor.fetchone()
    if row is not None and not row[0]:  # who holds it gives the hint when it releases
        transaction.on_commit(lambda: hint(kind, resource_id), robust=True)


def hint(kind: str, resource_id: uuid.UUID) -> None:
    """Tells a worker at once. When that fails the dispatcher finds the row anyway."""
    publish([[(kind, resource_id)]])
