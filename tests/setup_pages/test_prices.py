"""The tab of prices: steps built without a script, tried out on real cards, shown before they are saved."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from allegro_integration.domain.marketplaces import MARKETPLACES
from allegro_integration.models import Market, Offer
from allegro_integration.setup.price_forms import StepRows, StepsInvalid
from allegro_integration.setup.price_numbers import NotTyped, read_factor, read_number, typed_percent
from allegro_integration.setup.prices_example import accepted_prices
from connectify.domain import price_steps as ps
from connectify.sync.models import Change, Link
from connectify.tenants.models import Role
from tests.setup_pages.flow_shop import effect_counts, effect_rows
from tests.setup_pages.offer_shop import OfferShop, fields_of, text_of

LEVEL = {"step": "from_level", "level": "Internet", "with_vat": False, "currency": ""}
PLUS_20 = {"step": "multiply", "factor": "1.2"}
LIMITS = {"price_low": 50, "price_high": 200, "moved_by": 20, "moved_share": 10, "least_active": 10}


@pytest.fixture
def shop(db: None) -> OfferShop:
    """Three cards with an offer each; the level "Internet" is without VAT."""
    shop = OfferShop("instance_prices")
    for number, count in ((101, 5), (102, 12), (103, 7)):
        shop.stock_card(f"KOD{number}", count)
        shop.offer(str(number), stock=count)
    shop.stock_read()
    return shop


def steps(*rows: dict[str, str]) -> dict[str, str]:
    """What the form posts for these steps."""
    posted = {"steps-count": str(len(rows))}
    for at, row in enumerate(rows):
        posted |= {f"steps-{at}-{name}": value for name, value in row.items()}
    return posted


FROM_INTERNET = {"kind": "from_level", "level": "Internet", "with_vat": "no", "currency": ""}
VAT = {"kind": "add_vat", "percent": ""}
BUILT = steps(FROM_INTERNET, VAT, {"kind": "multiply", "percent": "+20"}, {"kind": "ending", "ending": "9"})


# --- looking ----------------------------------------------------------------------------------------------------------


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


# --- building ---------------------------------------------------------------------------------------------------------


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


# --- the effect, and saving -------------------------------------------------------------------------------------------


def form(shop: OfferShop, **changed: str) -> dict[str, str]:
    """The page's form with other steps."""
    kept = {name: value for name, value in fields_of(shop.get()).items() if not name.startswith("steps-")}
    return {**kept, **BUILT, **changed}


def test_the_effect_is_the_plan_of_the_next_round_and_stores_nothing(shop: OfferShop) -> None:
    shop.configure(offers={"stores": ["HLAVNI"]})
    shop.offer("104", code="NOWHERE")
    before = shop.everything()
    page = shop.preview(form(shop))
    assert effect_counts(page) == {"prices change": 3, "left alone: no stock card belongs to the offer": 1}
    assert effect_rows(page) == [
        ("Nabídka 101", "249.00\xa0CZK", "289.00\xa0CZK"),
        ("Nabídka 102", "249.00\xa0CZK", "289.00\xa0CZK"),
        ("Nabídka 103", "249.00\xa0CZK", "289.00\xa0CZK"),
    ]
    assert page.context["effect"].rows[0].why[-1] == "Price at Allegro: 249.00 → 289.00 CZK."
    assert page.context["effect"].notes == (
        "Of 4 offers of the account:",
        "The instance is not armed for offers: until then we plan and send nothing.",
    )
    assert shop.everything() == before
    with shop.inside():
        assert not Change.objects.exists()
        assert not Link.objects.exists()


def test_what_guards_hold_is_said(shop: OfferShop) -> None:
    shop.configure(offers={"stores": ["HLAVNI"]})
    page = shop.preview(form(shop, **{"price-floor": "300"}))
    assert effect_counts(page) == {"held: below the lowest allowed price": 3}
    row = page.context["effect"].rows[0]
    assert (row.after, row.tone) == ("289.00\xa0CZK (held)", "wait")
    assert row.why[-1] == "The new price 289.00 CZK is below the lowest allowed price 300.00 CZK."


def test_a_mass_of_moving_prices_is_an_alarm(shop: OfferShop) -> None:
    shop.configure(offers={"stores": ["HLAVNI"]})
    page = shop.preview(form(shop, **{"limits-least_active": "2", "limits-moved_by": "10"}))
    assert effect_counts(page) == {"held: too many prices would move at once": 3}
    assert page.context["effect"].notes[1] == (
        "On Allegro.cz 3 prices of 3 active offers would move by more than 10 %. We hold these prices: more than 10 %"
        " of the offers at once look like a mistake."
    )


def test_settings_are_stored_as_they_were_shown_and_the_other_tab_keeps_its_own(shop: OfferShop) -> None:
    other = {"stores": ["HLAVNI"], "safety_stock": 2, "limits": {"zero_share": 15}, "end_when_refused": False}
    shop.configure(offers=other)
    answer = shop.save(form(shop, **{"price-floor": "120,50", "limits-moved_share": "15"}))
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
    seen = shop.preview(form(shop))
    changed = {**form(shop), "steps-2-percent": "+30"}
    page = shop.post(shop.second(changed, seen))
    assert "Nothing was saved yet: something was changed after the effect was shown." in text_of(page)
    assert effect_rows(page)[0] == ("Nabídka 101", "249.00\xa0CZK", "319.00\xa0CZK")
    assert shop.settings("offers") is None
    assert shop.post(shop.second(changed, page)).status_code == 302


def test_settings_that_were_changed_meanwhile_are_not_overwritten(shop: OfferShop) -> None:
    filled = form(shop)
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
    page = shop.preview(form(shop))
    assert effect_counts(page) == {"prices change": 3, "numbers of pieces change": 1}


def test_while_the_stock_was_not_read_that_is_said_and_saving_is_possible(db: None) -> None:
    shop = OfferShop("instance_prices")
    assert "Pohoda's stock has not been read yet." in text_of(shop.get())
    page = shop.preview(form(shop))
    assert page.context["effect"].notes == (
        "Pohoda's stock has not been read yet, so we cannot show what would change.",
        "You may save all the same. Whatever would do damage is held until you approve it.",
    )
    assert shop.post(shop.second(form(shop), page)).status_code == 302
    assert len(shop.settings("offers")["price_steps"]) == 4


def test_of_a_large_account_the_first_offers_are_planned_and_those_searched_for(
    shop: OfferShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.configure(offers={"stores": ["HLAVNI"]})
    monkeypatch.setattr("allegro_integration.setup.offers_effect.MOST_OFFERS", 2)
    monkeypatch.setattr("allegro_integration.setup.prices.MOST_OFFERS", 2)
    assert "the effect is counted of the first 2." in text_of(shop.get())
    page = shop.preview(form(shop))
    assert effect_counts(page) == {"prices change": 2}
    assert page.context["effect"].notes[0] == "Counted of the first 2 offers: the account has more of them."
    page = shop.preview(form(shop, search="103"))
    assert effect_rows(page)[0][0] == "Nabídka 103"
    assert page.context["effect"].notes[-1] == "The offers that were searched for stand first."
    page = shop.preview(form(shop, search="xyz"))
    assert page.context["effect"].notes[-1] == "No offer was found by the search."


# --- other marketplaces -----------------------------------------------------------------------------------------------


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


# --- who may, how fast ------------------------------------------------------------------------------------------------


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
