"""Invoices and parcels of an order: what may be attached, in which order, and what cannot be taken back."""

import base64
import hashlib
from typing import Any

import httpx
import pytest

from tests.sandbox_allegro.conftest import Visitor

PDF = b"%PDF-1.4\n" + bytes(range(256)) + b"\n%%EOF\n"


@pytest.fixture
def order(seller: Visitor) -> str:
    """An order that is ready."""
    return seller.purchase(wish={"lines": 2})[0]


def where(order: str, what: str = "invoices") -> str:
    return f"/order/checkout-forms/{order}/{what}"


def add(visitor: Visitor, order: str, number: str = "FV-1") -> httpx.Response:
    return visitor.call("POST", where(order), {"file": {"name": f"{number}.pdf"}, "invoiceNumber": number})


def attach(visitor: Visitor, order: str, number: str = "FV-1", content: bytes = PDF) -> httpx.Response:
    return visitor.upload(f"{where(order)}/{add(visitor, order, number).json()['id']}/file", content)


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["errors"][0]["code"]


def test_an_invoice_is_metadata_then_a_file_then_a_scan(seller: Visitor, order: str) -> None:
    seller.control("PUT", "settings", {"scan_delay_s": 60})
    created = add(seller, order)
    assert created.status_code == 201
    bare = seller.get(where(order))["invoices"]
    assert [(one["invoiceNumber"], one["file"]) for one in bare] == [("FV-1", {"name": "FV-1.pdf"})]
    answer = seller.upload(f"{where(order)}/{created.json()['id']}/file", PDF)
    assert (answer.status_code, answer.content) == (200, b"")
    file = seller.get(where(order))["invoices"][0]["file"]
    assert file["securityVerification"] == {"status": "WAITING"}
    assert file["verification"]["status"] == "NOT_APPLICABLE"
    seller.control("POST", "clock", {"advance": 61})
    verified = seller.get(where(order))["invoices"][0]["file"]["securityVerification"]
    assert verified["status"] == "ACCEPTED"
    assert verified["verifiedAt"]


def test_the_ledger_says_what_was_attached(seller: Visitor, order: str) -> None:
    attach(seller, order)
    created, filed = seller.effects("invoice.created")[0], seller.effects("invoice.file")[0]
    assert created["key"] == filed["key"] == order
    assert created["data"]["number"] == filed["data"]["number"] == "FV-1"
    assert created["data"]["invoice"] == filed["data"]["invoice"]
    assert (filed["data"]["sha256"], filed["data"]["size"]) == (hashlib.sha256(PDF).hexdigest(), len(PDF))


def test_control_gives_the_uploaded_bytes(seller: Visitor, order: str) -> None:
    attach(seller, order)
    seller.control("PUT", "settings", {"metadata_pause_s": 0})
    add(seller, order, "FV-2")
    told = seller.control("GET", f"orders/{order}/invoices")["invoices"]
    assert base64.b64decode(told[0]["file"]) == PDF
    assert [(one["number"], one["scan"], one["size"]) for one in told] == [
        ("FV-1", "ACCEPTED", len(PDF)), ("FV-2", None, None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", (422, "EMPTY-ATTACHMENT")),
        (base64.b64encode(PDF), (422, "FILE-CONTENT-INVALID")),
        (b"%PDF" + bytes(3 * 1024 * 1024), (413, "FILE-TOO-LARGE")),
    ],
)
def test_only_a_pdf_of_at_most_three_megabytes_is_taken(
    seller: Visitor, order: str, content: bytes, expected: tuple[int, str]
) -> None:
    assert code(attach(seller, order, content=content)) == expected
    assert seller.effects("invoice.file") == []


def test_the_file_comes_as_what_it_is(seller: Visitor, order: str) -> None:
    path = f"{where(order)}/{add(seller, order).json()['id']}/file"
    assert seller.upload(path, PDF, "multipart/form-data; boundary=x").status_code == 415
    assert seller.upload(path, PDF, "application/vnd.allegro.public.v1+json").status_code == 415
    assert seller.upload(path, PDF).status_code == 200


def test_a_file_is_never_replaced(seller: Visitor, order: str) -> None:
    path = f"{where(order)}/{add(seller, order).json()['id']}/file"
    answers = [seller.upload(path, PDF) for _ in range(2)]
    assert [one.status_code for one in answers] == [200, 409]
    assert len(seller.effects("invoice.file")) == 1


def test_while_a_file_is_scanned_no_other_is_taken(seller: Visitor, order: str) -> None:
    seller.control("PUT", "settings", {"scan_delay_s": 60, "metadata_pause_s": 0})
    first, second = (add(seller, order, number).json()["id"] for number in ("FV-1", "FV-2"))
    assert seller.upload(f"{where(order)}/{first}/file", PDF).status_code == 200
    assert code(add(seller, order, "FV-3")) == (422, "FILE_SCAN_IN_PROGRESS")
    assert code(seller.upload(f"{where(order)}/{second}/file", PDF)) == (422, "FILE_SCAN_IN_PROGRESS")
    seller.control("POST", "clock", {"advance": 61})
    assert seller.upload(f"{where(order)}/{second}/file", PDF).status_code == 200


