"""Invoices of an order: first their metadata, then the file as raw PDF, then a scan that takes its time."""

import hashlib
import sqlite3
from datetime import datetime, timedelta

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from allegro_integration.sandbox.answers import ApiError, answer, failure
from allegro_integration.sandbox.context import Json, Sandbox, random_uuid, sandbox_of
from allegro_integration.sandbox.gate import api
from allegro_integration.sandbox.offer_edit import read_json
from allegro_integration.sandbox.shipments import own_form
from allegro_integration.sandbox.state import timestamp

MOST_INVOICES = 10
LARGEST_FILE = 3 * 1024 * 1024
SCANNING = "FILE_SCAN_IN_PROGRESS"


@api("orders:read")
async def list_invoices(request: Request, seller: str) -> Response:
    sandbox = sandbox_of(request)
    form = own_form(sandbox, request, seller)
    shown = [_shown(sandbox, row) for row in invoices_of(sandbox, form["id"])]
    return answer({"orderMode": "REGULAR", "invoices": shown, "links": [], "hasExternalInvoices": False})


@api("orders:write")
async def add_invoice(request: Request, seller: str) -> Response:
    """Fault invoice_corpse: the metadata is kept, the answer is a 504."""
    sandbox, path = sandbox_of(request), request.url.path
    form, body = own_form(sandbox, request, seller), read_json(await request.body())
    file = body.get("file")
    name = file.get("name") if isinstance(file, dict) else None
    if not isinstance(name, str) or not name.lower().endswith(".pdf"):
        raise ApiError(422, "VALIDATION_ERROR", "The file has a name that ends in .pdf", "file.name")
    _check_another(sandbox, form)
    now = sandbox.state.now()
    with sandbox.state.transaction():
        invoice = random_uuid(sandbox.random(f"invoice:{sandbox.state.next_number('invoice')}"))
        sandbox.state.run(
            "INSERT INTO invoice (id, form, seller, number, name, created_at) VALUES (?, ?, ?, ?, ?, ?)",
            *(invoice, form["id"], seller, body.get("invoiceNumber"), name, timestamp(now)),
        )
        effect = {"seller": seller, "invoice": invoice, "number": body.get("invoiceNumber"), "name": name}
        sandbox.state.applied("invoice.created", form["id"], effect)
    if sandbox.faults.take("invoice_corpse", path, f"POST {path}", seller) is not None:
        return failure(504)
    return answer({"id": invoice}, 201)


@api("orders:write", takes="application/pdf")
async def put_file(request: Request, seller: str) -> Response:
    """Faults: scan_rejected; scan_slow (`seconds` instead of the usual delay)."""
    sandbox = sandbox_of(request)
    form, content = own_form(sandbox, request, seller), await request.body()
    invoice = request.path_params["invoice"]
    row = sandbox.state.row("SELECT * FROM invoice WHERE id = ? AND form = ?", invoice, form["id"])
    if row is None:
        raise ApiError(404, "InvoiceNotFoundException", f"Invoice {invoice} not found")
    if row["uploaded_at"] is not None:
        raise ApiError(409, "FILE-ALREADY-UPLOADED", "This invoice has its file already")
    _check_scan(sandbox, form["id"])
    _check_content(content)
    _store_file(sandbox, request, row, content)
    return Response(status_code=200)


def invoices_of(sandbox: Sandbox, form_id: str) -> list[sqlite3.Row]:
    return sandbox.state.rows("SELECT * FROM invoice WHERE form = ? ORDER BY created_at, rowid", form_id)


def scan_status(sandbox: Sandbox, row: sqlite3.Row) -> str | None:
    """WAITING, then ACCEPTED or REJECTED; None before there is a file."""
    if row["uploaded_at"] is None:
        return None
    return str(row["verdict"]) if row["verified_at"] <= timestamp(sandbox.state.now()) else "WAITING"


def _check_another(sandbox: Sandbox, form: sqlite3.Row) -> None:
    if form["status"] != "READY_FOR_PROCESSING":
        raise ApiError(422, "INVOICE_NOT_ALLOWED", f"An order in {form['status']} takes no invoice")
    known = invoices_of(sandbox, form["id"])
    if len(known) >= MOST_INVOICES:
        raise ApiError(422, "TOO_MANY_INVOICES", f"An order has at most {MOST_INVOICES} invoices")
    _check_scan(sandbox, form["id"])
    if known and known[-1]["uploaded_at"] is None:
        age = sandbox.state.now() - datetime.fromisoformat(known[-1]["created_at"])
        if age < timedelta(seconds=sandbox.settings.metadata_pause_s):
            raise ApiError(429, "TOO_MANY_REQUESTS", "Upload a file to the invoice before, or wait some seconds")


def _check_scan(sandbox: Sandbox, form_id: str) -> None:
    if any(scan_status(sandbox, row) == "WAITING" for row in invoices_of(sandbox, form_id)):
        raise ApiError(422, SCANNING, "The file uploaded before is still being scanned")


def _check_content(content: bytes) -> None:
    if not content:
        raise ApiError(422, "EMPTY-ATTACHMENT", "The file is empty")
    if len(content) > LARGEST_FILE:
        raise ApiError(413, "FILE-TOO-LARGE", "A file has at most 3 MB")
    if not content.startswith(b"%PDF"):
        raise ApiError(422, "FILE-CONTENT-INVALID", "The file is not a PDF")


def _store_file(sandbox: Sandbox, request: Request, row: sqlite3.Row, content: bytes) -> None:
    path, now = request.url.path, sandbox.state.now()
    targets = (path, f"PUT {path}", row["seller"])
    rejected = sandbox.faults.take("scan_rejected", *targets) is not None
    slow = sandbox.faults.take("scan_slow", *targets)
    delay = sandbox.settings.scan_delay_s if slow is None else float(slow.get("seconds", 600))
    with sandbox.state.transaction():
        sandbox.state.run(
            "UPDATE invoice SET content = ?, uploaded_at = ?, verified_at = ?, verdict = ? WHERE id = ?",
            *(content, timestamp(now), timestamp(now + timedelta(seconds=delay))),
            *("REJECTED" if rejected else "ACCEPTED", row["id"]),
        )
        effect = {
            "seller": row["seller"],
            "invoice": row["id"],
            "number": row["number"],
            "sha256": hashlib.sha256(content).hexdigest(),
            "size": len(content),
        }
        sandbox.state.applied("invoice.file", row["form"], effect)


def _shown(sandbox: Sandbox, row: sqlite3.Row) -> Json:
    file: Json = {"name": row["name"]}
    status = scan_status(sandbox, row)
    if status is not None:
        verified = {} if status == "WAITING" else {"verifiedAt": row["verified_at"]}
        file["uploadedAt"] = row["uploaded_at"]
        file["securityVerification"] = {"status": status, **verified}
        file["verification"] = {"status": "NOT_APPLICABLE", "details": []}
    shown: Json = {"id": row["id"], "createdAt": row["created_at"], "file": file}
    return {**shown, "invoiceNumber": row["number"]} if row["number"] else shown


ROUTES = [
    Route("/order/checkout-forms/{id}/invoices", list_invoices, methods=["GET"]),
    Route("/order/checkout-forms/{id}/invoices", add_invoice, methods=["POST"]),
    Route("/order/checkout-forms/{id}/invoices/{invoice}/file", put_file, methods=["PUT"]),
]
