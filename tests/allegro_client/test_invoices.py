"""Invoices and parcel numbers of orders through our client."""

from __future__ import annotations

import datetime as dt
import hashlib

import pytest

from allegro_integration.client.api import AllegroApi
from allegro_integration.client.environments import custom_environment
from allegro_integration.client.errors import (
    FileExists,
    InvoiceTooBig,
    NotSent,
    OutcomeUnknown,
    Refused,
    ScanRunning,
    Throttled,
)
from allegro_integration.client.governor import Governor
from allegro_integration.client.http import AllegroHttp, Exchange, Timeouts
from allegro_integration.client.invoices import MAX_PDF
from allegro_integration.client.shipments import Carrier, Shipment
from connectify.domain.errors import Retryable
from tests.allegro_client.answers import invoice
from tests.allegro_client.conftest import AGENT, Tokens
from tests.allegro_client.scripted import Scripted

FORM = "29738e61-7f6a-11e8-ac45-09db60ede9d6"
PDF = b"%PDF-1.7\n" + bytes(range(256)) * 1000 + b"\n%%EOF\n"


def test_the_invoices_of_an_order_tell_what_each_waits_for(scripted_api: AllegroApi, script: Scripted) -> None:
    at = "2026-11-23T10:00:05.000Z"
    scanned = {
        "uploadedAt": at,
        "securityVerification": {"status": "ACCEPTED", "verifiedAt": at},
        "verification": {"status": "NOT_APPLICABLE"},
    }
    listed = [invoice("a", "2026001"), invoice("b", "2026002", **scanned), {"id": "c"}]
    script.answer(200, {"invoices": listed, "hasExternalInvoices": False})
    bare, done, unnamed = scripted_api.invoices(FORM)
    assert (bare.id, bare.number, bare.file_name, bare.uploaded_at, bare.scan, bare.verification) == (
        "a", "2026001", "2026001.pdf", None, "", "",
    )  # fmt: skip
    assert done.uploaded_at == dt.datetime(2026, 11, 23, 10, 0, 5, tzinfo=dt.UTC)
    assert (done.scan, done.verification) == ("ACCEPTED", "NOT_APPLICABLE")
    assert (unnamed.number, unnamed.file_name, unnamed.created_at) == ("", "", None)


def test_an_odd_invoice_costs_the_list_so_that_none_seems_missing(scripted_api: AllegroApi, script: Scripted) -> None:
    script.answer(200, {"invoices": [invoice("a", "1"), {"invoiceNumber": "2"}]})
    with pytest.raises(Retryable) as caught:
        scripted_api.invoices(FORM)
    assert caught.value.code == "unreadable_answer"


def test_a_record_of_an_invoice_is_added_and_names_its_id(scripted_api: AllegroApi, script: Scripted) -> None:
    script.answer(201, {"id": "inv-1"})
    sent: list[str] = []
    created = scripted_api.add_invoice(FORM, file_name="f.pdf", number="2026001", on_sent=lambda: sent.append("x"))
    assert (created, sent) == ("inv-1", ["x"])
    assert script.sent == {"file": {"name": "f.pdf"}, "invoiceNumber": "2026001"}


def test_a_pdf_goes_as_its_very_bytes(scripted_api: AllegroApi, script: Scripted, seen: list[Exchange]) -> None:
    script.answer(200)
    sent: list[int] = []
    scripted_api.put_invoice_file(FORM, "inv-1", PDF, on_sent=lambda: sent.append(len(seen)))
    assert script.last["path"] == f"/order/checkout-forms/{FORM}/invoices/inv-1/file"
    assert script.last["request_headers"]["content-type"] == "application/pdf"
    assert script.bodies == [PDF]
    assert sent == [0]
    digest = hashlib.sha256(PDF).hexdigest()
    assert seen[0].sent == f"application/pdf, {len(PDF)} bytes, sha256 {digest}".encode()


def test_sending_a_file_has_a_deadline_of_its_own(script: Scripted, governor: Governor) -> None:
    environment = custom_environment(name="test", api=script.url, auth=script.url, upload=script.url)
    tokens = Tokens("token")
    with AllegroHttp(user_agent=AGENT, timeouts=Timeouts(total=1e-9)) as http:
        api = AllegroApi(http, environment, tokens.seller_id, tokens, governor, upload_s=10)
        with pytest.raises(NotSent):
            api.invoices(FORM)
        script.answer(200)
        api.put_invoice_file(FORM, "inv-1", PDF)
    assert script.bodies == [PDF]


def test_a_file_that_allegro_would_not_take_is_not_sent(scripted_api: AllegroApi, script: Scripted) -> None:
    with pytest.raises(InvoiceTooBig) as caught:
        scripted_api.put_invoice_file(FORM, "inv-1", b"%" * (MAX_PDF + 1))
    assert (caught.value.code, caught.value.params) == ("invoice_too_big", {"limit": MAX_PDF})
    with pytest.raises(ValueError, match="empty"):
        scripted_api.put_invoice_file(FORM, "inv-1", b"")
    assert script.asked == []


