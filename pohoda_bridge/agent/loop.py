"""The agent's life: session, long poll, job, result, acknowledgement; back-off when the platform is away."""

from __future__ import annotations

import logging
import threading
from enum import IntEnum
from typing import Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pohoda_bridge import protocol
from pohoda_bridge.agent.brief import brief
from pohoda_bridge.agent.clock import BackOff, Clock
from pohoda_bridge.agent.crashpoints import crashpoint
from pohoda_bridge.agent.importer import Done, journaled
from pohoda_bridge.agent.journal import Entry, Journal, JournalError
from pohoda_bridge.agent.platform import Denied, Fenced, Platform, PlatformError, Rejected, result_answer
from pohoda_bridge.agent.worker import Worker
from pohoda_bridge.documents import NotSent, Unknown
from pohoda_bridge.protocol import (
    Envelope,
    Health,
    ImportOrder,
    JobFailed,
    JobOrder,
    ListRead,
    OrderImported,
    ProtocolError,
    ReportPrinted,
    ResultReport,
)

HEALTH_EVERY_S: Final = 60.0
HEALTH_WHEN_ILL_S: Final = 5.0
PRUNE_EVERY_S: Final = 3600.0
UPLOAD_TRIES: Final = 5

log = logging.getLogger("connectify.agent")


class Ending(IntEnum):
    """Exit codes of `run`."""

    STOPPED = 0
    FENCED = 3


