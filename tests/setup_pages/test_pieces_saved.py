"""Pieces are saved as their effect was shown."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from allegro_integration.models import Offer
from allegro_integration.setup import offers
from allegro_integration.setup.frame import save_shown
from connectify.sync.models import Change
from tests.setup_pages.flow_shop import effect_counts, effect_rows
from tests.setup_pages.offer_shop import RULE, OfferShop, pieces_form, pieces_shop, text_of

PRICES: dict[str, Any] = {"price_steps": [{"step": "from_level", "level": "Internet"}], "floor": "99"}
LIMITS = {"zero_share": 30, "most_quantity": 99_999, "least_active": 10}
DEFAULTS = {
    "availability": "reservation",
    "safety_stock": 0,
    "most": 99_999,
    "quantity": True,
    "only_internet": False,
    "end_when_refused": True,
    "stores": [],
    "include": [],
    "limits": LIMITS,
}


@pytest.fixture
def shop(db: None) -> OfferShop:
    return pieces_shop()


def test_settings_are_stored_as_they_were_shown_and_the_other_tab_keeps_its_own(shop: OfferShop) -> None:
    shop.configure(offers={**PRICES, "limits": {"price_low": 40}})
    answer = shop.save(pieces_form(shop, "PRODEJNA", "HLAVNI", most="500", **{"limits-zero_share": "10"}))
    assert (answer.status_code, answer["Location"]) == (302, shop.url)
    changed = {"stores": ["PRODEJNA", "HLAVNI"], "most": 500, "limits": {**LIMITS, "zero_share": 10, "price_low": 40}}
    assert shop.settings("offers") == {**DEFAULTS, **PRICES, **changed}
    assert shop.audited()[-1] == "instance.settings_saved"


def test_switches_that_are_not_ticked_are_off(shop: OfferShop) -> None:
    filled = pieces_form(shop)
    for name in ("quantity", "end_when_refused"):
        del filled[name]
    shop.save(filled)
    assert shop.settings("offers") == {**DEFAULTS, "quantity": False, "end_when_refused": False}


def test_the_effect_tells_what_ends_what_starts_and_what_is_held(shop: OfferShop) -> None:
    shop.stock_card("KOD103", 4)
    shop.offer("103", stock=0)
    with shop.inside():
        Offer.objects.filter(offer_id="103").update(status="ENDED", ended_by="EMPTY_STOCK")
    before = shop.everything()
    page = shop.preview(pieces_form(shop, "HLAVNI", safety_stock="1", **{"limits-most_quantity": "7"}))
    assert effect_counts(page) == {
        "numbers of pieces change": 1,
        "offers start again": 1,
        "held: a suspiciously high number of pieces": 1,
    }
    assert effect_rows(page) == [
        ("Nabídka 101", "13 pieces", "8 pieces (held)"),
        ("Nabídka 102", "7 pieces", "6 pieces"),
        ("Nabídka 103", "ended", "starts again: 3 pieces"),
    ]
    assert page.context["effect"].rows[0].why == (
        "Store HLAVNI, card KOD101: 12 in stock − 3 reserved = 9.",
        "Kept as a reserve: − 1.",
        "Quantity at Allegro: 13 → 8.",
        "The quantity 8 is more than 7 pieces.",
    )
    assert shop.everything() == before
    with shop.inside():
        assert not Change.objects.exists()


def test_offers_that_would_end_together_are_held(shop: OfferShop) -> None:
    page = shop.preview(pieces_form(shop, "HLAVNI", safety_stock="100", **{"limits-least_active": "2"}))
    assert effect_counts(page) == {"held: too many offers would end at once": 2}
    assert effect_rows(page)[0] == ("Nabídka 101", "13 pieces", "the offer ends (held)")
    assert page.context["effect"].notes[1].startswith("2 of 2 active offers would end, because nothing is left")


def test_the_order_of_stores_decides_the_price_and_the_effect_shows_it(shop: OfferShop) -> None:
    shop.configure(offers={"stores": ["HLAVNI", "PRODEJNA"], "price_steps": [{"step": "from_level"}]})
    with shop.inside():
        shop.market.unit.stock_cards.filter(store="PRODEJNA").update(price=299)
    page = shop.preview(pieces_form(shop, "PRODEJNA", "HLAVNI"))
    assert effect_rows(page) == [("Nabídka 101", "249.00\xa0CZK", "299.00\xa0CZK")]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"safety_stock": "-1"}, "safety_stock"),
        ({"safety_stock": "a lot"}, "safety_stock"),
        ({"most": "0"}, "most"),
        ({"most": ""}, "most"),
        ({"availability": "magic"}, "availability"),
    ],
)
def test_wrong_input_is_said_at_its_field(shop: OfferShop, changed: dict[str, str], field: str) -> None:
    page = shop.preview(pieces_form(shop, **changed))
    assert list(page.context["form"].errors) == [field]
    assert ("effect" in page.context, shop.settings("offers")) == (False, None)
    assert "Please correct what is marked below." in text_of(page)


def test_a_wrong_limit_is_shown_unfolded(shop: OfferShop) -> None:
    page = shop.preview(pieces_form(shop, **{"limits-zero_share": "101"}))
    assert list(page.context["limits_form"].errors) == ["zero_share"]
    assert '<details class="why-fold" open>' in page.content.decode()


def test_a_rule_that_cannot_be_stored_keeps_everything_unsaved(shop: OfferShop) -> None:
    page = shop.preview({**pieces_form(shop), **RULE, "rules-0-outcome": ""})
    assert page.context["rules"].problems == ["Choose what the result is."]
    assert "effect" not in page.context


def test_nothing_is_saved_whose_effect_was_not_shown(shop: OfferShop) -> None:
    filled = pieces_form(shop, "HLAVNI")
    seen = shop.preview(filled)
    page = shop.post(shop.second({**filled, "safety_stock": "5"}, seen))
    assert "Nothing was saved yet: something was changed after the effect was shown." in text_of(page)
    assert effect_rows(page)[0] == ("Nabídka 101", "13 pieces", "4 pieces")
    assert shop.settings("offers") is None


def test_settings_that_were_changed_meanwhile_are_not_overwritten(shop: OfferShop) -> None:
    filled = pieces_form(shop, "HLAVNI")
    seen = shop.preview(filled)
    shop.configure(offers=PRICES)
    page = shop.post(shop.second(filled, seen))
    assert "were changed meanwhile" in text_of(page)
    assert shop.settings("offers") == PRICES
    shop.post(shop.second(filled, page))
    assert shop.settings("offers") == {**DEFAULTS, **PRICES, "stores": ["HLAVNI"]}


def test_settings_that_change_in_the_moment_of_saving_are_not_overwritten(
    shop: OfferShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def somebody_first(*save: Any) -> None:
        shop.configure(offers=PRICES)
        save_shown(*save)

    filled = pieces_form(shop, "HLAVNI")
    seen = shop.preview(filled)
    with monkeypatch.context() as patch:
        patch.setattr(offers, "PAGE", replace(offers.PAGE, save=somebody_first))
        page = shop.post(shop.second(filled, seen))
    assert "were changed meanwhile" in text_of(page)
    assert shop.settings("offers") == PRICES
    shop.post(shop.second(filled, page))
    assert shop.settings("offers") == {**DEFAULTS, **PRICES, "stores": ["HLAVNI"]}


def test_settings_that_cannot_be_read_are_begun_anew(shop: OfferShop) -> None:
    shop.configure(offers={"safety_stock": "many"})
    page = shop.get()
    assert "The stored settings cannot be read any more." in text_of(page)
    shop.save(pieces_form(shop))
    assert shop.settings("offers") == DEFAULTS


def test_while_nothing_was_read_that_is_said_and_saving_is_possible(db: None) -> None:
    shop = OfferShop("instance_offers")
    assert "stores can be chosen once it has" in text_of(shop.get())
    page = shop.preview(pieces_form(shop))
    assert page.context["effect"].notes[0] == (
        "Pohoda's stock has not been read yet, so we cannot show what would change."
    )
    shop.stock_card("KOD101")
    shop.stock_read()
    page = shop.preview(pieces_form(shop))
    assert page.context["effect"].notes[0].startswith("The offers have not been read from Allegro yet")
    assert shop.post(shop.second(pieces_form(shop), page)).status_code == 302
    assert shop.settings("offers") == DEFAULTS
