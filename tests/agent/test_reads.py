"""Lists and prints through the whole agent: whole and checked, or a failed job that says why."""

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from pohoda_bridge.agent.loop import Ending
from pohoda_bridge.documents import ExternalId, UnitPin
from pohoda_bridge.protocol import CHUNK_LIMIT, JobFailed, ListRead, PrintReport, ReadList, ReportPrinted
from pohoda_bridge.records import Record
from pohoda_bridge.xml import requests
from pohoda_bridge.xml.expected import Expected
from pohoda_bridge.xml.requests import ListRequest
from pohoda_bridge.xml.split import read_records, split_list
from tests.agent.platform import FakePlatform
from tests.agent.pohoda import REPORT, SYSTEM, importing, printing
from tests.agent.running import RunningAgent
from tests.bridge_xml.answers import FORM, PIN


@pytest.fixture
def server() -> Iterator[FakePlatform]:
    with FakePlatform() as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "print"
    made.mkdir()
    return made


@pytest.fixture
def agent(server, pohoda, threads_journal, folder) -> Iterator[RunningAgent]:
    running = RunningAgent(server, pohoda, threads_journal, folder=str(folder))
    yield running
    server.closing = True
    running.close()


@dataclasses.dataclass
class Asking:
    """Gives jobs and waits for what the agent reports of them."""

    server: FakePlatform

    def page(self, agenda: str, request: ListRequest) -> tuple[ListRead | JobFailed, bytes]:
        operation = ReadList(pin=PIN, agenda=agenda, pack_id=request.pack_id, item_id=request.item_id)
        return self.job(operation, request.document)

    def records(self, agenda: str, request: ListRequest) -> list[Record]:
        result, data = self.page(agenda, request)
        assert isinstance(result, ListRead), result
        expected = Expected(pack_id=request.pack_id, item_id=request.item_id, pin=PIN)
        found = split_list(data, agenda=agenda, expected=expected)
        assert (result.records, result.last_id) == (len(found), found.ids[-1] if found.ids else 0)
        assert (result.stamp, found.is_fast) == (found.stamp, bool(found.ids))
        return list(read_records(agenda, list(found), found.encoding))

    def pdf(self, record_id: int, report_id: int = REPORT) -> tuple[ReportPrinted | JobFailed, bytes]:
        return self.job(*printing(record_id, report_id))

    def job(self, operation: ReadList | PrintReport, document: bytes):
        job_id = self.server.give(operation, document)
        (report,) = self.server.wait_for(job_id)
        return report.result, self.server.answers[job_id]


@pytest.fixture
def ask(server, agent) -> Asking:
    return Asking(server)


@pytest.fixture
def stock_page() -> Callable[..., ListRequest]:
    return lambda **said: requests.stock_page(PIN, **({"id_from": 0, "count": 1000, "request_id": "CFL-1"} | said))


@pytest.fixture
def invoice_id(server, agent, pohoda) -> int:
    """An invoice the accountant made from an order of ours."""
    server.wait_for(server.give(*importing()))
    return pohoda.control("POST", f"orders/{FORM}/invoice")["id"]


def test_a_stock_list_comes_with_its_raw_bytes_and_pohodas_clock(ask, pohoda, stock_page):
    cards = {card.id: card for card in ask.records("stock", stock_page())}
    shown = {card["id"]: card for card in pohoda.control("GET", "stocks")["stocks"]}
    assert cards.keys() == shown.keys()
    for number, card in cards.items():
        assert (card.code, card.store) == (shown[number]["code"], shown[number]["store"])
        assert card.count == Decimal(str(shown[number]["count"]))
        assert card.price == Decimal(str(shown[number]["price"]))


def test_pages_follow_each_other_without_a_gap(ask, stock_page):
    found, next_id = [], 0
    while page := ask.records("stock", stock_page(id_from=next_id, count=7, request_id=f"CFL-{next_id}")):
        found += [card.id for card in page]
        next_id = found[-1] + 1
    assert found == [card.id for card in ask.records("stock", stock_page(request_id="CFL-all"))]


