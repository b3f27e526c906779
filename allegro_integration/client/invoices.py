"""Invoices attached to orders: first a record, then its PDF, then Allegro scans it. Nothing can be taken back."""

from __future__ import annotations

import datetime as dt
from typing import Final
from urllib.parse import quote

from msgspec import Struct

from allegro_integration.client.calls import Calls, OnSent, confirmation
from allegro_integration.client.errors import InvoiceTooBig, unconfirmed
from allegro_integration.client.http import PDF, Request, Timeouts
from allegro_integration.client.orders import form_path
from allegro_integration.client.strict_json import NotJson, load
from allegro_integration.domain.values import Instant, Reference

MAX_PDF: Final = 3 * 1024 * 1024
# The specification offers only English for these resources.
_LANGUAGE: Final = "en-US"


class ListedInvoice(Struct, frozen=True, kw_only=True):
    """An invoice of an order. Without `uploaded_at` it has no file yet.

    `scan` WAITING, ACCEPTED, REJECTED or one yet unknown, empty before there is a file. `verification` is the check of
    its content (NOT_APPLICABLE, WAITING, ACCEPTED, ACCEPTED_WITH_WARNINGS, REJECTED), empty when there is none.
    """

    id: str
    number: str
    file_name: str
    created_at: dt.datetime | None
    uploaded_at: dt.datetime | None
    scan: str
    verification: str


class RawCheck(Struct, frozen=True):
    status: str | None = None


class RawFile(Struct, frozen=True, rename="camel"):
    name: str | None = None
    uploaded_at: Instant | None = None
    security_verification: RawCheck | None = None
    verification: RawCheck | None = None


class RawInvoice(Struct, frozen=True, rename="camel"):
    id: str
    invoice_number: str | None = None
    created_at: Instant | None = None
    file: RawFile | None = None


class RawInvoices(Struct, frozen=True):
    invoices: tuple[RawInvoice, ...]


class InvoiceCalls(Calls):
    """Invoices of one seller's orders. One at a time for an order, at most 10."""

    def invoices(self, form_id: str) -> tuple[ListedInvoice, ...]:
        """All invoices of an order. An odd one costs the list: it would seem as if the invoice were missing."""
        return tuple(_listed(one) for one in self._read(_path(form_id), RawInvoices, language=_LANGUAGE).invoices)

    def add_invoice(self, form_id: str, *, file_name: str, number: str, on_sent: OnSent = None) -> str:
        """Adds the record of an invoice and returns its id. Not idempotent: read `invoices` first.

        Raises ScanRunning while a document of the order is scanned. Allegro answers 409 as well to an order that takes
        no further invoice, so who waits must give up at some time.
        """
        content = {"file": {"name": file_name}, "invoiceNumber": number}
        answer = self._write("POST", _path(form_id), content, subject="invoice", on_sent=on_sent, language=_LANGUAGE)
        return confirmation(answer, Reference).id

    def put_invoice_file(self, form_id: str, invoice_id: str, pdf: bytes, *, on_sent: OnSent = None) -> None:
        """Uploads the PDF as it is, at most 3 MB. Raises FileExists when the invoice has a file already."""
        if not pdf:
            raise ValueError("an empty file")
        if len(pdf) > MAX_PDF:
            raise InvoiceTooBig("invoice_too_big", f"{len(pdf)} bytes", limit=MAX_PDF)
        usual = self._request("PUT", f"{_path(form_id)}/{quote(invoice_id, safe='')}/file", language=_LANGUAGE)
        request = Request(
            method=usual.method,
            base_url=usual.base_url,
            path=usual.path,
            headers={**usual.headers, "Content-Type": PDF},
            body=pdf,
            after_sent=on_sent,
            timeouts=Timeouts(read=self._upload_s, total=self._upload_s),
        )
        answer = self._call(request, subject="invoice_file")
        try:
            # Usually empty; anything else than JSON comes from something between us.
            load(answer.body or b"{}")
        except NotJson as error:
            raise unconfirmed(answer, str(error)) from error


def _path(form_id: str) -> str:
    return f"{form_path(form_id)}/invoices"


def _listed(raw: RawInvoice) -> ListedInvoice:
    file = raw.file or RawFile()
    return ListedInvoice(
        id=raw.id,
        number=raw.invoice_number or "",
        file_name=file.name or "",
        created_at=raw.created_at,
        uploaded_at=file.uploaded_at,
        scan=(file.security_verification.status or "") if file.security_verification else "",
        verification=(file.verification.status or "") if file.verification else "",
    )
