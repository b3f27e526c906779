"""Whatever is wrong with one form, one answer or one instance: the others go on, and somebody can see it."""

import pytest

from allegro_integration.client.errors import FormNotUnderstood, Refused
from allegro_integration.models import InboxForm
from connectify.domain.errors import Retryable
from connectify.sync.models import Change
from pohoda_bridge.documents import Imported
from tests.allegro_services.cycles import ACCOUNT, UNIT, Town, form, form_id
from tests.factories import MarketFactory


def with_quantity(number: int, quantity: int):
    raw = form(number)
    raw["lineItems"][0]["quantity"] = quantity
    return raw


def with_code(number: int, code: str):
    raw = form(number)
    raw["lineItems"][0]["offer"]["external"] = {"id": code}
    return raw


def without_times(number: int):
    raw = form(number)
    del raw["updatedAt"], raw["lineItems"][0]["boughtAt"]
    return raw


@pytest.mark.parametrize(
    "error",
    [
        Refused("bad", errors=(), user_message=""),
        Retryable("allegro_down"),
        Retryable("unreadable_answer"),
        ValueError("ours"),
    ],
)
def test_a_form_that_cannot_be_read_waits_ever_longer_and_is_then_shown(town: Town, error):
    town.allegro.forms[form_id(1)] = error
    town.hint(form_id(1))
    town.offer(form(2))

    run = town.turn(ACCOUNT)["orders.intake"]

    assert (run.outcome, town.facts(2), town.state()[0]) == ("ok", ("waiting", "queued"), "ok")
    assert town.shop.tasks() == {}
    waits = []
    for _ in range(2):
        town.wait_for(1)
        town.offer(form(3))
        town.turn(ACCOUNT)
        waits.append(InboxForm.objects.get(form_id=form_id(1)).next_read_at)
    assert waits[0] < waits[1]
    assert town.shop.tasks() == {"form_not_read": "open"}
    town.wait_for(1)
    town.offer(form(1))
    town.turn(ACCOUNT)
    assert (town.facts(1), town.shop.tasks()) == (("waiting", "queued"), {"form_not_read": "solved"})


@pytest.mark.parametrize("odd", [with_quantity(1, -1), with_code(1, "X" * 101), without_times(1)])
def test_a_form_with_an_odd_value_keeps_no_other_waiting(town: Town, odd):
    town.shop.market.instance.settings["orders_since"] = "2026-01-01T00:00:00+00:00"
    town.shop.market.instance.save()
    town.offer(odd, form(2))
    assert town.turn(ACCOUNT)["orders.intake"].outcome == "ok"
    assert town.facts(2) == ("waiting", "queued")


def test_a_journal_that_allegro_refuses_is_said(town: Town):
    town.allegro.journal = Refused("unknown event id", errors=(), user_message="")
    run = town.turn(ACCOUNT)["orders.intake"]
    assert (run.outcome, town.state()[0]) == ("retry", "waiting_allegro")


def test_an_id_that_a_restored_backup_gives_out_again_stops_no_order(town: Town):
    town.send(form(1), form(2), form(3))
    for pohoda_id in (5, 5, 6):
        town.answer(Imported(pohoda_id, f"2600{pohoda_id}"))
    run = town.turn(UNIT)["orders.create"]
    assert (run.outcome, [town.facts(number) for number in (1, 2, 3)]) == ("ok", [("sent", "")] * 3)


def test_an_answer_that_cannot_be_settled_stops_no_other(town: Town):
    town.send(form(1), form(2))
    town.answer(Imported(5, "2" * 40))
    town.answer(Imported(6, "26002"))
    run = town.turn(UNIT)["orders.create"]
    assert run.outcome == "bug"
    assert sorted([town.facts(1)[0], town.facts(2)[0]]) == ["sent", "waiting"]


def test_a_form_that_cannot_be_read_before_its_mark_is_shown_and_the_next_one_is_marked(town: Town):
    town.send(form(1), form(2))
    town.answer(Imported(5, "26005"))
    town.answer(Imported(6, "26006"))
    town.turn(UNIT)
    marks = Change.objects.filter(kind="order.fulfillment").order_by("next_at", "planned_at", "id")
    first = marks.first().content["form_id"]
    town.allegro.forms[first] = FormNotUnderstood("x", form_id=first, raw=b"{}")
    town.turn(ACCOUNT, times=2)
    assert town.allegro.processing == [one for one in (form_id(1), form_id(2)) if one != first]
    assert list(town.shop.tasks().values()) == ["open"]


def test_damaged_settings_of_one_instance_stop_only_its_own_orders(town: Town):
    market = town.shop.market
    damaged = {"orders": {"store": "ZBOZI", "line_vat": "much"}}
    MarketFactory(account=market.account, unit=market.unit, marketplace="allegro-sk", instance__settings=damaged)
    town.offer(form(1, marketplace={"id": "allegro-sk"}), form(2))
    town.turn(ACCOUNT)
    assert (town.facts(1), town.facts(2)) == (("waiting", "settings_unreadable"), ("waiting", "queued"))
