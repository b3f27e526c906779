"""Every outcome of an import against every state of its change, and what the looks afterwards find."""

import datetime as dt

import pytest
from django.db.models.functions import Now

from allegro_integration.services import orders
from allegro_integration.services.verification import to_verify
from connectify.domain.change import ChangeState
from connectify.sync import changes
from connectify.sync.models import Change, Link
from pohoda_bridge.documents import AlreadyThere, Duplicate, Imported, NotSent, Refused, Unknown
from pohoda_bridge.protocol import JobFailed
from tests.allegro_domain.forms import line
from tests.allegro_services.shop import MERGED_ID, imported, record

S = ChangeState
OUTCOMES = {
    "imported": (Imported(7, "26OP00007"), S.CONFIRMED, ("sent", ""), {}),
    "already": (AlreadyThere(record()), S.CONFIRMED, ("sent", ""), {}),
    "duplicate": (Duplicate("již existuje"), S.UNKNOWN, ("waiting", "checking_pohoda"), {}),
    "refused": (Refused(101, "Neznámý sklad"), S.REFUSED, ("error", "pohoda_refused"), {"pohoda_refused": "open"}),
    "not_sent": (NotSent("mserver_off", "refused"), S.PLANNED, ("waiting", "mserver_off"), {}),
    "denied": (NotSent("denied", "nemá právo"), S.PLANNED, ("waiting", "denied"), {}),
    "unknown": (Unknown("timeout"), S.UNKNOWN, ("waiting", "checking_pohoda"), {}),
}


def facts(shop) -> tuple[str, str]:
    order = shop.order()
    return order.state, order.code


@pytest.mark.parametrize("name", OUTCOMES)
def test_an_answer_settles_the_intent_it_is_for(shop, name):
    outcome, state, order_facts, tasks = OUTCOMES[name]
    shop.bring_to(S.INTENT)
    shop.answer(outcome)
    assert (shop.change().state, facts(shop), shop.tasks()) == (state, order_facts, tasks)
    fulfilment = Change.objects.filter(kind=orders.FULFILMENT)
    assert fulfilment.count() == Link.objects.count() == (1 if state == S.CONFIRMED else 0)


@pytest.mark.parametrize("state", [S.UNKNOWN, S.CONFIRMED, S.REFUSED, S.PLANNED, S.QUARANTINED])
@pytest.mark.parametrize("name", OUTCOMES)
def test_a_late_answer_is_kept_as_evidence_and_moves_nothing(shop, name, state):
    before = shop.bring_to(state)
    order_before, tasks = facts(shop), shop.tasks()
    shop.answer(OUTCOMES[name][0])
    assert shop.story()[-1] == "order.answered"
    after = shop.change()
    assert (after.state, after.code, after.attempt) == (before.state, before.code, before.attempt)
    assert (facts(shop), shop.tasks()) == (order_before, tasks)


def test_a_refused_order_is_planned_once_more_for_what_changed_while_it_was_on_its_way(shop):
    shop.bring_to(S.INTENT)
    assert shop.order().planned_settings_version > 0
    shop.answer(Refused(101, "Neznámý sklad"))
    assert shop.order().planned_settings_version == 0


def test_an_unknown_that_is_found_is_confirmed_with_its_total(shop):
    shop.bring_to(S.UNKNOWN)
    shop.found(record())
    assert (shop.change().state, shop.change().evidence, facts(shop)) == (S.CONFIRMED, "lookup", ("sent", ""))
    assert (shop.order().pohoda_number, str(shop.order().pohoda_total)) == ("26OP00007", "159.00")


def test_an_unknown_that_is_not_found_goes_again_until_its_attempts_are_used_up(shop, settings):
    shop.bring_to(S.UNKNOWN)
    shop.found()
    assert (shop.change().state, facts(shop)) == (S.PLANNED, ("waiting", "queued"))
    settings.SYNC_ATTEMPTS = 1
    orders_change = shop.change()
    changes.begin(orders_change.pk, epoch=2)
    changes.mark_unknown(orders_change.pk, code="timeout", detail="")
    shop.found()
    assert (shop.change().state, facts(shop)) == (S.QUARANTINED, ("error", "too_many_attempts"))
    assert shop.tasks() == {"too_many_attempts": "open"}


def test_a_duplicate_that_is_not_found_calls_a_person_at_once(shop):
    shop.bring_to(S.INTENT)
    shop.answer(Duplicate("již existuje"))
    shop.found()
    assert (shop.change().state, facts(shop)) == (S.QUARANTINED, ("error", "duplicate_not_found"))


