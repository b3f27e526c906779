"""Invoices: found in Pohoda, planned, printed and checked; the whole way to the order at Allegro, a real sandbox."""

from __future__ import annotations

import hashlib
from decimal import Decimal

import pytest

from allegro_integration.domain.invoice_settings import InvoiceSettings
from allegro_integration.domain.invoices import NoInvoice, Print
from allegro_integration.models import InvoiceDocument, Order
from allegro_integration.services.invoices import planning
from allegro_integration.services.invoices.documents import RECORD
from connectify.domain.change import ChangeState
from connectify.instances.services import disarm
from connectify.sync.models import Change
from pohoda_bridge.server.models import Job
from tests.allegro_domain.forms import FORM_ID, raw_form
from tests.allegro_services.way_back import WayBack, facts, pdf

S = ChangeState
LIST = "/order/checkout-forms/{}/invoices"


@pytest.fixture
def order(back: WayBack) -> Order:
    return back.buy()


def test_an_invoice_gets_from_pohoda_to_the_order_once(back: WayBack, order: Order):
    invoice = back.invoice(order)
    back.push()
    document = back.document(invoice)
    assert facts(document) == ("found", "waiting", "invoice_to_print")
    assert [step["code"] for step in document.trace] == ["invoice_report_chosen"]
    back.prints()
    (job,) = back.jobs()
    operation = back.operation(job)
    assert (operation.record_id, operation.report_id) == (invoice.record_id, 200)
    assert facts(document) == ("printing", "waiting", "invoice_printing")
    data = pdf(back.text_of(job))
    back.printed(job, data)
    back.prints()
    assert facts(document) == ("printed", "waiting", "invoice_to_upload")
    assert (bytes(document.pdf.body), document.file_name) == (data, f"{invoice.number}.pdf")
    assert bytes(Job.objects.get(pk=job.pk).answer) == b""
    back.attach()
    assert facts(document) == ("uploaded", "waiting", "invoice_scanned")
    back.time_passes()
    back.attach()
    assert facts(document) == ("accepted", "sent", "")
    (listed,) = back.api.invoices(order.number)
    assert (listed.id, listed.number, listed.scan) == (document.allegro_id, invoice.number, "ACCEPTED")
    (effect,) = back.effects("invoice.file", order)
    assert effect["data"]["sha256"] == hashlib.sha256(data).hexdigest()
    assert [event for event in back.story(order) if "invoice" in event] == [
        "order.invoice_found", "order.invoice_queued", "order.invoice_printed", "order.invoice_created",
        "order.invoice_uploaded", "order.invoice_accepted",
    ]  # fmt: skip
    back.changed(invoice)
    for run in (back.push, back.prints, back.attach):
        run()
    assert len(back.effects("invoice.created", order)) == 1
    assert back.jobs() == []


def test_without_arming_an_invoice_is_planned_and_shown_and_not_printed(back: WayBack, order: Order):
    disarm(instance=back.market.instance, direction="invoices", actor=None)
    invoice = back.invoice(order)
    back.push()
    back.prints()
    assert back.jobs() == []
    assert facts(back.document(invoice)) == ("found", "waiting", "invoice_to_print")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"kind": "issuedAdvanceInvoice"}, "invoice_not_final"),
        ({"is_cancelled": True}, "invoice_cancelled"),
        ({"total": None}, "invoice_without_total"),
        ({"links": [{"agenda": "receivedOrder", "id": 1000}, {"agenda": "receivedOrder", "id": 7}]},
         "invoice_of_several_orders"),
    ],
)  # fmt: skip
def test_what_is_not_attached_says_why(back: WayBack, order: Order, changes: dict, code: str):
    back.state(order)
    invoice = back.invoice(order, **changes)
    back.push()
    back.prints()
    assert facts(back.document(invoice)) == ("found", "skipped", code)
    assert back.jobs() == []


def test_an_order_whose_totals_differ_gets_no_invoice_until_they_are_equal(back: WayBack, order: Order):
    Order.objects.update(pohoda_total=order.total + 1)
    invoice = back.invoice(order)
    back.push()
    assert facts(back.document(invoice)) == ("found", "skipped", "invoice_totals_differ")
    Order.objects.update(pohoda_total=order.total)
    back.changed(invoice)
    back.push()
    assert facts(back.document(invoice)) == ("found", "waiting", "invoice_to_print")


def test_an_order_whose_total_nobody_knows_waits_for_it(back: WayBack, order: Order):
    Order.objects.update(pohoda_total=None)
    back.state(order, total=None)
    invoice = back.invoice(order)
    back.push()
    assert facts(back.document(invoice)) == ("found", "skipped", "invoice_total_not_read")


@pytest.mark.parametrize("by", ["order's link", "order number", "form"])
def test_an_invoice_is_found_by_either_ones_link_or_else_by_its_order_number(back: WayBack, order: Order, by: str):
    state = back.state(order)
    number = {"order's link": "", "order number": state.number, "form": state.number_order}[by]
    invoice = back.invoice(order, links=[], number_order=number)
    if by == "order's link":
        links = [{"agenda": "issuedInvoice", "id": invoice.record_id, "number": invoice.number}]
        back.state(order, links=links)
    back.push()
    assert back.document(invoice).order_id == order.pk


