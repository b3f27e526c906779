"""One invoice document and its steps: found → printing → printed → created → uploaded → accepted."""

from __future__ import annotations

import re
import uuid
from typing import Any, Final

from django.db.models import QuerySet
from django.db.models.functions import Now

from allegro_integration.models import InvoiceDocument, Market
from allegro_integration.services.orders import ORDER
from connectify.audit.services import record_event
from connectify.domain.change import ChangeState
from connectify.domain.errors import Rejected
from connectify.sync import changes, due
from connectify.sync.models import Change, Quarantined
from connectify.sync.quarantine import put, solve
from connectify.users.models import User

RECORD: Final = "invoice.create"
FILE: Final = "invoice.file"
INVOICE: Final = "invoice"
State = InvoiceDocument.State
StepOf = InvoiceDocument.Step
CHANGED: Final = "invoice_changed_afterwards"
_NOT_IN_A_NAME: Final = re.compile(r"[^A-Za-z0-9]+")
_LONGEST_NAME: Final = 50


def save(document: InvoiceDocument, state: str, code: str, params: dict[str, str] | None = None) -> None:
    """What the document is now; everything else of it is stored as well."""
    document.state, document.code, document.params = state, code, params or {}
    document.save()


def fail(document: InvoiceDocument, code: str, params: dict[str, str]) -> None:
    """It does not go on without a person."""
    params = {"number": document.number, **params}
    ask_person(document, code, params)
    save(document, State.ERROR, code, params)
    data = {"number": document.number, "code": code, "params": params}
    record_event(type="order.invoice_stopped", object_kind=ORDER, object_id=document.order_id, data=data)


def ask_person(document: InvoiceDocument, code: str, params: dict[str, str]) -> None:
    put(
        instance=document.order.instance, subject_kind=INVOICE, subject_key=str(document.pk), code=code,
        params={"order": document.order.number, **params},
    )  # fmt: skip


def went_on(document: InvoiceDocument) -> None:
    solve(subject_kind=INVOICE, subject_key=str(document.pk))


def start_again(document: InvoiceDocument) -> None:
    """From the print on, with nothing of an earlier one. The caller stores it."""
    document.step, document.job_id, document.prints, document.next_at = StepOf.FOUND, None, 0, Now()
    document.pdf, document.file_name = None, ""
    document.state, document.code, document.params = State.WAITING, "invoice_to_print", {}


def plan(document: InvoiceDocument, market: Market, kind: str) -> Change:
    """The change that takes the document one step on at Allegro. Its content names the very bytes."""
    order, pdf = document.order, document.pdf
    assert pdf is not None
    return changes.plan_change(
        instance=market.instance,
        kind=kind,
        key=_key(document, market, kind),
        subject_kind=ORDER,
        subject_id=order.pk,
        resource_kind="allegro.account",
        resource_id=market.account_id,
        content={
            "form_id": order.number,
            "document": str(document.pk),
            "number": document.number,
            "file_name": document.file_name,
            "sha256": pdf.sha256,
        },
        trace=document.trace,
    )


def _key(document: InvoiceDocument, market: Market, kind: str) -> str:
    """One key as long as its change may still go; after one that ended in vain the next has the next number."""
    named = "file" if kind == FILE else "record"
    over = (ChangeState.SUPERSEDED, ChangeState.REFUSED, ChangeState.QUARANTINED)
    ended = _changes_of(document, kind).filter(state__in=over).count()
    return f"{market.account.ext_system}:{document.order.number}:invoice:{document.number}:{named}:{ended + 1}"


def drop_change(document: InvoiceDocument, kind: str, *, code: str) -> None:
    """The document's change, if nothing of it has left."""
    change = change_of(document, kind)
    if change is not None and change.state in (ChangeState.PLANNED, ChangeState.HELD):
        changes.supersede(change.pk, code=code)


def change_of(document: InvoiceDocument, kind: str) -> Change | None:
    """The last one of this kind."""
    return _changes_of(document, kind).order_by("-planned_at", "-id").first()


def _changes_of(document: InvoiceDocument, kind: str) -> QuerySet[Change]:
    rows = Change.objects.filter(kind=kind, subject_kind=ORDER, subject_id=document.order_id)
    return rows.filter(content__document=str(document.pk))


def file_name(number: str, fallback: uuid.UUID) -> str:
    """The invoice's number as the name of a file that both Pohoda and Allegro take."""
    name = _NOT_IN_A_NAME.sub("-", number).strip("-")[:_LONGEST_NAME]
    return f"{name or fallback.hex}.pdf"


def retry_document(row: Quarantined, actor: User | None) -> None:
    """A person wants it tried again, most likely after mending its cause. Raises Rejected("nothing_to_retry")."""
    document = InvoiceDocument.objects.select_for_update(of=("self",)).select_related("order__instance").get(
        pk=uuid.UUID(row.subject_key)
    )  # fmt: skip
    market = Market.objects.select_related("account", "unit").get(instance=document.order.instance)
    if document.state != State.ERROR:
        raise Rejected("nothing_to_retry")
    match document.step:
        case StepOf.FOUND | StepOf.PRINTING:
            start_again(document)
            document.save()
            due.nudge("pohoda.unit", market.unit_id)
        case StepOf.PRINTED | StepOf.CREATED:
            change = change_of(document, RECORD if document.step == StepOf.PRINTED else FILE)
            if change is None or change.state not in _STOPPED:
                raise Rejected("nothing_to_retry")
            changes.retry_by_person(change.pk, actor=actor)
            save(document, State.WAITING, "invoice_to_upload")
            due.nudge("allegro.account", market.account_id)
        case _:
            # What Allegro has cannot be replaced: a new invoice in Pohoda is a document of its own.
            raise Rejected("nothing_to_retry")
    record_event(
        type="order.invoice_retried", object_kind=ORDER, object_id=document.order_id, data={"number": document.number}
    )


_STOPPED: Final = (ChangeState.REFUSED, ChangeState.QUARANTINED, ChangeState.HELD)


def note(document: InvoiceDocument, type_: str, **data: Any) -> None:
    """A line of the order's timeline."""
    record_event(type=type_, object_kind=ORDER, object_id=document.order_id, data={"number": document.number, **data})
