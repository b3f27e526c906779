"""What is asked of Pohoda fits its schemas, asks for what was meant and for nothing more."""

import datetime as dt

import pytest
from lxml import etree

from pohoda_bridge.documents import ExternalId
from pohoda_bridge.xml import requests
from pohoda_bridge.xml.errors import DocumentError
from pohoda_bridge.xml.namespaces import q
from tests.bridge_xml.answers import PIN
from tests.xsd import pack_violations

ENCODINGS = ("windows-1250", "utf-8")
SINCE = "2026-11-20T08:00:00"
DAY = dt.date(2026, 1, 1)
REQUESTS = {
    "ext_id": lambda **e: requests.orders_by_ext_id(PIN, ExternalId("a", "allegro:x:1"), request_id="R", **e),
    "by_id": lambda **e: requests.orders_by_id(PIN, 7, ext_system="x", request_id="R", **e),
    "orders": lambda **e: requests.orders_page(PIN, id_from=0, count=1000, ext_system="", request_id="R", **e),
    "states": lambda **e: requests.orders_state_page(
        PIN, id_from=5, count=9, ext_system="x", changed_since=SINCE, date_from=DAY, request_id="R", **e
    ),
    "invoices": lambda **e: requests.invoices_page(
        PIN, id_from=5, count=9, changed_since=SINCE, date_from=DAY, request_id="R", **e
    ),
    "all_invoices": lambda **e: requests.invoices_page(PIN, id_from=0, count=1, request_id="R", **e),
    "stock": lambda **e: requests.stock_page(PIN, id_from=0, count=1000, request_id="R", **e),
    "rich_stock": lambda **e: requests.stock_page(
        PIN, id_from=3, count=5, changed_since=SINCE, rich=True, request_id="R", **e
    ),
    "print": lambda **e: requests.print_request(
        PIN, record_id=463, report_id=1, file_name="fv-463.pdf", request_id="R", **e
    ),
}


@pytest.mark.parametrize("name", REQUESTS)
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_each_request_fits_the_official_schema(name, encoding, reference_dir):
    made = REQUESTS[name](encoding=encoding)
    assert pack_violations(made.document) == []
    root = etree.fromstring(made.document)
    assert (root.get("id"), root[0].get("id"), root.get("ico")) == (made.pack_id, made.item_id, PIN.ico)
    assert (made.pack_id, made.item_id) == ("R", "R-1")


def texts(name: str) -> dict[str, str]:
    return {
        etree.QName(leaf).localname: leaf.text
        for leaf in etree.fromstring(REQUESTS[name]().document).iter()
        if leaf.text
    }


def test_a_page_begins_at_an_id_and_takes_what_changed_since_a_moment_on_pohodas_clock():
    said = texts("states")
    assert (said["idFrom"], said["count"], said["lastChanges"], said["dateFrom"]) == ("5", "9", SINCE, "2026-01-01")
    assert (said["documents"], said["parameters"], said["attachments"]) == ("true", "true", "false")


def test_long_texts_of_stock_cards_come_only_where_they_are_asked_for():
    plain, rich = texts("stock"), texts("rich_stock")
    assert [plain[name] for name in ("pictures", "categories", "intParameters")] == ["false"] * 3
    assert [rich[name] for name in ("pictures", "categories", "intParameters")] == ["true"] * 3
    assert plain["stockPriceItem"] == plain["stockParameters"] == "true"
    assert plain["attachments"] == rich["attachments"] == "false"
    assert "lastChanges" not in plain


def test_invoices_are_the_issued_ones():
    request = etree.fromstring(REQUESTS["invoices"]().document)[0][0]
    assert (request.tag, request.get("invoiceType")) == (q("lst:listInvoiceRequest"), "issuedInvoice")


def test_a_print_names_one_record_one_report_and_a_bare_file_that_comes_back():
    said = texts("print")
    assert (said["fileName"], said["responseXml"], said["removeFile"]) == ("fv-463.pdf", "true", "true")


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: requests.stock_page(PIN, id_from=0, count=1001, request_id="R"),
        lambda: requests.stock_page(PIN, id_from=0, count=0, request_id="R"),
        lambda: requests.stock_page(PIN, id_from=-1, count=1, request_id="R"),
        lambda: requests.stock_page(PIN, id_from=0, count=1, changed_since="2026-11-20 08:00", request_id="R"),
        lambda: requests.invoices_page(PIN, id_from=0, count=1, changed_since="<x/>", request_id="R"),
        lambda: requests.orders_by_id(PIN, 0, ext_system="", request_id="R"),
        lambda: requests.print_request(PIN, record_id=0, report_id=1, file_name="a.pdf", request_id="R"),
        lambda: requests.print_request(PIN, record_id=1, report_id=0, file_name="a.pdf", request_id="R"),
        lambda: requests.print_request(PIN, record_id=1, report_id=1, file_name="C:\\a.pdf", request_id="R"),
        lambda: requests.print_request(PIN, record_id=1, report_id=1, file_name="../a.pdf", request_id="R"),
        lambda: requests.print_request(PIN, record_id=1, report_id=1, file_name="a.pdf\n", request_id="R"),
        lambda: requests.print_request(PIN, record_id=1, report_id=1, file_name="a" * 61 + ".pdf", request_id="R"),
        lambda: requests.stock_page(PIN, id_from=0, count=1, request_id=""),
    ],
)  # fmt: skip
def test_a_request_that_would_mean_something_else_is_not_written(wrong):
    with pytest.raises(DocumentError):
        wrong()
