"""The tab of pieces: stores really seen, ways to count on real cards, rules, who may do what."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from allegro_integration.models import Market
from allegro_integration.setup import offers_seen
from connectify.tenants.models import Role
from tests.setup_pages.flow_shop import effect_counts, effect_rows
from tests.setup_pages.offer_shop import RULE, OfferShop, fields_of, pieces_form, pieces_shop, text_of


@pytest.fixture
def shop(db: None) -> OfferShop:
    return pieces_shop()


def test_without_settings_the_page_has_good_defaults(shop: OfferShop) -> None:
    page = shop.get()
    assert "goods of all stores are sold: Sklad HLAVNI (2 cards) , Sklad PRODEJNA (1 card)" in text_of(page)
    posted = fields_of(page)
    names = ("availability", "safety_stock", "most", "quantity", "end_when_refused")
    assert [posted[name] for name in names] == ["reservation", "0", "99999", "on", "on"]
    assert "only_internet" not in posted
    assert shop.settings("offers") is None


def test_what_the_cards_have_is_looked_up_once_for_each_export_and_kept_as_text(
    shop: OfferShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: dict[str, object] = {}
    monkeypatch.setattr(offers_seen.cache, "get", kept.get, raising=False)
    monkeypatch.setattr(offers_seen.cache, "set", lambda key, value, _timeout: kept.update({key: value}), raising=False)
    shop.stock_read()
    with shop.inside():
        seen = offers_seen.seen_at(shop.market.unit)
        assert [(one.name, one.cards) for one in seen.stores] == [("Sklad HLAVNI", 2), ("Sklad PRODEJNA", 1)]
        assert [type(value) for value in kept.values()] == [str]
        with CaptureQueriesContext(connection) as asked:
            assert offers_seen.seen_at(shop.market.unit) == seen
        assert len(asked) == 1


@pytest.mark.parametrize("left", ["{", '{"stores": 1}', '{"stores": [["a"]]}', b"\x80\x04.", 7, None])
def test_what_another_release_left_in_the_cache_is_looked_up_anew(
    shop: OfferShop, monkeypatch: pytest.MonkeyPatch, left: object
) -> None:
    monkeypatch.setattr(offers_seen.cache, "get", lambda _key: left, raising=False)
    shop.stock_read()
    with shop.inside():
        assert len(offers_seen.seen_at(shop.market.unit).stores) == 2


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
    page = shop.post({**pieces_form(shop, *stores, **changed), "example": "KOD101", "edit": "calculate"})
    assert [one.pieces for one in page.context["examples"]] == [pieces]
    assert shop.settings("offers") is None


def test_a_card_that_takes_no_part_says_why(shop: OfferShop) -> None:
    page = shop.post({**pieces_form(shop, "PRODEJNA", only_internet="on"), "edit": "calculate"})
    first, second = page.context["examples"]
    assert (first.code, first.pieces) == ("KOD101", 4)
    assert second.why_none.title == "The card KOD102 is in none of the stores that are sold from (PRODEJNA)."
    page = shop.post({**pieces_form(shop, "HLAVNI", only_internet="on"), "edit": "calculate"})
    assert page.context["examples"][1].why_none.title == "The card KOD102 is not marked for the internet in Pohoda."


def chosen(page: Any) -> list[str]:
    return list(page.context["stores"].chosen)


def test_stores_are_added_ordered_and_removed_without_a_script(shop: OfferShop) -> None:
    page = shop.post({**pieces_form(shop), "stores-new": "PRODEJNA", "edit": "stores:add"})
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
    page = shop.post({**pieces_form(shop, "HLAVNI", "PRODEJNA"), "stores-new": "NOWHERE", "edit": edit})
    assert (page.status_code, chosen(page)) == (200, ["HLAVNI", "PRODEJNA"])


def test_a_store_without_cards_is_marked(shop: OfferShop) -> None:
    shop.configure(offers={"stores": ["OLD"]})
    assert "no card seen here" in text_of(shop.get())


def test_the_filter_knows_the_optional_fields_of_the_units_cards(shop: OfferShop) -> None:
    shop.stock_card("KOD103", fields={"VPrSezona": "zima"})
    facts = dict(shop.get().context["rules"].facts)
    assert (facts["field:VPrSezona"], facts["code"]) == ("VPrSezona", "Code of the card")


def test_an_offer_that_no_rule_takes_is_left_alone(shop: OfferShop) -> None:
    page = shop.preview({**pieces_form(shop, "HLAVNI", "PRODEJNA", safety_stock="1"), **RULE})
    assert effect_counts(page) == {"numbers of pieces change": 1, "left alone: left out by the filter": 1}
    assert effect_rows(page) == [("Nabídka 101", "13 pieces", "12 pieces")]
    shop.post(shop.second({**pieces_form(shop, "HLAVNI", "PRODEJNA", safety_stock="1"), **RULE}, page))
    stored = {
        "name": "Toys",
        "conditions": [{"fact": "code", "test": "contains", "value": ["101"]}],
        "outcome": "include",
    }
    assert shop.settings("offers")["include"] == [stored]


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
