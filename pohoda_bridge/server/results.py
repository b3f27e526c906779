"""Results of jobs: chunks until they are whole, then one commit that the agent's acknowledgement rests on."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Final

from django.db.models import BinaryField, F, Func, Value
from django.db.models.functions import Length, Now, Substr

from connectify.sync import due
from connectify.tenants.context import tenant_scope
from pohoda_bridge import protocol
from pohoda_bridge.protocol import (
    FindOrder,
    FoundOrders,
    Health,
    ImportOrder,
    JobFailed,
    ListRead,
    OrderImported,
    PrintReport,
    ReadHealth,
    ReadList,
    ReportPrinted,
    ResultAnswer,
    ResultReport,
)
from pohoda_bridge.server import outages
from pohoda_bridge.server.authentication import Caller
from pohoda_bridge.server.health import remember_health
from pohoda_bridge.server.jobs import operation_name
from pohoda_bridge.server.json_values import storable
from pohoda_bridge.server.models import Job, ResultUpload, Unit
from pohoda_bridge.server.refusals import Refused

RESULT_LIMIT: Final = 64 * 1024 * 1024
RESOURCE_KIND: Final = "pohoda.unit"
_ANSWERS: Final[dict[str, type]] = {
    operation_name(ImportOrder): OrderImported,
    operation_name(FindOrder): FoundOrders,
    operation_name(ReadHealth): Health,
    operation_name(ReadList): ListRead,
    operation_name(PrintReport): ReportPrinted,
}


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """Bytes `offset … offset+len(data)` of a raw answer of `total` bytes; `report` is the CF-Result of the last."""

    offset: int
    total: int
    data: bytes
    report: str = ""


def store_result(caller: Caller, job_id: uuid.UUID, chunk: Chunk) -> ResultAnswer:
    """Keeps a chunk; with the last one and its report the job is done, in one commit.

    The same chunk or result again gets the same answer. Raises Refused: 404 (not this agent's job), 416 offset,
    409 other_result (with a security event), 400 and 422 for what cannot be right.
    """
    if chunk.offset < 0 or not 0 <= chunk.total <= RESULT_LIMIT or chunk.offset + len(chunk.data) > chunk.total:
        raise Refused(400, "range")
    report = _open(caller, job_id, chunk.report) if chunk.report else None
    with tenant_scope(caller.tenant_id):
        if report is not None:
            due.nudge(RESOURCE_KIND, caller.unit_id)  # first: runs lock the due row before they lock jobs
        job = _job_of(caller, job_id, lock=True)
        if job.report:
            return _again(job, report)
        if report is not None and chunk.offset == 0 and len(chunk.data) == chunk.total:
            return _finish(caller, job, report, chunk.data)
        stored = _append(job, chunk)
        if report is None or stored < chunk.total:
            return ResultAnswer(stored=stored, accepted=False)
        whole = ResultUpload.objects.get(job=job).stored
        return _finish(caller, job, report, bytes(whole))


def stored_bytes(caller: Caller, job_id: uuid.UUID) -> int:
    """How much of a result has arrived, for an agent that resumes. Raises Refused 404."""
    with tenant_scope(caller.tenant_id):
        job = _job_of(caller, job_id, lock=False)
        if job.report:
            return len(job.answer)
        found = ResultUpload.objects.filter(job=job).values_list(Length("stored"), flat=True).first()
        return found or 0


def _job_of(caller: Caller, job_id: uuid.UUID, *, lock: bool) -> Job:
    jobs = Job.objects.select_for_update() if lock else Job.objects.all()
    job = jobs.filter(pk=job_id, unit=caller.unit_id, handed_agent=caller.agent_id).first()
    if job is None:
        raise Refused(404, "no_such_job")
    return job


def _open(caller: Caller, job_id: uuid.UUID, header: str) -> ResultReport:
    try:
        report = protocol.open_report(header, agent_key=caller.public_key)
    except protocol.ProtocolError as error:
        raise Refused(422, error.code, "CF-Result") from error
    if (report.job, report.agent) != (str(job_id), str(caller.agent_id)):
        raise Refused(422, "other_job")
    return report


def _append(job: Job, chunk: Chunk) -> int:
    """→ bytes stored. A chunk that is there is not stored twice; one from the start with other bytes starts anew."""
    upload = ResultUpload.objects.filter(job=job).annotate(length=Length("stored")).defer("stored").first()
    stored = 0 if upload is None else upload.length
    if upload is not None and upload.total == chunk.total and _holds(upload, chunk):
        return stored
    if chunk.offset == 0:
        ResultUpload.objects.filter(job=job).delete()
        ResultUpload.objects.create(job=job, total=chunk.total, stored=chunk.data)
        return len(chunk.data)
    if upload is None or upload.total != chunk.total or chunk.offset != stored:
        raise Refused(416, "offset", f"stored {stored}")
    longer = Func(F("stored"), Value(chunk.data), function="byteacat", output_field=BinaryField())
    ResultUpload.objects.filter(pk=upload.pk).update(stored=longer, updated_at=Now())
    return stored + len(chunk.data)


def _holds(upload: ResultUpload, chunk: Chunk) -> bool:
    piece = Substr("stored", chunk.offset + 1, len(chunk.data), output_field=BinaryField())
    return bytes(ResultUpload.objects.filter(pk=upload.pk).values_list(piece, flat=True).get()) == chunk.data


def _finish(caller: Caller, job: Job, report: ResultReport, answer: bytes) -> ResultAnswer:
    _check(caller, job, report, answer)
    raw = protocol.encode(report)
    kept = {
        "result": storable(report.result),
        "answer": answer,
        "report": raw,
        "done_at": Now(),
    }
    if job.state == Job.State.HANDED:
        kept["state"] = Job.State.DONE
    # A job that was cancelled or expired after its hand-out keeps the late result as evidence and stays what it is.
    Job.objects.filter(pk=job.pk).update(**kept)
    ResultUpload.objects.filter(job=job).delete()
    outages.note_result(caller.unit_id, report.result)
    if isinstance(report.result, Health):
        remember_health(caller.agent_id, report.result)
    return ResultAnswer(stored=len(answer), accepted=True)


def _check(caller: Caller, job: Job, report: ResultReport, answer: bytes) -> None:
    epoch = Unit.objects.values_list("agent_epoch", flat=True).get(pk=caller.unit_id)
    if report.epoch > epoch:
        raise Refused(422, "epoch", f"{report.epoch} is not yet", security={"job": str(job.pk)})
    if report.body_sha256 != protocol.sha256(answer):
        raise Refused(422, "body_hash", security={"job": str(job.pk)})
    if not isinstance(report.result, (_ANSWERS[job.operation], JobFailed)):
        raise Refused(422, "other_operation", job.operation, security={"job": str(job.pk)})


def _again(job: Job, report: ResultReport | None) -> ResultAnswer:
    """The acknowledgement was lost: the same result is acknowledged again, another one is refused."""
    before = protocol.decode(bytes(job.report), ResultReport)
    if report is not None and (report.result, report.body_sha256) != (before.result, before.body_sha256):
        raise Refused(409, "other_result", "this job is done with another result", security={"job": str(job.pk)})
    return ResultAnswer(stored=len(job.answer), accepted=True)
