"""The tab of prices: what it shows, real cards calculated step by step, who may do what."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from allegro_integration.domain.marketplaces import MARKETPLACES
from allegro_integration.setup.prices_example import accepted_prices
from connectify.tenants.models import Role
from tests.setup_pages.offer_shop import (
    BUILT,
    FROM_INTERNET,
    LEVEL,
    VAT,
    OfferShop,
    fields_of,
    price_shop,
    steps,
    text_of,
)


@pytest.fixture
def shop(db: None) -> OfferShop:
    return price_shop()


def test_a_beginning_is_proposed_and_nothing_of_it_counts_before_it_is_saved(shop: OfferShop) -> None:
    page = shop.get()
    assert "This is a proposal: nothing is sent from it until you save it." in text_of(page)
    kinds = [row.kind for row in page.context["rows"].rows]
    assert kinds == ["from_level", "add_vat", "round_to"]
    assert shop.settings("offers") is None


def test_levels_that_the_cards_really_have_are_offered(shop: OfferShop) -> None:
    shop.stock_card("X", levels={"VIP": "1", "Internet": "2"})
    shop.configure(offers={"price_steps": [{**LEVEL, "level": "Old"}]})
    page = shop.get()
    chosen = page.context["rows"].shown[0].inputs[0].choices
    assert [(value, str(label), is_chosen) for value, label, is_chosen in chosen] == [
        ("", "Selling price of the card", False),
        ("Internet", "Internet", False),
        ("VIP", "VIP", False),
        ("Old", "Old (on no card)", True),
    ]


def test_each_step_says_its_currency(shop: OfferShop) -> None:
    stored = [LEVEL, {"step": "add_amount", "amount": "10"}, {"step": "to_currency", "currency": "EUR", "rate": "25.1"},
              {"step": "round_to", "to": "0.1", "mode": "up"}]  # fmt: skip
    shop.configure(offers={"price_steps": stored})
    shown = shop.get().context["rows"].shown
    assert [[one.unit for one in step.inputs if one.unit] for step in shown] == [[], ["CZK"], ["CZK"], ["EUR"]]
    assert fields_of(shop.get())["steps-2-rate"] == "25.1"


def test_an_example_is_calculated_step_by_step_on_real_cards(shop: OfferShop) -> None:
    page = shop.post({**BUILT, "edit": "calculate"})
    first = page.context["examples"][0]
    assert (first.code, first.price, first.now) == ("KOD101", "289.00\xa0CZK", "249.00\xa0CZK")
    assert first.lines == (
        "Price level Internet: 200.00 CZK without VAT.",
        "VAT 21 %: 242.00.",
        "× 1.2: 290.40.",
        "Ends in 9: 289.00.",
    )
    assert [one.code for one in page.context["examples"]] == ["KOD101", "KOD102", "KOD103"]


@pytest.mark.parametrize(("words", "codes"), [("kod103", ["KOD103"]), ("zboží KOD102", ["KOD102"]), ("nothing", [])])
def test_a_card_is_found_by_its_code_or_its_name(shop: OfferShop, words: str, codes: list[str]) -> None:
    page = shop.post({**BUILT, "example": words, "edit": "calculate"})
    assert [one.code for one in page.context["examples"]] == codes
    if not codes:
        assert "No card was found" in text_of(page)


@pytest.mark.parametrize(
    ("rows", "sentence", "you"),
    [
        ((FROM_INTERNET,), "The price steps end with a price without VAT: 200.00.", "Add the step “VAT”"),
        (
            (FROM_INTERNET, VAT, {"kind": "to_currency", "currency": "EUR", "amount": "1", "rate": "25"}),
            "The price steps end in EUR, the marketplace sells in CZK.",
            "Add a step with the exchange rate",
        ),
        (({**FROM_INTERNET, "level": "VIP"},), "The card has no price in the level “VIP”.", "Fill in the price level"),
        ((VAT,), "The price steps do not begin with a price of the card.", "Begin the price steps"),
    ],
)
def test_what_keeps_the_steps_from_a_price_is_said_beside_the_example(
    shop: OfferShop, rows: tuple[dict[str, str], ...], sentence: str, you: str
) -> None:
    page = shop.post({**steps(*rows), "edit": "calculate"})
    first = page.context["examples"][0]
    assert (first.price, first.why_none.title) == ("", sentence)
    assert you in text_of(page)


def test_the_example_says_what_would_be_held(shop: OfferShop) -> None:
    page = shop.post({**BUILT, "price-floor": "300", "edit": "calculate"})
    assert page.context["examples"][0].held == (
        "The new price 289.00 CZK is below the lowest allowed price 300.00 CZK.",
    )
    triple = steps(FROM_INTERNET, VAT, {"kind": "multiply", "percent": "+200"})
    page = shop.post({**triple, "edit": "calculate"})
    assert page.context["examples"][0].held == ("The new price 726.00 CZK is 291.6 % of the last one, 249.00 CZK.",)


@pytest.mark.parametrize(
    ("place", "sentence"),
    [
        ("allegro-cz", "Allegro.cz takes whole crowns only. A price with haléř is rounded to the nearest crown."),
        ("allegro-hu", "Allegro.hu takes forints that end in 0 or 5. Another price is rounded to the nearest such."),
        ("allegro-pl", "Allegro.pl takes prices in PLN with two decimals."),
        ("allegro-sk", "Allegro.sk takes prices in EUR with two decimals."),
    ],
)
def test_the_page_says_what_the_marketplace_takes(place: str, sentence: str) -> None:
    with translation.override("en"):
        assert accepted_prices(MARKETPLACES[place]) == sentence


@pytest.mark.parametrize("role", [Role.VIEWER, Role.ACCOUNTANT, Role.OPERATOR])
def test_who_may_not_set_sees_the_steps_and_changes_nothing(shop: OfferShop, role: str) -> None:
    page = shop.get(role)
    assert page.status_code == 200
    assert 'name="edit"' not in page.content.decode()
    assert 'name="step"' not in page.content.decode()
    for step in ({"edit": "add"}, {"step": "preview"}, {"step": "save"}):
        assert shop.post({**BUILT, **step}, role).status_code == 403
    assert shop.settings("offers") is None


def test_another_company_finds_nothing_here(shop: OfferShop) -> None:
    neighbour = OfferShop("instance_prices")
    before = shop.everything()
    assert neighbour.browser().get(shop.url).status_code == 404
    assert neighbour.browser().post(shop.url, {**BUILT, "step": "save"}).status_code == 404
    assert shop.everything() == before


def test_the_page_needs_few_queries(shop: OfferShop) -> None:
    shop.get()
    with CaptureQueriesContext(
        connection,
    ) as asked:
        shop.get()
    assert len([one for one in asked if not one["sql"].startswith(("SAVEPOINT", "RELEASE"))]) <= 12
