"""Invoices on their way to the order at Allegro: first a record, then its file. Neither can be taken back.

The form and the list of its invoices are read before each step: a cancelled order gets no invoice, and one that Allegro
has already under this number is taken over instead of being added again (PITFALLS 6, 28).
"""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Final

from django.conf import settings
from django.db.models.functions import Now

from allegro_integration.client.calls import OnSent
from allegro_integration.client.invoices import ListedInvoice
from allegro_integration.domain.invoices import MOST_AT_ALLEGRO
from allegro_integration.models import InvoiceDocument, Market, Order
from allegro_integration.services.form_decisions import Ask, Decision, Drop, Go, Later, Points, Seen
from allegro_integration.services.form_effects import SCAN_WAIT_S, FormEffect
from allegro_integration.services.inbox import hint_forms
from allegro_integration.services.invoices.documents import (
    CHANGED,
    FILE,
    RECORD,
    State,
    StepOf,
    fail,
    plan,
    save,
    went_on,
)
from connectify.domain.crashpoints import crashpoint
from connectify.sync.models import Change

WAITING: Final = "WAITING"
REPLANNED: Final = "replanned"
# Refusals of Allegro's by the code of what a person reads; others keep their own.
_SENTENCES: Final = {
    "refused": "invoice_refused",
    "not_found": "invoice_order_gone",
    "scan_running": "invoice_scan_too_long",
    "not_applied": "invoice_not_applied",
    "invoice_too_big": "invoice_refused",
}


class InvoiceEffect(FormEffect):
    """What both steps share: the document, and what Allegro has for its order."""

    calls = 3
    waits_for: tuple[str, ...]
    """Steps of the order's other documents that go first."""

    def look(self, change: Change) -> Seen:
        form = self.read_form(change)
        listed = self.api.invoices(change.content["form_id"]) if form else ()
        crashpoint("P5.s07.existing_listed")
        return Seen(form, listed)

    def decide(self, change: Change, seen: Seen) -> Decision:
        document = document_of(change)
        if seen.form is None:
            return Ask("invoice_order_gone")
        if seen.is_cancelled:
            hint_forms(self.account, {change.content["form_id"]}, found_by="invoice")
            return Ask("invoice_form_cancelled")
        if document.state != State.WAITING:
            return Drop("invoice_not_wanted")
        if decided := self.decide_listed(change, document, seen.more):
            return decided
        if any(one.scan == WAITING for one in seen.more) or _is_any_at(self.waits_for, document):
            return Later("invoice_waits_for_scan", SCAN_WAIT_S)
        return Go()

    def decide_listed(
        self, change: Change, document: InvoiceDocument, listed: tuple[ListedInvoice, ...]
    ) -> Decision | None:
        raise NotImplementedError

    def stopped(self, change: Change, code: str, detail: str) -> None:
        code = _SENTENCES.get(code, code)
        fail(document_of(change), code, {"detail": detail[:300], "limit": str(MOST_AT_ALLEGRO)})

    def dropped(self, change: Change, seen: Seen, code: str) -> None:
        """What Allegro has under this number is this document: it goes on from there."""
        if code == REPLANNED:
            Order.objects.filter(pk=change.subject_id).update(needs_plan=True)
            return
        document, found = document_of(change), _found(change, seen.more)
        if code != "invoice_attached_already" or found is None:
            return
        if found.uploaded_at is not None:
            uploaded(document, found.id)
        else:
            created(document, found.id)
        self.note(change, "order.invoice_known", {"number": document.number, "id": found.id})


class RecordEffect(InvoiceEffect):
    """The record of an invoice: its number and the name of its file."""

    kind = RECORD
    waits_for = (StepOf.CREATED, StepOf.UPLOADED)
    points = Points(sent=("P5.s08.metadata_sent",), confirmed="P5.s09.id_stored")

    def decide_listed(
        self, change: Change, document: InvoiceDocument, listed: tuple[ListedInvoice, ...]
    ) -> Decision | None:
        if document.step != StepOf.PRINTED:
            return Drop("invoice_not_wanted")
        if _found(change, listed):
            return Drop("invoice_attached_already")
        if document.code == CHANGED:
            # While nobody knew whether the record had arrived. It has not: what is printed is out of date.
            return Drop(REPLANNED)
        return Ask("invoice_too_many") if len(listed) >= MOST_AT_ALLEGRO else None

    def send(self, change: Change, seen: Seen, on_sent: OnSent) -> dict[str, str]:
        content = change.content
        found = self.api.add_invoice(
            content["form_id"], file_name=content["file_name"], number=content["number"], on_sent=on_sent
        )
        return {"id": found}

    def proof_of(self, change: Change, seen: Seen) -> dict[str, str] | None:
        found = _found(change, seen.more)
        return {"id": found.id} if found else None

    def confirmed(self, change: Change, proof: dict[str, str]) -> None:
        document = document_of(change)
        created(document, proof["id"])
        self.note(change, "order.invoice_created", {"number": document.number, "id": proof["id"]})


