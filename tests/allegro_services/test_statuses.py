"""Statuses and parcel numbers: from what Pohoda says of an order to what Allegro shows, against the real sandbox."""

from __future__ import annotations

import pytest

from allegro_integration.domain.status_settings import StatusSettings
from allegro_integration.models import Order
from allegro_integration.services import form_effects
from allegro_integration.services.statuses import planning
from connectify.domain.change import ChangeState
from connectify.domain.errors import Retryable
from connectify.instances.services import disarm
from connectify.sync.models import Change
from tests.allegro_domain.forms import FORM_ID, raw_form
from tests.allegro_services.way_back import WayBack

S = ChangeState
STATUS, PARCEL = planning.STATUS, planning.PARCEL
FULFILMENT = "/order/checkout-forms/{}/fulfillment"
SLIP = [{"agenda": "issueSlip", "id": 88, "number": "26V00088"}]


@pytest.fixture
def order(back: WayBack) -> Order:
    return back.buy()


def test_an_executed_order_is_marked_as_sent_once_and_the_echo_writes_nothing(back: WayBack, order: Order):
    back.state(order, is_executed=True)
    back.push()
    assert back.status(order) == "SENT"
    assert back.changes(STATUS, order) == [(S.CONFIRMED, "")]
    back.read(order.number)
    back.state(order, is_executed=True, is_delivered=True)
    back.push()
    back.push()
    assert [one["data"]["status"] for one in back.effects("fulfillment.set", order)] == ["SENT"]
    known = back.order(order)
    assert (known.fulfilment, known.fulfilment_sent, known.fulfilment_code) == ("SENT", "SENT", "status_same")
    assert back.story(order)[-2:] == ["order.status_planned", "order.status_set"]


def test_each_fact_takes_the_order_further_and_never_back(back: WayBack, order: Order):
    back.state(order, links=SLIP)
    back.push()
    assert back.status(order) == "READY_FOR_SHIPMENT"
    back.state(order, is_executed=True, links=SLIP)
    back.push()
    assert back.status(order) == "SENT"
    back.state(order, is_executed=False, links=SLIP)
    back.push()
    assert back.status(order) == "SENT"
    assert back.order(order).fulfilment_code == "status_backwards"
    assert back.changes(STATUS, order) == [(S.CONFIRMED, "")] * 2


def test_what_a_person_set_at_allegro_stays(back: WayBack, order: Order):
    back.set_at_allegro(order, "SUSPENDED")
    back.read(order.number)
    back.state(order, is_executed=True)
    back.push()
    assert (back.status(order), back.order(order).fulfilment_code) == ("SUSPENDED", "status_set_by_person")


def test_an_order_is_planned_and_shown_while_the_direction_is_not_armed(back: WayBack, order: Order):
    disarm(instance=back.market.instance, direction="statuses", actor=None)
    back.state(order, is_executed=True)
    back.push()
    assert back.status(order) == "NEW"
    assert back.changes(STATUS, order) == [(S.PLANNED, "")]
    known = back.order(order)
    assert (known.fulfilment_wanted, known.needs_plan) == ("SENT", False)
    assert [step["code"] for step in known.fulfilment_trace][-1] == "rule_decided"


def test_a_newer_plan_takes_the_place_of_one_that_has_not_left(back: WayBack, order: Order):
    disarm(instance=back.market.instance, direction="statuses", actor=None)
    back.state(order, links=SLIP)
    back.push()
    back.state(order, links=SLIP, is_executed=True)
    back.push()
    assert back.changes(STATUS, order) == [(S.SUPERSEDED, "replanned"), (S.PLANNED, "")]
    assert Change.objects.get(kind=STATUS, state=S.PLANNED).key.endswith(f"{order.number}:status:2")
    back.state(order)
    back.push()
    assert back.changes(STATUS, order)[-1] == (S.SUPERSEDED, "status_no_rule")


def test_only_marked_orders_are_planned(back: WayBack, order: Order, django_assert_max_num_queries):
    back.state(order, is_executed=True)
    back.push()
    back.push()
    Order.objects.update(fulfilment_code="untouched")
    with django_assert_max_num_queries(40):
        assert back.push() == {"planned": 0, "sent": 0}
    assert back.order(order).fulfilment_code == "untouched"


def test_an_order_that_is_cancelled_meanwhile_gets_no_status(back: WayBack, order: Order):
    back.state(order, is_executed=True)
    back.allegro.control("POST", f"forms/{order.number}/cancel")
    back.push()
    assert back.changes(STATUS, order) == [(S.SUPERSEDED, "status_form_cancelled")]
    assert back.effects("fulfillment.set", order) == []
    assert back.order(order).form.state == "to_read"


def test_a_form_that_changed_since_it_was_read_is_read_and_decided_again(back: WayBack, order: Order, monkeypatch):
    back.state(order, is_executed=True)
    original, changed = back.api.set_fulfillment, []

    def meanwhile(form_id, status, revision, *, on_sent=None):
        if not changed:
            changed.append(back.allegro.control("POST", f"forms/{form_id}/modify-address", {}))
        original(form_id, status, revision, on_sent=on_sent)

    monkeypatch.setattr(back.api, "set_fulfillment", meanwhile)
    back.push()
    assert back.changes(STATUS, order) == [(S.PLANNED, "")]
    back.push()
    assert (back.status(order), back.change(STATUS, order).attempt) == ("SENT", 2)


