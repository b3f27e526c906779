"""Jobs for agents, as the platform's pipelines see them: queue, find what is finished, mark it settled.

Handing out is in `hand_out`, results are in `results`. All functions run inside the tenant's scope.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Sequence
from typing import Final

from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now

from connectify.clock import new_id
from connectify.sync.models import Change
from pohoda_bridge.protocol import (
    ImportOrder,
    JobOrder,
    JobResult,
    Operation,
    ResultReport,
    decode,
    sha256,
    sign_job,
)
from pohoda_bridge.server.keys import signing_key
from pohoda_bridge.server.models import Job, Unit
from pohoda_bridge.server.wakeup import wake

LIVE: Final = (Job.State.WAITING, Job.State.HANDED)
WRITES: Final = (ImportOrder,)

HandedCallback = Callable[[Job], None]
_on_handed: dict[str, HandedCallback] = {}


def on_handed(operation: str, callback: HandedCallback) -> None:
    """`callback(job)` runs in the transaction that hands a job of this operation out (a module writes its timeline).

    Only the first hand-out calls it. Registering again replaces.
    """
    _on_handed[operation] = callback


def call_on_handed(job: Job) -> None:
    if callback := _on_handed.get(job.operation):
        callback(job)


def queue_job(
    *,
    unit: Unit,
    operation: Operation,
    body: bytes = b"",
    change: Change | None = None,
    priority: int = 5,
    expires_in_s: int | None = None,
) -> Job:
    """Signs and queues a job; polls of the unit wake when this transaction commits.

    A change has at most one live job per operation: the same again returns it, another content replaces a waiting one
    (a handed one stays: it is on its way); `created_now` of the job says which. Raises ImproperlyConfigured where this
    process has no signing key.
    """
    key = signing_key()
    with transaction.atomic():
        expire(unit)
        if change is not None and (live := _live_job(change, operation, body)):
            return live
        job_id = new_id()
        order = JobOrder(
            id=str(job_id), unit=str(unit.pk), operation=operation, body_sha256=sha256(body), ttl_s=expires_in_s
        )
        signed = sign_job(order, body, key)
        job = Job.objects.create(
            id=job_id,
            unit=unit,
            change=change,
            operation=operation_name(operation),
            is_write=isinstance(operation, WRITES),
            priority=priority,
            order=signed.order,
            signature=signed.signature,
            body=body,
            expires_at=None if expires_in_s is None else Now() + dt.timedelta(seconds=expires_in_s),
        )
        wake(unit.pk)
    job.created_now = True
    return job


def operation_name(operation: Operation | type[Operation]) -> str:
    """The stable name stored with a job, e.g. `import_order`."""
    return str(operation.__struct_config__.tag)


def order_of(job: Job) -> JobOrder:
    return decode(bytes(job.order), JobOrder)


def result_of(job: Job) -> JobResult:
    """What the agent reported of a finished job, typed."""
    return decode(bytes(job.report), ResultReport).result


def finished_jobs(*, unit: Unit, operations: Sequence[str], limit: int = 200) -> list[Job]:
    """Jobs of these operations (by `operation_name`) that are done and not settled, in the order they were done."""
    done = Job.objects.filter(unit=unit, operation__in=operations, state=Job.State.DONE, settled_at=None)
    done = done.select_related("change")
    return list(done.order_by("done_at", "id")[:limit])


def mark_settled(job: Job) -> None:
    """What the job brought is worked in; it will not be listed as finished again."""
    Job.objects.filter(pk=job.pk, settled_at=None).update(settled_at=Now())


def open_jobs(*, unit: Unit) -> list[Job]:
    """Waiting or handed out, expired reads left out."""
    expire(unit)
    return list(Job.objects.filter(unit=unit, state__in=LIVE).order_by("created_at", "id"))


def cancel_waiting(change_id: uuid.UUID) -> int:
    """Takes back the jobs of a change that no agent has seen; → how many."""
    waiting = Job.objects.filter(change_id=change_id, state=Job.State.WAITING)
    return waiting.update(state=Job.State.CANCELLED)


def expire(unit: Unit) -> None:
    """Reads nobody did in time end; writes never do."""
    late: QuerySet[Job] = Job.objects.filter(unit=unit, state__in=LIVE, is_write=False, expires_at__lte=Now())
    late.update(state=Job.State.EXPIRED)


def _live_job(change: Change, operation: Operation, body: bytes) -> Job | None:
    live = Job.objects.select_for_update().filter(change=change, operation=operation_name(operation), state__in=LIVE)
    for job in live.order_by(F("handed_at").asc(nulls_last=True), "created_at"):
        order = order_of(job)
        if job.state == Job.State.HANDED or (order.operation, order.body_sha256) == (operation, sha256(body)):
            return job
        Job.objects.filter(pk=job.pk).update(state=Job.State.CANCELLED)
    return None