class FileEffect(InvoiceEffect):
    """The PDF of a record, sent once."""

    kind = FILE
    # Not for a record without a file, which would wait for this one as well.
    waits_for = (StepOf.UPLOADED,)
    points = Points(sent=("P5.s10.file_sent", "P5.s11.applied"), answered="P5.s12.answered")

    def look(self, change: Change) -> Seen:
        self.lease.require(self.calls * settings.ALLEGRO_CALL_S + settings.ALLEGRO_UPLOAD_S)
        return super().look(change)

    def decide_listed(
        self, change: Change, document: InvoiceDocument, listed: tuple[ListedInvoice, ...]
    ) -> Decision | None:
        if document.step != StepOf.CREATED:
            return Drop("invoice_not_wanted")
        mine = next((one for one in listed if one.id == document.allegro_id), None)
        if mine is None:
            return Ask("invoice_lost")
        return Drop("invoice_attached_already") if mine.uploaded_at is not None else None

    def send(self, change: Change, seen: Seen, on_sent: OnSent) -> dict[str, str]:
        with self.lease.transaction():
            document = InvoiceDocument.objects.select_related("pdf").get(pk=change.content["document"])
            assert document.pdf is not None
            pdf, invoice_id = bytes(document.pdf.body), document.allegro_id
        self.api.put_invoice_file(change.content["form_id"], invoice_id, pdf, on_sent=on_sent)
        return {"id": invoice_id, "sha256": hashlib.sha256(pdf).hexdigest()}

    def proof_of(self, change: Change, seen: Seen) -> dict[str, str] | None:
        document = document_of(change)
        mine = next((one for one in seen.more if one.id == document.allegro_id and one.uploaded_at), None)
        return {"id": mine.id} if mine else None

    def confirmed(self, change: Change, proof: dict[str, str]) -> None:
        document = document_of(change)
        uploaded(document, proof["id"])
        self.note(change, "order.invoice_uploaded", {"number": document.number, "id": proof["id"]})


def document_of(change: Change) -> InvoiceDocument:
    rows = InvoiceDocument.objects.select_for_update(of=("self",)).select_related("order__instance", "pdf")
    return rows.get(pk=change.content["document"])


def created(document: InvoiceDocument, allegro_id: str) -> None:
    """Allegro has the record: its file is next, in one commit with its id."""
    document.step, document.allegro_id = StepOf.CREATED, allegro_id
    went_on(document)
    save(document, State.WAITING, "invoice_to_upload")
    plan(document, Market.objects.select_related("instance", "account").get(instance=document.order.instance_id), FILE)


def uploaded(document: InvoiceDocument, allegro_id: str) -> None:
    """Allegro has the file and scans it."""
    document.step, document.allegro_id, document.scan = StepOf.UPLOADED, allegro_id, WAITING
    document.next_at = Now() + dt.timedelta(seconds=SCAN_WAIT_S)
    went_on(document)
    save(document, State.WAITING, "invoice_scanned")


def _found(change: Change, listed: tuple[ListedInvoice, ...]) -> ListedInvoice | None:
    """By the invoice's number; of several the one that has its file."""
    same = [one for one in listed if one.number.strip() == change.content["number"]]
    return next((one for one in same if one.uploaded_at is not None), same[0] if same else None)


def _is_any_at(steps: tuple[str, ...], document: InvoiceDocument) -> bool:
    """Another document of the same order that Allegro has not finished: one after the other (RELIABILITY A9)."""
    others = InvoiceDocument.objects.filter(order=document.order_id, state=State.WAITING, step__in=steps)
    return others.exclude(pk=document.pk).exists()
