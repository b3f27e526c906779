"""Since when orders are taken: another start shows which orders it takes and leaves alone, before it is saved."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from allegro_integration.models import InboxForm, Order
from connectify.domain.change import ChangeState
from tests.allegro_domain.forms import line
from tests.setup_pages.flow_shop import FlowShop, effect_counts, effect_rows, queries_of, shows
from tests.setup_pages.test_orders import FORM

START = "2026-11-20T00:00:00+01:00"
TAKEN = "left alone so far: from now on they are taken"
LEFT_ALONE = "wait now: from now on they are left alone"
LEFT = "left alone: bought before the start"


@pytest.fixture
def shop(db: None) -> FlowShop:
    """Orders bought on 2 and 10 November, both before the start, and on 25 November."""
    shop = FlowShop("instance_orders")
    shop.configure(orders={"store": "HLAVNI", "unit_country": "CZ", "home_currency": "CZK"}, orders_since=START)
    for day in (2, 10, 25):
        buy(shop, day)
    return shop


def buy(shop: FlowShop, day: int) -> None:
    bought = f"2026-11-{day:02d}T10:00:00Z"
    with shop.inside():
        shop.market = shop.fresh_market()
        shop.receive(id=f"29738e61-7f6a-11e8-ac45-09db60ede0{day:02d}", lineItems=[
            {**line(), "id": f"line-{day}", "boughtAt": bought}
        ])  # fmt: skip


def form(since: str, **changed: Any) -> dict[str, Any]:
    return {**FORM, "orders_since": since, **changed}


def states(shop: FlowShop) -> dict[int, str]:
    with shop.inside():
        return {order.bought_at.day: order.state for order in Order.objects.order_by("bought_at")}


def to_read(shop: FlowShop) -> set[int]:
    """The days of the orders that are read again."""
    with shop.inside():
        again = InboxForm.objects.filter(state=InboxForm.State.TO_READ, content_sha256="")
        return {moment.day for moment in again.values_list("order__bought_at", flat=True)}


def settle(shop: FlowShop) -> None:
    with shop.inside():
        InboxForm.objects.update(state=InboxForm.State.READ, content_sha256="a" * 64)


def test_orders_before_the_start_are_left_alone_and_the_form_shows_the_start(shop: FlowShop) -> None:
    assert states(shop) == {2: "skipped", 10: "skipped", 25: "waiting"}
    assert shows(shop.get(), 'value="2026-11-20T00:00"')


@pytest.mark.parametrize(("since", "days"), [("2026-11-05T00:00", {10}), ("", {2, 10})])
def test_an_earlier_start_shows_what_it_takes_and_reads_it_again_once_saved(
    shop: FlowShop, since: str, days: set[int]
) -> None:
    settle(shop)
    before = shop.everything()
    page = shop.preview(form(since))
    assert effect_counts(page)[TAKEN] == len(days)
    rows = [row for row in effect_rows(page) if row[1] == LEFT]
    assert len(rows) == len(days)
    assert all(after.startswith(("goes to Pohoda", "waits")) for _label, _before, after in rows)
    assert shows(page, "they would be there twice")
    assert shop.everything() == before
    assert shop.post(shop.second(form(since), page)).status_code == 302
    assert to_read(shop) == days
    assert shop.settings("orders_since") == ("2026-11-05T00:00:00+01:00" if since else None)


def test_a_later_start_shows_what_it_leaves_alone_and_reads_it_again_once_saved(shop: FlowShop) -> None:
    settle(shop)
    later = form("2026-11-28T00:00")
    page = shop.preview(later)
    assert effect_counts(page) == {LEFT_ALONE: 1}
    assert [after for _label, _before, after in effect_rows(page)] == [LEFT]
    assert shop.post(shop.second(later, page)).status_code == 302
    assert to_read(shop) == {25}


def test_an_order_that_has_left_is_not_said_to_be_left_alone(shop: FlowShop) -> None:
    assert effect_counts(shop.preview(form("2026-11-28T00:00")))[LEFT_ALONE] == 1
    with shop.inside():
        shop.market = shop.fresh_market()
        shop.receive(lineItems=[{**line(), "boughtAt": "2026-11-26T10:00:00Z"}])
        shop.bring_to(ChangeState.UNKNOWN)
    assert effect_counts(shop.preview(form("2026-11-28T00:00")))[LEFT_ALONE] == 1


def test_the_same_minute_is_the_same_start(shop: FlowShop) -> None:
    shop.configure(orders_since="2026-11-20T00:00:30+01:00")
    settle(shop)
    page = shop.preview(form("2026-11-20T00:00"))
    assert TAKEN not in effect_counts(page)
    assert shop.post(shop.second(form("2026-11-20T00:00"), page)).status_code == 302
    assert (shop.settings("orders_since"), to_read(shop)) == ("2026-11-20T00:00:30+01:00", set())


def test_an_old_page_does_not_put_an_old_start_back(shop: FlowShop) -> None:
    old = form("2026-11-01T00:00", centre="BRNO")
    seen = shop.preview(old)
    shop.configure(orders_since="2026-11-27T00:00:00+01:00")
    settle(shop)
    page = shop.post(shop.second(old, seen))
    assert (page.status_code, shop.settings("orders_since")) == (200, "2026-11-27T00:00:00+01:00")
    assert shows(page, "Nothing was saved yet")
    assert effect_counts(page)[TAKEN] == 2
    assert to_read(shop) == set()


def test_a_start_whose_effect_was_not_shown_is_not_saved(shop: FlowShop) -> None:
    seen = shop.preview(form("2026-11-05T00:00"))
    page = shop.post(shop.second(form("2026-11-01T00:00"), seen))
    assert (page.status_code, shop.settings("orders_since")) == (200, START)


def test_the_preview_of_another_start_takes_few_queries(shop: FlowShop) -> None:
    for day in range(11, 16):
        buy(shop, day)
    shop.preview(form("2026-11-20T00:00"))
    with CaptureQueriesContext(connection) as queries:
        shop.preview(form(""))
    assert queries_of(queries.captured_queries) <= 20