def test_an_invoice_of_another_order_stays_out_whatever_number_stands_on_it(back: WayBack, order: Order):
    state = back.state(order)
    back.invoice(order, links=[{"agenda": "receivedOrder", "id": 424242}], number_order=state.number)
    back.push()
    assert not InvoiceDocument.objects.exists()


# --- prints and their check -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("Faktura", "pdf_without_number"),
        ("Celkem", "pdf_without_total"),
        ("ICO", "pdf_without_ico"),
    ],
)
def test_a_print_of_something_else_is_never_attached(back: WayBack, order: Order, line: str, code: str):
    invoice = back.invoice(order)
    back.push()
    back.prints()
    (job,) = back.jobs()
    kept = [one for one in back.text_of(job).splitlines() if not one.startswith(line)]
    back.printed(job, pdf("\n".join([*kept, "CZK"])))
    back.prints()
    assert facts(back.document(invoice)) == ("found", "error", code)
    assert back.task("invoice") == (code, "open")
    back.attach()
    assert back.api.invoices(order.number) == ()
    assert back.jobs() == []
    back.try_again("invoice")
    back.print_all()
    assert facts(back.document(invoice)) == ("printed", "waiting", "invoice_to_upload")
    assert back.task("invoice") == (code, "solved")


def test_a_pdf_that_carries_a_file_is_printed_three_times_and_then_shown(back: WayBack, order: Order):
    invoice = back.invoice(order)
    back.push()
    for count in range(1, 4):
        back.time_passes()
        back.prints()
        (job,) = back.jobs()
        back.printed(job, b"%PDF-1.4 " + b"x" * 500)
        back.prints()
        assert back.document(invoice).prints == count
    assert facts(back.document(invoice)) == ("found", "error", "pdf_not_whole")


@pytest.mark.parametrize("code", ["mserver_off", "mserver_busy", "denied", "wrong_unit"])
def test_an_outage_costs_no_document_a_try(back: WayBack, order: Order, code: str):
    invoice = back.invoice(order)
    back.push()
    for _ in range(4):
        back.time_passes()
        back.prints()
        (job,) = back.jobs()
        back.failed(job, code)
        back.prints()
    document = back.document(invoice)
    assert (facts(document), document.prints) == (("found", "waiting", code), 0)


def test_a_job_that_nobody_took_is_queued_again(back: WayBack, order: Order):
    invoice = back.invoice(order)
    back.push()
    back.prints()
    (first,) = back.jobs()
    Job.objects.filter(pk=first.pk).update(state=Job.State.EXPIRED)
    back.prints()
    (second,) = back.jobs()
    assert (second.pk != first.pk, back.document(invoice).job_id) == (True, second.pk)


def test_a_print_of_an_invoice_that_changed_meanwhile_is_thrown_away(back: WayBack, order: Order):
    invoice = back.invoice(order)
    back.push()
    back.prints()
    (old,) = back.jobs()
    data = pdf(back.text_of(old))
    back.changed(invoice, total=Decimal("777.00"))
    back.push()
    assert facts(back.document(invoice)) == ("found", "waiting", "invoice_to_print")
    back.printed(old, data)
    back.prints()
    document = back.document(invoice)
    assert (document.step, document.total, document.pdf) == ("printing", Decimal("777.00"), None)


def test_only_so_many_prints_are_under_way(back: WayBack, order: Order, monkeypatch):
    monkeypatch.setattr("allegro_integration.pipelines.invoices.PRINTS_AT_ONCE", 2)
    for _ in range(3):
        back.invoice(order)
    back.push()
    back.prints()
    back.prints()
    assert len(back.jobs()) == 2


# --- preview, other companies -----------------------------------------------------------------------------------------


def test_a_preview_plans_with_other_settings_and_stores_nothing(back: WayBack, order: Order):
    back.invoice(order)
    ((_, _, plan),) = planning.preview(back.market, InvoiceSettings())
    assert isinstance(plan, NoInvoice)
    assert plan.step.code == "invoice_no_report"
    settings = planning.invoice_settings(back.market)
    ((previewed, invoice, plan),) = planning.preview(back.market, settings)
    assert isinstance(plan, Print)
    assert (previewed.pk, invoice.record_id, plan.report_id) == (order.pk, 501, 200)
    assert not InvoiceDocument.objects.exists()
    assert not Change.objects.filter(kind=RECORD).exists()


def test_an_order_of_the_same_id_of_another_company_gets_nothing(back: WayBack):
    """The neighbour has an order of this very id; the fixture compares the neighbour's rows afterwards."""
    order = back.buy(raw_form())
    document = back.attach_all(order)
    assert (order.number, facts(document)[0]) == (FORM_ID, "uploaded")