def test_a_list_longer_than_a_chunk_arrives_whole(ask, server, pohoda, stock_page):
    result, data = ask.page("stock", stock_page(rich=True))
    assert isinstance(result, ListRead)
    assert [size for _, size in server.chunks] == [
        min(CHUNK_LIMIT, len(data) - start) for start in range(0, len(data), CHUNK_LIMIT)
    ]


def test_the_state_of_an_order_tells_its_invoice_and_delivery(ask, server, pohoda, invoice_id):
    request = requests.orders_state_page(
        PIN, id_from=0, count=1000, ext_system=SYSTEM, date_from=dt.date(2020, 1, 1), request_id="CFL-1"
    )
    (order,) = [order for order in ask.records("orders", request) if order.ext_id == ExternalId(FORM, SYSTEM)]
    assert [(link.agenda, link.id) for link in order.links] == [("issuedInvoice", invoice_id)]
    assert order.is_executed
    assert (order.quantity, order.delivered) == (Decimal(1), Decimal(1))
    assert order.total == Decimal(2549)


def test_an_invoice_in_the_list_links_to_its_order_and_says_when_it_is_paid(ask, pohoda, invoice_id):
    def invoice():
        request = requests.invoices_page(PIN, id_from=invoice_id, count=1, request_id="CFL-1")
        (found,) = ask.records("invoices", request)
        return found

    first = invoice()
    assert (first.id, first.kind, first.total, first.is_paid) == (invoice_id, "issuedInvoice", Decimal(2549), False)
    assert {link.agenda for link in first.links} >= {"receivedOrder"}
    pohoda.control("POST", f"invoices/{invoice_id}/pay")
    assert invoice().is_paid


@pytest.mark.parametrize(
    ("fault", "params", "code"),
    [
        ("list_cut", {}, "list_cut"),
        ("list_without_end", {}, "list_cut"),
        ("truncated", {}, "list_cut"),
        ("truncated", {"cut": True}, "lookup_broken"),
        ("bad_cp1250_byte", {}, "list_unreadable"),
        ("wrong_ico", {"ico": "87654321"}, "wrong_unit"),
        ("wrong_item_id", {}, "list_unreadable"),
        ("missing_item", {}, "list_unreadable"),
        ("double_item", {}, "list_unreadable"),
        ("empty_body", {}, "list_unreadable"),
        ("html_200", {}, "denied"),
        ("http_503", {}, "mserver_busy"),
        ("denied", {}, "denied"),
    ],
)
def test_a_list_that_is_not_whole_is_a_failed_job_with_its_reason(ask, pohoda, stock_page, fault, params, code):
    pohoda.fault(fault, target="list.stock", **params)
    result, _ = ask.page("stock", stock_page())
    assert (type(result), result.code) == (JobFailed, code)
    assert isinstance(ask.page("stock", stock_page(request_id="CFL-2"))[0], ListRead)


def test_an_mserver_that_is_off_fails_lists_and_prints_alike(ask, pohoda, stock_page):
    pohoda.control("POST", "config", enabled=False)
    assert ask.page("stock", stock_page())[0].code == "mserver_off"
    assert ask.pdf(1)[0].code == "mserver_off"


def test_an_agenda_closed_to_the_user_is_a_refusal_of_that_list_and_not_of_the_user(
    ask, pohoda, stock_page, invoice_id
):
    pohoda.control("POST", "config", forbidden=["list.stock", "print.invoice"])
    refused, _ = ask.page("stock", stock_page())
    printed, _ = ask.pdf(invoice_id)
    assert (refused.code, printed.code) == ("list_refused", "print_refused")
    assert refused.detail
    assert printed.detail
    invoices = requests.invoices_page(PIN, id_from=0, count=10, request_id="CFL-2")
    assert [invoice.id for invoice in ask.records("invoices", invoices)] == [invoice_id]


