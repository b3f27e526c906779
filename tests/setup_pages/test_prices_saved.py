"""Prices are saved as their effect was shown."""

from __future__ import annotations

import pytest

from allegro_integration.models import Market, Offer
from connectify.sync.models import Change, Link
from tests.setup_pages.flow_shop import effect_counts, effect_rows
from tests.setup_pages.offer_shop import (
    BUILT,
    FROM_INTERNET,
    LEVEL,
    LIMITS,
    PLUS_20,
    VAT,
    OfferShop,
    fields_of,
    price_form,
    price_shop,
    steps,
    text_of,
)


@pytest.fixture
def shop(db: None) -> OfferShop:
    return price_shop()


def test_the_effect_is_the_plan_of_the_next_round_and_stores_nothing(shop: OfferShop) -> None:
    shop.configure(offers={"stores": ["HLAVNI"]})
    shop.offer("104", code="NOWHERE")
    before = shop.everything()
    page = shop.preview(price_form(shop))
    assert effect_counts(page) == {"prices change": 3, "left alone: no stock card belongs to the offer": 1}
    assert effect_rows(page) == [
        ("Nabídka 101", "249.00\xa0CZK", "289.00\xa0CZK"),
        ("Nabídka 102", "249.00\xa0CZK", "289.00\xa0CZK"),
        ("Nabídka 103", "249.00\xa0CZK", "289.00\xa0CZK"),
    ]
    assert page.context["effect"].rows[0].why[-1] == "Price at Allegro: 249.00 → 289.00 CZK."
    assert page.context["effect"].notes == (
        "Of 4 offers of the account:",
        "This flow is not switched on: we plan and show, and write nothing until you switch it on.",
    )
    assert shop.everything() == before
    with shop.inside():
        assert not Change.objects.exists()
        assert not Link.objects.exists()


def test_what_guards_hold_is_said(shop: OfferShop) -> None:
    shop.configure(offers={"stores": ["HLAVNI"]})
    page = shop.preview(price_form(shop, **{"price-floor": "300"}))
    assert effect_counts(page) == {"held: below the lowest allowed price": 3}
    row = page.context["effect"].rows[0]
    assert (row.after, row.tone) == ("289.00\xa0CZK (held)", "wait")
    assert row.why[-1] == "The new price 289.00 CZK is below the lowest allowed price 300.00 CZK."


def test_a_mass_of_moving_prices_is_an_alarm(shop: OfferShop) -> None:
    shop.configure(offers={"stores": ["HLAVNI"]})
    page = shop.preview(price_form(shop, **{"limits-least_active": "2", "limits-moved_by": "10"}))
    assert effect_counts(page) == {"held: too many prices would move at once": 3}
    assert page.context["effect"].notes[1] == (
        "On Allegro.cz 3 prices of 3 active offers would move by more than 10 %. We hold these prices: more than 10 %"
        " of the offers at once look like a mistake."
    )


def test_settings_are_stored_as_they_were_shown_and_the_other_tab_keeps_its_own(shop: OfferShop) -> None:
    other = {"stores": ["HLAVNI"], "safety_stock": 2, "limits": {"zero_share": 15}, "end_when_refused": False}
    shop.configure(offers=other)
    answer = shop.save(price_form(shop, **{"price-floor": "120,50", "limits-moved_share": "15"}))
    assert (answer.status_code, answer["Location"]) == (302, shop.url)
    assert shop.settings("offers") == {
        **other,
        "price_steps": [
            LEVEL,
            {"step": "add_vat", "percent": None},
            PLUS_20,
            {"step": "ending", "ending": "9"},
        ],
        "floor": "120.50",
        "limits": {"zero_share": 15, **LIMITS, "moved_share": 15},
    }
    assert shop.audited()[-1] == "instance.settings_saved"
    assert fields_of(shop.get())["steps-2-percent"] == "+20"


def test_without_steps_prices_are_left_alone(shop: OfferShop) -> None:
    shop.configure(offers={"stores": ["HLAVNI"], "price_steps": [LEVEL]})
    kept = {name: value for name, value in fields_of(shop.get()).items() if not name.startswith("steps-")}
    page = shop.preview({**kept, **steps()})
    assert effect_counts(page) == {}
    assert "Nothing would change: Allegro shows these values already." in page.context["effect"].notes
    shop.save({**kept, **steps()})
    assert shop.settings("offers")["price_steps"] == []
    assert "This is a proposal" not in text_of(shop.get())


