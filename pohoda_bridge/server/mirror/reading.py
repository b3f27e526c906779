"""Exports under way: begun when due, a page after the other through the agent, given up when they cannot go on.

A read's `jobs` are its pages in order: {"job", "from", "count", "since", "date_from", "pin"} and, once the page is
there, {"records", "last", "stamp"}. All functions run inside the transaction of the unit's run.
"""

from __future__ import annotations

import datetime as dt
from enum import Enum
from typing import Any, Final

from django.conf import settings
from django.db.models import Case, QuerySet, Value, When
from django.db.models.functions import Now

from connectify.sync import backoff
from pohoda_bridge.documents import UnitPin
from pohoda_bridge.protocol import JobFailed, ListRead, ReadList
from pohoda_bridge.server.jobs import LIVE, queue_job, result_of
from pohoda_bridge.server.mirror import listeners, page_jobs
from pohoda_bridge.server.mirror.absorbing import rest
from pohoda_bridge.server.mirror.agendas import AGENDAS
from pohoda_bridge.server.mirror.guards import pin_values
from pohoda_bridge.server.mirror.models import MirrorRead
from pohoda_bridge.server.mirror.requests import page_request
from pohoda_bridge.server.models import Job, Unit

PAGE_EXPIRES_S: Final = 600
PAGE_ATTEMPTS: Final = 5
"""So often a page fails in a row before the export is begun anew: its first pages grow old meanwhile."""
SMALLER_HELPS: Final = frozenset({"list_unreadable", "lookup_too_big", "lookup_deadline"})
"""After these the same page is asked for with half its records (RELIABILITY E18)."""
OVERLAP: Final = dt.timedelta(minutes=10)
"""Pohoda notes when a record was saved by clocks of many computers."""
DATED_DAYS: Final = 120

Mode = MirrorRead.Mode


class Progress(Enum):
    """Where an export stands after a look at its newest page."""

    WAITING = "waiting"
    WENT_ON = "went on"
    WHOLE = "whole"
    FAILED = "failed"


def under_way(unit: Unit) -> list[MirrorRead]:
    return list(_in_order(MirrorRead.objects.filter(unit=unit).exclude(mode=Mode.RESTING)))


def settle(read: MirrorRead, unit: Unit, pin: UnitPin) -> Progress:
    """Works the newest page's result in and asks for the next page."""
    page = read.jobs[-1]
    if page["pin"] != pin_values(pin):  # another year has begun: pages of two databases are no export
        rest(read, next_at=_database_now())
        return Progress.FAILED
    if "records" in page:
        return Progress.WHOLE
    if not page["job"]:
        return Progress.WAITING
    job = Job.objects.defer("answer", "body").filter(pk=page["job"]).first()
    if job is not None and job.state in LIVE:
        return Progress.WAITING
    if job is None or job.state != Job.State.DONE:
        return _failed(read, unit, "expired", "")
    result = result_of(job)
    if isinstance(result, JobFailed):
        return _failed(read, unit, result.code, result.detail)
    if not isinstance(result, ListRead) or (result.records and result.last_id < page["from"]):
        return _failed(read, unit, "list_unreadable", f"records {getattr(result, 'records', '')}")
    page |= {"records": result.records, "last": result.last_id, "stamp": result.stamp}
    read.attempts = 0
    if result.records >= page["count"]:
        following = {name: page[name] for name in ("count", "since", "date_from", "pin")}
        read.jobs.append(following | {"from": result.last_id + 1, "job": ""})
        _queue(read, unit, pin)
        return Progress.WENT_ON
    read.save(update_fields=["jobs", "attempts"])
    return Progress.WHOLE


def begin_due(unit: Unit, pin: UnitPin) -> list[MirrorRead]:
    """Asks for first pages of what is due, stock first, and again for pages that failed; → the reads begun."""
    begun = []
    for read in _in_order(MirrorRead.objects.select_for_update().filter(unit=unit, next_at__lte=Now())):
        if read.mode == Mode.RESTING:
            _begin(read, unit, pin)
            begun.append(read)
        elif read.jobs and not read.jobs[-1]["job"]:
            _queue(read, unit, pin)
    return begun


