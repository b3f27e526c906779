"""Invoices attached to their orders at Allegro: each once, one after the other, whatever answers are lost."""

from __future__ import annotations

from decimal import Decimal

import pytest

from allegro_integration.models import Order
from allegro_integration.services import form_effects
from allegro_integration.services.invoices import scanning
from allegro_integration.services.invoices import sending as invoice_sending
from allegro_integration.services.invoices.documents import FILE, RECORD
from connectify.domain.change import ChangeState
from connectify.domain.errors import Retryable
from connectify.sync.models import Change
from pohoda_bridge.server.mirror.models import Invoice
from tests.allegro_services.way_back import WayBack, facts, pdf

S = ChangeState
LIST = "/order/checkout-forms/{}/invoices"


@pytest.fixture
def order(back: WayBack) -> Order:
    return back.buy()


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