def test_a_user_who_may_not_communicate_at_all_is_denied(ask, pohoda, stock_page):
    pohoda.control("POST", "config", import_right=False)
    assert ask.page("stock", stock_page())[0].code == "denied"
    assert ask.pdf(1)[0].code == "denied"


def test_another_unit_and_a_document_other_than_the_operation_says_never_reach_pohoda(ask, pohoda, stock_page):
    request = stock_page()
    operation = ReadList(pin=PIN, agenda="stock", pack_id=request.pack_id, item_id=request.item_id)
    printed, document = printing(1)
    other = UnitPin("87654321", "StwPh_87654321_2026", 2026)
    for asked, body, code in (
        (msgspec.structs.replace(operation, pin=other), request.document, "wrong_unit"),
        (msgspec.structs.replace(operation, agenda="orders"), request.document, "not_allowed"),
        (operation, document, "not_allowed"),
        (msgspec.structs.replace(printed, record_id=2), document, "not_allowed"),
        (printed, request.document, "not_allowed"),
    ):
        assert ask.job(asked, body)[0].code == code
    assert {exchange["path"] for exchange in pohoda.exchanges()} == {"/status"}


def test_an_invoice_is_printed_into_the_agents_folder_and_its_pdf_comes_back(ask, pohoda, invoice_id, folder):
    result, data = ask.pdf(invoice_id)
    assert result == ReportPrinted(file_name=f"fv-{invoice_id}.pdf", size=len(data))
    assert data.startswith(b"%PDF-")
    assert list(folder.iterdir()) == []
    effect = [line for line in effects(pohoda) if line["kind"] == "invoice.printed"][-1]
    assert (effect["data"]["id"], effect["data"]["size"]) == (invoice_id, len(data))


def effects(pohoda) -> list[dict]:
    file = pohoda.ledger_dir / "applied.jsonl"
    return [msgspec.json.decode(line) for line in file.read_bytes().splitlines()]


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("print_without_file", "print_without_file"),
        ("print_zero_bytes", "print_without_file"),
        ("print_not_pdf", "print_not_pdf"),
        ("truncated", "print_unreadable"),
        ("wrong_ico", "wrong_unit"),
        ("wrong_item_id", "print_unreadable"),
        ("denied", "denied"),
        ("http_503", "mserver_busy"),
    ],
)
def test_a_print_without_a_whole_pdf_is_a_failed_job_with_its_reason(ask, pohoda, invoice_id, fault, code):
    pohoda.fault(fault, target="print.invoice", ico="87654321")
    result, data = ask.pdf(invoice_id)
    assert (type(result), result.code) == (JobFailed, code)
    assert not data.startswith(b"%PDF-")


def test_a_record_that_is_not_there_is_refused_in_pohodas_words(ask):
    result, _ = ask.pdf(999_999)
    assert (result.code, "nebyl nalezen" in result.detail) == ("print_refused", True)


def test_a_report_pohoda_does_not_have_gives_no_file(ask, invoice_id):
    assert ask.pdf(invoice_id, report_id=3999)[0].code == "print_without_file"


def test_a_file_of_the_same_name_from_before_is_not_taken_for_the_new_one(ask, invoice_id, folder):
    old = folder / f"fv-{invoice_id}.pdf"
    old.write_bytes(b"%PDF-1.4 old\n%%EOF")
    result, data = ask.pdf(invoice_id)
    assert (result.size, b"%PDF-1.4 old" in data) == (len(data), False)
    assert not old.exists()


def test_reads_go_on_while_the_journal_cannot_be_trusted(server, pohoda, stock_page):
    running = RunningAgent(server, pohoda, None)
    try:
        assert isinstance(Asking(server).page("stock", stock_page())[0], ListRead)
    finally:
        running.close()
    assert running.ending is Ending.STOPPED
