"""Offers whose goods are in another store than the settings name: the pages say so before an order is refused."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from allegro_integration.models import Offer
from allegro_integration.services.store_gaps import Gap, gaps
from connectify.instances.models import Arming
from tests.setup_pages.offer_shop import OfferShop, pieces_form, text_of
from tests.setup_pages.test_orders import FORM

ELSEWHERE = "1 active offer sells goods whose stock card is in the store PRODEJNA and not in HLAVNI."
NOWHERE = "1 active offer has a code that no stock card in Pohoda has."
REFUSED = "Pohoda would refuse an order of such goods, and the order would wait for you."
FIRST = "Save the tab “Pieces” first"


@pytest.fixture
def shop(db: None) -> OfferShop:
    """Of three offers one is in the orders' store, one in another, one nowhere; a second company has the like."""
    neighbour = OfferShop("instance_orders")
    stocked(neighbour)
    return stocked(OfferShop("instance_orders"))


def stocked(shop: OfferShop) -> OfferShop:
    shop.configure(orders={"store": "HLAVNI", "unit_country": "CZ", "home_currency": "CZK"})
    shop.stock_card("KOD101", 12)
    shop.stock_card("KOD102", 7, store="PRODEJNA")
    for number in ("101", "102", "103"):
        shop.offer(number)
    with shop.inside():
        Offer.objects.update(card=None)
        Arming.objects.update(armed_at=None)
    shop.stock_read()
    return shop


def arm_page(shop: OfferShop, direction: str = "orders") -> str:
    return text_of(shop.browser().get(f"/setup/instances/{shop.market.instance_id}/arm/{direction}/"))


def test_the_orders_tab_says_which_offers_pohoda_would_refuse_orders_of(shop: OfferShop) -> None:
    shown = text_of(shop.preview(FORM))
    assert [text in shown for text in (ELSEWHERE, NOWHERE, REFUSED, FIRST)] == [True] * 4
    assert "KOD101" not in shown


def test_the_page_that_switches_orders_on_says_it_as_well(shop: OfferShop) -> None:
    shown = arm_page(shop)
    assert [text in shown for text in (ELSEWHERE, NOWHERE, REFUSED, FIRST)] == [True] * 4


def test_an_offer_that_is_linked_to_its_own_card_needs_no_word(shop: OfferShop) -> None:
    shop.offer("104", "KOD104")
    shop.stock_card("KOD104", store="PRODEJNA")
    with shop.inside():
        for card in shop.market.unit.stock_cards.all():
            Offer.objects.filter(external_id=card.code).update(card=card)
        assert gaps(shop.market, "HLAVNI", is_linking=False) == [Gap("", 1)]
    # The code may be a card's EAN: linking finds that card.
    shown = arm_page(shop)
    assert [text in shown for text in (NOWHERE, REFUSED, FIRST)] == [True] * 3
    with shop.inside():
        Offer.objects.filter(offer_id="103").update(status="ENDED")
    assert REFUSED not in arm_page(shop)


def test_once_pieces_are_set_offers_whose_turn_is_to_come_are_passed_over(shop: OfferShop) -> None:
    shop.configure(offers={"stores": []})
    assert REFUSED not in arm_page(shop)
    with shop.inside():
        Offer.objects.filter(offer_id="102").update(needs_plan=False)
    shown = arm_page(shop)
    assert (ELSEWHERE in shown, NOWHERE in shown, REFUSED in shown, FIRST in shown) == (True, False, True, False)


def test_nothing_is_said_before_a_card_was_read_and_a_company_s_gaps_are_its_own(shop: OfferShop) -> None:
    with shop.inside():
        assert gaps(shop.market, "HLAVNI", is_linking=False) == [Gap("", 1), Gap("PRODEJNA", 1)]
        shop.market.unit.stock_cards.all().delete()
        assert gaps(shop.market, "HLAVNI", is_linking=False) == []
    assert REFUSED not in arm_page(shop)


def test_a_stored_store_that_no_card_is_in_is_named_with_those_that_there_are(shop: OfferShop) -> None:
    shop.configure(orders={"store": "HLAVMI", "unit_country": "CZ", "home_currency": "CZK"})
    shown = text_of(shop.preview({**FORM, "store": "HLAVMI"}))
    assert "No stock card in Pohoda is in a store named HLAVMI. Pohoda has cards in: HLAVNI, PRODEJNA." in shown
    assert "is in a store named" not in text_of(shop.preview(FORM))


def test_the_pieces_tab_says_what_becomes_of_offers_of_stores_that_are_not_chosen(shop: OfferShop) -> None:
    shop.page = "instance_offers"
    shown = text_of(shop.preview(pieces_form(shop, "HLAVNI")), "effect")
    said = "1 offer sells goods of a store that is not chosen: its pieces and prices stay as they are at Allegro."
    assert said in shown
    assert said not in text_of(shop.preview(pieces_form(shop, "HLAVNI", "PRODEJNA")), "effect")
    with shop.inside():
        Offer.objects.filter(offer_id="102").update(state="skipped", code="card_not_in_stores", needs_plan=False)
    shop.configure(offers={"stores": ["HLAVNI"]})
    assert said in arm_page(shop, "offers")


def test_many_offers_are_looked_at_by_one_query(shop: OfferShop) -> None:
    with shop.inside():
        rows = [
            Offer(account=shop.market.account, tenant_id=shop.market.tenant_id, offer_id=f"9{number}", status="ACTIVE",
                  external_id="KOD102" if number % 2 else f"X{number}")
            for number in range(1200)
        ]  # fmt: skip
        Offer.objects.bulk_create(rows)
        with CaptureQueriesContext(connection) as queries:
            found = gaps(shop.market, "HLAVNI", is_linking=False)
    assert len(queries) == 1
    assert found == [Gap("", 601), Gap("PRODEJNA", 601)]