class Loop:
    """Runs until `stop`, or until the platform says that another one took over."""

    def __init__(
        self,
        *,
        platform: Platform,
        worker: Worker,
        journal: Journal | None,
        agent: str,
        unit: str,
        key: Ed25519PrivateKey,
        platform_key: bytes,
        clock: Clock,
        back_off: BackOff,
        stop: threading.Event,
    ) -> None:
        self._platform = platform
        self._worker = worker
        self._journal = journal
        self._agent = agent
        self._unit = unit
        self._key = key
        self._platform_key = platform_key
        self._clock = clock
        self._back_off = back_off
        self._stop = stop
        self._epoch = 0
        self._seq = 0
        self._health_at: float | None = None
        self._is_well = True
        self._pruned_at = clock.monotonic()
        self.is_polling = False

    def run(self) -> Ending:
        while not self._stop.is_set():
            try:
                self._session()
            except Fenced as error:
                log.error("another session of this agent took over, stopping: %s", error)
                return Ending.FENCED
            except (PlatformError, Denied, Rejected) as error:
                # Denied too: a proxy's 403 must not end the agent for ever; a revoked one does no harm by asking.
                if self._stop.is_set():
                    break
                wait = self._back_off.next(getattr(error, "retry_after_s", 0.0))
                log.warning("platform: %s; next try in %.1f s", error, wait)
                self._clock.wait(wait)
        return Ending.STOPPED

    def _session(self) -> None:
        """One session, from its opening to the first thing that goes wrong. Raises what ended it."""
        # Only these stay with the agent. An intent without a result must come again, document and all, to be looked up.
        entries = [entry for entry in self._open_entries() if entry.result is not None]
        session = self._platform.start_session(
            journal_generation=self._journal.generation if self._journal else "",
            open_jobs=tuple(entry.id for entry in entries),
        )
        self._epoch, self._seq = session.epoch, 0
        log.info("session: epoch %s, %s", session.epoch, session.role)
        if session.role == "standby":
            self._clock.wait(max(1, session.wait_s))
            return
        for entry in entries:
            if (done := _readable(entry)) is not None:
                self._report(entry.id, done, self._clock.now().isoformat())
        while not self._stop.is_set() and self._poll(session.wait_s):
            self._back_off.reset()

    def _poll(self, wait_s: int) -> bool:
        """False when a new session is due."""
        self.is_polling = True
        try:
            envelope = self._platform.poll(wait_s=wait_s, health=self._due_health())
        finally:
            self.is_polling = False
        if envelope is None:
            self._prune()
            return True
        if envelope.epoch != self._epoch or envelope.seq <= self._seq:
            log.warning("envelope %s/%s is not of this session", envelope.epoch, envelope.seq)
            return False
        self._seq = envelope.seq
        self._handle(envelope)
        return True

    def _handle(self, envelope: Envelope) -> None:
        started, started_at = self._clock.monotonic(), self._clock.now().isoformat()
        try:
            order = protocol.open_job(envelope.job, platform_key=self._platform_key, unit=self._unit)
        except ProtocolError as error:
            log.error("refused a job: %s", error)
            if (job_id := _claimed_id(envelope.job.order)) is not None:
                self._report(job_id, Done(JobFailed(code=error.code)), started_at, is_write=False)
            return
        log.info("job %s: %s", order.id, type(order.operation).__name__)
        done = self._worker.run(envelope.job, order, started=started)
        log.info("job %s: %s", order.id, _summary(done))
        if _is_trouble(done):
            self._health_at = None
        self._report(order.id, done, started_at, is_write=isinstance(order.operation, ImportOrder))

    def _report(self, job_id: str, done: Done, started_at: str, *, is_write: bool = True) -> None:
        """Uploads until the platform has committed it, then marks it. Raises when the session is over."""
        report = protocol.sign_report(
            ResultReport(
                job=job_id,
                agent=self._agent,
                epoch=self._epoch,
                result=brief(done.result),
                body_sha256=protocol.sha256(done.answer),
                started_at=started_at,
                finished_at=self._clock.now().isoformat(),
            ),
            self._key,
        )
        try:
            accepted = self._upload(job_id, done, report, is_write)
        except Rejected as error:
            log.error("the platform does not take the result of %s: %s", job_id, error)
            if not error.is_settled:
                return
            accepted = True
        if not accepted:
            raise PlatformError("not_accepted", job_id)
        if is_write:
            crashpoint("P2.s13.ack_received")
        if done.kept:
            self._acknowledge(job_id)

    def _upload(self, job_id: str, done: Done, report: str, is_write: bool) -> bool:
        offset, answer = 0, done.answer
        for attempt in range(UPLOAD_TRIES):
            try:
                if attempt:
                    offset = self._platform.stored(job_id)
                last = self._platform.send_result(
                    job_id,
                    answer,
                    offset=min(offset, len(answer)),
                    report=report,
                    on_stored=lambda: _chunk_stored(done),
                )
            except PlatformError as error:
                if attempt == UPLOAD_TRIES - 1 or self._stop.is_set():
                    raise
                self._clock.wait(self._back_off.next(error.retry_after_s))
                continue
            if is_write:
                crashpoint("P2.s11.report_sent")
            return result_answer(last).accepted
        return False

    def _acknowledge(self, job_id: str) -> None:
        if self._journal is None:
            return
        try:
            self._journal.acknowledge(job_id, now=self._clock.now())
        except JournalError as error:
            # Not marked means reported once more after the next start; the platform answers the same.
            log.error("journal: %s", error)

    def _open_entries(self) -> tuple[Entry, ...]:
        if self._journal is None:
            return ()
        try:
            return self._journal.open_entries()
        except JournalError as error:
            log.error("journal: %s", error)
            return ()

    def _due_health(self) -> Health | None:
        now = self._clock.monotonic()
        every_s = HEALTH_EVERY_S if self._is_well else HEALTH_WHEN_ILL_S
        if self._health_at is not None and now - self._health_at < every_s:
            return None
        self._health_at = now
        health = self._worker.health()
        self._is_well = health.mserver == "ready"
        return health

    def _prune(self) -> None:
        if self._journal is None or self._clock.monotonic() - self._pruned_at < PRUNE_EVERY_S:
            return
        self._pruned_at = self._clock.monotonic()
        try:
            self._journal.prune(now=self._clock.now())
        except JournalError as error:
            log.error("journal: %s", error)


def _readable(entry: Entry) -> Done | None:
    try:
        return journaled(entry)
    except JournalError as error:
        log.error("journal: %s", error)
        return None


def _claimed_id(order: bytes) -> str | None:
    """The id an unverified job claims to have: only good for saying that it was refused."""
    try:
        job_id = msgspec.json.decode(order, type=JobOrder).id
    except msgspec.DecodeError:
        return None
    return job_id if job_id.replace("-", "").isalnum() and len(job_id) <= 64 else None


def _is_trouble(done: Done) -> bool:
    """Whether mServer may be the cause: then its state is asked and told with the next poll."""
    outcome = done.result.outcome if isinstance(done.result, OrderImported) else done.result
    return isinstance(outcome, NotSent | Unknown | JobFailed)


def _chunk_stored(done: Done) -> None:
    match done.result:
        case ListRead():
            crashpoint("P3.s03.chunk_uploaded")
        case ReportPrinted():
            crashpoint("P5.s05.chunk_uploaded")


def _summary(done: Done) -> str:
    result = done.result
    if isinstance(result, OrderImported):
        return f"{type(result.outcome).__name__} {getattr(result.outcome, 'code', '')}".strip()
    return f"{type(result).__name__} {getattr(result, 'code', '')}".strip()
