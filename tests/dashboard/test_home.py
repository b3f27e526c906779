"""The home page: each direction's state, since when, why, what we do, what a person does."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from allegro_integration.selectors import order_figures
from connectify.dashboard.directions import SENTENCES, TONES, Freshness, explain_state, freshness
from connectify.dashboard.standing import standing_figures
from connectify.sync.models import Change, DirectionState, Quarantined
from connectify.tenants.context import tenant_scope
from tests.dashboard import shop


def text_of(client, address: str = "/") -> str:
    return client.get(address).content.decode().strip()


def count_queries(client, address: str) -> int:
    """Without what the test's own transaction adds."""
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return sum("SAVEPOINT" not in one["sql"] for one in queries.captured_queries)


def direction(market, **facts) -> None:
    with tenant_scope(market.tenant_id):
        DirectionState.objects.filter(instance=market.instance, direction="orders").update(**facts)


def without_instances(empty: shop.Shop) -> None:
    with tenant_scope(empty.tenant.pk):
        for market in (empty.czech, empty.slovak):
            market.delete()
            market.instance.delete()


def hold(market, count: int, *, kind: str = "offer.price") -> None:
    for number in range(count):
        Change.objects.create(
            instance=market.instance, kind=kind, key=f"{market.pk}:{kind}:{number}", subject_kind="offer",
            subject_id=market.pk, resource_kind="allegro.account", resource_id=market.account_id, state="planned",
            content={}, content_sha256="0",
        )  # fmt: skip
    Change.objects.filter(instance=market.instance).update(state="held")


def aside(market, key: str, *, kind: str = "order", state: str = "open") -> None:
    Quarantined.objects.create(
        instance=market.instance, subject_kind=kind, subject_key=key, code="pohoda_refused", state=state
    )


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


def test_one_cause_of_several_directions_says_once_what_to_do(db, now, browser_of):
    silent = shop.make_shop()
    with tenant_scope(silent.tenant.pk):
        for direction in ("orders", "offers", "statuses"):
            DirectionState.objects.create(
                instance=silent.czech.instance, direction=direction, state="waiting_agent", code="agent_silent",
                params={"host": "PC"}, since=now, last_good_at=now,
            )  # fmt: skip
    page = browser_of(silent.owner, "en").get("/").content.decode()
    assert page.count("<strong>The agent on PC does not answer.</strong>") == 3
    assert page.count("Check that the computer with the agent is on") == 1


def test_what_a_person_left_aside_for_good_is_not_asked_for_again(db, now, browser_of):
    calm = shop.make_shop()
    with tenant_scope(calm.tenant.pk):
        first, second = (
            shop.make_order(calm.czech, at=now, state="error", code="cancelled_after_import") for _ in range(2)
        )
        aside(calm.czech, str(first.pk), state="ignored")
        aside(calm.czech, str(second.pk))
        aside(calm.czech, "no order of ours", state="ignored")
    client = browser_of(calm.owner)
    with tenant_scope(calm.tenant.pk):
        figures = order_figures()[(calm.czech.instance_id, "orders")]
    assert [(one.url.rpartition("=")[2], one.count) for one in figures] == [("yours", 1), ("error", 2)]
    page = client.get(figures[0].url).content.decode()
    assert (f'id="order-{first.pk}"' in page, f'id="order-{second.pk}"' in page) == (False, True)
    assert page.count('id="order-') == 1
    with tenant_scope(calm.tenant.pk):
        Quarantined.objects.update(state="ignored")
        (left,) = order_figures()[(calm.czech.instance_id, "orders")]
    assert (left.url.rpartition("=")[2], left.count, left.asks) == ("error", 2, False)


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
    without_instances(empty)
    assert "Zatím není nastavena žádná instance" in browser_of(empty.owner).get("/").content.decode()


def test_the_fragment_is_the_list_alone(owner):
    page = owner.get("/", headers={"HX-Request": "true"}).content.decode()
    assert page.strip().startswith('<div id="instances"')
    assert "<html" not in page


