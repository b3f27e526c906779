"""One outage of a unit's mServer is one outage: a single job a minute asks whether it is over, all others wait.

The breaker of the hop `pohoda:<unit>` opens with the first answer that says that mServer as a whole took nothing, and
closes with the first one that says anything else. It is kept where results come in and asked where jobs go out, so that
nothing slips through in between.
"""

from __future__ import annotations

import uuid
from typing import Final, assert_never

from django.conf import settings

from connectify.sync import breakers
from pohoda_bridge.documents import NotSent, Unknown
from pohoda_bridge.protocol import FoundOrders, Health, JobFailed, JobResult, ListRead, OrderImported, ReportPrinted
from pohoda_bridge.server.jobs import LIVE
from pohoda_bridge.server.models import Job

# Not those of a list that could not be read: one odd record must not hold back what has nothing to do with it.
OF_ALL: Final = frozenset({"denied", "journal_unreadable", "mserver_busy", "mserver_off", "mserver_unreadable"})
# A lookup may be meant for an older year's books; a write never is.
OF_WRITES: Final = OF_ALL | {"wrong_unit"}


def hop(unit_id: uuid.UUID) -> str:
    return f"pohoda:{unit_id}"


def note_result(unit_id: uuid.UUID, result: JobResult) -> None:
    """What a finished job says about mServer as a whole. A lost answer, and a refusal of one job, say nothing."""
    match result:
        case OrderImported(outcome=NotSent(code=code)) if code in OF_WRITES:
            _failed(unit_id)
        case JobFailed(code=code) if code in OF_ALL:
            _failed(unit_id)
        case OrderImported(outcome=NotSent() | Unknown()) | JobFailed() | Health():
            return
        case OrderImported() | FoundOrders() | ListRead() | ReportPrinted():
            breakers.succeeded(hop(unit_id))
        case _:
            assert_never(result)


def _failed(unit_id: uuid.UUID) -> None:
    pause_s = max(1.0, settings.BRIDGE_RETRY_S)
    breakers.failed(hop(unit_id), open_after=1, first_s=pause_s, longest_s=pause_s)


def may_try(unit_id: uuid.UUID) -> bool:
    """Whether a job that needs mServer may go out now. Uses the minute's try up when it is due."""
    return breakers.allow(hop(unit_id))


def room(unit_id: uuid.UUID, most: int) -> int:
    """How many jobs may be queued now: during an outage one, for the try, and none while one is there."""
    if not breakers.is_open(hop(unit_id)):
        return most
    return 0 if Job.objects.filter(unit=unit_id, change__isnull=False, state__in=LIVE).exists() else 1
