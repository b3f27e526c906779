"""While mServer takes nothing, one order a minute asks whether it is over; others wait without work of their own."""

import pytest
from django.db import connection

from connectify.audit.models import Event
from connectify.sync.models import Breaker, Change, Payload
from pohoda_bridge.documents import Imported, NotSent, Unknown
from pohoda_bridge.protocol import JobFailed, OrderImported
from pohoda_bridge.server.models import Job
from tests.allegro_services.cycles import UNIT, Town, form

ORDERS = range(1, 7)


def a_minute_passes() -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE sync_breaker SET retry_at = clock_timestamp() - interval '1 s'")
        cursor.execute("UPDATE sync_change SET next_at = clock_timestamp() - interval '1 s' WHERE state <> 'confirmed'")


def work_done() -> tuple[int, int, int]:
    return Job.objects.count(), Payload.objects.count(), Event.objects.filter(object_kind="order").count()


@pytest.mark.parametrize("code", ["mserver_off", "denied", "mserver_busy", "mserver_unreadable", "journal_unreadable"])
def test_after_the_first_order_that_came_back_none_is_handed_out(town: Town, code):
    town.send(*(form(number) for number in ORDERS))
    town.answer(NotSent(code))
    town.turn(UNIT)
    assert town.hand_out() is None
    assert Change.objects.filter(state="planned").count() == len(ORDERS)


def test_each_minute_one_order_tries_and_nothing_is_made_for_the_others(town: Town):
    town.send(*(form(number) for number in ORDERS))
    town.answer(NotSent("mserver_off"))
    town.turn(UNIT)
    before = work_done()
    for _ in range(3):
        town.turn(UNIT, times=2)
        assert town.hand_out() is None
    assert work_done() == before
    for _ in range(3):
        a_minute_passes()
        job = town.hand_out()
        assert town.hand_out() is None
        town.finish(job, OrderImported(outcome=NotSent("mserver_off")))
        town.turn(UNIT)
    assert Job.objects.filter(handed_at__isnull=False).count() == 4
    assert Job.objects.count() == before[0]
    assert town.state() == ("waiting_pohoda", "mserver_off")


def test_when_it_is_over_everything_goes(town: Town):
    town.send(*(form(number) for number in ORDERS))
    town.answer(NotSent("mserver_off"))
    town.turn(UNIT)
    a_minute_passes()
    for number in ORDERS:
        town.answer(Imported(number, f"2600{number}"))
        town.turn(UNIT)
    assert [town.facts(number)[0] for number in ORDERS] == ["sent"] * len(ORDERS)
    assert town.state() == ("ok", "")


@pytest.mark.parametrize("outcome", [NotSent("not_allowed"), NotSent("list_refused"), Unknown("deadline")])
def test_what_concerns_one_order_holds_back_no_other(town: Town, outcome):
    town.send(form(1), form(2))
    town.answer(outcome)
    assert town.hand_out() is not None


def test_without_a_waiting_order_a_lookup_tries(town: Town):
    town.send(form(1))
    town.answer(Unknown("deadline"))
    town.turn(UNIT)
    town.finish(town.hand_out(), JobFailed(code="mserver_off"))
    town.turn(UNIT)
    a_minute_passes()
    town.turn(UNIT)
    town.found(town.hand_out())
    town.turn(UNIT)
    assert (town.change(1).state, Breaker.objects.get().failures) == ("planned", 0)


def test_whether_an_order_got_in_is_found_out_before_the_next_one_goes(town: Town):
    town.send(form(1), form(2))
    town.answer(Unknown("deadline"))
    town.turn(UNIT)
    assert town.hand_out().operation == "find_order"
    assert town.hand_out().operation == "import_order"


def test_tries_that_never_left_use_up_no_attempt(town: Town):
    town.send(form(1))
    for _ in range(6):
        town.answer(NotSent("mserver_off"))
        town.turn(UNIT)
        a_minute_passes()
        town.turn(UNIT)
    town.answer(Unknown("deadline"))
    town.turn(UNIT)
    a_minute_passes()
    town.found(town.hand_out())
    town.turn(UNIT)
    assert (town.change(1).state, town.facts(1)) == ("planned", ("waiting", "queued"))