def test_an_invoice_that_has_its_file_is_told_apart(scripted_api: AllegroApi, script: Scripted) -> None:
    script.refuse(409, "CONFLICT", "already uploaded")
    with pytest.raises(FileExists):
        scripted_api.put_invoice_file(FORM, "inv-1", PDF)


@pytest.mark.parametrize(
    ("status", "code", "message"),
    [
        (409, "CONFLICT", "Order already has seller invoice"),
        (422, "PREVIOUS_FILE_SCANNING", "wait"),
        (422, "VALIDATION", "Previously uploaded file is still in scanning"),
        (422, "VALIDATION", "Trwa skanowanie"),
    ],
)
def test_a_second_document_waits_while_the_first_is_scanned(
    scripted_api: AllegroApi, script: Scripted, status: int, code: str, message: str
) -> None:
    script.refuse(status, code, message)
    with pytest.raises(ScanRunning) as caught:
        scripted_api.add_invoice(FORM, file_name="f.pdf", number="1")
    assert caught.value.code == "scan_running"


def test_a_file_waits_while_another_one_of_the_order_is_scanned(scripted_api: AllegroApi, script: Scripted) -> None:
    script.refuse(422, "FILE_SCAN_IN_PROGRESS", "wait")
    with pytest.raises(ScanRunning):
        scripted_api.put_invoice_file(FORM, "inv-1", PDF)


def test_an_order_that_takes_no_invoice_refuses_it(scripted_api: AllegroApi, script: Scripted) -> None:
    script.refuse(422, "VALIDATION", "Order does not allow an invoice")
    with pytest.raises(Refused) as caught:
        scripted_api.add_invoice(FORM, file_name="f.pdf", number="1")
    assert caught.value.detail == "Order does not allow an invoice"


def test_documents_that_come_too_fast_are_slowed_down(scripted_api: AllegroApi, script: Scripted) -> None:
    script.refuse(429, "TOO_FAST")
    with pytest.raises(Throttled) as caught:
        scripted_api.add_invoice(FORM, file_name="f.pdf", number="1")
    assert caught.value.retry_after_s == 10


def test_a_write_without_allegros_own_answer_may_have_happened(scripted_api: AllegroApi, script: Scripted) -> None:
    script.answer(200, b"<html>signed in</html>")
    with pytest.raises(OutcomeUnknown):
        scripted_api.put_invoice_file(FORM, "inv-1", PDF)
    script.answer(201)
    with pytest.raises(OutcomeUnknown):
        scripted_api.add_invoice(FORM, file_name="f.pdf", number="1")
    script.answer(201, {})
    with pytest.raises(OutcomeUnknown):
        scripted_api.add_shipment(FORM, carrier_id="DPD", carrier_name="", waybill="1")
    script.answer(504)
    with pytest.raises(OutcomeUnknown):
        scripted_api.add_shipment(FORM, carrier_id="DPD", carrier_name="", waybill="1")


def test_parcel_numbers_are_listed_whoever_added_them(scripted_api: AllegroApi, script: Scripted) -> None:
    listed = [
        {"id": "s1", "waybill": "123", "carrierId": "DPD", "lineItems": [{"id": "l1"}], "createdAt": "x"},
        {"id": "s2", "waybill": "456", "carrierId": "OTHER", "carrierName": "Posel"},
    ]
    script.answer(200, {"shipments": listed})
    assert scripted_api.shipments(FORM) == (
        Shipment(id="s1", carrier_id="DPD", carrier_name="", waybill="123", line_items=("l1",)),
        Shipment(id="s2", carrier_id="OTHER", carrier_name="Posel", waybill="456", line_items=()),
    )


@pytest.mark.parametrize(("carrier", "named"), [("DPD", {}), ("OTHER", {"carrierName": "Posel"})])
def test_a_parcel_number_names_its_carrier_only_when_it_is_none_of_allegros(
    scripted_api: AllegroApi, script: Scripted, carrier: str, named: dict[str, str]
) -> None:
    script.answer(201, {"id": "s9", "waybill": "123", "carrierId": carrier})
    assert scripted_api.add_shipment(FORM, carrier_id=carrier, carrier_name="Posel", waybill="123") == "s9"
    assert script.sent == {"carrierId": carrier, "waybill": "123", **named}


@pytest.mark.parametrize("status", [400, 409, 422])
def test_a_parcel_number_that_allegro_does_not_take_is_refused(
    scripted_api: AllegroApi, script: Scripted, status: int
) -> None:
    script.refuse(status, "CarrierWaybillValidationException", "not one of theirs")
    with pytest.raises(Refused) as caught:
        scripted_api.add_shipment(FORM, carrier_id="DPD", carrier_name="", waybill="?")
    assert caught.value.errors[0].code == "CarrierWaybillValidationException"


def test_carriers_are_listed(scripted_api: AllegroApi, script: Scripted) -> None:
    script.answer(200, {"carriers": [{"id": "DPD", "name": "DPD"}, {"id": "OTHER"}]})
    assert scripted_api.carriers() == (Carrier("DPD", "DPD"), Carrier("OTHER"))
