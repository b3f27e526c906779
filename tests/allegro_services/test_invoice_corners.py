"""Invoices where two things meet: two of one number, two of one order, a change while one is on its way."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.db.models.functions import Now

from allegro_integration.client.errors import NotSent
from allegro_integration.models import InvoiceDocument, Order
from allegro_integration.services.form_effects import FormEffect
from allegro_integration.services.invoices import printing
from allegro_integration.services.invoices.documents import RECORD
from allegro_integration.services.invoices.pdf import PdfRefused
from connectify.clock import now
from connectify.domain.change import ChangeState
from connectify.instances.services import disarm
from connectify.sync import changes
from pohoda_bridge.server.mirror.models import Invoice
from pohoda_bridge.server.models import Agent, Job
from tests.allegro_services.way_back import WayBack, facts, pdf

S = ChangeState
LIST = "/order/checkout-forms/{}/invoices"


@pytest.fixture
def order(back: WayBack) -> Order:
    return back.buy()


def test_an_invoice_deleted_and_made_anew_under_its_number_is_one_document(back: WayBack, order: Order):
    deleted = back.invoice(order, total=order.total + 1)
    again = back.invoice(order, number=deleted.number)
    other = back.buy()
    of_other = back.invoice(other)
    back.push()
    assert [(one.record_id, one.total) for one in order.invoices.all()] == [(again.record_id, order.total)]
    assert facts(back.document(of_other)) == ("found", "waiting", "invoice_to_print")
    back.print_all()
    back.changed(deleted)
    back.push()
    assert facts(order.invoices.get()) == ("printed", "waiting", "invoice_to_upload")


def test_an_invoice_cancelled_in_favour_of_one_with_its_number_gives_way(back: WayBack, order: Order):
    good = back.invoice(order)
    back.invoice(order, number=good.number, is_cancelled=True)
    back.push()
    assert [one.record_id for one in order.invoices.all()] == [good.record_id]


def test_two_records_without_files_do_not_wait_for_each_other(back: WayBack, order: Order, monkeypatch):
    """The first one's answer is lost, the second one's file does not leave: two records are there, without files."""
    back.allegro.fault("invoice_corpse", target=f"POST {LIST.format(order.number)}", times=1)
    back.invoice(order)
    back.invoice(order, total=Decimal("20.00"))
    back.push()
    back.print_all()
    with monkeypatch.context() as broken:
        broken.setattr(back.api, "put_invoice_file", not_sent)
        with pytest.raises(NotSent):
            back.attach()
    for _ in range(4):
        back.time_passes()
        back.attach()
    assert {facts(one)[0] for one in order.invoices.all()} == {"accepted"}
    assert len(back.effects("invoice.created", order)) == len(back.effects("invoice.file", order)) == 2


def not_sent(*args: object, **kwargs: object) -> None:
    raise NotSent("not_sent", "the connection was not made")


def test_a_change_in_pohoda_while_the_pdf_is_scanned_stays_a_task(back: WayBack, order: Order):
    document = back.attach_all(order)
    invoice = Invoice.objects.get()
    back.changed(invoice, total=order.total + 5)
    back.push()
    assert back.task("invoice") == ("invoice_changed_afterwards", "open")
    back.time_passes()
    back.attach()
    assert facts(document)[0] == "accepted"
    back.push()
    assert back.task("invoice") == ("invoice_changed_afterwards", "open")


def test_a_document_whose_record_was_put_aside_goes_again_after_a_change_in_pohoda(back: WayBack, order: Order):
    invoice = back.invoice(order)
    back.push()
    back.print_all()
    change = back.change(RECORD, order)
    changes.begin(change.pk, epoch=1)
    changes.mark_unknown(change.pk, code="answer_lost", detail="")
    changes.quarantine(change.pk, code="not_applied", detail="")
    back.changed(invoice, total=order.total + 1)
    back.push()
    back.print_all()
    back.attach()
    assert facts(back.document(invoice))[0] == "uploaded"


def test_a_pause_holds_at_the_moment_of_the_effect(back: WayBack, order: Order, monkeypatch):
    look = FormEffect.look

    def slow(self, change):
        seen = look(self, change)
        disarm(instance=back.market.instance, direction="statuses", actor=None)
        return seen

    monkeypatch.setattr(FormEffect, "look", slow)
    back.state(order, is_executed=True)
    assert back.push()["sent"] == 0
    assert back.effects("fulfillment", order) == []
    assert back.status(order) in ("", "NEW")
    assert back.changes("order.status", order)[-1][0] == S.PLANNED


def test_an_invoice_of_another_year_is_not_found_by_pohodas_number_of_the_order(back: WayBack, order: Order):
    state = back.state(order)
    next_year = state.date.replace(year=state.date.year + 1)
    back.invoice(order, links=[], number_order=state.number, date=next_year)
    back.push()
    assert not InvoiceDocument.objects.exists()


def test_a_print_that_comes_after_its_time_leaves_no_pdf_behind(back: WayBack, order: Order):
    back.invoice(order)
    back.push()
    back.prints()
    (job,) = back.jobs()
    back.printed(job, pdf("late"))
    Job.objects.filter(pk=job.pk).update(state=Job.State.EXPIRED)
    back.prints()
    assert bytes(Job.objects.get(pk=job.pk).answer) == b""


def test_a_print_that_nobody_waits_for_any_more_leaves_no_pdf_behind(back: WayBack, order: Order):
    invoice = back.invoice(order)
    back.push()
    back.prints()
    (job,) = back.jobs()
    back.changed(invoice, is_cancelled=True)
    back.push()
    back.printed(job, pdf(invoice.number))
    back.prints()
    job.refresh_from_db()
    assert (bytes(job.answer), job.settled_at is not None) == (b"", True)


def test_nothing_is_queued_for_an_agent_that_is_away(back: WayBack, order: Order):
    away = dt.timedelta(days=3)
    agent = Agent.objects.create(unit=back.market.unit, host="pc", public_key=b"k", last_seen_at=now() - away)
    invoice = back.invoice(order)
    back.push()
    for _ in range(3):
        back.prints()
        Job.objects.update(state=Job.State.EXPIRED)
    assert (Job.objects.count(), facts(back.document(invoice))) == (0, ("found", "waiting", "invoice_to_print"))
    assert "order.invoice_queued" not in back.story(order)
    Agent.objects.filter(pk=agent.pk).update(last_seen_at=Now())
    back.prints()
    assert len(back.jobs()) == 1


def test_each_print_has_ids_of_its_own(back: WayBack, order: Order):
    back.invoice(order)
    back.push()
    ids = set()
    for _ in range(3):
        back.prints()
        (job,) = back.jobs()
        ids.add(back.operation(job).pack_id)
        Job.objects.filter(pk=job.pk).update(state=Job.State.EXPIRED)
    assert len(ids) == 3


@pytest.mark.parametrize("detail", ["a\0b", "\ud800"])
def test_odd_characters_in_what_a_print_brought_stop_nothing(back: WayBack, order: Order, monkeypatch, detail: str):
    def refuse(data: bytes) -> str:
        raise PdfRefused("pdf_unreadable", detail=detail)

    monkeypatch.setattr(printing, "read_text", refuse)
    invoice = back.invoice(order)
    back.push()
    back.print_all()
    assert facts(back.document(invoice))[2] == "pdf_unreadable"


def test_what_changed_in_pohoda_while_nobody_knew_of_its_record_is_printed_anew(back: WayBack, order: Order):
    """The record did not arrive: the PDF of before the change must not be attached."""
    invoice = back.invoice(order)
    back.push()
    back.print_all()
    change = back.change(RECORD, order)
    changes.begin(change.pk, epoch=1)
    changes.mark_unknown(change.pk, code="answer_lost", detail="")
    back.changed(invoice, total=order.total + 1)
    back.push()
    back.time_passes()
    back.attach()
    assert back.effects("invoice.created", order) == []
    back.push()
    assert facts(back.document(invoice)) == ("found", "waiting", "invoice_to_print")
    back.print_all()
    back.attach()
    assert back.document(invoice).total == order.total + 1
    assert len(back.effects("invoice.file", order)) == 1


def test_an_invoice_deleted_while_nobody_knew_of_its_record_is_not_attached(back: WayBack, order: Order):
    invoice = back.invoice(order)
    back.push()
    back.print_all()
    change = back.change(RECORD, order)
    changes.begin(change.pk, epoch=1)
    changes.mark_unknown(change.pk, code="answer_lost", detail="")
    back.changed(invoice, missed=2)
    back.push()
    assert facts(back.document(invoice)) == ("printed", "waiting", "invoice_changed_afterwards")
    back.time_passes()
    back.attach()
    back.push()
    assert facts(back.document(invoice)) == ("found", "superseded", "invoice_gone")
    assert back.effects("invoice.created", order) == []


def test_an_invoice_whose_link_names_only_a_number_is_found_by_the_form_that_stands_on_it(back: WayBack, order: Order):
    state = back.state(order)
    link = {"agenda": "receivedOrder", "id": 0, "number": state.number}
    invoice = back.invoice(order, links=[link], number_order=state.number_order)
    back.push()
    assert back.document(invoice).order_id == order.pk
