"""The tab of pieces: stores really seen, what may be sold, which offers take part; shown before it is saved."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from allegro_integration.models import Market, Offer
from connectify.sync.models import Change
from connectify.tenants.models import Role
from tests.setup_pages.flow_shop import effect_counts, effect_rows
from tests.setup_pages.offer_shop import OfferShop, fields_of, text_of

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
    """Two stores; KOD101 is in both, three of its pieces are reserved and two more are on received orders."""
    shop = OfferShop("instance_offers")
    shop.stock_card("KOD101", 12, reservation=3, received_orders=5)
    shop.stock_card("KOD101", 4, store="PRODEJNA")
    shop.stock_card("KOD102", 7, is_internet=False)
    shop.offer("101", stock=13)
    shop.offer("102", stock=7)
    shop.stock_read()
    return shop


def form(shop: OfferShop, *stores: str, **changed: str) -> dict[str, str]:
    """The page's form as it stands, with these stores and other values."""
    kept = {name: value for name, value in fields_of(shop.get()).items() if not name.startswith("stores-")}
    chosen = {f"stores-{at}-store": store for at, store in enumerate(stores)}
    return {**kept, **chosen, **changed}


# --- looking ----------------------------------------------------------------------------------------------------------


def test_without_settings_the_page_has_good_defaults(shop: OfferShop) -> None:
    page = shop.get()
    assert "goods of all stores are sold: Sklad HLAVNI (2 cards) , Sklad PRODEJNA (1 card)" in text_of(page)
    posted = fields_of(page)
    names = ("availability", "safety_stock", "most", "quantity", "end_when_refused")
    assert [posted[name] for name in names] == ["reservation", "0", "99999", "on", "on"]
    assert "only_internet" not in posted
    assert shop.settings("offers") is None


def test_pieces_are_explained_on_real_cards(shop: OfferShop) -> None:
    shop.configure(offers={"safety_stock": 2, "most": 10})
    first = shop.get().context["examples"][0]
    assert (first.code, first.pieces, first.now) == ("KOD101", 10, 13)
    assert first.lines == (
        "Store HLAVNI, card KOD101: 12 in stock − 3 reserved = 9.",
        "Store PRODEJNA, card KOD101: 4 in stock − 0 reserved = 4.",
        "Kept as a reserve: − 2.",
        "No more than 10 pieces are offered.",
    )


def test_each_way_to_count_is_shown_on_the_first_card(shop: OfferShop) -> None:
    ways = shop.get().context["ways"]
    assert [(way["value"], way["example"]) for way in ways] == [
        ("reservation", "Store HLAVNI, card KOD101: 12 in stock − 3 reserved = 9."),
        ("received_orders", "Store HLAVNI, card KOD101: 12 in stock − 5 ordered = 7."),
        ("count", "Store HLAVNI, card KOD101: 12 in stock."),
    ]


@pytest.mark.parametrize(
    ("stores", "changed", "pieces"),
    [
        (("HLAVNI",), {}, 9),
        (("PRODEJNA",), {}, 4),
        (("PRODEJNA", "HLAVNI"), {}, 13),
        (("HLAVNI",), {"availability": "received_orders"}, 7),
        (("HLAVNI",), {"availability": "count", "safety_stock": "1"}, 11),
        (("HLAVNI",), {"most": "3"}, 3),
        (("HLAVNI",), {"safety_stock": "50"}, 0),
    ],
)
def test_the_example_follows_every_edit(
    shop: OfferShop, stores: tuple[str, ...], changed: dict[str, str], pieces: int
) -> None:
    page = shop.post({**form(shop, *stores, **changed), "example": "KOD101", "edit": "calculate"})
    assert [one.pieces for one in page.context["examples"]] == [pieces]
    assert shop.settings("offers") is None


def test_a_card_that_takes_no_part_says_why(shop: OfferShop) -> None:
    page = shop.post({**form(shop, "PRODEJNA", only_internet="on"), "edit": "calculate"})
    first, second = page.context["examples"]
    assert (first.code, first.pieces) == ("KOD101", 4)
    assert second.why_none.title == "The card KOD102 is in none of the stores that are sold from (PRODEJNA)."
    page = shop.post({**form(shop, "HLAVNI", only_internet="on"), "edit": "calculate"})
    assert page.context["examples"][1].why_none.title == "The card KOD102 is not marked for the internet in Pohoda."


# --- stores and rules -------------------------------------------------------------------------------------------------


def chosen(page: Any) -> list[str]:
    return list(page.context["stores"].chosen)