def seconds_to_next(unit: Unit) -> float | None:
    """Until a resting read is due or a failed page is asked for again; None: a result comes first, or nothing does."""
    waiting = [
        read.next_at
        for read in MirrorRead.objects.filter(unit=unit)
        if read.mode == Mode.RESTING or (read.jobs and not read.jobs[-1]["job"])
    ]
    if not waiting:
        return None
    return max(1.0, (min(waiting) - _database_now()).total_seconds())


def forget_old_jobs(unit: Unit) -> None:
    wanted = [page["job"] for read in under_way(unit) for page in read.jobs if page["job"]]
    page_jobs.forget_old(unit, wanted)


def _in_order(reads: QuerySet[MirrorRead]) -> QuerySet[MirrorRead]:
    agendas = [When(agenda=agenda, then=Value(place)) for place, agenda in enumerate(MirrorRead.Agenda.values)]
    return reads.order_by(Case(*agendas), "scope")


def _begin(read: MirrorRead, unit: Unit, pin: UnitPin) -> None:
    """`began_at` is before the first page can be handed out: what was confirmed until then is in the export."""
    read.began_at = _database_now()
    read.mode = Mode.FULL if _wants_everything(read, pin) else Mode.CHANGES
    is_full, is_dated = read.mode == Mode.FULL, AGENDAS[read.agenda].is_dated
    since = "" if is_full else (dt.datetime.fromisoformat(read.stamp) - OVERLAP).isoformat(timespec="seconds")
    day = (read.began_at - dt.timedelta(days=DATED_DAYS)).date().isoformat()
    read.jobs = [
        {
            "job": "",
            "from": 0,
            "count": settings.MIRROR_PAGE,
            "since": since,
            "date_from": day if is_full and is_dated else "",
            "pin": pin_values(pin),
        }
    ]
    _queue(read, unit, pin)


def _wants_everything(read: MirrorRead, pin: UnitPin) -> bool:
    if read.full_every_s == 0 or read.full_at is None or not read.stamp or read.held_at is not None:
        return True
    assert read.began_at is not None
    return read.pin != pin_values(pin) or read.began_at - read.full_at >= dt.timedelta(seconds=read.full_every_s)


def _queue(read: MirrorRead, unit: Unit, pin: UnitPin) -> None:
    page = read.jobs[-1]
    request = page_request(page, agenda=read.agenda, scope=read.scope, pin=pin, encoding=unit.encoding)
    job = queue_job(
        unit=unit,
        operation=ReadList(pin=pin, agenda=read.agenda, pack_id=request.pack_id, item_id=request.item_id),
        body=request.document,
        priority=page_jobs.PRIORITY,
        expires_in_s=PAGE_EXPIRES_S,
    )
    page["job"] = str(job.pk)
    read.save(update_fields=["mode", "began_at", "jobs", "attempts"])


def _failed(read: MirrorRead, unit: Unit, code: str, detail: str) -> Progress:
    """The page is asked for again, by itself or smaller; what has nothing yet, or never gets on, is begun anew."""
    attempts = read.attempts + 1
    shown: dict[str, Any] = {"failed_at": Now(), "failed_code": code[:60], "failed_detail": detail[:500]}
    wait_s = backoff.after_failure(attempts, read.every_s)
    next_at = _database_now() + dt.timedelta(seconds=wait_s)
    is_smaller = code in SMALLER_HELPS and read.jobs[-1]["count"] > 1
    if is_smaller:
        read.jobs[-1]["count"] //= 2
    if (len(read.jobs) == 1 and not is_smaller) or attempts % PAGE_ATTEMPTS == 0:
        rest(read, next_at=next_at, attempts=attempts, **shown)
    else:
        read.jobs[-1]["job"] = ""
        MirrorRead.objects.filter(pk=read.pk).update(jobs=read.jobs, attempts=attempts, next_at=next_at, **shown)
        read.refresh_from_db()
    listeners.tell_failed(unit, read)
    return Progress.FAILED


def _database_now() -> dt.datetime:
    """By the clock that also says when a change was confirmed."""
    moment: dt.datetime = Unit.objects.values_list(Now(), flat=True)[:1].get()
    return moment
