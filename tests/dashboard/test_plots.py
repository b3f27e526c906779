"""Plots of the home page: what is counted, of whom, and how it is drawn."""

import datetime as dt
import re

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from allegro_integration.order_plots import orders_per_day
from connectify.dashboard.directions import Freshness
from connectify.dashboard.plots import GAUGE, HEIGHT, Daily, draw, gauge, last_days
from connectify.tenants.context import tenant_scope
from tests.dashboard import shop

DAY = dt.timedelta(days=1)


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def test_the_last_days_end_today_as_the_reader_s_calendar_has_it(now):
    days = last_days()
    assert (days[0], days[-1], len(days)) == (dt.date(2026, 11, 10), dt.date(2026, 11, 23), 14)


def test_orders_are_counted_by_the_day_of_purchase_in_the_reader_s_zone(db, now):
    toys = shop.make_shop()
    with tenant_scope(toys.tenant.pk):
        shop.make_order(toys.czech, at=at("2026-11-22T22:59:59+00:00"))  # 23:59:59 in Prague
        shop.make_order(toys.czech, at=at("2026-11-22T23:00:00+00:00"))  # midnight
        shop.make_order(toys.czech, at=at("2026-11-23T10:00:00+00:00"), state="error", code="pohoda_total_differs")
        shop.make_order(toys.slovak, at=at("2026-11-10T00:00:00+00:00"), state="skipped", code="cancelled")
        found = orders_per_day(last_days())
    czech, slovak = (toys.czech.instance_id, "orders"), (toys.slovak.instance_id, "orders")
    assert found[czech].counts == {dt.date(2026, 11, 22): 1, dt.date(2026, 11, 23): 2}
    assert found[slovak].counts == {dt.date(2026, 11, 10): 1}


def test_orders_that_others_took_over_and_those_before_the_days_are_not_counted(db, now):
    toys = shop.make_shop()
    with tenant_scope(toys.tenant.pk):
        shop.make_order(toys.czech, at=now, state="superseded", code="merged")
        shop.make_order(toys.czech, at=at("2026-11-09T22:59:59+00:00"))  # a second before the first day
        shop.make_order(toys.czech, at=at("2026-11-23T23:00:00+00:00"))  # tomorrow
        assert orders_per_day(last_days()) == {}


def test_orders_of_another_company_are_not_counted(toys, now):
    other = shop.fill(shop.make_shop(email="karel@jiny.cz", name="Jiný"), now=now, more=5)
    with tenant_scope(toys.tenant.pk):
        mine = orders_per_day(last_days())
    assert {instance for instance, _direction in mine} == {toys.czech.instance_id, toys.slovak.instance_id}
    with tenant_scope(other.tenant.pk):
        assert set(orders_per_day(last_days())).isdisjoint(mine)


def test_the_days_are_read_in_one_query_that_has_both_ends(toys):
    with tenant_scope(toys.tenant.pk), CaptureQueriesContext(connection) as queries:
        orders_per_day(last_days())
    (query,) = [one["sql"] for one in queries.captured_queries]
    assert """"bought_at" >= '2026-11-10 00:00:00+01:00'""" in query
    assert """"bought_at" < '2026-11-24 00:00:00+01:00'""" in query


def test_the_highest_day_fills_the_height_and_every_order_can_be_seen():
    days = [dt.date(2026, 11, 20) + DAY * back for back in range(4)]
    bars = draw(Daily("Orders", {days[0]: 1000, days[1]: 500, days[3]: 1}), days)
    assert [(bar.count, bar.y, bar.height) for bar in bars.bars] == [
        (1000, 0, HEIGHT),
        (500, HEIGHT // 2, HEIGHT // 2),
        (0, HEIGHT - 1, 1),
        (1, HEIGHT - 2, 2),
    ]
    assert [bar.x for bar in bars.bars] == [0, 16, 32, 48]
    assert [bar.is_today for bar in bars.bars] == [False, False, False, True]
    assert (bars.total, bars.today) == (1501, 1)


def test_days_without_any_order_are_flat():
    days = [dt.date(2026, 11, 22), dt.date(2026, 11, 23)]
    assert [bar.height for bar in draw(Daily("Orders", {}), days).bars] == [1, 1]


def test_silence_fills_the_gauge_up_to_its_end(now):
    def filled(minutes: int, fresh: Freshness):
        shown = gauge(last_good_at=now - dt.timedelta(minutes=minutes), fresh=fresh, interval_s=300)
        return shown.filled, shown.tone

    assert filled(0, Freshness.FRESH) == (3, "good")
    assert filled(20, Freshness.LATE) == (60, "wait")
    assert filled(40, Freshness.DOWN) == (120, "bad")
    assert filled(9999, Freshness.DOWN) == (GAUGE, "bad")
    shown = gauge(last_good_at=now, fresh=Freshness.FRESH, interval_s=300)
    assert (shown.late_at, shown.down_at, shown.late_min, shown.down_min) == (33, 120, 11, 40)


def test_what_is_not_expected_to_run_has_no_gauge(now):
    assert gauge(last_good_at=now, fresh=Freshness.UNKNOWN, interval_s=300) is None
    assert gauge(last_good_at=None, fresh=Freshness.UNKNOWN, interval_s=300) is None


def test_the_plot_is_a_table_for_those_who_do_not_see_it(toys, browser_of):
    with translation.override("en"):
        page = browser_of(toys.owner, "en").get("/").content.decode()
    table = re.search(r"<caption>Orders per day</caption>.*?</table>", page, re.S)
    assert table is not None
    rows = re.findall(r'<td><time datetime="([^"]+)">[^<]+</time></td><td>(\d+)</td>', table[0])
    assert len(rows) == 14
    assert rows[-1] == ("2026-11-23", "6")
    assert "Orders per day: 7 in 14 days, today 6" in " ".join(page.split())


def test_no_plot_carries_a_style(owner):
    page = owner.get("/").content.decode()
    assert "<svg" in page
    assert " style=" not in page
