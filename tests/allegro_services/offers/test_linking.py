"""Which card an offer sells: its external id, an EAN, or what a person said."""

from __future__ import annotations

from pohoda_bridge.server.models import StockCard
from tests.allegro_services.offers.stall import Stall, offer

EAN = "8594000000017"


def linked(stall: Stall, offer_id: str = "101") -> tuple[str, str]:
    row = stall.offer(offer_id)
    return (row.card.code if row.card else "", row.link_by)


def test_the_external_id_is_the_code_of_a_card(stall: Stall) -> None:
    stall.sell(offer("101", EAN))
    stall.card(EAN, 6)
    stall.card("OTHER", 3, ean=EAN)
    stall.settle()
    assert (linked(stall), stall.shown("101")[1]) == ((EAN, "external_id"), 6)


def test_else_it_is_an_ean_of_one_code(stall: Stall) -> None:
    stall.sell(offer("101", EAN))
    stall.card("KOD", 6, ean=EAN)
    stall.settle()
    assert (linked(stall), stall.shown("101")[1]) == (("KOD", "ean"), 6)


def test_else_the_offers_own_ean_is_read(stall: Stall) -> None:
    stall.sell(offer("101", "seller's own", ean=EAN))
    stall.card("KOD", 6, ean=EAN)
    stall.settle()
    assert (linked(stall), stall.offer("101").ean) == (("KOD", "ean"), EAN)


def test_an_ean_of_several_codes_links_nothing_and_says_so(stall: Stall) -> None:
    stall.sell(offer("101", EAN))
    stall.card("KOD1", 6, ean=EAN)
    stall.card("KOD2", 6, ean=EAN)
    stall.settle()
    assert (linked(stall), stall.stands("101")) == (("", ""), ("skipped", "link_ean_ambiguous"))
    assert stall.offer("101").params == {"ean": EAN, "cards": "KOD1, KOD2"}
    assert stall.offer("101").skips[0]["field"] == "offer"
    assert stall.writes() == []


def test_cards_of_one_code_in_the_chosen_stores_add_up_and_the_first_store_gives_the_price(stall: Stall) -> None:
    stall.set(stores=["HLAVNI", "PRODEJNA"])
    stall.sell(offer("101"))
    stall.card("KOD101", 2, "300", store="HLAVNI")
    stall.card("KOD101", 4, "199", store="PRODEJNA")
    stall.card("KOD101", 50, "111", store="REKLAMACE")
    stall.settle()
    assert stall.shown("101") == ("ACTIVE", 6, "300.00")


def test_a_card_in_no_chosen_store_is_named(stall: Stall) -> None:
    stall.sell(offer("101"))
    stall.card("KOD101", 2, store="REKLAMACE")
    stall.settle()
    assert stall.stands("101") == ("skipped", "card_not_in_stores")
    stall.set(stores=["REKLAMACE"])
    stall.settle()
    assert stall.shown("101")[1] == 2


def test_two_cards_of_one_code_in_one_store_link_nothing(stall: Stall) -> None:
    stall.sell(offer("101"))
    first = stall.card("KOD101", 2)
    StockCard.objects.create(
        unit=stall.unit, store="HLAVNI", storage="HLAVNI/B", code="KOD101", record_id=77, fingerprint=b"",
        began_at=first.began_at,
    )  # fmt: skip
    stall.settle()
    assert stall.stands("101") == ("skipped", "link_code_ambiguous")


def test_a_new_card_links_an_offer_that_waited_for_it(stall: Stall) -> None:
    stall.sell(offer("101"), offer("102", EAN))
    stall.absorbed()
    stall.settle()
    assert stall.stands("101") == ("skipped", "offer_not_linked")
    stall.card("KOD101", 6)
    stall.card("KOD102", 8, ean=EAN)
    stall.settle()
    assert (stall.shown("101")[1], stall.shown("102")[1]) == (6, 8)


def test_a_card_that_is_gone_unlinks_and_the_offer_is_left_alone(stall: Stall) -> None:
    stall.sell(offer("101"))
    card = stall.card("KOD101", 6)
    stall.settle()
    StockCard.objects.filter(pk=card.pk).update(missed=2)
    stall.absorbed(card)
    stall.settle()
    assert (linked(stall), stall.stands("101")) == (("", ""), ("skipped", "offer_not_linked"))
    assert stall.shown("101")[1] == 6


def test_a_changed_external_id_links_anew(stall: Stall) -> None:
    stall.sell(offer("101"))
    stall.card("KOD101", 6)
    stall.card("KOD102", 8)
    stall.settle()
    stall.site.control("POST", "offers/101", {"external": "KOD102"})
    stall.settle()
    assert (linked(stall), stall.shown("101")[1]) == (("KOD102", "external_id"), 8)
