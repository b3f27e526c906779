"""Faults of what goes the way back: commands, edits, invoices, and a gate behind every write."""

import socket
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.sandbox_allegro.conftest import Visitor
from tests.sandbox_allegro.test_commands import PRICE, QUANTITY, fixed, priced, put, results, stocks
from tests.sandbox_allegro.test_invoices import PDF, add, attach, where


@pytest.fixture
def shop(seller: Visitor) -> Visitor:
    """A seller with the offers 1, 2 and 3."""
    seller.sell(*({"id": str(n), "prices": {"allegro-cz": "100", "allegro-sk": "4"}, "stock": 5} for n in (1, 2, 3)))
    return seller


@pytest.mark.parametrize(("params", "left"), [({}, 5), ({"applied": True}, 7)])
def test_a_command_may_never_complete_done_or_not(shop: Visitor, params: dict[str, Any], left: int) -> None:
    shop.fault("command_never_completes", target=QUANTITY, times=1, params=params)
    command, _ = put(shop, QUANTITY, fixed(7, "1"))
    shop.control("POST", "clock", {"advance": 30_000})
    report = shop.get(f"{QUANTITY}/{command}")
    assert (report["completedAt"], report["taskCount"]["total"]) == (None, 0)
    assert results(shop, QUANTITY, command) == [("1", "NEW", "")]
    assert stocks(shop)[0] == left
    assert put(shop, QUANTITY, fixed(8, "2"))[1].status_code == 201
    assert stocks(shop)[1] == 8


def test_chosen_offers_fail_with_a_chosen_reason(shop: Visitor) -> None:
    shop.fault("command_fail", target="2", params={"code": "TOO_BIG_CHANGE", "message": "Too big"})
    command, _ = put(shop, PRICE, priced("50", "1", "2"))
    assert results(shop, PRICE, command) == [("1", "SUCCESS", ""), ("2", "FAIL", "TOO_BIG_CHANGE")]
    assert shop.get(f"{PRICE}/{command}")["taskCount"] == {"failed": 1, "success": 1, "total": 2}
    assert [one["key"] for one in shop.effects("offer.price")] == ["1", "1"]
    shop.control("DELETE", "faults")
    shop.fault("command_fail", target=QUANTITY, times=1)
    command, _ = put(shop, QUANTITY, fixed(7, "1", "3"))
    assert results(shop, QUANTITY, command) == [("1", "FAIL", "INTERNAL_ERROR"), ("3", "SUCCESS", "")]


def test_a_report_may_come_late_by_reads(shop: Visitor) -> None:
    shop.fault("report_late", times=1, params={"reads": 2})
    command, _ = put(shop, QUANTITY, fixed(7, "1"))
    reports = [shop.get(f"{QUANTITY}/{command}")["taskCount"]["total"] for _ in range(3)]
    assert (reports, stocks(shop)[0]) == ([0, 0, 1], 7)


def test_a_report_may_come_late_by_the_clock(shop: Visitor) -> None:
    shop.fault("report_late", times=1, params={"seconds": 60})
    command, _ = put(shop, QUANTITY, fixed(7, "1"))
    assert shop.get(f"{QUANTITY}/{command}")["completedAt"] is None
    assert stocks(shop)[0] == 7
    shop.control("POST", "clock", {"advance": 61})
    assert shop.get(f"{QUANTITY}/{command}")["completedAt"]


def test_some_tasks_may_be_missing_for_a_while(shop: Visitor) -> None:
    command, _ = put(shop, QUANTITY, fixed(7, "1", "2", "3"))
    shop.fault("tasks_missing", times=1)
    shop.fault("tasks_missing", times=1, params={"offers": ["1", "2"]})
    shown = [[offer for offer, _, _ in results(shop, QUANTITY, command)] for _ in range(3)]
    assert shown == [["1", "2"], ["3"], ["1", "2", "3"]]
    assert shop.get(f"{QUANTITY}/{command}")["taskCount"]["total"] == 3


def test_an_edit_in_progress_refuses_a_patch_and_fails_a_task(shop: Visitor) -> None:
    shop.fault("edit_in_progress", target="1", times=2)
    edit = {"stock": {"available": 1}}
    assert shop.call("PATCH", "/sale/product-offers/1", edit).status_code == 409
    assert shop.call("PATCH", "/sale/product-offers/2", edit).status_code == 200
    command, _ = put(shop, QUANTITY, fixed(7, "1"))
    assert results(shop, QUANTITY, command) == [("1", "FAIL", "ERR_YOU_CANT_CHANGE_ITEM_EDIT_IN_PROGRESS")]
    assert shop.call("PATCH", "/sale/product-offers/1", edit).status_code == 200


def test_a_scan_may_reject_and_another_file_is_taken_after_it(seller: Visitor) -> None:
    order = seller.purchase()[0]
    seller.fault("scan_rejected", target=f"PUT {where(order)}", times=1)
    attach(seller, order)
    attach(seller, order, "FV-2")
    scans = [one["file"]["securityVerification"]["status"] for one in seller.get(where(order))["invoices"]]
    assert scans == ["REJECTED", "ACCEPTED"]