def test_nothing_is_saved_whose_effect_was_not_shown(shop: OfferShop) -> None:
    seen = shop.preview(price_form(shop))
    changed = {**price_form(shop), "steps-2-percent": "+30"}
    page = shop.post(shop.second(changed, seen))
    assert "Nothing was saved yet: something was changed after the effect was shown." in text_of(page)
    assert effect_rows(page)[0] == ("Nabídka 101", "249.00\xa0CZK", "319.00\xa0CZK")
    assert shop.settings("offers") is None
    assert shop.post(shop.second(changed, page)).status_code == 302


def test_settings_that_were_changed_meanwhile_are_not_overwritten(shop: OfferShop) -> None:
    filled = price_form(shop)
    seen = shop.preview(filled)
    shop.configure(offers={"stores": ["HLAVNI"], "safety_stock": 3})
    page = shop.post(shop.second(filled, seen))
    assert "were changed meanwhile" in text_of(page)
    assert shop.settings("offers") == {"stores": ["HLAVNI"], "safety_stock": 3}
    shop.post(shop.second(filled, page))
    assert (shop.settings("offers")["safety_stock"], len(shop.settings("offers")["price_steps"])) == (3, 4)


def test_the_first_settings_of_all_show_pieces_as_well(shop: OfferShop) -> None:
    """An instance with settings for offers looks after pieces too: nobody is to find that out later."""
    with shop.inside():
        Offer.objects.filter(offer_id="101").update(stock=1)
    page = shop.preview(price_form(shop))
    assert effect_counts(page) == {"prices change": 3, "numbers of pieces change": 1}


def test_while_the_stock_was_not_read_that_is_said_and_saving_is_possible(db: None) -> None:
    shop = OfferShop("instance_prices")
    assert "Pohoda's stock has not been read yet." in text_of(shop.get())
    page = shop.preview(price_form(shop))
    assert page.context["effect"].notes == (
        "Pohoda's stock has not been read yet, so we cannot show what would change.",
        "You may save all the same. Whatever would do damage is held until you approve it.",
    )
    assert shop.post(shop.second(price_form(shop), page)).status_code == 302
    assert len(shop.settings("offers")["price_steps"]) == 4


def test_of_a_large_account_the_first_offers_are_planned_and_those_searched_for(
    shop: OfferShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.configure(offers={"stores": ["HLAVNI"]})
    monkeypatch.setattr("allegro_integration.setup.offers_effect.MOST_OFFERS", 2)
    monkeypatch.setattr("allegro_integration.setup.prices.MOST_OFFERS", 2)
    assert "the effect is counted of the first 2." in text_of(shop.get())
    page = shop.preview(price_form(shop))
    assert effect_counts(page) == {"prices change": 2}
    assert page.context["effect"].notes[0] == "Counted of the first 2 offers: the account has more of them."
    page = shop.preview(price_form(shop, search="103"))
    assert effect_rows(page)[0][0] == "Nabídka 103"
    assert page.context["effect"].notes[-1] == "The offers that were searched for stand first."
    page = shop.preview(price_form(shop, search="xyz"))
    assert page.context["effect"].notes[-1] == "No offer was found by the search."


def test_a_second_marketplace_has_its_own_price_of_the_same_cards(shop: OfferShop) -> None:
    shop.configure(offers={"stores": ["HLAVNI"]})
    with shop.inside():
        Offer.objects.update(prices={"allegro-cz": {"amount": "249.00", "currency": "CZK"},
                                     "allegro-sk": {"amount": "9.90", "currency": "EUR"}})  # fmt: skip
    czech, shop.market = shop.market, shop.secondary()
    to_euro = {"kind": "to_currency", "currency": "EUR", "amount": "1", "rate": "25"}
    rows = steps(FROM_INTERNET, VAT, to_euro, {"kind": "ending", "ending": "0,90"})
    kept = {name: value for name, value in fields_of(shop.get()).items() if not name.startswith("steps-")}
    page = shop.preview({**kept, **rows})
    assert page.context["examples"][0].price == "9.90\xa0EUR"
    assert effect_counts(page) == {}
    page = shop.preview({**kept, **rows, "steps-2-rate": "20"})
    assert effect_rows(page)[0] == ("Nabídka 101", "9.90\xa0EUR", "11.90\xa0EUR")
    assert "The card is the one that the instance “" in text_of(page)
    assert shop.market.pk != czech.pk


def test_a_second_marketplace_waits_for_the_settings_of_the_first(shop: OfferShop) -> None:
    shop.market = shop.secondary()
    page = shop.preview({**fields_of(shop.get()), **BUILT})
    assert page.context["effect"].notes[0].startswith("The account's primary instance has no settings for pieces yet.")


def test_a_business_marketplace_has_no_prices_of_its_own(shop: OfferShop) -> None:
    with shop.inside():
        Market.objects.filter(pk=shop.market.pk).update(marketplace="allegro-business-cz")
    assert "Prices on a business marketplace are Allegro's own copy" in text_of(shop.get())