def test_stores_are_added_ordered_and_removed_without_a_script(shop: OfferShop) -> None:
    page = shop.post({**form(shop), "stores-new": "PRODEJNA", "edit": "stores:add"})
    assert chosen(page) == ["PRODEJNA"]
    page = shop.post({**fields_of(page), "edit": "stores:add"})
    assert chosen(page) == ["PRODEJNA", "HLAVNI"]
    page = shop.post({**fields_of(page), "edit": "stores:up:1"})
    assert chosen(page) == ["HLAVNI", "PRODEJNA"]
    assert text_of(page).count("gives the price") == 1
    page = shop.post({**fields_of(page), "edit": "stores:down:0"})
    assert chosen(page) == ["PRODEJNA", "HLAVNI"]
    page = shop.post({**fields_of(page), "edit": "stores:remove:0"})
    assert chosen(page) == ["HLAVNI"]
    assert shop.settings("offers") is None


@pytest.mark.parametrize("edit", ["stores:add", "stores:up:0", "stores:down:1", "stores:remove:7", "stores:x", "x:y"])
def test_an_edit_that_is_none_changes_nothing(shop: OfferShop, edit: str) -> None:
    page = shop.post({**form(shop, "HLAVNI", "PRODEJNA"), "stores-new": "NOWHERE", "edit": edit})
    assert (page.status_code, chosen(page)) == (200, ["HLAVNI", "PRODEJNA"])


def test_a_store_without_cards_is_marked(shop: OfferShop) -> None:
    shop.configure(offers={"stores": ["OLD"]})
    assert "no card seen here" in text_of(shop.get())


def test_the_filter_knows_the_optional_fields_of_the_units_cards(shop: OfferShop) -> None:
    shop.stock_card("KOD103", fields={"VPrSezona": "zima"})
    facts = dict(shop.get().context["rules"].facts)
    assert (facts["field:VPrSezona"], facts["code"]) == ("VPrSezona", "Code of the card")


RULE = {
    "rules-count": "1", "rules-0-name": "Toys", "rules-0-outcome": "include", "rules-0-count": "1",
    "rules-0-0-fact": "code", "rules-0-0-test": "contains", "rules-0-0-value": "101",
}  # fmt: skip


def test_an_offer_that_no_rule_takes_is_left_alone(shop: OfferShop) -> None:
    page = shop.preview({**form(shop, "HLAVNI", "PRODEJNA", safety_stock="1"), **RULE})
    assert effect_counts(page) == {"numbers of pieces change": 1, "left alone: left out by the filter": 1}
    assert effect_rows(page) == [("Nabídka 101", "13 pieces", "12 pieces")]
    shop.post(shop.second({**form(shop, "HLAVNI", "PRODEJNA", safety_stock="1"), **RULE}, page))
    stored = {
        "name": "Toys",
        "conditions": [{"fact": "code", "test": "contains", "value": ["101"]}],
        "outcome": "include",
    }
    assert shop.settings("offers")["include"] == [stored]


# --- the effect, and saving -------------------------------------------------------------------------------------------


def test_settings_are_stored_as_they_were_shown_and_the_other_tab_keeps_its_own(shop: OfferShop) -> None:
    shop.configure(offers={**PRICES, "limits": {"price_low": 40}})
    answer = shop.save(form(shop, "PRODEJNA", "HLAVNI", most="500", **{"limits-zero_share": "10"}))
    assert (answer.status_code, answer["Location"]) == (302, shop.url)
    changed = {"stores": ["PRODEJNA", "HLAVNI"], "most": 500, "limits": {**LIMITS, "zero_share": 10, "price_low": 40}}
    assert shop.settings("offers") == {**DEFAULTS, **PRICES, **changed}
    assert shop.audited()[-1] == "instance.settings_saved"


def test_switches_that_are_not_ticked_are_off(shop: OfferShop) -> None:
    filled = form(shop)
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
    page = shop.preview(form(shop, "HLAVNI", safety_stock="1", **{"limits-most_quantity": "7"}))
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
    page = shop.preview(form(shop, "HLAVNI", safety_stock="100", **{"limits-least_active": "2"}))
    assert effect_counts(page) == {"held: too many offers would end at once": 2}
    assert effect_rows(page)[0] == ("Nabídka 101", "13 pieces", "the offer ends (held)")
    assert page.context["effect"].notes[1].startswith("2 of 2 active offers would end, because nothing is left")


def test_the_order_of_stores_decides_the_price_and_the_effect_shows_it(shop: OfferShop) -> None:
    shop.configure(offers={"stores": ["HLAVNI", "PRODEJNA"], "price_steps": [{"step": "from_level"}]})
    with shop.inside():
        shop.market.unit.stock_cards.filter(store="PRODEJNA").update(price=299)
    page = shop.preview(form(shop, "PRODEJNA", "HLAVNI"))
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
    page = shop.preview(form(shop, **changed))
    assert list(page.context["form"].errors) == [field]
    assert ("effect" in page.context, shop.settings("offers")) == (False, None)
    assert "Please correct what is marked below." in text_of(page)


