"""Invoices printed in Pohoda: jobs for the agent, and the check of what comes back (RELIABILITY E31, X13).

A print is a read: it may be repeated, so no change stands behind it. What is wrong with a PDF for good stops its
document alone; an outage of mServer costs it nothing.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from django.conf import settings
from django.db.models import QuerySet
from django.db.models.functions import Now

from allegro_integration.domain.invoices import check_pdf_text
from allegro_integration.models import InvoiceDocument, Market
from allegro_integration.services.invoices.documents import (
    RECORD,
    State,
    StepOf,
    fail,
    file_name,
    note,
    plan,
    save,
    went_on,
)
from allegro_integration.services.invoices.pdf import PdfRefused, read_text
from allegro_integration.services.order_settings import settings_of
from connectify.clock import new_id
from connectify.domain.errors import NeedsUser
from connectify.domain.trace import Step
from connectify.instances.models import Arming
from connectify.sync import due
from connectify.sync.killswitch import off_among
from connectify.sync.payloads import store_payload
from pohoda_bridge.documents import UnitPin
from pohoda_bridge.protocol import JobFailed, PrintReport, ReportPrinted
from pohoda_bridge.server import outages
from pohoda_bridge.server.jobs import LIVE, operation_name, queue_job, result_of
from pohoda_bridge.server.models import Job, ResultUpload, Unit
from pohoda_bridge.server.selectors import agent_status
from pohoda_bridge.xml.errors import DocumentError
from pohoda_bridge.xml.requests import print_request

INVOICES: Final = "invoices"
PDF: Final = "application/pdf"
PRINT: Final = operation_name(PrintReport)
PRIORITY: Final = 5
EXPIRES_S: Final = 600
MOST_PRINTS: Final = 3
LONGER_BY: Final = 10  # each further try waits so many times longer
# About the whole mServer, or the job never got there: the document has not been tried.
NOT_ITS_FAULT: Final = outages.OF_WRITES | {"signature", "other_unit"}
# The agent's codes of any request, as they are said of a print.
_OF_PRINTS: Final = {
    "lookup_deadline": "print_too_slow",
    "lookup_broken": "print_too_slow",
    "lookup_too_big": "print_too_big",
    "not_allowed": "print_not_allowed",
}


@dataclass(frozen=True)
class Expected:
    """What must stand in a printed invoice."""

    number: str
    total: Decimal
    currency: str
    ico: str


@dataclass(frozen=True)
class Checked:
    """What came of a print: the PDF when nothing speaks against it, else why not; `for_good`: again is no use."""

    pdf: bytes = b""
    problem: Step | None = None
    for_good: bool = False


def documents_to_print(unit: Unit, *, limit: int) -> list[InvoiceDocument]:
    """Found, due, and of an instance that may write; the longest waiting first."""
    rows = _of(unit).filter(
        state=State.WAITING, step=StepOf.FOUND, next_at__lte=Now(), order__instance__in=_open_instances(unit)
    )
    return list(rows.order_by("next_at", "id")[:limit])


def queue_print(document: InvoiceDocument, unit: Unit, pin: UnitPin) -> None:
    """One job for the agent. A request that cannot be written stops this document alone."""
    assert document.report_id is not None
    prints = document.prints + 1
    try:
        request = print_request(
            pin,
            record_id=document.record_id,
            report_id=document.report_id,
            file_name=file_name(f"{document.number}-{document.pk.hex[-12:]}", document.pk),
            # Never the same twice: a repeated one might be taken for a duplicate.
            request_id=f"CFP-{new_id().hex[:20]}",
            encoding=unit.encoding,
        )
    except DocumentError as error:
        fail(document, "invoice_not_printable", {"detail": str(error)[:200]})
        return
    operation = PrintReport(
        pin=pin,
        agenda="issued_invoices",
        record_id=document.record_id,
        report_id=document.report_id,
        pack_id=request.pack_id,
        item_id=request.item_id,
    )
    job = queue_job(unit=unit, operation=operation, body=request.document, priority=PRIORITY, expires_in_s=EXPIRES_S)
    document.step, document.job_id, document.prints = StepOf.PRINTING, job.pk, prints
    save(document, State.WAITING, "invoice_printing")
    note(document, "order.invoice_queued", report=document.report_name, report_id=document.report_id)


def give_back_lost(unit: Unit) -> int:
    """Documents whose job ended without a result (its agent was away): printed again. → how many."""
    rows = list(_of(unit).filter(step=StepOf.PRINTING, state=State.WAITING))
    jobs = {document.job_id for document in rows}
    alive = set(Job.objects.filter(pk__in=jobs, settled_at=None, state__in=[*LIVE, Job.State.DONE]).values_list("pk"))
    lost = [document for document in rows if (document.job_id,) not in alive]
    for document in lost:
        _again(document, counted=False, wait_s=0)
    return len(lost)


def forget_late(unit: Unit) -> None:
    """What came of a print after its time: nobody waits for it, and it holds a buyer's invoice."""
    late = Job.objects.filter(unit=unit, operation=PRINT, state__in=(Job.State.EXPIRED, Job.State.CANCELLED))
    ResultUpload.objects.filter(job__in=late).delete()
    late.exclude(answer=b"").update(answer=b"", settled_at=Now())


