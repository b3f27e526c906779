"""The agent passes on one list of a known kind, or one print of one invoice into its own folder, and nothing else."""

import msgspec
import pytest

from pohoda_bridge.documents import ExternalId, UnitPin
from pohoda_bridge.protocol import PrintReport, ReadList
from pohoda_bridge.xml import requests
from pohoda_bridge.xml.allowed import check_list, check_print
from pohoda_bridge.xml.errors import NotAllowed
from tests.bridge_xml.answers import PIN

SINCE = "2026-11-20T08:00:00"
STOCK = requests.stock_page(PIN, id_from=0, count=500, changed_since=SINCE, request_id="R")
ORDERS = requests.orders_state_page(
    PIN, id_from=0, count=500, ext_system="allegro:x:1", changed_since=SINCE, request_id="R"
)
INVOICES = requests.invoices_page(PIN, id_from=0, count=500, changed_since=SINCE, request_id="R")
PRINT = requests.print_request(PIN, record_id=463, report_id=3000, file_name="fv-463.pdf", request_id="R")
DOCUMENTS = {"stock": STOCK.document, "orders": ORDERS.document, "invoices": INVOICES.document}
PRINTING = PrintReport(
    pin=PIN, agenda="issued_invoices", record_id=463, report_id=3000, pack_id="R", item_id="R-1"
)  # fmt: skip


def reading(agenda: str) -> ReadList:
    return ReadList(pin=PIN, agenda=agenda, pack_id="R", item_id="R-1")


def code_of(check, document: bytes, operation) -> str:
    with pytest.raises(NotAllowed) as caught:
        check(document, operation)
    return caught.value.code


@pytest.mark.parametrize("agenda", DOCUMENTS)
def test_a_list_of_the_agenda_it_was_told_is_passed_on(agenda):
    check_list(DOCUMENTS[agenda], reading(agenda))


def test_other_lists_of_orders_and_the_rich_list_of_stock_are_passed_on_too():
    by_id = requests.orders_by_id(PIN, 7, ext_system="x", request_id="R").document
    by_ext_id = requests.orders_by_ext_id(PIN, ExternalId("a", "x"), request_id="R").document
    for document in (by_id, by_ext_id):
        check_list(document, reading("orders"))
    check_list(requests.stock_page(PIN, id_from=0, count=1, rich=True, request_id="R").document, reading("stock"))


@pytest.mark.parametrize(
    ("agenda", "asked", "code"),
    [("stock", "orders", "element"), ("orders", "invoices", "element"), ("invoices", "stock", "element")],
)
def test_a_list_of_another_agenda_is_refused(agenda, asked, code):
    assert code_of(check_list, DOCUMENTS[agenda], reading(asked)) == code


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"pack_id": "x"}, "other_pack_id"),
        ({"item_id": "x"}, "other_item_id"),
        ({"pin": UnitPin("87654321", "d", 2026)}, "other_ico"),
        ({"pin": UnitPin("12345678", "d", 2026, "k")}, "other_key"),
    ],
)
def test_ids_other_than_the_operation_says_are_refused(changes, code):
    assert code_of(check_list, STOCK.document, msgspec.structs.replace(reading("stock"), **changes)) == code
    assert code_of(check_print, PRINT.document, msgspec.structs.replace(PRINTING, **changes)) == code


QUERY = b"<ftr:queryFilter><ftr:filter>1=1</ftr:filter></ftr:queryFilter>"


@pytest.mark.parametrize(
    ("agenda", "before", "after", "code"),
    [
        ("stock", b"<lStk:requestStock>", b"<lStk:requestStock>" + QUERY, "element"),
        ("orders", b"<lst:requestOrder>", b"<lst:requestOrder>" + QUERY, "element"),
        ("invoices", b"<lst:requestInvoice>", b"<lst:requestInvoice><ftr:userFilterName/>", "element"),
        ("invoices", b"<ftr:filter>", b"<ftr:filter><ftr:selectedCompanys/>", "element"),
        ("orders", b'"receivedOrder"', b'"issuedOrder"', "other_kind"),
        ("invoices", b'"issuedInvoice"', b'"receivedInvoice"', "other_kind"),
        ("invoices", b"<lst:attachments>false", b"<lst:attachments>true", "other_attachments"),
        ("stock", b"<lStk:attachments>false", b"<lStk:attachments>true", "other_attachments"),
        ("stock", b"<lStk:requestStock>", b"<lStk:requestStock/><lStk:requestStock>", "count"),
        ("stock", b"<dat:dataPackItem ", b"<dat:transformation/><dat:dataPackItem ", "element"),
        ("stock", b"</dat:dataPackItem>", b'</dat:dataPackItem><dat:dataPackItem version="2.0" id="x"/>', "count"),
        ("stock", b'stockVersion="2.0"', b'stockVersion="2.0" x="y"', "attribute"),
        ("stock", b"</dat:dataPack>", b"", "unreadable"),
    ],
)  # fmt: skip
def test_every_other_list_is_refused(agenda, before, after, code):
    document = DOCUMENTS[agenda].replace(before, after)
    assert document != DOCUMENTS[agenda]
    assert code_of(check_list, document, reading(agenda)) == code


def test_an_order_to_import_is_no_list_and_a_list_is_no_print():
    assert code_of(check_list, PRINT.document, reading("orders")) == "element"
    assert code_of(check_print, ORDERS.document, PRINTING) == "element"


def test_the_print_it_was_told_is_passed_on_with_its_bare_file_name():
    assert check_print(PRINT.document, PRINTING) == "fv-463.pdf"


SETTINGS = PRINT.document[PRINT.document.index(b"<prn:printerSettings>") : PRINT.document.index(b"</prn:print>")]


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        (b"vydane_faktury", b"uzivatele", "other_agenda"),
        (b"<ftr:id>463", b"<ftr:id>464", "other_record"),
        (b"<prn:id>3000", b"<prn:id>3001", "other_report"),
        (b"<ftr:filter><ftr:id>463</ftr:id></ftr:filter>", QUERY, "element"),
        (b"</ftr:filter>", b"</ftr:filter>" + QUERY, "element"),
        (b"<ftr:id>463</ftr:id>", b"<ftr:id>463</ftr:id><ftr:id>464</ftr:id>", "count"),
        (b"<prn:pdf>", b"<prn:printer>x</prn:printer><prn:pdf>", "element"),
        (b"<prn:binaryData>", b"<prn:sendMail/><prn:binaryData>", "element"),
        (b"<prn:binaryData>", b"<prn:isdoc/><prn:binaryData>", "element"),
        (b"</prn:pdf>", b"</prn:pdf><prn:parameters/>", "element"),
        (SETTINGS, SETTINGS + SETTINGS, "count"),
        (b"responseXml>true", b"responseXml>false", "other_answer"),
        (b"removeFile>true", b"removeFile>false", "other_removal"),
        (b"<prn:removeFile>true</prn:removeFile>", b"", "count"),
        (b"fv-463.pdf", b"C:\\Windows\\fv-463.pdf", "file_name"),
        (b"fv-463.pdf", b"..\\fv-463.pdf", "file_name"),
        (b"fv-463.pdf", b"fv-463.exe", "file_name"),
        (b"fv-463.pdf", b"", "file_name"),
        (b'version="1.0"><prn:record', b'version="1.0" x="y"><prn:record', "attribute"),
    ],
)  # fmt: skip
def test_every_other_print_is_refused(before, after, code):
    document = PRINT.document.replace(before, after)
    assert document != PRINT.document
    assert code_of(check_print, document, PRINTING) == code
