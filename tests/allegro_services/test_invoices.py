"""Invoices: found in Pohoda, printed, checked, attached once, and scanned; the Allegro side is the real sandbox."""

from __future__ import annotations

import hashlib
from decimal import Decimal

import pytest

from allegro_integration.domain.invoice_settings import InvoiceSettings
from allegro_integration.domain.invoices import NoInvoice, Print
from allegro_integration.models import InvoiceDocument, Order
from allegro_integration.services import form_effects
from allegro_integration.services.invoices import planning, scanning
from allegro_integration.services.invoices import sending as invoice_sending
from allegro_integration.services.invoices.documents import FILE, RECORD
from connectify.domain.change import ChangeState
from connectify.domain.errors import Retryable
from connectify.instances.services import disarm
from connectify.sync.models import Change
from pohoda_bridge.server.mirror.models import Invoice
from pohoda_bridge.server.models import Job
from tests.allegro_domain.forms import FORM_ID, raw_form
from tests.allegro_services.way_back import WayBack, pdf

S = ChangeState
LIST = "/order/checkout-forms/{}/invoices"


@pytest.fixture
def order(back: WayBack) -> Order:
    return back.buy()


def facts(document: InvoiceDocument) -> tuple[str, str, str]:
    document.refresh_from_db()
    return document.step, document.state, document.code


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


# --- attaching --------------------------------------------------------------------------------------------------------


def test_a_record_that_allegro_kept_without_an_answer_is_taken_over(back: WayBack, order: Order):
    back.allegro.fault("invoice_corpse", target=f"POST {LIST.format(order.number)}", times=1)
    invoice = back.invoice(order)
    back.push()
    back.print_all()
    with pytest.raises(Retryable):
        back.attach()
    assert back.changes(RECORD, order) == [(S.UNKNOWN, "answer_lost")]
    back.attach()
    assert facts(back.document(invoice))[0] == "uploaded"
    assert len(back.effects("invoice.created", order)) == 1
    assert back.change(RECORD, order).evidence == "lookup"


def test_a_file_that_allegro_took_without_an_answer_is_not_sent_again(back: WayBack, order: Order):
    invoice = back.invoice(order)
    back.push()
    back.print_all()
    where = LIST.format(order.number)
    back.allegro.fault("apply_then_timeout", target=f"{where}/", times=1, params={"seconds": 0})
    with pytest.raises(Retryable):
        back.attach()
    assert back.changes(FILE, order) == [(S.UNKNOWN, "answer_lost")]
    back.attach()
    assert facts(back.document(invoice)) == ("uploaded", "waiting", "invoice_scanned")
    assert len(back.effects("invoice.file", order)) == 1


def test_an_invoice_that_somebody_has_attached_by_hand_is_not_attached_again(back: WayBack, order: Order):
    invoice = back.invoice(order)
    by_hand = back.api.add_invoice(order.number, file_name="x.pdf", number=invoice.number)
    back.api.put_invoice_file(order.number, by_hand, pdf("by hand"))
    back.push()
    back.print_all()
    back.attach()
    document = back.document(invoice)
    assert (document.allegro_id, facts(document)[0]) == (by_hand, "uploaded")
    assert len(back.api.invoices(order.number)) == 1
    assert "order.invoice_known" in back.story(order)


def test_a_record_without_a_file_gets_its_file(back: WayBack, order: Order):
    invoice = back.invoice(order)
    corpse = back.api.add_invoice(order.number, file_name="x.pdf", number=invoice.number)
    back.push()
    back.print_all()
    back.attach()
    assert (back.document(invoice).allegro_id, facts(back.document(invoice))[0]) == (corpse, "uploaded")
    assert len(back.effects("invoice.file", order)) == 1


def test_a_cancelled_order_gets_no_invoice_and_a_person_is_told(back: WayBack, order: Order):
    invoice = back.invoice(order)
    back.push()
    back.print_all()
    back.allegro.control("POST", f"forms/{order.number}/cancel")
    back.attach()
    assert back.effects("invoice.created", order) == []
    assert facts(back.document(invoice)) == ("printed", "error", "invoice_form_cancelled")
    assert back.task("invoice") == ("invoice_form_cancelled", "open")
    assert back.order(order).form.state == "to_read"


def test_the_second_invoice_of_an_order_waits_until_the_first_is_accepted(back: WayBack, order: Order):
    back.allegro.fault("scan_slow", times=1, params={"seconds": 600})
    first, second = back.invoice(order), back.invoice(order, total=Decimal("20.00"))
    back.push()
    back.print_all()
    back.attach()
    back.time_passes()
    back.attach()
    one, two = back.document(first), back.document(second)
    uploaded, waiting = (one, two) if one.step == "uploaded" else (two, one)
    assert (facts(uploaded)[0], facts(waiting)[0]) == ("uploaded", "printed")
    back.allegro.control("POST", "clock", {"advance": 700})
    back.time_passes()
    back.attach()
    back.time_passes()
    back.attach()
    assert sorted((facts(one)[0], facts(two)[0])) == ["accepted", "accepted"]


