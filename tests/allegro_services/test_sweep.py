"""The sweep: how far it looks back, that it gets to its end, and that nobody waits for it."""

import datetime as dt

from allegro_integration.models import Account, InboxForm
from allegro_integration.pipelines import orders as pipeline
from allegro_integration.services.accounts import create_market
from connectify.clock import now
from connectify.sync.models import Due
from pohoda_bridge.documents import Unknown
from tests.allegro_services.cycles import ACCOUNT, UNIT, Town, form, form_id


def at(number: int, moment: dt.datetime):
    return form(number, updatedAt=moment.isoformat())


def account(town: Town) -> Account:
    return Account.objects.get(pk=town.shop.market.account_id)


def test_after_an_outage_it_reaches_back_to_the_last_whole_sweep(town: Town):
    swept_at = now() - dt.timedelta(days=3)
    Account.objects.filter(pk=town.shop.market.account_id).update(swept_at=swept_at)
    town.turn(ACCOUNT)
    assert town.allegro.windows == [(swept_at - dt.timedelta(minutes=15), 0)]
    assert account(town).swept_at > now() - dt.timedelta(minutes=1)


def test_a_long_one_takes_a_few_pages_a_cycle_and_goes_on_by_the_time_of_the_last_form(town: Town, monkeypatch):
    monkeypatch.setattr(pipeline, "SWEEP_PAGES", 2)
    town.allegro.page = 1
    begin = now().replace(microsecond=0) - dt.timedelta(hours=2)
    times = [begin + dt.timedelta(minutes=number) for number in range(5)]
    town.allegro.changed = [at(number, moment) for number, moment in enumerate(times, 1)]

    town.turn(ACCOUNT)
    assert (account(town).sweep_from, account(town).swept_at) == (times[1], None)
    assert town.due_in_s(ACCOUNT, town.shop.market.account_id) <= 0
    # Meanwhile the buyer of the first one acts: it moves to the end, and no other is passed over for it.
    town.allegro.changed.append(at(1, begin + dt.timedelta(minutes=30)))
    del town.allegro.changed[0]
    town.turn(ACCOUNT, times=4)

    assert sorted(InboxForm.objects.values_list("form_id", flat=True)) == [form_id(number) for number in range(1, 6)]
    assert account(town).sweep_from is None
    assert account(town).swept_at is not None


def test_forms_of_one_moment_are_all_listed_however_many(town: Town, monkeypatch):
    monkeypatch.setattr(pipeline, "SWEEP_PAGES", 2)
    town.allegro.page = 1
    moment = now().replace(microsecond=0) - dt.timedelta(hours=1)
    town.allegro.changed = [at(number, moment) for number in range(1, 6)]
    Account.objects.filter(pk=town.shop.market.account_id).update(sweep_from=moment)
    town.turn(ACCOUNT)
    assert InboxForm.objects.count() == 5
    assert account(town).sweep_from is None


def test_what_waits_to_be_read_is_read_before_the_sweep(town: Town):
    town.offer(form(1))
    town.turn(ACCOUNT)
    assert town.allegro.asked == [form_id(1), "list"]


def test_what_the_sweep_found_is_read_in_the_very_next_cycle(town: Town):
    found = at(1, now() - dt.timedelta(hours=1))
    town.allegro.changed, town.allegro.forms = [found], {form_id(1): found}
    town.turn(ACCOUNT)
    assert town.due_in_s(ACCOUNT, town.shop.market.account_id) <= 0
    town.turn(ACCOUNT)
    assert town.facts(1) == ("waiting", "queued")
    assert town.allegro.asked == ["list", form_id(1)]


def test_the_unit_is_told_of_new_work_at_once(town: Town):
    town.turn(UNIT)
    town.offer(form(1))
    town.turn(ACCOUNT)
    assert town.due_in_s(UNIT, town.shop.market.unit_id) <= 1


def test_new_settings_plan_each_waiting_order_once(town: Town):
    town.send(form(1), form(2))
    town.answer(Unknown("deadline"))
    town.turn(UNIT)
    instance = town.shop.market.instance
    instance.refresh_from_db()
    instance.settings_version += 1
    instance.save()
    assert [town.turn(ACCOUNT)["orders.intake"].counts["replanned"] for _ in range(3)] == [2, 0, 0]


def test_a_new_instance_takes_the_forms_that_waited_for_it_and_the_shortest_interval_holds(town: Town):
    town.offer(form(1, marketplace={"id": "allegro-sk"}))
    town.turn(ACCOUNT)
    assert (town.orders(), town.shop.tasks()) == ([], {"no_instance": "open"})
    market = town.shop.market
    create_market(
        name="SK", account=market.account, unit=market.unit, marketplace="allegro-sk", interval_s=3600,
        settings={"orders": {"store": "HLAVNI"}},
    )  # fmt: skip
    town.turn(ACCOUNT)
    assert (town.orders(), town.shop.tasks()) == ([form_id(1)], {"no_instance": "solved"})
    assert set(Due.objects.filter(kind__in=[ACCOUNT, UNIT]).values_list("interval_s", flat=True)) == {300}


def test_how_far_the_journal_was_read_is_known_also_where_it_has_nothing_new(town: Town):
    began = now()
    town.turn(ACCOUNT)
    first = account(town).journal_read_at
    assert first is not None
    assert first >= began
    town.allegro.journal = ValueError("a defect of ours")
    town.turn(ACCOUNT)
    assert account(town).journal_read_at == first
