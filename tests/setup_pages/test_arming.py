"""Switching the directions of an instance on and off: what is missing, what would go, who did it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils.html import escape

from allegro_integration.models import InvoiceDocument, Market, Offer
from allegro_integration.services.markets import MANY, planned
from connectify.audit.models import AuditEntry
from connectify.clock import now
from connectify.dashboard.explanations import explain
from connectify.domain.change import ChangeState
from connectify.instances.models import Arming
from connectify.sync.models import Change, Due
from tests.factories import BOUGHT_AT, ChangeFactory, OrderFactory
from tests.setup_pages.companies import Company, text_of
from tests.setup_pages.making import create, market_of

LONG_AGO = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def set_part(company: Company, page: str, **parts: Any) -> None:
    with company.inside():
        instance = market_of(company, page).instance
        instance.settings = {**instance.settings, **parts}
        instance.save()


def plan(market: Market, count: int, *, kind: str = "order.create", state: str = ChangeState.PLANNED) -> None:
    for _ in range(count):
        ChangeFactory(
            instance=market.instance, kind=kind, state=state, resource_kind="pohoda.unit", resource_id=market.unit_id
        )


def test_a_direction_without_its_settings_says_what_is_missing_and_is_not_switched_on(ready):
    page = create(ready, store="")
    browser = ready.browser()
    shown = text_of(browser.get(page))
    for direction, code in (
        ("orders", "orders_not_set"), ("offers", "offers_not_set"), ("invoices", "invoices_not_set"),
    ):  # fmt: skip
        assert explain(code).title in shown
        assert explain(code).title in text_of(browser.get(f"{page}arm/{direction}/"))
        answer = browser.post(f"{page}arm/{direction}/", follow=True)
        assert explain(code).title in text_of(answer)
    with ready.inside():
        assert not Arming.objects.filter(armed_at__isnull=False).exists()


def test_beside_the_carrying_instance_prices_are_what_is_missing(ready):
    create(ready)
    page = create(ready, "allegro-sk", name="Slovensko")
    answer = ready.browser().get(f"{page}arm/offers/")
    assert explain("prices_not_set").title in text_of(answer)
    assert answer.context["mend_url"] == f"{page}prices/"


def test_settings_that_are_damaged_keep_the_direction_off(ready):
    page = create(ready)
    set_part(ready, page, orders={"store": "ZBOZI", "line_vat": "much"})
    assert explain("settings_unreadable").title in text_of(ready.browser().post(f"{page}arm/orders/", follow=True))


def test_switching_on_shows_first_how_much_would_go_at_once(ready):
    page = create(ready)
    market = market_of(ready, page)
    with ready.inside():
        plan(market, 3)
        plan(market, 2, state=ChangeState.HELD)
        plan(market, 5, kind="order.fulfillment")
        plan(market, 6, kind="offer.quantity")
        OrderFactory(market=market, state="waiting", code="unmapped_delivery")
        OrderFactory(market=market, state="waiting", code="queued")
    browser = ready.browser()
    shown = text_of(browser.get(f"{page}arm/orders/"))
    assert "go at once 8" in shown
    assert "held until you approve them" not in shown  # what holds an order is what it lacks
    assert "orders wait until you solve what they lack (see the inbox) 1" in shown
    assert "The agent does not answer now" in shown
    with ready.inside():
        assert not Arming.objects.filter(armed_at__isnull=False).exists()


def seven_offers(market):
    prices = {"allegro-cz": {"amount": "249.00", "currency": "CZK"}}
    return [
        Offer.objects.create(account=market.account, offer_id=str(at), name=f"Nabídka {at}", stock=5, prices=prices)
        for at in range(7)
    ]


def test_what_would_go_first_is_shown_with_its_value_and_its_page_and_where_all_of_it_is(ready, neighbour):
    page = create(ready)
    market = market_of(ready, page)
    set_part(ready, page, offers={"stores": ["ZBOZI"]}, invoices={"reports": [{"name": "Faktura", "report_id": 1}]})
    with ready.inside():
        offers = seven_offers(market)
        for offer in offers[:4]:
            planned_for(market, offer, "offer.quantity", {"field": "quantity", "quantity": 9})
        price = {"marketplace": "allegro-cz", "amount": "199.00", "currency": "CZK"}
        planned_for(market, offers[6], "offer.price", price, at=LONG_AGO)
        order = OrderFactory(market=market, state="waiting", code="queued")
        planned_for(market, order, "order.create", {"made": "by an older version"}, at=LONG_AGO)
        planned_for(market, order, "order.fulfillment", {"form_id": order.number})
        planned_for(market, order, "order.status", {"form_id": order.number, "status": "SENT"}, at=LONG_AGO)
        planned_for(market, order, "order.parcel", {"waybill": "Z1", "carrier_id": "PPL", "carrier_name": ""})
        planned_for(market, order, "invoice.create", {"number": "26FV1"}, at=LONG_AGO)
        InvoiceDocument.objects.create(order=order, number="26FV2", state="waiting", step="found", record_id=2)
    browser = ready.browser()
    rows = browser.get(f"{page}arm/offers/").context["effect"]
    assert (len(rows.rows), rows.more) == (5, 0)
    first = rows.rows[0]
    assert (first.label, first.before) == ("Nabídka 6", "249.00\xa0CZK")
    assert first.after == "Price, Allegro Czechia: 199.00\xa0CZK"
    assert (first.url, rows.rows[1].after) == (f"/offers/{offers[6].pk}/", "Pieces: 9 pcs")
    with ready.inside():
        for offer in offers[4:6]:
            planned_for(market, offer, "offer.quantity", {"field": "quantity", "quantity": 9})
    rows = browser.get(f"{page}arm/offers/").context["effect"]
    assert (len(rows.rows), rows.more) == (5, 2)
    named = "Jan Novák · 349.00\xa0CZK"
    assert shown_rows(browser, page, "orders") == [
        (named, "a received order in Pohoda"), (named, "gets the state at Allegro: being processed"),
    ]  # fmt: skip
    assert shown_rows(browser, page, "statuses") == [
        (named, "gets the state at Allegro: sent"), (named, "parcel number Z1, PPL"),
    ]  # fmt: skip
    assert shown_rows(browser, page, "invoices") == [
        (named, "gets the invoice 26FV1"), (named, "gets the invoice 26FV2"),
    ]  # fmt: skip


def test_the_link_to_everything_that_would_go_has_the_right_filter(ready):
    page = create(ready)
    market = market_of(ready, page)
    set_part(ready, page, offers={"stores": ["ZBOZI"]})
    with ready.inside():
        order = OrderFactory(market=market, state="waiting", code="queued", buyer="Goes")
        OrderFactory(market=market, state="waiting", code="unmapped_delivery", buyer="Lacks something")
        planned_for(market, order, "order.create", {})
        offer = Offer.objects.create(account=market.account, offer_id="1", name="Goes", state="waiting")
        Offer.objects.create(account=market.account, offer_id="2", name="Is as it should be", state="sent")
        planned_for(market, offer, "offer.quantity", {"quantity": 9})
    browser = ready.browser()
    for direction, other in (("orders", "Lacks something"), ("offers", "Is as it should be")):
        answer = browser.get(f"{page}arm/{direction}/")
        url = answer.context["full_list"].url
        assert f'href="{escape(url)}"' in answer.content.decode()
        everything = text_of(browser.get(url))
        assert ("Goes" in everything, other in everything) == (True, False)


def planned_for(
    market: Market, subject: Any, kind: str, content: dict[str, Any], *, at: dt.datetime = BOUGHT_AT
) -> None:
    ChangeFactory(
        instance=market.instance, kind=kind, subject_id=subject.pk, content=content, planned_at=at,
        state=ChangeState.PLANNED, resource_kind="allegro.account", resource_id=market.account_id,
    )  # fmt: skip


def shown_rows(browser: Any, page: str, direction: str) -> list[tuple[str, str]]:
    return [(row.label, row.after) for row in browser.get(f"{page}arm/{direction}/").context["effect"].rows]


def test_offers_that_are_held_until_a_person_approves_them_are_counted(ready):
    page = create(ready)
    market = market_of(ready, page)
    set_part(ready, page, offers={"stores": ["ZBOZI"]})
    with ready.inside():
        plan(market, 3, kind="offer.price")
        plan(market, 2, kind="offer.quantity", state=ChangeState.HELD)
        plan(market, 4, state=ChangeState.HELD)
    shown = text_of(ready.browser().get(f"{page}arm/offers/"))
    assert "go at once 3" in shown
    assert "held until you approve them 2" in shown


def test_what_is_switched_on_or_off_already_stays_as_it_is_and_says_nothing_new(ready):
    page = create(ready)
    browser = ready.browser()
    browser.post(f"{page}disarm/orders/")  # it never was on
    browser.post(f"{page}arm/orders/")
    with ready.inside():
        Arming.objects.update(armed_at=LONG_AGO)
    browser.post(f"{page}arm/orders/")
    with ready.inside():
        assert Arming.objects.get().armed_at == LONG_AGO
    browser.post(f"{page}disarm/orders/")
    browser.post(f"{page}disarm/orders/")
    acts = [act for act in ready.audited() if act.startswith("direction.")]
    assert acts == ["direction.armed", "direction.disarmed"]


def test_counting_what_would_go_ends_at_a_thousand(ready):
    page = create(ready)
    market = market_of(ready, page)
    with ready.inside():
        one = ChangeFactory.build(
            instance=market.instance, kind="order.create", resource_kind="pohoda.unit", resource_id=market.unit_id
        )
        fields = {name: getattr(one, name) for name in ("kind", "subject_kind", "content", "content_sha256")}
        Change.objects.bulk_create(
            Change(
                **fields, tenant_id=market.tenant_id, instance=market.instance, key=str(number),
                subject_id=market.pk, resource_kind="pohoda.unit", resource_id=market.unit_id,
            )
            for number in range(MANY + 5)
        )  # fmt: skip
        assert planned(market, "orders") == (MANY, 0)
    shown = text_of(ready.browser().get(f"{page}arm/orders/"))
    assert "There are more planned changes than are counted here." in shown


@pytest.mark.parametrize(
    ("direction", "parts"),
    [
        ("orders", {}),
        ("statuses", {}),
        ("offers", {"offers": {"stores": ["ZBOZI"]}}),
        ("invoices", {"invoices": {"reports": [{"name": "Faktura", "report_id": 1}]}}),
    ],
)
def test_a_direction_is_switched_on_and_off_by_itself_and_audited(ready, direction, parts):
    page = create(ready)
    set_part(ready, page, **parts)
    with ready.inside():
        Due.objects.update(due_at=now() + dt.timedelta(hours=1))
    browser = ready.browser()
    assert browser.post(f"{page}arm/{direction}/")["Location"] == page
    with ready.inside():
        armed = Arming.objects.filter(armed_at__isnull=False)
        assert list(armed.values_list("direction", flat=True)) == [direction]
        assert not Due.objects.filter(due_at__gt=now() + dt.timedelta(minutes=1)).exists()
        assert AuditEntry.objects.order_by("-at").first().action == "direction.armed"
    assert "Switched on just now" in text_of(browser.get(page))
    assert "switched on already" in text_of(browser.get(f"{page}arm/{direction}/"))
    browser.post(f"{page}disarm/{direction}/")
    with ready.inside():
        assert not Arming.objects.filter(armed_at__isnull=False).exists()
    assert ready.audited()[-1] == "direction.disarmed"


def test_there_are_no_other_directions(ready):
    page = create(ready)
    for act in ("arm", "disarm"):
        assert ready.browser().post(f"{page}{act}/everything/").status_code == 404
