"""The jobs of an export's pages once they are of no more use: their answers are big and nothing refers to them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Final

from django.db import connection
from django.db.models.functions import Now

from pohoda_bridge.protocol import ReadList
from pohoda_bridge.server.jobs import LIVE, operation_name
from pohoda_bridge.server.models import Job, ResultUpload, Unit

PRIORITY: Final = 6
"""After everything that a person waits for."""
OPERATION: Final = operation_name(ReadList)
_KEPT: Final = dt.timedelta(days=1)
_PER_TURN: Final = 500


def drop(job_ids: Collection[str]) -> None:
    """Takes back what no agent has seen and removes what is done; an agent that reports it again learns that it may."""
    mine = Job.objects.filter(pk__in=job_ids)
    mine.filter(state=Job.State.WAITING).update(state=Job.State.CANCELLED)
    _delete(mine.filter(state=Job.State.DONE).values_list("pk", flat=True))


def forget_old(unit: Unit, wanted: Collection[str]) -> None:
    """Of exports that were given up: answers that came too late at once, the jobs themselves after a day."""
    over = Job.objects.filter(unit=unit, operation=OPERATION, priority=PRIORITY).exclude(state__in=LIVE)
    over = over.exclude(pk__in=wanted)
    over.exclude(answer=b"").update(answer=b"", settled_at=Now())
    _delete(over.filter(created_at__lt=Now() - _KEPT).values_list("pk", flat=True)[:_PER_TURN])


def _delete(found: Collection[object]) -> None:
    """Without reading the rows first, as the ORM would: a page's answer has megabytes."""
    if job_ids := list(found):
        ResultUpload.objects.filter(job__in=job_ids).delete()
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {Job._meta.db_table} WHERE id = ANY(%s)", [job_ids])  # noqa: S608 (a constant)
