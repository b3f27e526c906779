"""No piece is offered twice: what buyers took and Pohoda's stock does not show yet is taken off, in every account."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from allegro_integration.models import Account, InboxForm, Offer, Order, SoldLine
from allegro_integration.services.offers.marking import mark_sold, order_states_changed
from connectify.clock import now
from connectify.domain.change import Evidence
from connectify.sync import changes
from pohoda_bridge.server.mirror.models import MirrorRead, OrderState
from tests.allegro_services.offers.stall import Stall, offer
from tests.factories import OrderFactory


def bought(
    stall: Stall, quantity: int = 1, *, offer_id: str = "101", account: Account | None = None, **facts: Any
) -> InboxForm:
    """A form that was read; `facts` of the form. No order of ours yet."""
    seller = account or stall.account
    form = InboxForm.objects.create(
        **{
            "account": seller, "form_id": f"f{InboxForm.objects.count()}", "marketplace": "allegro-cz",
            "status": "READY_FOR_PROCESSING", "state": InboxForm.State.READ, **facts,
        }
    )  # fmt: skip
    SoldLine.objects.create(
        account=seller, line_id=f"l{SoldLine.objects.count()}", form=form, offer_id=offer_id, code="KOD101",
        quantity=quantity,
    )  # fmt: skip
    mark_sold(form)
    return form


def ordered(stall: Stall, form: InboxForm, *, confirmed: bool = False, **facts: Any) -> Order:
    order = OrderFactory(market=stall.shop.market, form=form, number=form.form_id, **facts)
    change = changes.plan_change(
        instance=stall.instance, kind="order.create", key=form.form_id, subject_kind="order", subject_id=order.pk,
        resource_kind="pohoda.unit", resource_id=stall.unit.pk, content={"number": form.form_id},
    )  # fmt: skip
    if confirmed:
        changes.begin(change.pk, epoch=1)
        changes.confirm(change.pk, evidence=Evidence.ANSWER, proof={})
        Order.objects.filter(pk=order.pk).update(pohoda_number="26OP1")
    return order


@pytest.fixture
def ten(stall: Stall) -> Stall:
    """Ten pieces on both sides."""
    stall.sell(offer("101", stock=10))
    stall.card("KOD101", 10)
    stall.settle()
    return stall


def shown(stall: Stall) -> int:
    stall.settle()
    return stall.shown("101")[1]


@pytest.mark.parametrize("status", ["BOUGHT", "FILLED_IN", "READY_FOR_PROCESSING"])
def test_pieces_of_every_known_form_are_taken_off(ten: Stall, status: str) -> None:
    bought(ten, 3, status=status)
    assert shown(ten) == 7
    steps = [step["code"] for step in ten.offer("101").trace["quantity"]]
    assert "sold_not_in_pohoda" in steps


def test_an_order_that_waits_or_failed_still_holds_its_pieces(ten: Stall) -> None:
    ordered(ten, bought(ten, 2))
    ordered(ten, bought(ten, 1), state=Order.State.ERROR, code="pohoda_refused")
    assert shown(ten) == 7


def test_a_cancelled_form_and_one_that_is_gone_give_their_pieces_back(ten: Stall) -> None:
    cancelled, gone = bought(ten, 2), bought(ten, 3)
    assert shown(ten) == 5
    InboxForm.objects.filter(pk=cancelled.pk).update(status="CANCELLED")
    mark_sold(cancelled)
    assert shown(ten) == 7
    InboxForm.objects.filter(pk=gone.pk).update(state=InboxForm.State.GONE)
    mark_sold(gone)
    assert shown(ten) == 10


@pytest.mark.parametrize("code", ["fulfilled_by_allegro", "before_start"])
def test_a_skipped_order_holds_nothing(ten: Stall, code: str) -> None:
    ordered(ten, bought(ten, 2), state=Order.State.SKIPPED, code=code)
    assert shown(ten) == 10


def test_pieces_are_pohodas_once_a_stock_began_after_its_confirmation(ten: Stall) -> None:
    form = bought(ten, 3)
    ordered(ten, form, confirmed=True)
    ten.absorbed_at(now() - dt.timedelta(minutes=1))
    assert shown(ten) == 7
    ten.card("KOD101", 10, reservation=3)
    assert shown(ten) == 7
    assert [step["code"] for step in ten.offer("101").trace["quantity"]] == ["stock_after_reservation"]


def test_a_released_piece_is_planned_anew_although_its_card_did_not_change(ten: Stall) -> None:
    form = bought(ten, 3)
    ordered(ten, form, confirmed=True)
    ten.absorbed_at(now() - dt.timedelta(minutes=1))
    assert shown(ten) == 7
    ten.absorbed()
    ten.turn()
    ten.forget()
    ten.turn()
    assert ten.offer("101").wanted_quantity == 10
    assert not ten.offer("101").needs_plan


def test_what_is_sold_through_another_account_is_taken_off_here_and_it_is_told(ten: Stall) -> None:
    other = ten.other_account()
    theirs = Offer.objects.create(
        account=other, offer_id="900", external_id="KOD101", status="ACTIVE", stock=10, needs_plan=False,
        card=ten.offer("101").card, link_by="external_id",
    )  # fmt: skip
    form = bought(ten, 4, offer_id="900", account=other)
    assert shown(ten) == 6
    mark_sold(bought(ten, 1))
    theirs.refresh_from_db()
    assert theirs.needs_plan
    InboxForm.objects.filter(pk=form.pk).update(status="CANCELLED")
    mark_sold(form)
    assert shown(ten) == 9


def test_offers_of_one_card_share_what_is_sold(stall: Stall) -> None:
    stall.sell(offer("101", "KOD", stock=10), offer("102", "KOD", stock=10))
    stall.card("KOD", 10)
    stall.settle()
    bought(stall, 3, offer_id="102")
    stall.settle()
    assert (stall.shown("101")[1], stall.shown("102")[1]) == (7, 7)


def test_pieces_of_an_offer_that_has_lost_its_link_are_still_taken_off_the_other_offers_of_the_card(
    stall: Stall,
) -> None:
    stall.sell(offer("101", "KOD101", stock=10), offer("102", "KOD101", stock=10))
    stall.card("KOD101", 10)
    stall.settle()
    bought(stall, 3)
    stall.sell(offer("101", "another", stock=10), offer("102", "KOD101", stock=10))
    Offer.objects.update(needs_reading=True)
    stall.settle()
    assert stall.stands("101") == ("skipped", "offer_not_linked")
    assert stall.shown("102")[1] == 7


def test_pieces_of_an_offer_without_a_row_count_by_the_code_they_had(ten: Stall) -> None:
    bought(ten, 2, offer_id="gone")
    Offer.objects.update(needs_plan=True)
    assert shown(ten) == 8


def test_an_order_that_pohoda_does_not_reserve_counts_until_it_is_delivered(ten: Stall) -> None:
    form = bought(ten, 3)
    ordered(ten, form, confirmed=True)
    state = OrderState.objects.create(
        unit=ten.unit, record_id=1, fingerprint=b"", began_at=now(), ext_ids=form.form_id, number="26OP1",
        date=dt.date(2026, 11, 23), is_reserved=True,
    )  # fmt: skip
    ten.absorbed()
    Offer.objects.update(needs_plan=True)
    assert shown(ten) == 10
    OrderState.objects.filter(pk=state.pk).update(is_reserved=False)
    order_states_changed(ten.unit, [state.pk], [])
    assert shown(ten) == 7
    OrderState.objects.filter(pk=state.pk).update(is_delivered=True)
    order_states_changed(ten.unit, [state.pk], [])
    assert shown(ten) == 10


def test_where_the_unit_counts_all_received_orders_a_confirmed_one_is_among_them(ten: Stall) -> None:
    ten.set(availability="received_orders")
    form = bought(ten, 3)
    ordered(ten, form, confirmed=True)
    OrderState.objects.create(
        unit=ten.unit, record_id=1, fingerprint=b"", began_at=now(), ext_ids=form.form_id, number="26OP1",
        date=dt.date(2026, 11, 23), is_reserved=False,
    )  # fmt: skip
    ten.card("KOD101", 10, received_orders=3)
    assert shown(ten) == 7


def test_where_nothing_is_taken_off_the_count_pieces_count_until_they_are_delivered(ten: Stall) -> None:
    ten.set(availability="count")
    form = bought(ten, 3)
    ordered(ten, form, confirmed=True)
    OrderState.objects.create(
        unit=ten.unit, record_id=1, fingerprint=b"", began_at=now(), ext_ids=form.form_id, number="26OP1",
        date=dt.date(2026, 11, 23), is_reserved=True,
    )  # fmt: skip
    ten.absorbed()
    assert shown(ten) == 7


def counting(ten: Stall, **facts: Any) -> OrderState:
    """A unit that does not reserve: three of ten pieces are sold, Pohoda has their order, its stock was read since."""
    ten.set(availability="count")
    form = bought(ten, 3)
    ordered(ten, form, confirmed=True)
    state = OrderState.objects.create(
        unit=ten.unit, record_id=1, fingerprint=b"", began_at=now(), ext_ids=form.form_id, number="26OP1",
        date=dt.date(2026, 11, 23), **facts,
    )  # fmt: skip
    ten.absorbed()
    Offer.objects.update(needs_plan=True)
    return state


def test_without_reservations_pieces_count_until_an_export_could_show_their_order(ten: Stall) -> None:
    ten.set(availability="count")
    ordered(ten, bought(ten, 3), confirmed=True)
    ten.absorbed()
    assert shown(ten) == 7
    MirrorRead.objects.create(unit=ten.unit, agenda="orders", scope="any", complete_began_at=now(), complete_at=now())
    Offer.objects.update(needs_plan=True)
    assert shown(ten) == 10


@pytest.mark.parametrize("agenda", ["issuedAdvanceInvoice", "shipments", "claims"])
def test_a_document_that_takes_no_pieces_releases_none(ten: Stall, agenda: str) -> None:
    counting(ten, links=[{"agenda": agenda, "id": 7, "number": "26ZF1"}])
    ten.absorbed()
    assert shown(ten) == 7


def test_an_invoice_releases_what_it_took_unless_it_took_a_part(ten: Stall) -> None:
    state = counting(ten, links=[{"agenda": "issuedInvoice", "id": 7, "number": "26FV1"}], quantity=3, delivered=1)
    ten.absorbed()
    assert shown(ten) == 7
    OrderState.objects.filter(pk=state.pk).update(delivered=3)
    order_states_changed(ten.unit, [state.pk], [])
    assert shown(ten) == 10


def test_without_reservations_a_delivery_releases_pieces_once_a_stock_was_read_after_it(ten: Stall) -> None:
    state = counting(ten)
    assert shown(ten) == 7
    OrderState.objects.filter(pk=state.pk).update(is_delivered=True, changed_at=now())
    order_states_changed(ten.unit, [state.pk], [])
    assert shown(ten) == 7
    ten.card("KOD101", 7)
    assert shown(ten) == 7
    assert [step["code"] for step in ten.offer("101").trace["quantity"]] == ["stock_count"]
