"""Reading and planning again on request: what no journal told of is found, nothing goes twice, neighbours stay."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db.models import F

from allegro_integration.models import Account, InboxForm, Order
from allegro_integration.services.resync import UnknownFlow, resync_flow, resync_instance, resync_offer, resync_order
from connectify.audit.models import AuditEntry
from connectify.audit.selectors import timeline
from connectify.clock import now
from connectify.domain.change import ChangeState
from connectify.sync import due
from connectify.sync.models import Change, Due, Link
from connectify.users.models import User
from pohoda_bridge.documents import Imported, Refused
from pohoda_bridge.server.mirror.models import MirrorRead
from pohoda_bridge.server.models import Job
from tests.allegro_services.cycles import ACCOUNT, UNIT, Town, form, form_id
from tests.allegro_services.offers.stall import Stall, offer

S = ChangeState
WHY = "požadavek 17"


@pytest.fixture
def actor(db) -> User:
    return User.objects.create_user("podpora@connectify.example", "a long enough password", is_staff=True)


def unheard(town: Town, raw: dict) -> None:
    """Allegro has this form now, and no journal and no list says so."""
    town.allegro.forms[raw["id"]] = raw


def imports() -> list[str]:
    return list(Job.objects.filter(operation="import_order").order_by("created_at").values_list("state", flat=True))


def put_off(*resources) -> None:
    Due.objects.filter(resource_id__in=resources).update(due_at=now() + dt.timedelta(hours=1))


def is_due(resource) -> bool:
    return Due.objects.get(resource_id=resource).due_at <= now()


def test_a_change_that_no_journal_told_of_is_seen_after_the_order_is_resynced(town: Town, actor: User):
    town.offer(form(1, messageToSeller="modrou"))
    town.turn(ACCOUNT)
    unheard(town, form(1, messageToSeller="červenou"))
    town.turn(ACCOUNT)
    before = town.change(1).content_sha256

    resync_order(order=town.order(1), actor=actor, reason=WHY)
    town.turn(ACCOUNT)

    assert town.change(1).content_sha256 != before
    assert Change.objects.filter(kind="order.create").count() == 1
    assert "order.resynced" in [event.type for event in timeline("order", town.order(1).pk)]
    entry = AuditEntry.objects.get(action="order.resynced")
    assert (entry.actor, entry.object_id, entry.reason) == (actor, town.order(1).pk, WHY)


def test_an_order_that_waits_is_planned_again_even_when_its_form_says_the_same(town: Town, actor: User):
    town.offer(form(1))
    town.turn(ACCOUNT)
    Order.objects.update(state="waiting", code="unmapped_delivery")

    resync_order(order=town.order(1), actor=actor)
    town.turn(ACCOUNT)

    assert town.facts(1) == ("waiting", "queued")


def test_however_often_an_order_is_resynced_it_gets_into_pohoda_once(town: Town, actor: User):
    town.send(form(1))
    for _ in range(3):
        resync_order(order=town.order(1), actor=actor)
        town.turn(ACCOUNT)
        town.turn(UNIT)
    town.answer(Imported(7, "26OP00007"))
    for _ in range(2):
        resync_order(order=town.order(1), actor=actor)
        town.turn(ACCOUNT)
        town.turn(UNIT)

    assert imports() == ["done"]
    assert [row.state for row in Change.objects.filter(kind="order.create")] == [S.CONFIRMED]
    assert town.order(1).code != "changed_after_import"


def test_an_order_that_pohoda_has_is_looked_up_however_long_ago_it_was_confirmed(town: Town, actor: User):
    town.send(form(1))
    town.answer(Imported(7, "26OP00007"))
    town.turn(UNIT)
    Job.objects.exclude(operation="import_order").delete()
    Order.objects.update(pohoda_total=F("total"))
    Change.objects.filter(kind="order.create").update(
        settled_at=now() - dt.timedelta(days=60), next_at=now() + dt.timedelta(days=1)
    )
    town.turn(UNIT)
    assert not Job.objects.filter(operation="find_order").exists()

    resync_order(order=town.order(1), actor=actor)
    town.turn(UNIT)

    lookup = town.hand_out()
    assert lookup is not None
    assert lookup.operation == "find_order"
    town.found(lookup)
    town.turn(UNIT)
    assert Link.objects.get(kind="order").confirmed["missed"] == 1
    assert "asked" not in Link.objects.get(kind="order").confirmed


def test_an_order_that_pohoda_refused_goes_again(town: Town, actor: User):
    town.send(form(1))
    town.answer(Refused(105, "Neznámá zásoba"))
    town.turn(UNIT)
    assert town.facts(1)[0] == "error"

    resync_order(order=town.order(1), actor=actor, reason=WHY)
    town.turn(ACCOUNT)
    town.turn(UNIT)

    assert imports() == ["done", "waiting"]
    assert AuditEntry.objects.filter(action="change.retried").count() == 1


def test_a_cancelled_order_stays_cancelled(town: Town, actor: User):
    town.offer(form(1, status="CANCELLED"))
    town.turn(ACCOUNT)
    town.offer(form(2))
    town.turn(ACCOUNT)
    town.offer(form(2, status="CANCELLED"))
    town.turn(ACCOUNT)

    resync_order(order=town.order(2), actor=actor)
    town.turn(ACCOUNT)

    assert town.facts(2) == ("skipped", "cancelled")


def test_the_orders_flow_finds_what_neither_journal_nor_the_last_sweep_told(town: Town, actor: User):
    town.turn(ACCOUNT)
    account = town.shop.market.account
    Account.objects.filter(pk=account.pk).update(swept_at=now())
    raw = form(4, updatedAt=(now() - dt.timedelta(hours=3)).isoformat())
    unheard(town, raw)
    town.allegro.changed.append(raw)
    town.turn(ACCOUNT)
    assert form_id(4) not in town.orders()

    resync_flow(instance=town.shop.market.instance, direction="orders", actor=actor, reason=WHY)
    town.turn(ACCOUNT, times=2)

    assert form_id(4) in town.orders()
    assert Account.objects.get(pk=account.pk).sweep_from is None
    entry = AuditEntry.objects.get(action="flow.resynced")
    assert (entry.after, entry.reason) == ({"flow": "orders"}, WHY)


def test_the_orders_flow_looks_no_further_back_than_the_first_cycle_after_connecting_did(town: Town, actor: User):
    resync_flow(instance=town.shop.market.instance, direction="orders", actor=actor)

    since = Account.objects.get(pk=town.shop.market.account_id).sweep_from
    assert since == town.shop.market.instance.created_at - dt.timedelta(hours=6)


def test_a_sweep_that_ends_while_another_is_asked_for_does_not_swallow_it(town: Town, actor: User, monkeypatch):
    instance, market = town.shop.market.instance, town.shop.market
    listing = town.allegro.checkout_forms

    def asked_meanwhile(filters, offset):
        resync_flow(instance=instance, direction="orders", actor=actor)
        return listing(filters, offset)

    monkeypatch.setattr(town.allegro, "checkout_forms", asked_meanwhile)
    town.turn(ACCOUNT)

    assert Account.objects.get(pk=market.account_id).sweep_from is not None


def test_a_form_that_could_not_be_read_is_read_at_once(town: Town, actor: User):
    town.offer(form(1))
    town.turn(ACCOUNT)
    row = InboxForm.objects.filter(form_id=form_id(1))
    row.update(state="to_read", reads=5, next_read_at=now() + dt.timedelta(hours=5))
    town.allegro.asked.clear()

    resync_flow(instance=town.shop.market.instance, direction="orders", actor=actor)
    Order.objects.filter(number=form_id(1)).update(state="waiting")
    town.turn(ACCOUNT)

    assert form_id(1) in town.allegro.asked


def test_every_flow_reads_its_agendas_whole_and_wakes_the_account_and_the_unit(town: Town, actor: User):
    market = town.shop.market
    for agenda in ("stock", "orders", "invoices"):
        MirrorRead.objects.create(
            unit=market.unit, agenda=agenda, full_at=now(), pages=[{"body": "x"}],
            next_at=now() + dt.timedelta(hours=1),
        )  # fmt: skip
    put_off(market.account_id, market.unit_id)

    resync_flow(instance=market.instance, direction="invoices", actor=actor)

    rows = MirrorRead.objects.all()
    reads = {one.agenda: (one.full_at is None, one.pages == [], one.next_at <= now()) for one in rows}
    assert reads == {"stock": (False, False, False), "orders": (True,) * 3, "invoices": (True,) * 3}
    assert is_due(market.account_id)
    assert is_due(market.unit_id)

    resync_instance(instance=market.instance, actor=actor, reason=WHY)
    assert MirrorRead.objects.get(agenda="stock").full_at is None
    assert AuditEntry.objects.get(action="instance.resynced").reason == WHY


def test_statuses_of_all_orders_are_planned_again(town: Town, actor: User):
    town.offer(form(1))
    town.turn(ACCOUNT)
    Order.objects.update(needs_plan=False)
    resync_flow(instance=town.shop.market.instance, direction="statuses", actor=actor)
    planned = town.turn(ACCOUNT)["statuses.push"]

    assert planned.outcome == "ok"
    assert not Order.objects.filter(needs_plan=True).exists()
    assert Link.objects.get(kind="orders.planned_with").confirmed["is"] != ""


def test_a_flow_that_does_not_exist_is_refused_and_nothing_is_recorded(town: Town, actor: User):
    with pytest.raises(UnknownFlow):
        resync_flow(instance=town.shop.market.instance, direction="prices", actor=actor)
    assert not AuditEntry.objects.filter(action="flow.resynced").exists()


def test_an_offer_changed_at_allegro_without_a_word_is_seen_after_a_resync(stall: Stall, actor: User):
    stall.card("KOD101", count=5)
    stall.sell(offer("101"))
    stall.settle()
    stall.sell(offer("101", stock=9))
    stall.settle()
    assert stall.offer("101").stock == 5

    resync_offer(offer=stall.offer("101"), actor=actor, reason=WHY)
    stall.turn()
    assert stall.offer("101").stock == 9
    stall.settle()

    assert stall.shown("101")[1] == 5
    entry = AuditEntry.objects.get(action="offer.resynced")
    assert (entry.actor, entry.after, entry.reason) == (actor, {"offer": "101"}, WHY)


def test_a_stock_that_changed_without_a_word_is_sent_after_the_offers_are_resynced(stall: Stall, actor: User):
    card = stall.card("KOD101", count=5)
    stall.sell(offer("101"))
    stall.settle()
    type(card).objects.filter(pk=card.pk).update(count=2)
    stall.settle()
    assert stall.shown("101")[1] == 5

    resync_flow(instance=stall.instance, direction="offers", actor=actor)
    stall.settle()

    assert stall.shown("101")[1] == 2


def test_a_resync_of_what_is_in_step_writes_nothing_to_allegro(stall: Stall, actor: User):
    stall.card("KOD101", count=5)
    stall.sell(offer("101"))
    stall.settle()
    stall.forget()

    resync_instance(instance=stall.instance, actor=actor)
    resync_offer(offer=stall.offer("101"), actor=actor)
    stall.settle()

    assert stall.writes() == []


def test_an_account_that_is_not_scheduled_yet_is_no_error(shop, actor: User):
    resync_instance(instance=shop.market.instance, actor=actor)
    assert not Due.objects.exists()
    due.schedule(kind=ACCOUNT, resource_id=shop.market.account_id, interval_s=60)