def test_home_needs_twelve_queries_however_many_instances_there_are(toys, owner, now):
    few = count_queries(owner, "/")
    with tenant_scope(toys.tenant.pk):
        for number in range(5):
            market = shop.add_market(toys, f"allegro-{number}", f"Allegro {number}")
            shop.set_direction(market, "ok", since=now, good=now)
            shop.make_order(market, at=now, state="error", code="pohoda_total_differs")
    assert count_queries(owner, "/") == few <= 12


def test_what_needs_a_person_needs_twelve_queries_too(owner):
    assert count_queries(owner, "/needs/") <= 12


def test_home_shows_another_company_nothing(toys, now, browser_of):
    other = shop.fill(shop.make_shop(email="karel@jiny.cz", name="Jiná firma"), now=now)
    client = browser_of(other.owner)
    for address in ("/", "/needs/"):
        page = client.get(address).content.decode()
        assert "Hračky Dvořák" not in page
        assert str(toys.czech.instance_id) not in page


def test_a_direction_that_works_and_is_silent_says_so_instead(toys, now, browser_of):
    direction(toys.czech, last_good_at=now - dt.timedelta(minutes=41))
    page = text_of(browser_of(toys.owner, "en"))
    assert "This direction has been silent for long." in page
    assert "If it does not change within an hour, write to support." in page
    assert '<span class="badge bad">silent for long</span>' in page
    assert '<span class="badge good">working</span>' not in page
    direction(toys.czech, last_good_at=now - dt.timedelta(minutes=12))
    page = text_of(browser_of(toys.owner, "en"))
    assert "The last run is later than usual." in page
    assert '<span class="badge wait">late</span>' in page


def test_a_waiting_direction_that_is_silent_keeps_its_cause(toys, now, browser_of):
    page = text_of(browser_of(toys.owner, "en"))
    assert "The agent on UCETNI-PC does not answer." in page
    assert '<span class="badge bad">silent for long</span>' in page
    assert "This direction has been silent for long." not in page


def test_what_is_held_and_put_aside_is_counted_beside_its_direction(toys, now):
    with tenant_scope(toys.tenant.pk):
        hold(toys.czech, 3)
        hold(toys.slovak, 1)
        hold(toys.slovak, 2, kind="order.create")  # these lack something: there is nothing to approve
        aside(toys.czech, "1")
        aside(toys.czech, "2")
        aside(toys.czech, "3", state="ignored")
        aside(toys.czech, "4", kind="of_tomorrow")
        found = standing_figures()
    czech, slovak = toys.czech.instance_id, toys.slovak.instance_id
    assert {
        place: [(figure.count, figure.tone, figure.url) for figure in figures] for place, figures in found.items()
    } == {
        (czech, "offers"): [(3, "wait", "/inbox/")],
        (czech, "orders"): [(3, "bad", "/inbox/")],
        (slovak, "offers"): [(1, "wait", "/inbox/")],
    }


def test_what_needs_a_person_comes_by_cause_with_the_way_to_solve_it(toys, browser_of):
    page = text_of(browser_of(toys.owner, "en"), "/needs/")
    assert page.startswith('<section id="needs"')
    assert "What needs you today" in page
    assert "Allegro Zásilkovna Z-BOX" in page
    assert 'href="/inbox/"' in page


def test_a_company_where_nothing_waits_is_told_so(db, browser_of, now):
    calm = shop.make_shop()
    with tenant_scope(calm.tenant.pk):
        for market in (calm.czech, calm.slovak):
            shop.set_direction(market, "ok", since=now, good=now)
    page = text_of(browser_of(calm.owner, "en"), "/needs/")
    assert "Nothing needs you today." in page
    assert "<h2" not in page


def test_home_asks_for_what_needs_a_person_only_where_something_can(owner, browser_of, now):
    assert 'hx-get="/needs/" hx-trigger="load"' in owner.get("/").content.decode()
    empty = shop.make_shop(email="karel@prazdna.cz", name="Prázdná")
    without_instances(empty)
    page = text_of(browser_of(empty.owner, "en"))
    assert "/needs/" not in page
    assert 'href="/setup/"' in page
    assert "Connect your Allegro account" in page


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