@pytest.mark.parametrize("state", [S.UNKNOWN, S.CONFIRMED])
@pytest.mark.parametrize("how", ["failed", "incomplete"])
def test_a_look_without_a_whole_answer_proves_nothing_and_is_repeated_later(shop, state, how):
    before = shop.bring_to(state)
    order_before = facts(shop)
    if how == "failed":
        shop.report(JobFailed(code="mserver_off"))
    else:
        shop.found(complete=False)
    after = shop.change()
    assert (after.state, facts(shop), shop.tasks()) == (state, order_before, {})
    assert after.next_at >= before.next_at + dt.timedelta(seconds=50)


def test_a_job_that_the_agent_refused_did_not_happen(shop):
    shop.bring_to(S.INTENT)
    shop.report(JobFailed(code="signature"), operation="import_order")
    assert (shop.change().state, shop.change().evidence, facts(shop)) == (
        S.PLANNED,
        "not_sent",
        ("waiting", "signature"),
    )


@pytest.mark.parametrize("total", ["158.99", None])
def test_a_total_that_is_not_allegros_is_a_task_until_it_is(shop, total):
    shop.bring_to(S.CONFIRMED)
    shop.found(record(total))
    shop.found(record(total))
    assert facts(shop) == ("error", "pohoda_total_differs")
    assert shop.story().count("order.total_differs") == 1
    shop.found(record())
    assert (facts(shop), shop.tasks()) == (("sent", ""), {"pohoda_total_differs": "solved"})


def test_a_confirmed_order_is_missing_when_two_looks_in_a_row_do_not_find_it(shop):
    shop.bring_to(S.CONFIRMED)
    shop.found()
    shop.found(record())
    shop.found()
    assert (facts(shop), shop.tasks()) == (("sent", ""), {})
    shop.found()
    assert (facts(shop), shop.tasks()) == (("error", "missing_in_pohoda"), {"missing_in_pohoda": "open"})
    assert shop.change().state == S.CONFIRMED
    shop.found(record())
    assert (facts(shop), shop.tasks()) == (("sent", ""), {"missing_in_pohoda": "solved"})


def test_an_order_cancelled_on_its_way_keeps_its_task_when_pohoda_has_it(shop):
    shop.bring_to(S.INTENT)
    shop.receive(status="CANCELLED")
    shop.answer(imported())
    assert facts(shop) == ("error", "cancelled_after_import")
    assert shop.order().params["pohoda_number"] == "26OP00007"
    assert shop.tasks() == {"cancelled_after_import": "open"}


@pytest.mark.parametrize("way", ["not sent", "not found"])
def test_an_order_cancelled_on_its_way_is_dropped_when_pohoda_does_not_have_it(shop, way):
    shop.bring_to(S.INTENT if way == "not sent" else S.UNKNOWN)
    shop.receive(status="CANCELLED")
    if way == "not sent":
        shop.answer(NotSent("mserver_off"))
    else:
        shop.found()
    assert (shop.change().state, facts(shop)) == (S.SUPERSEDED, ("skipped", "cancelled"))
    assert shop.tasks() == {"cancelled_after_import": "solved"}


def verified(shop) -> int:
    return len(to_verify(shop.market.unit, limit=10))


def test_a_confirmed_order_is_looked_up_at_once_and_then_rarely_and_not_for_ever(shop, settings):
    shop.bring_to(S.CONFIRMED)
    assert verified(shop) == 1
    shop.found(record())
    assert verified(shop) == 0
    Link.objects.update(confirmed_at=Now() - dt.timedelta(seconds=settings.POHODA_RECHECK_S + 1))
    assert verified(shop) == 1
    Change.objects.filter(kind=orders.CREATE).update(
        settled_at=Now() - dt.timedelta(days=settings.POHODA_WATCH_DAYS + 1)
    )
    assert verified(shop) == 0


def test_what_waits_for_its_next_look_is_not_looked_up_before(shop):
    shop.bring_to(S.CONFIRMED)
    shop.report(JobFailed(code="mserver_off"))
    assert verified(shop) == 0


def test_an_id_that_pohoda_gives_out_again_belongs_to_the_later_order(shop):
    shop.bring_to(S.CONFIRMED)
    shop.found(record())
    later = shop.receive(id=MERGED_ID, lineItems=[line(2)])
    changes.begin(shop.change(MERGED_ID).pk, epoch=2)
    shop.answer(imported(), form_id=MERGED_ID)
    assert Link.objects.get(here_id=later.pk).there_id == "7"
    assert Link.objects.exclude(here_id=later.pk).get().there_id.startswith("7 until ")
    # The earlier one is looked for at once.
    assert shop.order().pk in {change.subject_id for change in to_verify(shop.market.unit, limit=10)}
