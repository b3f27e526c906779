"""The inbox page by page, and what its records are called."""

import re
import uuid
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from allegro_integration.models import InvoiceDocument, Offer
from connectify.dashboard import inbox_views
from connectify.dashboard.inbox import all_groups
from connectify.dashboard.inbox_quarantined import QuarantinedRecords
from tests.dashboard import shop
from tests.dashboard.waiting import only, put_aside, unmapped


def shown(client, address: str) -> list[str]:
    """Groups of a page by the count each says."""
    return re.findall(r'<section class="card callout[^>]*data-count="(\d+)"', client.get(address).content.decode())


@pytest.fixture
def five(inside, now, browser_of, monkeypatch):
    """Five causes, with one to five orders each, on pages of two."""
    monkeypatch.setattr(inbox_views, "AT_ONCE", 2)
    for count in range(1, 6):
        unmapped(inside.czech, count, now, method=f"m{count}")
    return browser_of(inside.owner, "en")


def test_each_group_stands_on_one_page(five):
    pages = [shown(five, address) for address in ("/inbox/", "/inbox/?from=2", "/inbox/?from=4")]
    assert [len(page) for page in pages] == [2, 2, 1]
    assert sorted(count for page in pages for count in page) == ["1", "2", "3", "4", "5"]


def test_a_page_leads_to_the_next_one_and_looks_again_where_it_is(five):
    first, last = (five.get(address).content.decode() for address in ("/inbox/", "/inbox/?from=4"))
    assert ('href="?from=2"' in first, "?from=" in last.split("hx-get")[0]) == (True, False)
    assert 'hx-get="/inbox/?from=4"' in last
    assert "Next" not in last
    assert "5 things wait for you" in first


@pytest.mark.parametrize("place", ["5", "99999", "-1", "x", "²", ""])
def test_a_place_that_is_none_is_the_beginning(five, place):
    assert shown(five, f"/inbox/?from={place}") == shown(five, "/inbox/")


def test_records_of_all_kinds_are_named_in_one_query(inside, now):
    account, order = inside.czech.account, shop.make_order(inside.czech, at=now, buyer="Eva Horáková")
    nameless = shop.make_order(inside.czech, at=now, buyer="", number="f-7")
    offer = Offer.objects.create(account=account, offer_id="77", name="Kostky", base_marketplace="allegro-cz")
    invoice = InvoiceDocument.objects.create(order=order, record_id=1, number="1", total=Decimal(1), currency="CZK")
    gone = uuid.uuid4()
    for kind, key in (
        ("order", order.pk), ("order_status", nameless.pk), ("order_parcel", gone), ("invoice", invoice.pk),
        ("offer", f"{account.pk}:77"), ("event", f"{account.pk}:e1"), ("mirror", f"{inside.czech.unit_id}:stock:7"),
    ):  # fmt: skip
        put_aside(kind, str(key), f"code_{kind}")
    with CaptureQueriesContext(connection) as asked:
        QuarantinedRecords().find()
    assert len(asked) == 2
    found = {group.codes[0]: (group.place, group.records[0].label, group.records[0].url) for group in all_groups()}
    assert found == {
        "code_order": ("", "Eva Horáková", f"/orders/{order.pk}/"),
        "code_order_status": ("", "f-7", f"/orders/{nameless.pk}/"),
        "code_order_parcel": ("", str(gone), ""),
        "code_invoice": ("", "Eva Horáková", f"/orders/{order.pk}/"),
        "code_offer": (account.login, "Kostky", f"/offers/{offer.pk}/"),
        "code_event": (account.login, "e1", ""),
        "code_mirror": ("Hračky Dvořák s.r.o.", "Stock card with the id 7", ""),
    }


def test_an_offer_of_the_same_number_at_another_account_is_not_meant(inside, now):
    account = inside.czech.account
    Offer.objects.create(account=account, offer_id="77", name="Kostky", base_marketplace="allegro-cz")
    put_aside("offer", f"{uuid.uuid4()}:77", "code_offer")
    assert only("code_offer").records[0].label == "77"