def test_a_file_that_allegros_scan_rejects_is_shown(back: WayBack, order: Order):
    back.allegro.fault("scan_rejected", times=1)
    document = back.attach_all(order)
    back.time_passes()
    back.attach()
    assert facts(document) == ("uploaded", "error", "invoice_rejected")
    assert back.task("invoice") == ("invoice_rejected", "open")


def test_a_scan_that_takes_its_time_is_asked_for_ever_later(back: WayBack, order: Order):
    back.allegro.fault("scan_slow", times=1, params={"seconds": 600})
    document = back.attach_all(order)
    waits = []
    for _ in range(3):
        back.time_passes()
        counts = back.attach()
        waits.append(counts["again_in_s"])
    assert waits == sorted(waits)
    assert 55 <= waits[0] <= 61
    assert facts(document) == ("uploaded", "waiting", "invoice_scanned")


def test_the_eleventh_invoice_is_a_task(back: WayBack, order: Order):
    for number in range(10):
        known = back.api.add_invoice(order.number, file_name="x.pdf", number=f"alt {number}")
        back.api.put_invoice_file(order.number, known, pdf("by hand"))
    document = back.attach_all(order)
    assert facts(document) == ("printed", "error", "invoice_too_many")


def test_an_invoice_changed_after_it_was_attached_is_a_task_once(back: WayBack, order: Order):
    document = back.attach_all(order)
    invoice = Invoice.objects.get(number=document.number)
    for _ in range(2):
        back.changed(invoice, is_cancelled=True)
        back.push()
    assert back.task("invoice") == ("invoice_changed_afterwards", "open")
    assert facts(document) == ("uploaded", "waiting", "invoice_changed_afterwards")
    back.time_passes()
    back.attach()
    assert facts(document)[0] == "accepted"
    assert len(back.effects("invoice.file", order)) == 1


def test_an_invoice_cancelled_before_it_was_attached_is_taken_back(back: WayBack, order: Order):
    invoice = back.invoice(order)
    back.push()
    back.print_all()
    back.changed(invoice, is_cancelled=True)
    back.push()
    assert facts(back.document(invoice)) == ("found", "skipped", "invoice_cancelled")
    assert back.changes(RECORD, order) == [(S.SUPERSEDED, "invoice_cancelled")]
    back.changed(invoice, is_cancelled=False)
    back.push()
    back.print_all()
    back.attach()
    assert facts(back.document(invoice))[0] == "uploaded"
    assert [state for state, _ in back.changes(RECORD, order)] == [S.SUPERSEDED, S.CONFIRMED]


def test_one_order_that_allegro_does_not_serve_stops_no_other(back: WayBack, order: Order):
    other = back.buy()
    back.allegro.fault("http_500", target=f"GET {LIST.format(order.number)}")
    for one in (order, other):
        back.invoice(one)
    back.push()
    back.print_all()
    back.attach()
    assert len(back.effects("invoice.file", other)) == 1
    assert back.effects("invoice.created", order) == []
    assert back.change(RECORD, order).state == S.PLANNED


def test_the_steps_are_reached_in_their_order_with_the_intent_committed(back: WayBack, order: Order, monkeypatch):
    reached: list[tuple[str, str]] = []

    def note(name: str) -> None:
        kinds = FILE if name >= "P5.s10" else RECORD
        change = Change.objects.filter(kind=kinds, subject_id=order.pk).last()
        reached.append((name, change.state if change else ""))

    for module in (form_effects, invoice_sending, scanning):
        monkeypatch.setattr(module, "crashpoint", note)
    back.attach_all(order)
    back.time_passes()
    back.attach()
    assert reached == [
        ("P5.s07.existing_listed", S.PLANNED),
        ("P5.s08.metadata_sent", S.INTENT),
        ("P5.s09.id_stored", S.CONFIRMED),
        ("P5.s07.existing_listed", S.CONFIRMED),
        ("P5.s10.file_sent", S.INTENT),
        ("P5.s11.applied", S.INTENT),
        ("P5.s12.answered", S.INTENT),
        ("P5.s13.scan_accepted", S.CONFIRMED),
    ]


@pytest.mark.parametrize("point", ["P5.s08.metadata_sent", "P5.s11.applied", "P5.s12.answered"])
def test_a_worker_that_dies_there_attaches_nothing_twice(back: WayBack, order: Order, monkeypatch, point: str):
    class Died(BaseException):
        pass

    def dies(name: str) -> None:
        if name == point:
            raise Died

    invoice = back.invoice(order)
    back.push()
    back.print_all()
    monkeypatch.setattr(form_effects, "crashpoint", dies)
    with pytest.raises(Died):
        back.attach()
    monkeypatch.setattr(form_effects, "crashpoint", lambda name: None)
    for _ in range(3):
        back.time_passes()
        back.attach()
    assert facts(back.document(invoice))[0] == "accepted"
    assert (len(back.effects("invoice.created", order)), len(back.effects("invoice.file", order))) == (1, 1)


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