def test_a_wrong_limit_is_shown_unfolded(shop: OfferShop) -> None:
    page = shop.preview(form(shop, **{"limits-zero_share": "101"}))
    assert list(page.context["limits_form"].errors) == ["zero_share"]
    assert '<details class="why-fold" open>' in page.content.decode()


def test_a_rule_that_cannot_be_stored_keeps_everything_unsaved(shop: OfferShop) -> None:
    page = shop.preview({**form(shop), **RULE, "rules-0-outcome": ""})
    assert page.context["rules"].problems == ["Choose what the result is."]
    assert "effect" not in page.context


def test_nothing_is_saved_whose_effect_was_not_shown(shop: OfferShop) -> None:
    filled = form(shop, "HLAVNI")
    seen = shop.preview(filled)
    page = shop.post(shop.second({**filled, "safety_stock": "5"}, seen))
    assert "Nothing was saved yet: something was changed after the effect was shown." in text_of(page)
    assert effect_rows(page)[0] == ("Nabídka 101", "13 pieces", "4 pieces")
    assert shop.settings("offers") is None


def test_settings_that_were_changed_meanwhile_are_not_overwritten(shop: OfferShop) -> None:
    filled = form(shop, "HLAVNI")
    seen = shop.preview(filled)
    shop.configure(offers=PRICES)
    page = shop.post(shop.second(filled, seen))
    assert "were changed meanwhile" in text_of(page)
    assert shop.settings("offers") == PRICES
    shop.post(shop.second(filled, page))
    assert shop.settings("offers") == {**DEFAULTS, **PRICES, "stores": ["HLAVNI"]}


def test_settings_that_cannot_be_read_are_begun_anew(shop: OfferShop) -> None:
    shop.configure(offers={"safety_stock": "many"})
    page = shop.get()
    assert "The stored settings cannot be read any more." in text_of(page)
    shop.save(form(shop))
    assert shop.settings("offers") == DEFAULTS


def test_while_nothing_was_read_that_is_said_and_saving_is_possible(db: None) -> None:
    shop = OfferShop("instance_offers")
    assert "stores can be chosen once it has" in text_of(shop.get())
    page = shop.preview(form(shop))
    assert page.context["effect"].notes[0] == (
        "Pohoda's stock has not been read yet, so we cannot show what would change."
    )
    shop.stock_card("KOD101")
    shop.stock_read()
    page = shop.preview(form(shop))
    assert page.context["effect"].notes[0].startswith("The offers have not been read from Allegro yet")
    assert shop.post(shop.second(form(shop), page)).status_code == 302
    assert shop.settings("offers") == DEFAULTS


# --- who --------------------------------------------------------------------------------------------------------------


def test_beside_a_primary_instance_pieces_are_set_there(shop: OfferShop) -> None:
    first, shop.market = shop.market, shop.secondary()
    page = shop.get()
    assert "Pieces come with the account's main marketplace" in text_of(page)
    assert f'href="/setup/instances/{first.instance_id}/pieces/"' in page.content.decode()
    shop.post({"step": "save", "shown": "x"})
    assert shop.settings("offers") is None
    assert shop.post({"step": "save"}, Role.VIEWER).status_code == 403


def test_an_instance_with_offers_of_its_own_has_pieces_too(shop: OfferShop) -> None:
    shop.market = shop.secondary()
    with shop.inside():
        Market.objects.filter(pk=shop.market.pk).update(assortment=Market.Assortment.SEPARATE)
    assert "How many pieces are offered" in text_of(shop.get())


@pytest.mark.parametrize("role", [Role.VIEWER, Role.ACCOUNTANT, Role.OPERATOR])
def test_who_may_not_set_sees_the_settings_and_changes_nothing(shop: OfferShop, role: str) -> None:
    page = shop.get(role)
    assert page.status_code == 200
    assert 'name="edit"' not in page.content.decode()
    assert 'name="step"' not in page.content.decode()
    for step in ({"edit": "stores:add"}, {"step": "preview"}, {"step": "save"}):
        assert shop.post({**RULE, **step}, role).status_code == 403
    assert shop.settings("offers") is None


def test_another_company_finds_nothing_here(shop: OfferShop) -> None:
    neighbour = OfferShop("instance_offers")
    before = shop.everything()
    assert neighbour.browser().get(shop.url).status_code == 404
    assert neighbour.browser().post(shop.url, {**RULE, "step": "save"}).status_code == 404
    assert shop.everything() == before


def test_the_page_needs_few_queries(shop: OfferShop) -> None:
    shop.get()
    with CaptureQueriesContext(connection) as asked:
        shop.get()
    assert len([one for one in asked if not one["sql"].startswith(("SAVEPOINT", "RELEASE"))]) <= 12
