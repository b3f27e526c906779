"""Lists of stock, invoices and issue slips, and prints, by the official schemas; so do the requests of these tests."""

from pathlib import Path

import pytest

from tests.sandbox_pohoda.packs import (
    FORM,
    LIST_LEVELS,
    by_ext_id,
    foreign,
    list_cards,
    list_invoices,
    list_orders,
    list_slips,
    order,
    pack,
    print_invoice,
    print_settings,
    stock_item,
    text_item,
)
from tests.sandbox_pohoda.test_answers_fit_schemas import EURO, FULL_HEADER, MOSS, OSS_ITEM
from tests.sandbox_pohoda.visitor import Visitor, encoded
from tests.xsd import pack_violations

pytestmark = pytest.mark.reference

EVERYTHING = (
    "<lst:documents>true</lst:documents><lst:parameters>true</lst:parameters><lst:liquidations>true</lst:liquidations>"
)
NUMBERS = (
    "<ftr:selectedNumbers><ftr:number><typ:numberRequested>26FV00001</typ:numberRequested></ftr:number>"
    "</ftr:selectedNumbers>"
)
LIMIT = "<ftr:idFrom>1</ftr:idFrom><ftr:count>2</ftr:count>"
REQUESTS = {
    "stock": pack(list_cards(limit=LIMIT)),
    "stock restricted": pack(
        list_cards(
            "<ftr:lastChanges>2026-01-01T00:00:00</ftr:lastChanges>",
            restriction="<lStk:pictures>false</lStk:pictures><lStk:stockPriceItem>true</lStk:stockPriceItem>",
        )
    ),
    "stock of a storage": pack(list_cards("<ftr:storage><typ:ids>ZBOZI/Nářadí</typ:ids></ftr:storage>")),
    "price levels": pack(LIST_LEVELS),
    "invoices": pack(list_invoices(restriction=EVERYTHING)),
    "invoices by number": pack(list_invoices(NUMBERS, LIMIT)),
    "invoices by external id": pack(list_invoices(by_ext_id(), system="a")),
    "advance invoices": pack(list_invoices(kind="issuedAdvanceInvoice", restriction=EVERYTHING)),
    "corrective documents": pack(list_invoices(kind="issuedCorrectiveTax", restriction=EVERYTHING)),
    "received invoices": pack(list_invoices(kind="receivedInvoice")),
    "slips": pack(list_slips(restriction=EVERYTHING)),
    "slips changed": pack(list_slips("<ftr:lastChanges>2026-01-01T00:00:00</ftr:lastChanges>", LIMIT)),
    "orders": pack(list_orders(restriction=EVERYTHING)),
    "print": pack(print_invoice(print_settings(1, r"C:\PDF\a.pdf"), print_settings(3, r"C:\PDF\b.pdf"))),
    "print to a file": pack(print_invoice(print_settings(2, r"C:\PDF\c.pdf", binary=False))),
    "print of nothing": pack(print_invoice(record=99)),
    "print of an unknown report": pack(print_invoice(report=99)),
    "print that cannot be written": pack(print_invoice(path="/nowhere/x.pdf")),
    "several": pack(list_cards(limit=LIMIT), list_invoices(), list_slips(), print_invoice()),
}


@pytest.fixture
def busy(strict_visitor: Visitor) -> Visitor:
    """A unit with orders of every sort and every document made from them."""
    visitor = strict_visitor
    orders = {
        FORM: order(stock_item(), text_item(), header=FULL_HEADER),
        "euro": order(stock_item(currency="foreign"), summary=EURO),
        "oss": order(OSS_ITEM, header=MOSS, summary=EURO, ext="oss"),
        "forints": order(text_item(currency="foreign", vat="none"), summary=foreign("HUF", "6.402", "100")),
    }
    for name, document in orders.items():
        visitor.send(pack(document.replace(f"<typ:ids>{FORM}<", f"<typ:ids>{name}<"), id=f"pack-{name}"))
        visitor.control("POST", f"orders/{name}/slip", {"parcel": f"Z{name}"})
        visitor.control("POST", f"orders/{name}/invoice", {"kind": "issuedAdvanceInvoice"})
        made = visitor.control("POST", f"orders/{name}/invoice", {})
        visitor.control("POST", f"invoices/{made['id']}/pay", {"amount": "10"})
    visitor.control("POST", "orders/euro/invoice", {"kind": "issuedCorrectiveTax", "corrected": "26FV00002"})
    visitor.control("POST", "invoices/26FV00001/cancel")
    fields = {"VPrAlgCena": "10.50", "VPrAlgZnac": "Značka"}
    visitor.control("POST", "stocks/NAR-0101/set", {"fields": fields})
    return visitor


@pytest.mark.parametrize("name", REQUESTS)
def test_every_answer_about_documents_and_stock_fits_the_schema(busy: Visitor, name: str) -> None:
    answer = busy.post(REQUESTS[name])
    assert answer.status_code == 200
    assert pack_violations(answer.content) == []


@pytest.mark.parametrize("name", REQUESTS)
def test_these_requests_fit_the_schema(reference_dir: Path, name: str) -> None:
    assert pack_violations(encoded(REQUESTS[name])) == []


@pytest.mark.parametrize(
    "fault", ["list_empty", "list_half", "other_unit", "print_without_file", "print_zero_bytes", "print_other_document"]
)
def test_what_faults_leave_well_formed_fits_the_schema(busy: Visitor, fault: str) -> None:
    busy.fault(fault)
    request = print_invoice() if fault.startswith("print") else list_invoices(restriction=EVERYTHING)
    assert pack_violations(busy.post(pack(request)).content) == []