def test_a_second_invoice_without_a_file_comes_too_fast(seller: Visitor, order: str) -> None:
    seller.control("PUT", "settings", {"metadata_pause_s": 60})
    assert add(seller, order).status_code == 201
    assert add(seller, order, "FV-2").status_code == 429
    seller.control("POST", "clock", {"advance": 61})
    assert add(seller, order, "FV-2").status_code == 201


def test_an_order_takes_ten_invoices(seller: Visitor, order: str) -> None:
    assert [attach(seller, order, f"FV-{number}").status_code for number in range(10)] == [200] * 10
    assert code(add(seller, order, "FV-10")) == (422, "TOO_MANY_INVOICES")


def test_only_a_ready_order_of_the_seller_takes_an_invoice(seller: Visitor, order: str) -> None:
    bought = seller.purchase(until="BOUGHT")[0]
    seller.control("POST", f"forms/{order}/cancel")
    assert [code(add(seller, one))[0] for one in (bought, order)] == [422, 422]
    assert add(seller, "6a9d7f0e-1111-4222-8333-444455556666").status_code == 404
    ready = seller.purchase()[0]
    assert seller.upload(f"{where(ready)}/6a9d7f0e-1111-4222-8333-444455556666/file", PDF).status_code == 404
    seller.control("PUT", "sellers/555", {"login": "druhy"})
    seller.sign_in("555")
    assert [add(seller, ready).status_code, seller.call("GET", where(ready)).status_code] == [404, 404]


@pytest.mark.parametrize("body", [{}, {"file": {}}, {"file": {"name": "faktura.txt"}}, {"file": "faktura.pdf"}])
def test_an_invoice_without_the_name_of_a_pdf_is_refused(seller: Visitor, order: str, body: dict[str, Any]) -> None:
    assert seller.call("POST", where(order), body).status_code == 422
    assert seller.get(where(order))["invoices"] == []


def ship(visitor: Visitor, order: str, waybill: str = "13805012345678", **body: Any) -> httpx.Response:
    return visitor.call("POST", where(order, "shipments"), {"carrierId": "DPD", "waybill": waybill, **body})


def fulfillment(visitor: Visitor, order: str) -> tuple[str, str]:
    form = visitor.get(f"/order/checkout-forms/{order}")["fulfillment"]
    return form["status"], form["shipmentSummary"]["lineItemsSent"]


def test_a_parcel_is_added_and_listed(seller: Visitor, order: str) -> None:
    answer = ship(seller, order)
    lines = [line["id"] for line in seller.get(f"/order/checkout-forms/{order}")["lineItems"]]
    assert answer.status_code == 201
    assert seller.get(where(order, "shipments"))["shipments"] == [answer.json()]
    assert [one["id"] for one in answer.json()["lineItems"]] == lines
    effect = seller.effects("shipment.added")[0]
    assert (effect["key"], effect["data"]["carrierId"], effect["data"]["waybill"]) == (order, "DPD", "13805012345678")
    assert effect["data"]["lines"] == lines
    assert seller.control("GET", f"orders/{order}/invoices")["shipments"] == [answer.json()]


def test_a_parcel_number_leaves_the_status_alone(seller: Visitor, order: str) -> None:
    lines = [line["id"] for line in seller.get(f"/order/checkout-forms/{order}")["lineItems"]]
    ship(seller, order, lineItems=[{"id": lines[0]}])
    assert fulfillment(seller, order) == ("NEW", "SOME" if len(set(lines)) > 1 else "ALL")
    ship(seller, order)
    assert fulfillment(seller, order) == ("NEW", "ALL")
    assert seller.effects("fulfillment.set") == []


def test_a_parcel_number_sends_the_order_where_the_seller_set_it_so(seller: Visitor, order: str) -> None:
    seller.control("PUT", "sellers/44300012", {"sent_on_waybill": True})
    ship(seller, order)
    assert fulfillment(seller, order) == ("SENT", "ALL")
    assert seller.effects("fulfillment.set")[0]["data"]["by"] == "waybill"
    assert seller.get("/order/events")["events"][-1]["type"] == "FULFILLMENT_STATUS_CHANGED"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"carrierId": "ALLEGRO"}, 400),
        ({"carrierId": "PIGEON"}, 400),
        ({"carrierId": "OTHER"}, 400),
        ({"carrierId": "OTHER", "carrierName": "Náš řidič s velmi dlouhým jménem firmy"}, 400),
        ({"waybill": ""}, 400),
        ({"waybill": "1" * 65}, 400),
        ({"waybill": "číslo"}, 400),
        ({"lineItems": [{"id": "6a9d7f0e-1111-4222-8333-444455556666"}]}, 422),
        ({"carrierId": "OTHER", "carrierName": "Náš řidič"}, 201),
    ],
)
def test_a_parcel_is_checked(seller: Visitor, order: str, body: dict[str, Any], status: int) -> None:
    assert ship(seller, order, **{"waybill": "1380501", **body}).status_code == status
    assert len(seller.effects("shipment.added")) == (status == 201)


def test_a_number_used_in_too_many_orders_is_refused(seller: Visitor) -> None:
    orders = seller.purchase(count=11)
    assert [ship(seller, one).status_code for one in orders] == [201] * 10 + [409]
    assert ship(seller, orders[0]).status_code == 201