def room(unit: Unit, most: int) -> int:
    """How many prints may be queued now. None for an agent that is away: each would expire and come again."""
    if agent_status(unit).kind == "offline":
        return 0
    return min(most - printing_now(unit), outages.room(unit.pk, most))


def is_any_under_way(unit: Unit) -> bool:
    """Whether the unit has a document to be printed, or a print under way."""
    steps = (StepOf.FOUND, StepOf.PRINTING)
    return _of(unit).filter(state=State.WAITING, step__in=steps).exists()


def printing_now(unit: Unit) -> int:
    return _of(unit).filter(step=StepOf.PRINTING, state=State.WAITING).count()


def expected_of(job: Job) -> Expected | None:
    """What the document that waits for this very job must say; None when it was planned anew since."""
    rows = InvoiceDocument.objects.select_related("order__instance").filter(job_id=job.pk, step=StepOf.PRINTING)
    document = rows.first()
    if document is None or document.total is None:
        return None
    market = Market.objects.select_related("instance", "account", "unit").get(instance=document.order.instance_id)
    currency = document.currency or _home_currency(market)
    return Expected(document.number, document.total, currency, market.unit.ico)


def check(job: Job, expected: Expected | None) -> Checked:
    """Looks into what a finished job brought. Takes a moment: not for a transaction."""
    result = result_of(job)
    if isinstance(result, JobFailed):
        code = _OF_PRINTS.get(result.code, result.code)
        return Checked(problem=Step(code, {"detail": _storable(result.detail[:200])}))
    if not isinstance(result, ReportPrinted) or expected is None:
        return Checked()
    data = bytes(job.answer)
    try:
        text = read_text(data)
    except PdfRefused as error:
        return Checked(problem=Step(error.code, {name: _storable(value) for name, value in error.params.items()}))
    problems = check_pdf_text(
        text, number=expected.number, total=expected.total, currency=expected.currency, ico=expected.ico
    )
    return Checked(problem=problems[0], for_good=True) if problems else Checked(pdf=data)


def settle_print(job: Job, checked: Checked) -> None:
    """Runs in the unit's transaction, with what `check` found."""
    rows = InvoiceDocument.objects.select_for_update(of=("self",)).select_related("order__instance")
    document = rows.filter(job_id=job.pk, step=StepOf.PRINTING, state=State.WAITING).first()
    # The document keeps the PDF, in a row of its own.
    Job.objects.filter(pk=job.pk).update(answer=b"")
    if document is None:
        return
    if checked.pdf:
        _printed(document, checked.pdf)
    elif checked.problem is not None and checked.problem.code in NOT_ITS_FAULT:
        _again(document, counted=False, wait_s=settings.BRIDGE_RETRY_S, why=checked.problem)
    elif checked.problem is not None and not checked.for_good and document.prints < MOST_PRINTS:
        data = {"code": checked.problem.code, "params": checked.problem.params}
        note(document, "order.invoice_print_failed", **data)
        wait_s = settings.BRIDGE_RETRY_S * LONGER_BY ** (document.prints - 1)
        _again(document, counted=True, wait_s=wait_s, why=checked.problem)
    elif checked.problem is not None:
        document.step = StepOf.FOUND
        fail(document, checked.problem.code, checked.problem.params)


def _printed(document: InvoiceDocument, data: bytes) -> None:
    market = Market.objects.select_related("instance", "account").get(instance=document.order.instance_id)
    document.pdf = store_payload(data, PDF)
    document.file_name = file_name(document.number, document.pk)
    document.step, document.next_at = StepOf.PRINTED, Now()
    went_on(document)
    save(document, State.WAITING, "invoice_to_upload")
    note(document, "order.invoice_printed", size=len(data), sha256=document.pdf.sha256)
    plan(document, market, RECORD)
    due.nudge("allegro.account", market.account_id)


def _again(document: InvoiceDocument, *, counted: bool, wait_s: float, why: Step | None = None) -> None:
    document.step, document.job_id = StepOf.FOUND, None
    document.prints -= 0 if counted else 1
    document.next_at = Now() + dt.timedelta(seconds=wait_s)
    save(document, State.WAITING, why.code if why else "invoice_to_print", why.params if why else {})


def _of(unit: Unit) -> QuerySet[InvoiceDocument]:
    return InvoiceDocument.objects.filter(order__instance__market__unit=unit).select_related("order__instance")


def _open_instances(unit: Unit) -> list[object]:
    """Instances of the unit whose invoices may go: armed, not paused, not switched off."""
    rows = Arming.objects.filter(
        instance__market__unit=unit,
        instance__market__active=True,
        instance__paused_at=None,
        direction=INVOICES,
        armed_at__isnull=False,
    )
    ids = list(rows.values_list("instance_id", flat=True))
    off = off_among([f"direction:{INVOICES}", f"tenant:{unit.tenant_id}", *(f"instance:{one}" for one in ids)])
    if {f"direction:{INVOICES}", f"tenant:{unit.tenant_id}"} & off:
        return []
    return [one for one in ids if f"instance:{one}" not in off]


def _storable(text: str) -> str:
    """Words from outside without what PostgreSQL's JSON refuses (RELIABILITY PG12)."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def _home_currency(market: Market) -> str:
    try:
        return settings_of(market).home_currency
    except NeedsUser:
        return ""
