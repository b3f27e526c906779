"""Imports one order into Pohoda by the protocol of RELIABILITY 2.3.1: journal, look up, send once, read, journal."""

from __future__ import annotations

from typing import Final, assert_never

import msgspec
from msgspec import Struct

from pohoda_bridge.agent.clock import Clock
from pohoda_bridge.agent.crashpoints import crashpoint
from pohoda_bridge.agent.http import Hooks, LostError, NotSentError
from pohoda_bridge.agent.journal import Entry, Journal, JournalError
from pohoda_bridge.agent.mserver import LookupFailed, MServer, NotReady
from pohoda_bridge.documents import (
    AlreadyThere,
    Detail,
    Duplicate,
    Imported,
    ImportOutcome,
    NotSent,
    Refused,
    Unknown,
)
from pohoda_bridge.protocol import ImportOrder, JobOrder, JobResult, OrderImported, SignedJob, encode, sha256
from pohoda_bridge.xml.allowed import check_import
from pohoda_bridge.xml.errors import NotAllowed
from pohoda_bridge.xml.expected import Expected
from pohoda_bridge.xml.response import read_import_response

_DETAILS: Final = 10
_TEXT: Final = 500


class Done(Struct, frozen=True):
    """What is reported: the result and Pohoda's raw answer. `kept`: it stands in the journal under the job's id."""

    result: JobResult
    answer: bytes = b""
    kept: bool = False


class Importer:
    """`journal` None means that it cannot be trusted: nothing is sent until a person has looked (RELIABILITY B16)."""

    def __init__(self, *, mserver: MServer, journal: Journal | None, clock: Clock) -> None:
        self._mserver = mserver
        self._journal = journal
        self._clock = clock

    def run(self, job: SignedJob, order: JobOrder, operation: ImportOrder, *, started: float) -> Done:
        """`job` was verified; `started` is the clock's monotonic time of the hand-out, from which `ttl_s` counts."""
        crashpoint("P2.s03.agent_claimed")
        if self._journal is None:
            return _done(NotSent("journal_unreadable"))
        try:
            return self._run(self._journal, job, order, operation, started)
        except JournalError as error:
            return _done(NotSent("journal_unreadable", str(error)))

    def _run(self, journal: Journal, job: SignedJob, order: JobOrder, operation: ImportOrder, started: float) -> Done:
        """Raises JournalError only as long as nothing was sent."""
        entry = journal.find(order.id)
        digest = sha256(job.order)
        if entry is not None and entry.order_sha256 != digest:
            return _done(NotSent("conflict", "this id was another job before"))
        if entry is not None and entry.result is not None:
            return journaled(entry)
        try:
            check_import(job.body, operation)
        except NotAllowed as error:
            return _done(NotSent("not_allowed", str(error)))
        if entry is None:
            journal.intend(order.id, digest, now=self._clock.now())
            crashpoint("P2.s04.agent_intent_fsynced")
        done = self._attempt(job, order, operation, started, again=entry is not None)
        return self._record(journal, order.id, done)

    def _attempt(self, job: SignedJob, order: JobOrder, operation: ImportOrder, started: float, *, again: bool) -> Done:
        """`again`: an earlier attempt may have left bytes behind; until the lookup has answered nothing is NOT_SENT."""
        try:
            self._mserver.preflight(operation.pin)
            found = self._mserver.find_orders(operation.pin, operation.ext_id)
        except (NotReady, LookupFailed) as error:
            return _done(Unknown(error.code, error.detail) if again else NotSent(error.code, error.detail))
        crashpoint("P2.s05.looked_up")
        if found.records:
            return _done(AlreadyThere(min(found.records, key=lambda record: record.id)), found.answer)
        if order.ttl_s is not None and self._clock.monotonic() - started > order.ttl_s:
            return _done(NotSent("expired"))
        return self._send(job.body, order.id, operation)

    def _send(self, document: bytes, job_id: str, operation: ImportOrder) -> Done:
        hooks = Hooks(sent=_bytes_sent, answering=lambda: crashpoint("P2.s08.first_byte_back"))
        try:
            answer = self._mserver.import_order(document, job_id, hooks)
        except NotSentError as error:
            return _done(NotSent("mserver_off", str(error)))
        except LostError as error:
            return _done(Unknown(error.code, error.detail))
        crashpoint("P2.s09.response_read")
        if answer.status != 200:
            return _done(Unknown(f"http_{answer.status}"), answer.body)
        return _done(read_import_response(answer.body, expected=Expected.of(operation)), answer.body)

    def _record(self, journal: Journal, job_id: str, done: Done) -> Done:
        try:
            journal.record(job_id, encode(done.result), done.answer, now=self._clock.now())
        except JournalError as error:
            if isinstance(done.result, OrderImported) and isinstance(done.result.outcome, NotSent):
                return done
            # What cannot be kept cannot be repeated after a restart: only a lookup can tell.
            return _done(Unknown("journal_failed", str(error)))
        crashpoint("P2.s10.agent_result_fsynced")
        return msgspec.structs.replace(done, kept=True)


def journaled(entry: Entry) -> Done:
    """The result as it was kept. Raises JournalError when it cannot be read."""
    try:
        result: JobResult = msgspec.json.decode(entry.result or b"", type=JobResult)
    except msgspec.DecodeError as error:
        raise JournalError(f"result of {entry.id}: {error}") from error
    return Done(result, entry.answer, kept=True)


def _bytes_sent() -> None:
    crashpoint("P2.s06.bytes_sent")
    crashpoint("P2.s07.pohoda_committed")


def _done(outcome: ImportOutcome, answer: bytes = b"") -> Done:
    return Done(OrderImported(outcome=_limited(outcome)), answer)


def _limited(outcome: ImportOutcome) -> ImportOutcome:
    """A report travels in a header: endless notes are cut, the raw answer has them whole."""
    match outcome:
        case Imported():
            return msgspec.structs.replace(outcome, warnings=_details(outcome.warnings), alarm=outcome.alarm[:_TEXT])
        case Refused():
            return msgspec.structs.replace(outcome, note=outcome.note[:_TEXT], details=_details(outcome.details))
        case Duplicate():
            return Duplicate(outcome.note[:_TEXT])
        case NotSent() | Unknown():
            return msgspec.structs.replace(outcome, detail=outcome.detail[:_TEXT])
        case AlreadyThere():
            return outcome
        case _:
            assert_never(outcome)


def _details(details: tuple[Detail, ...]) -> tuple[Detail, ...]:
    return tuple(
        Detail(
            detail.state,
            detail.errno,
            detail.note[:_TEXT],
            detail.xpath[:_TEXT],
            detail.requested[:_TEXT],
            detail.produced[:_TEXT],
        )
        for detail in details[:_DETAILS]
    )