def test_after_four_conflicts_a_person_is_asked(back: WayBack, order: Order, monkeypatch):
    original = back.api.set_fulfillment

    def always_changed(form_id, status, revision, *, on_sent=None):
        original(form_id, status, "stale", on_sent=on_sent)

    monkeypatch.setattr(back.api, "set_fulfillment", always_changed)
    back.state(order, is_executed=True)
    for _ in range(6):
        back.push()
    change = back.change(STATUS, order)
    assert (change.state, change.code, change.attempt) == (S.REFUSED, "revision_conflict", 4)
    assert back.task("order_status") == ("status_refused", "open")
    monkeypatch.setattr(back.api, "set_fulfillment", original)
    back.try_again("order_status")
    back.push()
    assert back.status(order) == "SENT"
    assert back.task("order_status") == ("status_refused", "solved")


@pytest.mark.parametrize("applied", [True, False])
def test_an_unknown_outcome_is_found_out_before_anything_is_sent_again(back: WayBack, order: Order, applied: bool):
    fault = "apply_then_timeout" if applied else "timeout_before"
    where = FULFILMENT.format(order.number)
    back.allegro.fault(fault, target=f"PUT {where}" if applied else where, times=1, params={"seconds": 0})
    back.state(order, is_executed=True)
    with pytest.raises(Retryable):
        back.push()
    assert back.changes(STATUS, order) == [(S.UNKNOWN, "answer_lost")]
    assert back.direction("statuses") == ("waiting_allegro", "answer_lost")
    back.push()
    change = back.change(STATUS, order)
    assert (change.state, change.evidence) == (S.CONFIRMED, "lookup" if applied else "answer")
    assert (back.status(order), len(back.effects("fulfillment.set", order))) == ("SENT", 1)
    assert back.order(order).fulfilment_sent == "SENT"
    assert back.direction("statuses") == ("ok", "")


def test_an_intent_of_a_worker_that_died_is_looked_up(back: WayBack, order: Order, monkeypatch):
    class Died(BaseException):
        pass

    def dies(name: str) -> None:
        if name == "P4.s05.applied":
            raise Died

    back.state(order, is_executed=True)
    monkeypatch.setattr(form_effects, "crashpoint", dies)
    with pytest.raises(Died):
        back.push()
    assert back.change(STATUS, order).state == S.INTENT
    monkeypatch.setattr(form_effects, "crashpoint", lambda name: None)
    back.push()
    assert back.change(STATUS, order).state == S.CONFIRMED
    assert len(back.effects("fulfillment.set", order)) == 1


def test_the_steps_of_one_status_are_reached_in_their_order_with_the_intent_committed(back, order, monkeypatch):
    reached: list[tuple[str, str]] = []

    def note(name: str) -> None:
        reached.append((name, back.change(STATUS, order).state))

    monkeypatch.setattr(form_effects, "crashpoint", note)
    back.state(order, is_executed=True)
    back.push()
    assert reached == [
        ("P4.s03.intent", S.INTENT),
        ("P4.s04.sent", S.INTENT),
        ("P4.s05.applied", S.INTENT),
        ("P4.s06.answered", S.INTENT),
        ("P4.s07.confirmed", S.CONFIRMED),
    ]


def test_one_order_whose_status_cannot_be_set_stops_no_other(back: WayBack, order: Order):
    other = back.buy()
    back.allegro.fault("http_500", target=f"PUT {FULFILMENT.format(order.number)}")
    for one in (order, other):
        back.state(one, is_executed=True)
    back.push()
    assert (back.status(order), back.status(other)) == ("NEW", "SENT")
    assert back.change(STATUS, order).state == S.UNKNOWN


def test_after_some_attempts_in_vain_a_person_is_asked(back: WayBack, order: Order, settings):
    settings.SYNC_ATTEMPTS = 2
    back.allegro.fault("http_500", target=f"PUT {FULFILMENT.format(order.number)}")
    back.state(order, is_executed=True)
    for _ in range(2):
        with pytest.raises(Retryable):
            back.push()
    back.push()
    assert back.change(STATUS, order).state == S.QUARANTINED
    assert back.task("order_status") == ("status_refused", "open")
    assert back.push()["sent"] == 0


# --- preview and settings ---------------------------------------------------------------------------------------------


def test_a_preview_plans_with_other_settings_and_stores_nothing(back: WayBack, order: Order):
    back.state(order, is_executed=True)
    before = (Order.objects.values().get(pk=order.pk), Change.objects.count())
    ((previewed, plan),) = planning.preview(back.market, StatusSettings(rules=()))
    assert (previewed.pk, plan.change, plan.skip.code) == (order.pk, None, "status_no_rule")
    ((_, plan),) = planning.preview(back.market, StatusSettings())
    assert plan.change.status == "SENT"
    assert (Order.objects.values().get(pk=order.pk), Change.objects.count()) == before


def test_settings_that_cannot_be_read_are_shown_and_harm_nothing(back: WayBack, order: Order):
    back.configure(statuses={"rules": "nonsense"})
    back.state(order, is_executed=True)
    back.push()
    known = back.order(order)
    assert (known.fulfilment_code, known.needs_plan, back.changes(STATUS, order)) == ("settings_unreadable", False, [])


def test_an_order_of_the_same_id_of_another_company_stays_as_it_is(back: WayBack):
    """The neighbour has an order of this very id; the fixture compares the neighbour's rows afterwards."""
    order = back.buy(raw_form())
    back.state(order, is_executed=True)
    back.push()
    assert (order.number, back.status(order)) == (FORM_ID, "SENT")
