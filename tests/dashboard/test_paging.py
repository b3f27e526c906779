"""Paging by key reaches each row once, also among equal moments and while rows arrive."""

import datetime as dt

import pytest

from allegro_integration.models import Order
from connectify.dashboard.paging import Key, page_by_key, parse_key
from connectify.tenants.context import tenant_scope
from tests.dashboard import shop


@pytest.fixture
def orders(db, now):
    """Eleven orders, five of them at one moment."""
    one = shop.make_shop()
    with tenant_scope(one.tenant.pk):
        for count in range(11):
            shop.make_order(one.czech, at=now - dt.timedelta(minutes=0 if count < 5 else count))
        yield one


def pages(**more):
    return page_by_key(Order.objects.all(), field="bought_at", size=4, **more)


def test_walking_to_older_and_back_shows_the_same_pages(orders):
    forward = [pages()]
    while forward[-1].older:
        forward.append(pages(older_than=forward[-1].older))
    assert [len(page.rows) for page in forward] == [4, 4, 3]
    seen = [order.pk for page in forward for order in page.rows]
    assert len(set(seen)) == 11
    back = [forward[-1]]
    while back[-1].newer:
        back.append(pages(newer_than=back[-1].newer))
    assert [order.pk for page in reversed(back) for order in page.rows] == seen
    assert back[-1].newer == ""


def test_a_row_that_arrives_does_not_shift_the_next_page(orders, now):
    first = pages()
    expected = [order.pk for order in pages(older_than=first.older).rows]
    shop.make_order(orders.czech, at=now + dt.timedelta(minutes=1))
    assert [order.pk for order in pages(older_than=first.older).rows] == expected


def test_an_empty_list_has_no_pages(orders):
    page = page_by_key(Order.objects.none(), field="bought_at", size=4)
    assert (page.rows, page.newer, page.older) == ([], "", "")


def test_a_key_survives_the_address(orders, now):
    key = Key(now, Order.objects.first().pk)
    assert parse_key(str(key)) == key


@pytest.mark.parametrize("text", ["", "x", "é", "AAAA", "MjAyNi0xMS0yMw", "\x00"])
def test_what_is_no_key_is_none(text):
    assert parse_key(text) is None
