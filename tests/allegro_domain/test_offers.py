"""Planning offers: what is changed, what is left alone and why, for one offer at a time."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from allegro_integration.domain.offer_filter import OFFER_CATALOGUE, OUTCOMES, offer_facts
from allegro_integration.domain.offers import (
    AccountSnapshot,
    End,
    OfferPlan,
    Restart,
    SetPrice,
    SetQuantity,
    Skip,
    Wanted,
    plan_offers,
)
from connectify.domain.facts import check_rules
from connectify.domain.price_steps import AddAmount, FromLevel, Multiply
from connectify.domain.rules import Condition, Rule
from connectify.domain.trace import Step
from tests.allegro_domain.shelves import (
    CZ,
    EUR_STEPS,
    HU,
    SK,
    card,
    czk,
    eur,
    held,
    market,
    offer,
    only_change,
    only_skip,
    plan,
    prices,
    snapshot,
)

D = Decimal


def test_an_offer_that_shows_what_pohoda_says_is_left_alone() -> None:
    planned = plan(offer(), revision=7)
    assert planned == OfferPlan((), (), {"1": Wanted(10, {CZ: czk("121.00")}, {})}, (), 7)


def test_a_quantity_is_changed_with_its_reasoning() -> None:
    change = only_change(plan(offer(stock=9, cards=(card("12.0", reservation=D("2.0")),))))
    assert change.content == SetQuantity("1", 10)
    assert (change.offer_id, change.instance, change.field, change.held) == ("1", "cz", "quantity", ())
    assert change.trace == (
        Step("stock_after_reservation",
             {"store": "HLAVNI", "code": "SKU-1", "count": "12", "reservation": "2", "available": "10"}),
        Step("quantity_result", {"quantity": "10", "before": "9"}),
    )  # fmt: skip


def test_a_price_is_changed_with_its_reasoning() -> None:
    change = only_change(plan(offer(prices={CZ: czk("119.00")})))
    assert change.content == SetPrice("1", CZ, D("121.00"), "CZK")
    assert str(change.content.amount) == "121.00"
    assert (change.instance, change.field, change.held, change.before) == ("cz", "price:allegro-cz", (), czk("119"))
    assert [step.code for step in change.trace] == ["price_from_level_net", "price_vat_added", "price_result"]
    assert change.trace[-1].params == {"price": "121.00", "before": "119.00", "currency": "CZK"}


def test_all_is_explained_where_all_is_asked_for() -> None:
    planned = plan_offers(snapshot(offer()), explain_all=True)
    trace = planned.wanted["1"].trace
    assert planned.changes == ()
    assert [step.code for step in trace["quantity"]] == ["stock_after_reservation"]
    assert [step.code for step in trace["price:allegro-cz"]] == ["price_from_level_net", "price_vat_added"]


def test_nothing_left_ends_an_active_offer() -> None:
    change = only_change(plan(offer(cards=(card("0"),))))
    assert change.content == End("1")
    assert change.trace[-1] == Step("offer_ends_empty")


@pytest.mark.parametrize("more", [{"ended_by": "EMPTY_STOCK"}, {"ended_by": "USER", "ended_by_us": True}])
def test_goods_that_are_back_restart_an_offer_that_ended_empty_or_by_us(more: dict[str, Any]) -> None:
    change = only_change(plan(offer(status="ENDED", stock=0, **more)))
    assert change.content == Restart("1", 10)
    assert change.trace[-1] == Step("offer_restarts", {"quantity": "10"})


def test_an_offer_restarts_with_its_new_price() -> None:
    planned = plan(offer(status="ENDED", ended_by="EMPTY_STOCK", stock=0, prices={CZ: czk("119")}))
    assert [change.content for change in planned.changes] == [
        Restart("1", 10), SetPrice("1", CZ, D("121.00"), "CZK"),
    ]  # fmt: skip


def test_an_offer_does_not_restart_while_its_new_price_is_held() -> None:
    planned = plan(offer(status="ENDED", ended_by="EMPTY_STOCK", stock=0, prices={CZ: czk("20")}))
    restart, price = planned.changes
    assert held(price) == ["price_jump"]
    assert restart.held == (Step("restart_waits_for_price", {"marketplace": CZ}),)


def test_an_ended_offer_without_goods_stays_as_it_is() -> None:
    planned = plan(offer(status="ENDED", ended_by="EMPTY_STOCK", stock=0, cards=(card("0"),), prices={CZ: czk("119")}))
    assert (planned.changes, planned.skips) == ((), ())
    assert planned.wanted == {"1": Wanted(0, {}, {})}


@pytest.mark.parametrize(
    ("more", "code", "params"),
    [
        ({"status": "ENDED", "ended_by": "USER"}, "offer_ended_by_seller", {}),
        ({"status": "ENDED", "ended_by": ""}, "offer_ended_by_seller", {}),
        ({"status": "ENDED", "ended_by": "EXPIRATION"}, "offer_expired", {}),
        ({"status": "ENDED", "ended_by": "ADMIN"}, "offer_ended_by_allegro", {"ended_by": "ADMIN"}),
        ({"status": "ENDED", "ended_by": "PRODUCT_DETACHMENT"}, "offer_ended_by_allegro",
         {"ended_by": "PRODUCT_DETACHMENT"}),
        ({"is_fulfillment": True, "stock": 3}, "offer_from_allegros_warehouse", {}),
        ({"cards": (card(kind="service"),), "stock": 3}, "card_without_pieces", {"code": "SKU-1", "kind": "service"}),
        ({"cards": (card(kind="set"),), "stock": 3}, "card_without_pieces", {"code": "SKU-1", "kind": "set"}),
    ],
)  # fmt: skip
def test_a_quantity_that_is_not_ours_is_left_alone(more: dict[str, Any], code: str, params: dict[str, str]) -> None:
    assert only_skip(plan(offer(**more))) == Skip("1", "quantity", code, params)


@pytest.mark.parametrize("status", ["ACTIVE", "ACTIVATING"])
def test_goods_in_allegros_warehouse_still_have_our_price(status: str) -> None:
    planned = plan(offer(status=status, is_fulfillment=True, stock=3, prices={CZ: czk("119")}))
    assert prices(planned) == {CZ: D("121.00")}
    assert [skip.field for skip in planned.skips] == ["quantity"]


@pytest.mark.parametrize(
    ("more", "code", "params"),
    [
        ({"cards": (), "link": ""}, "offer_not_linked", {"external_id": "SKU-1"}),
        ({"cards": (), "link_problem": Step("link_ean_ambiguous", {"ean": "859", "cards": "A, B"})},
         "link_ean_ambiguous", {"ean": "859", "cards": "A, B"}),
        ({"cards": (card(store="VEDLEJSI"),)}, "card_not_in_stores", {"code": "SKU-1", "stores": "HLAVNI"}),
        ({"status": "INACTIVE"}, "offer_is_draft", {}),
        ({"status": "SLEEPING"}, "offer_status_unknown", {"status": "SLEEPING"}),
    ],
)  # fmt: skip
def test_an_offer_without_a_card_of_ours_is_left_alone(more: dict[str, Any], code: str, params: dict[str, str]) -> None:
    planned = plan(offer(stock=3, prices={CZ: czk("9")}, **more))
    assert only_skip(planned) == Skip("1", "offer", code, params)
    assert planned.wanted == {}


def test_a_card_that_vanished_never_ends_an_offer() -> None:
    assert only_skip(plan(offer(cards=()))).code == "offer_not_linked"


def test_cards_of_several_stores_sell_together_and_the_first_store_makes_the_price() -> None:
    cards = (card("2", "50", store="B"), card("3", "100", store="A"), card("90", store="C"))
    planned = plan(offer(cards=cards), markets=(market(stores=("A", "B")),))
    assert only_change(planned).content == SetQuantity("1", 5)
    assert planned.wanted["1"].prices == {CZ: czk("121")}
    everywhere = plan(offer(cards=cards), markets=(market(stores=()),))
    assert everywhere.changes[0].content == SetQuantity("1", 95)
    assert everywhere.wanted["1"].prices == {CZ: czk("61")}


def test_only_cards_for_the_internet_take_part_where_that_is_wanted() -> None:
    only = (market(only_internet=True),)
    hidden = offer(cards=(card(is_internet=False),))
    assert only_skip(plan(hidden, markets=only)) == Skip("1", "offer", "card_not_internet", {"code": "SKU-1"})
    assert plan(offer(), markets=only).skips == ()
    assert plan(hidden).skips == ()


RULES = (
    Rule("no fragile goods", (Condition("field:VPrFragile", "is", ("true",)),), "exclude"),
    Rule("our brand", (Condition("offer_name", "contains", ("zboží",)),), "include"),
)


@pytest.mark.parametrize(
    ("one", "rule"),
    [
        (offer(), None),
        (offer(cards=(card(fields={"VPrFragile": "true"}),)), "no fragile goods"),
        (offer(name="Cizí"), ""),
    ],
)
def test_the_filter_includes_what_its_first_fitting_rule_includes(one: Any, rule: str | None) -> None:
    planned = plan(one, markets=(market(include=RULES),))
    wanted = () if rule is None else (Skip("1", "offer", "offer_filtered_out", {"rule": rule}),)
    assert planned.skips == wanted


def test_the_filter_may_ask_for_every_fact_of_the_catalogue() -> None:
    assert set(offer_facts(offer(), card())) == set(OFFER_CATALOGUE.definitions)
    rules = tuple(Rule(key, (Condition(key, "is", ("true",)),), "include") for key in OFFER_CATALOGUE.definitions)
    assert check_rules(rules, OFFER_CATALOGUE, outcomes=OUTCOMES) == ()


def test_a_price_that_allegro_makes_or_a_campaign_holds_is_left_alone() -> None:
    ruled = plan(offer(prices={CZ: czk("9")}, rules={CZ: "r-1"}))
    assert only_skip(ruled) == Skip("1", "price:allegro-cz", "price_by_rule", {"marketplace": CZ, "rule": "r-1"})
    campaign = plan(offer(prices={CZ: czk("9")}, campaigns=frozenset({CZ})))
    assert only_skip(campaign) == Skip("1", "price:allegro-cz", "price_in_campaign", {"marketplace": CZ})


def test_a_price_that_cannot_be_made_is_left_alone_and_the_quantity_goes() -> None:
    planned = plan(offer(stock=3, cards=(card(levels={}),)))
    assert [change.content for change in planned.changes] == [SetQuantity("1", 10)]
    assert planned.skips == (Skip("1", "price:allegro-cz", "price_level_missing", {"level": "A"}),)


def test_without_price_steps_prices_are_left_alone_without_a_word() -> None:
    planned = plan(offer(prices={CZ: czk("9")}), markets=(market(price_steps=()),))
    assert (planned.changes, planned.skips, planned.wanted["1"].prices) == ((), (), {})


def test_without_quantities_neither_a_quantity_nor_a_restart_is_planned() -> None:
    only_prices = (market(quantity=False),)
    planned = plan(offer(stock=3), offer("2", status="ENDED", ended_by="EMPTY_STOCK"), markets=only_prices)
    assert (planned.changes, planned.skips) == ((), ())
    assert planned.wanted["1"].quantity is None


MARKETS = (market(), market(SK, "sk", "EUR", price_steps=EUR_STEPS, floor=D(5)))


def test_every_marketplace_has_its_own_price_from_its_own_settings() -> None:
    planned = plan(offer(stock=4, prices={CZ: czk("119"), SK: eur("4.90")}), markets=MARKETS)
    assert [(change.instance, change.field, held(change)) for change in planned.changes] == [
        ("cz", "quantity", []), ("cz", "price:allegro-cz", []), ("sk", "price:allegro-sk", ["price_below_floor"]),
    ]  # fmt: skip
    assert planned.wanted["1"].prices == {CZ: czk("121"), SK: eur("4.84")}


def test_a_price_is_also_given_where_there_is_none_yet() -> None:
    assert prices(plan(offer(), markets=(market(), market(SK, "sk", "EUR", price_steps=EUR_STEPS)))) == {SK: D("4.84")}


def test_a_business_marketplace_copies_its_prices_and_gets_none() -> None:
    assert plan(offer(), markets=(market(), market("allegro-business-cz", "b2b"))).changes == ()


def test_a_marketplace_that_we_do_not_know_raises_an_alarm_and_gets_no_price() -> None:
    planned = plan(offer(), markets=(market(), market("allegro-lt", "lt", "EUR")))
    assert planned.changes == ()
    assert planned.alarms == (Step("market_unknown", {"marketplace": "allegro-lt"}),)


def test_without_marketplaces_nothing_is_planned() -> None:
    assert plan_offers(AccountSnapshot(marketplaces=(), offers=(offer(stock=1),))) == OfferPlan((), (), {}, (), 0)


@pytest.mark.parametrize(
    ("marketplace", "currency", "steps", "expected"),
    [
        (CZ, "CZK", (FromLevel("A"), AddAmount(D("0.50"))), "101.00"),
        (CZ, "CZK", (FromLevel("A"), AddAmount(D("0.49"))), "100.00"),
        (HU, "HUF", (FromLevel("A", currency="HUF"), Multiply(D("12.324"))), "1230.00"),
        (HU, "HUF", (FromLevel("A", currency="HUF"), Multiply(D("12.325"))), "1235.00"),
        (SK, "EUR", (FromLevel("A", currency="EUR"), Multiply(D("0.12345"))), "12.35"),
    ],
)
def test_a_price_fits_the_marketplace_even_where_the_steps_do_not_round(
    marketplace: str, currency: str, steps: Any, expected: str
) -> None:
    planned = plan(offer(prices={}), markets=(market(marketplace, "m", currency, price_steps=steps),))
    (change,) = planned.changes
    assert str(prices(planned)[marketplace]) == expected
    assert change.trace[-2].code == "price_fits_market"
    assert change.trace[-2].params["price"] == expected
    assert change.held == ()


def test_what_is_under_way_is_not_planned_again() -> None:
    both = frozenset({"quantity", "price:allegro-cz"})
    planned = plan(offer(stock=3, prices={CZ: czk("119")}, open_fields=both))
    assert (planned.changes, planned.skips) == ((), ())
    assert (planned.wanted["1"].quantity, planned.wanted["1"].prices) == (10, {CZ: czk("121")})
    one = plan(offer(stock=3, prices={CZ: czk("119")}, open_fields=frozenset({"quantity"})))
    assert prices(one) == {CZ: D("121.00")}
    assert len(one.changes) == 1


def test_allegros_own_word_decides_whether_there_is_anything_to_do() -> None:
    assert plan(offer(stock=10, confirmed_quantity=4, confirmed_prices={CZ: czk("99")})).changes == ()
    sold_there = plan(offer(stock=9, confirmed_quantity=10))
    assert only_change(sold_there).content == SetQuantity("1", 10)


def test_a_card_counted_in_another_unit_than_when_it_was_linked_is_held_whole() -> None:
    planned = plan(offer(stock=3, prices={CZ: czk("119")}, cards=(card(unit="bal"),), linked_unit="ks"))
    why = Step("unit_of_measure_changed", {"code": "SKU-1", "before": "ks", "after": "bal"})
    assert [change.held for change in planned.changes] == [(why,), (why,)]
    assert plan(offer(stock=3, linked_unit="ks")).changes[0].held == ()
