"""Price steps built from rows of a form, without a script."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation

from allegro_integration.setup.price_forms import StepRows, StepsInvalid
from allegro_integration.setup.price_numbers import NotTyped, read_factor, read_number, typed_percent
from connectify.domain import price_steps as ps
from tests.setup_pages.offer_shop import (
    BUILT,
    FROM_INTERNET,
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


def kinds(page: Any) -> list[str]:
    return [row.kind for row in page.context["rows"].rows]


def test_steps_are_added_moved_and_removed_without_a_script(shop: OfferShop) -> None:
    page = shop.post({**steps(), "steps-new": "from_level", "edit": "add"})
    assert kinds(page) == ["from_level"]
    page = shop.post({**fields_of(page), "steps-new": "multiply", "edit": "add"})
    page = shop.post({**fields_of(page), "steps-new": "round_to", "edit": "add"})
    assert kinds(page) == ["from_level", "multiply", "round_to"]
    assert 'name="steps-2-to" value="" autofocus' in page.content.decode()
    page = shop.post({**fields_of(page), "edit": "up:2"})
    assert kinds(page) == ["from_level", "round_to", "multiply"]
    page = shop.post({**fields_of(page), "edit": "down:1"})
    assert kinds(page) == ["from_level", "multiply", "round_to"]
    page = shop.post({**fields_of(page), "edit": "remove:1"})
    assert kinds(page) == ["from_level", "round_to"]
    assert shop.settings("offers") is None


def test_a_new_step_goes_before_the_roundings_that_stand_last(shop: OfferShop) -> None:
    page = shop.post({**fields_of(shop.get()), "steps-new": "multiply", "edit": "add"})
    assert kinds(page) == ["from_level", "add_vat", "multiply", "round_to"]
    page = shop.post({**fields_of(page), "steps-new": "ending", "edit": "add"})
    assert kinds(page) == ["from_level", "add_vat", "multiply", "round_to", "ending"]


def test_what_is_typed_stays_while_the_rows_move(shop: OfferShop) -> None:
    page = shop.post({**BUILT, "price-floor": "99,5", "edit": "up:3"})
    assert [row.values for row in page.context["rows"].rows][2] == {"ending": "9"}
    assert fields_of(page)["price-floor"] == "99,5"


@pytest.mark.parametrize(
    "edit", ["up:0", "down:9", "remove:99", "remove:-1", "remove:x", "add:nonsense", "nonsense", "up:" + "9" * 50]
)
def test_an_edit_that_is_none_changes_nothing(shop: OfferShop, edit: str) -> None:
    page = shop.post({**BUILT, "edit": edit})
    assert (page.status_code, kinds(page)) == (200, ["from_level", "add_vat", "multiply", "ending"])


def test_a_price_from_pohoda_always_goes_first(shop: OfferShop) -> None:
    page = shop.post({**steps(VAT), "steps-new": "from_level", "edit": "add"})
    assert kinds(page) == ["from_level", "add_vat"]
    shown = page.context["rows"].shown
    assert [(one.may_up, one.may_down) for one in shown] == [(False, False), (False, False)]


def test_a_fragment_is_the_form_alone(shop: OfferShop) -> None:
    answer = shop.post({**BUILT, "edit": "up:3"}, headers={"HX-Request": "true"})
    assert answer.content.decode().lstrip().startswith('<form id="settings"')


@pytest.mark.parametrize(
    ("typed", "factor"),
    [("+20", "1.2"), ("20 %", "1.2"), ("-5", "0.95"), ("−12,5 %", "0.875"), ("×1,25", "1.25"), ("x 0.9", "0.9"),
     ("0", "1")],
)  # fmt: skip
def test_a_percentage_is_stored_as_a_factor(typed: str, factor: str) -> None:
    assert read_factor(typed) == Decimal(factor)


@pytest.mark.parametrize("text", ["", "abc", "1e3", "NaN", "1.234,50", "--5", "+", "1" * 13, "٣"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(NotTyped):
        read_number(text)


def test_a_factor_is_shown_as_a_percentage_as_the_language_writes_it() -> None:
    with translation.override("cs"):
        assert [typed_percent(Decimal(one)) for one in ("1.2", "0.875", "1")] == ["+20", "-12,5", "0"]


def test_every_kind_of_step_comes_back_as_it_was_stored() -> None:
    stored: tuple[ps.PriceStep, ...] = (
        ps.FromLevel("Internet", False, "EUR"), ps.AddVat(), ps.AddVat(Decimal("12.5")),
        ps.ToCurrency("CZK", Decimal("25.105"), 100), ps.Multiply(Decimal("0.875")), ps.AddAmount(Decimal("-10.5")),
        ps.Margin(Decimal(20)), ps.RoundTo(Decimal("0.05"), "down"), ps.Ending(Decimal("0.90")),
        ps.Floor(Decimal(100)), ps.Ceiling(Decimal(1000)),
    )  # fmt: skip
    for language in ("cs", "en"):
        with translation.override(language):
            assert StepRows.of(stored).steps() == stored


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ({"kind": "multiply", "percent": ""}, "2. Change by percent: Fill in “By how much”."),
        ({"kind": "multiply", "percent": "abc"}, "2. Change by percent: “By how much” is a number, and “abc” is none."),
        ({"kind": "multiply", "percent": "-100"}, "2. Change by percent: Nothing would be left of the price:"
         " a price is lowered by less than 100 %."),
        ({"kind": "add_vat", "percent": "121"}, "2. Add VAT: VAT is 0 to 100 percent."),
        ({"kind": "margin", "percent": "100"}, "2. Add a margin: A margin is 0 to below 100 %."),
        ({"kind": "round_to", "to": "0", "mode": "up"}, "2. Round: “To a multiple of” is above zero."),
        ({"kind": "round_to", "to": "1", "mode": "sideways"}, "2. Round: Choose which way to round."),
        ({"kind": "ending", "ending": "-9"}, "2. Make the price end in: “Ending” is above zero."),
        ({"kind": "to_currency", "currency": "", "amount": "1", "rate": "25"},
         "2. Convert to another currency: Choose the currency."),
        ({"kind": "to_currency", "currency": "EUR", "amount": "1,5", "rate": "25"},
         "2. Convert to another currency: A rate is of 1, 100 or another whole amount."),
        ({"kind": "to_currency", "currency": "EUR", "amount": "1", "rate": "0"},
         "2. Convert to another currency: “costs” is above zero."),
    ],
)  # fmt: skip
def test_a_step_that_cannot_be_stored_says_why(shop: OfferShop, row: dict[str, str], problem: str) -> None:
    page = shop.preview({**fields_of(shop.get()), **steps(FROM_INTERNET, row)})
    assert page.context["rows"].problems == [problem]
    assert ("effect" in page.context, shop.settings("offers")) == (False, None)
    assert "Please correct what is marked below." in text_of(page)


def test_rows_that_are_no_steps_are_not_stored() -> None:
    with translation.override("en"):
        rows = StepRows.of((ps.Multiply(Decimal(2)),))
        rows.rows[0].values["percent"] = "x"
        with pytest.raises(StepsInvalid):
            rows.as_json()


def test_limits_that_make_no_sense_are_refused_and_shown_unfolded(shop: OfferShop) -> None:
    page = shop.preview({**fields_of(shop.get()), "limits-price_high": "99", "price-floor": "-1"})
    assert "effect" not in page.context
    assert page.context["limits_form"].errors == {"price_high": ["Ensure this value is greater than or equal to 100."]}
    assert page.context["floor_form"].errors == {"floor": ["A price is not below zero."]}
    assert '<details class="why-fold" open>' in page.content.decode()
