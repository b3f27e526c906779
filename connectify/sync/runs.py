"""One turn of one resource: lease, its pipelines one after another, release. Errors are classed by who must act."""

from __future__ import annotations

import datetime as dt
import logging
import time
import uuid
from dataclasses import dataclass, field

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import OperationalError

from connectify import clock
from connectify.domain.crashpoints import crashpoint
from connectify.domain.errors import NeedsUser, Retryable
from connectify.sync import backoff
from connectify.sync.leases import Lease, LeaseLost, release, take
from connectify.sync.models import Run
from connectify.sync.pipelines import Pipeline, pipelines_of
from connectify.tenants.context import tenant_scope

logger = logging.getLogger(__name__)
Outcome = Run.Outcome
TIME_LIMIT = "time_limit"


@dataclass
class Ending:
    """How one pipeline ended. `wished_s`: when the other side wants us back."""

    outcome: Run.Outcome
    code: str = ""
    detail: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    wished_s: float | None = None

    @property
    def failed(self) -> bool:
        return self.outcome in (Outcome.RETRY, Outcome.BUG)


def run_resource(kind: str, resource_id: uuid.UUID, *, only_due: bool = True) -> bool:
    """Runs the pipelines of a due resource. False: there was nothing to do, or somebody else is doing it."""
    pipelines = pipelines_of(kind)
    lease_s = min((pipeline.lease_s for pipeline in pipelines if pipeline.lease_s is not None), default=None)
    lease = take(kind, resource_id, only_due=only_due, lease_s=lease_s)
    if lease is None:
        return False
    started = time.monotonic()
    _reach(pipelines, 0)
    endings: list[Ending] = []
    rows: list[Run] = []
    if lease.after_crash and lease.failures >= settings.SYNC_ATTEMPTS:
        endings.append(_sit_out(lease, rows))
    else:
        for pipeline in pipelines:
            endings.append(_run_pipeline(pipeline, lease, rows))
            if endings[-1].outcome == Outcome.LOST:
                _keep(lease, rows)
                return True
            if endings[-1].code == TIME_LIMIT:
                break  # what is left of the time is for giving the resource back, not for the next pipeline
    _keep(lease, rows)
    now_s = lease.taken_at.timestamp() + time.monotonic() - started
    failures, next_in_s = _next_turn(lease, endings, now_s)
    release(lease, next_in_s=next_in_s, failures=failures)
    _reach(pipelines, 1)
    return True


def _reach(pipelines: list[Pipeline], which: int) -> None:
    for pipeline in pipelines:
        if pipeline.crash_points is not None:
            crashpoint(pipeline.crash_points[which])


def _run_pipeline(pipeline: Pipeline, lease: Lease, rows: list[Run]) -> Ending:
    began = clock.now()
    ending = _attempt(pipeline, lease)
    rows.append(_row(pipeline.name, lease, began, ending))
    return ending


def _attempt(pipeline: Pipeline, lease: Lease) -> Ending:
    try:
        return Ending(Outcome.OK, counts=pipeline.run(lease))
    except LeaseLost as error:
        return Ending(Outcome.LOST, error.code, error.detail)
    except Retryable as error:
        return Ending(Outcome.RETRY, error.code, error.detail, wished_s=error.retry_after_s)
    except NeedsUser as error:
        return Ending(Outcome.NEEDS_USER, error.code, error.detail)
    except OperationalError as error:
        return Ending(Outcome.RETRY, "database", str(error)[:500])
    except SoftTimeLimitExceeded:
        return Ending(Outcome.RETRY, TIME_LIMIT)
    except Exception as error:  # the last resort: one resource's bug must not stop the others
        logger.exception("pipeline %s failed on %s %s", pipeline.name, lease.kind, lease.resource_id)
        return Ending(Outcome.BUG, type(error).__name__[:60])


def _row(pipeline: str, lease: Lease, began: dt.datetime, ending: Ending) -> Run:
    return Run(
        tenant_id=lease.tenant_id,
        pipeline=pipeline,
        resource_kind=lease.kind,
        resource_id=lease.resource_id,
        epoch=lease.epoch,
        started_at=began,
        finished_at=clock.now(),
        outcome=ending.outcome,
        code=ending.code,
        detail=ending.detail[:2000],
        counts={name: count for name, count in ending.counts.items() if name != "again_in_s"},
    )


def _keep(lease: Lease, rows: list[Run]) -> None:
    """All rows of a turn in one commit: with a dozen pipelines a commit each would cost more than an idle turn does."""
    with tenant_scope(lease.tenant_id):
        Run.objects.bulk_create(rows)


def _sit_out(lease: Lease, rows: list[Run]) -> Ending:
    """Turn after turn the worker died in it: this one is left out, so that all others get theirs."""
    logger.error("%s %s has ended %s workers and is left out for a turn", lease.kind, lease.resource_id, lease.failures)
    ending = Ending(Outcome.BUG, "worker_died")
    rows.append(_row("", lease, clock.now(), ending))
    return ending


def _next_turn(lease: Lease, endings: list[Ending], now_s: float) -> tuple[int, float]:
    """→ (failures in a row, seconds until due)."""
    failed = [ending for ending in endings if ending.failed]
    if any(ending.code == "worker_died" for ending in failed):
        return lease.failures, float(lease.interval_s)
    if failed:
        failures = lease.failures + 1
        wished = max((ending.wished_s or 0.0 for ending in failed), default=0.0)
        return failures, backoff.after_failure(failures, lease.interval_s, wished_s=wished)
    wait = backoff.until_next_slot(lease.resource_id, lease.interval_s, now_s)
    asked = [float(ending.counts["again_in_s"]) for ending in endings if "again_in_s" in ending.counts]
    return 0, min([wait, *asked])
