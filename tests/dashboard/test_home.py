"""The home page: each direction's state, since when, why, what we do, what a person does."""

import datetime as dt

import pytest

from connectify.dashboard.directions import SENTENCES, TONES, Freshness, explain_state, freshness
from connectify.sync.models import DirectionState
from connectify.tenants.context import tenant_scope
from tests.dashboard import shop


def test_a_waiting_direction_says_why_and_what_each_side_does(owner):
    page = owner.get("/").content.decode()
    assert "Agent na počítači UCETNI-PC neodpovídá." in page
    assert "Vše uchováváme a pokračujeme, jakmile se agent ozve. Nic se neztratí." in page
    assert "Zkontrolujte, že počítač s agentem je zapnutý a má internet." in page
    assert "čeká na agenta" in page
    assert 'datetime="2026-11-23T10:13:00+00:00" title="23. 11. 2026 11:13:00"' in page


def test_a_direction_that_runs_says_so_and_how_long_ago(owner):
    page = owner.get("/").content.decode()
    assert "Vše běží." in page
    assert ">před 2 min</time>" in page


def test_figures_lead_to_the_orders_they_count(toys, owner):
    page = owner.get("/").content.decode()
    address = f"/orders/?instance={toys.czech.instance_id}&amp;state=error"
    assert f'href="{address}"' in page
    rows = owner.get(address.replace("&amp;", "&")).content.decode()
    assert rows.count('<tr role="row" class="bad">') == 1


def test_the_lead_says_that_records_wait_for_a_person_although_everything_runs(db, now, browser_of):
    calm = shop.make_shop()
    with tenant_scope(calm.tenant.pk):
        for market in (calm.czech, calm.slovak):
            shop.set_direction(market, "ok", since=now, good=now)
        order = shop.make_order(calm.czech, at=now, state="waiting", code="queued")
    client = browser_of(calm.owner)
    assert "některé záznamy čekají na vás" not in client.get("/").content.decode()
    with tenant_scope(calm.tenant.pk):
        order.code = "unmapped_delivery"
        order.save()
    page = client.get("/").content.decode()
    assert "Vše běží; některé záznamy čekají na vás." in page
    address = f"/orders/?instance={calm.czech.instance_id}&amp;state=yours"
    assert f'href="{address}"' in page
    rows = client.get(address.replace("&amp;", "&")).content.decode()
    assert f'id="order-{order.pk}"' in rows


def test_an_instance_without_any_state_is_not_switched_on(db, now, browser_of):
    empty = shop.make_shop()
    page = browser_of(empty.owner, "en").get("/").content.decode()
    assert page.count("This direction has not been switched on yet.") == 2
    assert "Not checked yet" in page


def test_a_paused_instance_is_paused_whatever_the_last_cycle_said(toys, owner, now):
    with tenant_scope(toys.tenant.pk):
        toys.czech.instance.paused_at = now
        toys.czech.instance.save()
    assert "Instanci jste pozastavili." in owner.get("/").content.decode()


def test_a_company_without_instances_is_told_what_to_do(db, browser_of, now):
    empty = shop.make_shop()
    with tenant_scope(empty.tenant.pk):
        for market in (empty.czech, empty.slovak):
            market.delete()
            market.instance.delete()
    assert "Zatím není nastavena žádná instance" in browser_of(empty.owner).get("/").content.decode()


def test_the_fragment_is_the_list_alone(owner):
    page = owner.get("/", headers={"HX-Request": "true"}).content.decode()
    assert page.strip().startswith('<div id="instances"')
    assert "<html" not in page


def test_the_number_of_queries_does_not_grow_with_the_rows(toys, owner, now, django_assert_max_num_queries):
    with django_assert_max_num_queries(14):
        owner.get("/")


def test_every_state_of_a_direction_has_a_colour_and_sentences():
    assert set(SENTENCES) == set(TONES) == set(DirectionState.State)


def test_an_unknown_cause_is_shown_with_the_state_s_sentences():
    shown = explain_state("waiting_agent", "something_new", {})
    assert (shown.code, shown.known) == ("something_new", False)
    assert shown.title == str(SENTENCES["waiting_agent"].title)


@pytest.mark.parametrize(
    ("silent_s", "expected"),
    [
        (0, Freshness.FRESH),
        (660, Freshness.FRESH),
        (661, Freshness.LATE),
        (2400, Freshness.LATE),
        (2401, Freshness.DOWN),
    ],
)
def test_silence_is_late_after_two_intervals_and_down_after_six(now, silent_s, expected):
    last = now - dt.timedelta(seconds=silent_s)
    assert freshness(last_good_at=last, interval_s=300, now=now) is expected


def test_without_a_first_success_nothing_is_late(now):
    assert freshness(last_good_at=None, interval_s=300, now=now) is Freshness.UNKNOWN
