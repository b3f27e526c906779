"""Names of Pohoda's lists: suggested where they are known, and said where Pohoda has none such. Nothing is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

import pytest
from django.core.cache import cache

from allegro_integration.services.mappings import map_delivery, map_payment
from allegro_integration.services.seen import stores_of_all
from connectify import clock
from pohoda_bridge.server.mirror.models import StockCard
from pohoda_bridge.server.models import Unit
from tests.factories import UnitFactory
from tests.setup_pages.companies import text_of
from tests.setup_pages.making import NEW, values
from tests.setup_pages.offer_shop import OfferShop
from tests.setup_pages.test_mappings import NOW, box, box_form, form_of, stored

CARD = {"code": "A-1", "fingerprint": b"x", "began_at": NOW}


@pytest.fixture
def shop(db: None) -> Iterator[OfferShop]:
    cache.clear()
    with clock.fixed(NOW):
        neighbour = OfferShop("instance_mappings")
        neighbour.in_pohoda(carrier="Sousedův", payment_type="Sousedovy")
        yield OfferShop("instance_mappings")
    cache.clear()


def known(page: str, name: str) -> list[str]:
    """What the list of suggestions has."""
    options = page.split(f'<datalist id="{name}">')[1].split("</datalist>")[0]
    return [unescape(option.split('"')[0]) for option in options.split('value="')[1:]]


def test_a_new_instance_suggests_the_stores_of_the_company_s_own_cards(ready, neighbour):
    with neighbour.inside():
        StockCard.objects.create(unit=UnitFactory(), record_id=1, store="CIZI", **CARD)
    page = ready.browser().get(NEW).content.decode()
    assert known(page, "known-stores") == []
    with ready.inside():
        for at, store in enumerate(("ZBOZI", "ESHOP"), 1):
            StockCard.objects.create(unit=Unit.objects.get(), record_id=at, store=store, **CARD)
    page = ready.browser().get(NEW).content.decode()
    assert known(page, "known-stores") == ["ESHOP", "ZBOZI"]
    assert '<option value="ESHOP"></option>' in page
    assert 'list="known-stores"' in page


def test_stores_of_several_units_are_suggested_with_the_names_of_their_units(ready, django_assert_num_queries):
    with ready.inside():
        first = Unit.objects.get()
        others = [UnitFactory(connection__name=name) for name in ("Firma B", "Firma C")]
        for at, (unit, store) in enumerate(((first, "ZBOZI"), (others[0], "ESHOP"), (others[1], "ZBOZI")), 1):
            StockCard.objects.create(unit=unit, record_id=at, store=store, **CARD)
        units = list(Unit.objects.select_related("connection").order_by("connection__created_at"))
        with django_assert_num_queries(1):
            stores_of_all(units)
        name = first.connection.name
    page = ready.browser().get(NEW).content.decode()
    assert known(page, "known-stores") == ["ESHOP", "ZBOZI"]
    labels = re.findall(r'label="([^"]*)"', page.split('<datalist id="known-stores">')[1].split("</datalist>")[0])
    assert [unescape(label) for label in labels] == ["Firma B", ", ".join(sorted(("Firma C", name)))]


def test_a_store_that_no_card_is_in_is_taken_and_said(ready):
    with ready.inside():
        StockCard.objects.create(unit=Unit.objects.get(), record_id=1, store="ZBOZI", **CARD)
    browser = ready.browser()
    said = "No stock card in Pohoda is in a store named ZBOSI. Pohoda has cards in: ZBOZI."
    assert said in text_of(browser.post(NEW, values(ready, store="ZBOSI"), follow=True))
    page = text_of(browser.post(NEW, values(ready, "allegro-sk"), follow=True))
    assert "The instance is created." in page
    assert "No stock card" not in page


def test_a_name_that_no_order_in_pohoda_has_is_said_before_it_is_saved_and_taken(shop):
    shop.in_pohoda(carrier="Zásilkovna", payment_type="Kartou")
    with shop.inside():
        shop.receive(**box())
    form = {**box_form(shop, carrier="zásilkovna"), "payment-form-WIRE_TRANSFER": "Převodem"}
    notes = list(shop.preview(form).context["effect"].notes)
    assert (
        "No order that we have read in Pohoda has the carrier “zásilkovna”."
        " Pohoda has “Zásilkovna”: the name has to be exactly the same."
    ) in notes
    assert any(
        note.startswith("No order that we have read in Pohoda has the form of payment “Převodem”.") for note in notes
    )
    shop.save(form)
    assert "zásilkovna" in [row[1] for row in stored(shop).values()]


def test_known_names_and_a_pohoda_without_orders_give_no_warning(shop):
    with shop.inside():
        shop.receive(**box())
    assert not any("No order that we have read" in note for note in notes_of(shop, "Zásilkovna"))
    shop.in_pohoda(carrier="Zásilkovna")
    assert not any("No order that we have read" in note for note in notes_of(shop, "Zásilkovna"))
    assert any("Sousedův" in note for note in notes_of(shop, "Sousedův"))  # the neighbour's Pohoda is another one


def notes_of(shop: OfferShop, carrier: str) -> list[str]:
    return list(shop.preview(box_form(shop, carrier=carrier)).context["effect"].notes)


def test_what_another_instance_of_the_unit_uses_is_suggested(shop):
    other = shop.secondary()
    with shop.inside():
        map_delivery(instance=other.instance, method_id="m", method_name="Z-BOX", carrier="Packeta", line_text="Balík")
        map_payment(instance=other.instance, payment_type="ONLINE", form_of_payment="Allegro")
    page = shop.get().content.decode()
    assert "Packeta" in known(page, "known-carriers")
    assert "Allegro" in known(page, "known-forms")
    assert "Balík" in known(page, "known-texts")
    assert "Sousedův" not in page
    assert "Packeta" not in form_of(shop.get()).values()  # a suggestion is no mapping


def test_an_example_reads_as_an_example(shop):
    with shop.inside():
        shop.receive(**box())
    assert 'placeholder="e.g. Z-BOX"' in shop.get().content.decode()


def test_each_tab_has_a_title_of_its_own(shop):
    base = f"/setup/instances/{shop.market.instance_id}/"
    shop.secondary()
    titles = []
    for tab in ("", "orders/", "mappings/", "pieces/", "prices/", "statuses/", "invoices/", "arm/orders/"):
        page = shop.browser().get(base + tab).content.decode()
        titles.append(unescape(page.split("<title>")[1].split(" · Connectify</title>")[0]))
    name = shop.market.instance.name
    tabs = ("Instance", "Orders", "Delivery and payment", "Pieces", "Prices", "Order states", "Invoices")
    assert titles == [f"{tab} – {name}" for tab in (*tabs, "Switch on: Orders")]