def test_a_scan_may_be_slow(seller: Visitor) -> None:
    order = seller.purchase()[0]
    seller.fault("scan_slow", times=1, params={"seconds": 900})
    attach(seller, order)
    seller.control("POST", "clock", {"advance": 890})
    assert seller.get(where(order))["invoices"][0]["file"]["securityVerification"]["status"] == "WAITING"
    seller.control("POST", "clock", {"advance": 20})
    assert seller.get(where(order))["invoices"][0]["file"]["securityVerification"]["status"] == "ACCEPTED"


def test_metadata_may_stay_behind_an_error(seller: Visitor) -> None:
    order = seller.purchase()[0]
    seller.fault("invoice_corpse", times=1)
    assert add(seller, order).status_code == 504
    known = seller.get(where(order))["invoices"]
    assert [(one["invoiceNumber"], set(one["file"])) for one in known] == [("FV-1", {"name"})]
    assert seller.upload(f"{where(order)}/{known[0]['id']}/file", PDF).status_code == 200


def writes(visitor: Visitor) -> dict[str, tuple[Callable[[], httpx.Request], str]]:
    """Each write the product may be killed in, with the effect that says it was done."""
    order, another = visitor.purchase(marketplace="allegro-cz", count=2)
    command, other = uuid.uuid4(), uuid.uuid4()
    invoice = add(visitor, order).json()["id"]

    def call(method: str, path: str, body: Any) -> Callable[[], httpx.Request]:
        return lambda: visitor.request(method, path, body)

    publication = {"publication": {"action": "END"}, "offerCriteria": fixed(1, "3")["offerCriteria"]}
    return {
        "quantity": (call("PUT", f"{QUANTITY}/{command}", fixed(7, "1")), "offer.quantity"),
        "price": (call("PUT", f"{PRICE}/{other}", priced("50", "1")), "offer.price"),
        "publication": (call("PUT", f"/sale/offer-publication-commands/{uuid.uuid4()}", publication), "offer.ended"),
        "edit": (call("PATCH", "/sale/product-offers/2", {"stock": {"available": 1}}), "offer.quantity"),
        "status": (call("PUT", f"/order/checkout-forms/{order}/fulfillment", {"status": "SENT"}), "fulfillment.set"),
        "parcel": (
            call("POST", where(order, "shipments"), {"carrierId": "DPD", "waybill": "1234567"}),
            "shipment.added",
        ),
        "invoice": (call("POST", where(another), {"file": {"name": "FV-2.pdf"}}), "invoice.created"),
        "file": (call("PUT", f"{where(order)}/{invoice}/file", PDF), "invoice.file"),
    }


WRITES = ("quantity", "price", "publication", "edit", "status", "parcel", "invoice", "file")


@pytest.mark.parametrize("write", WRITES)
def test_a_gate_stands_between_a_write_and_its_answer(shop: Visitor, tmp_path: Path, write: str) -> None:
    make, effect = writes(shop)[write]
    request, mark = make(), tmp_path / "applied"
    before = len(shop.effects(effect))
    target = f"{request.method} {request.url.path}"
    shop.fault("gate_after_apply", target=target, times=1, params={"path": str(mark), "seconds": 3600})
    lines = [f"{name}: {value}\r\n" for name, value in request.headers.items()]
    with socket.create_connection((request.url.host, request.url.port)) as waiting:
        head = f"{request.method} {request.url.raw_path.decode()} HTTP/1.1\r\n{''.join(lines)}\r\n"
        waiting.sendall(head.encode() + request.content)
        while not mark.exists():
            shop.control("GET", "health")
        waiting.setblocking(False)
        with pytest.raises(BlockingIOError):
            waiting.recv(1)
    assert len(shop.effects(effect)) > before


@pytest.mark.parametrize("write", WRITES)
def test_a_write_may_be_done_though_its_answer_never_comes(shop: Visitor, write: str) -> None:
    make, effect = writes(shop)[write]
    request = make()
    before = len(shop.effects(effect))
    target = f"{request.method} {request.url.path}"
    shop.fault("apply_then_timeout", target=target, times=1, params={"seconds": 0})
    with pytest.raises(httpx.TransportError):
        shop.http.send(request)
    assert len(shop.effects(effect)) > before


def test_a_gate_does_not_stand_before_what_was_refused(shop: Visitor, tmp_path: Path) -> None:
    mark = tmp_path / "applied"
    shop.fault("gate_after_apply", params={"path": str(mark), "seconds": 0})
    assert shop.call("PATCH", "/sale/product-offers/2", {"stock": {"available": -1}}).status_code == 422
    assert not mark.exists()
    assert shop.call("PATCH", "/sale/product-offers/2", {"stock": {"available": 1}}).status_code == 200
    assert mark.exists()
