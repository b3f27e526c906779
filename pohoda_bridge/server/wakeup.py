"""Says to waiting polls that a job was queued: PostgreSQL's NOTIFY carries the unit's id when the queueing commits."""

from __future__ import annotations

import uuid
from typing import Final

from django.db import connection

CHANNEL: Final = "bridge_jobs"


def wake(unit_id: uuid.UUID) -> None:
    """Within the caller's transaction: polls of this unit look again once it commits, in every web process."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, str(unit_id)])


def units_with_jobs(waiting: list[tuple[uuid.UUID, uuid.UUID]]) -> set[uuid.UUID]:
    """Of these (tenant, unit) pairs, the units where a job waits. One question, without entering a tenant."""
    if not waiting:
        return set()
    tenants, units = zip(*waiting, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT unit_id FROM connectify_units_with_jobs(%s::uuid[], %s::uuid[])", [list(tenants), list(units)]
        )
        return {unit_id for (unit_id,) in cursor.fetchall()}
