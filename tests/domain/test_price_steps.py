"""A price is calculated step by step, each step in the trace, and stops with a reason where it cannot go on."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectify.domain.money import Money
from connectify.domain.price_codes import CODES, REASONS
from connectify.domain.price_steps import (
    AddAmount,
    AddVat,
    Ceiling,
    Ending,
    Floor,
    FromLevel,
    Margin,
    Multiply,
    NoPrice,
    Priced,
    PriceSource,
    PriceStep,
    RoundTo,
    ToCurrency,
    calculate,
    round_to,
    show,
)
from connectify.domain.trace import Step

D = Decimal


def source(price: str = "100", **more: Any) -> PriceSource:
    """A card whose selling price has VAT in it, VAT 21 %, with the levels A (290) and Z (0)."""
    values: dict[str, Any] = {
        "levels": {"A": D(290), "Z": D(0)},
        "price": D(price),
        "price_with_vat": True,
        "vat_percent": D(21),
        **more,
    }
    return PriceSource(**values)


def priced(*steps: PriceStep, of: PriceSource | None = None, currency: str = "CZK") -> Priced:
    outcome = calculate(of or source(), steps, currency=currency)
    assert isinstance(outcome, Priced), outcome
    return outcome


def amount(*steps: PriceStep, of: PriceSource | None = None, currency: str = "CZK") -> Decimal:
    return priced(*steps, of=of, currency=currency).amount.amount


def refused(*steps: PriceStep, of: PriceSource | None = None, currency: str = "CZK") -> NoPrice:
    outcome = calculate(of or source(), steps, currency=currency)
    assert isinstance(outcome, NoPrice), outcome
    return outcome


def test_the_explanation_is_the_calculation() -> None:
    outcome = priced(FromLevel("A", with_vat=False), Multiply(D("1.2")), AddVat(), RoundTo(D(1)))
    assert outcome.amount == Money(D(421), "CZK")
    assert outcome.trace == (
        Step("price_from_level_net", {"level": "A", "currency": "CZK", "price": "290.00"}),
        Step("price_multiplied", {"factor": "1.2", "price": "348.00"}),
        Step("price_vat_added", {"percent": "21", "price": "421.08"}),
        Step("price_rounded", {"step": "1", "price": "421.00"}),
    )


@pytest.mark.parametrize(
    ("price", "step", "expected", "code"),
    [
        ("100", AddVat(), "100", ""),
        ("100", Multiply(D("1.2")), "120", "price_multiplied"),
        ("100", Multiply(D(1)), "100", ""),
        ("100", AddAmount(D("49.50")), "149.50", "price_added"),
        ("100", AddAmount(D(-30)), "70", "price_added"),
        ("100", Margin(D(20)), "125", "price_margin"),
        ("100", Margin(D(0)), "100", ""),
        ("349.49", RoundTo(D(1)), "349", "price_rounded"),
        ("349.50", RoundTo(D(1)), "350", "price_rounded"),
        ("350.50", RoundTo(D(1)), "351", "price_rounded"),
        ("349.01", RoundTo(D(1), "up"), "350", "price_rounded_up"),
        ("349.99", RoundTo(D(1), "down"), "349", "price_rounded_down"),
        ("1232.5", RoundTo(D(5)), "1235", "price_rounded"),
        ("1232.4", RoundTo(D(5)), "1230", "price_rounded"),
        ("1235", RoundTo(D(5)), "1235", ""),
        ("9.995", RoundTo(D("0.01")), "10.00", "price_rounded"),
        ("341", Ending(D(9)), "339", "price_ending"),
        ("345", Ending(D(9)), "349", "price_ending"),
        ("344", Ending(D(9)), "349", "price_ending"),
        ("343.99", Ending(D(9)), "339", "price_ending"),
        ("349", Ending(D(9)), "349", ""),
        ("348.40", Ending(D("0.90")), "348.90", "price_ending"),
        ("348.39", Ending(D("0.90")), "347.90", "price_ending"),
        ("345", Ending(D(99)), "299", "price_ending"),
        ("1", Ending(D(99)), "99", "price_ending"),
        ("12.34", Ending(D("0.05")), "12.35", "price_ending"),
        ("80", Floor(D(99)), "99", "price_floor"),
        ("99", Floor(D(99)), "99", ""),
        ("120", Ceiling(D(99)), "99", "price_ceiling"),
        ("99", Ceiling(D(99)), "99", ""),
    ],
)
def test_each_step_does_its_sum_and_says_so_only_when_it_changed_something(
    price: str, step: PriceStep, expected: str, code: str
) -> None:
    outcome = priced(FromLevel(), step, of=source(price))
    assert outcome.amount.amount == D(expected)
    assert [one.code for one in outcome.trace[1:]] == ([code] if code else [])


def test_vat_is_added_once_and_only_to_a_price_without_it() -> None:
    net = source(price_with_vat=False)
    assert amount(FromLevel(), AddVat(), AddVat(), of=net) == D(121)
    assert amount(FromLevel(), AddVat(D(12)), of=net) == D(112)
    assert amount(FromLevel(), AddVat(D(0)), of=net) == D(100)
    assert amount(FromLevel("A"), AddVat(), of=net) == D(290)


def test_a_foreign_price_is_divided_by_its_rate() -> None:
    assert amount(FromLevel(), ToCurrency("EUR", D(25)), currency="EUR") == D(4)
    assert amount(FromLevel("A"), ToCurrency("HUF", D("6.25"), 100), currency="HUF") == D(4640)


def test_a_level_may_be_kept_in_another_currency() -> None:
    assert priced(FromLevel("A", currency="EUR"), currency="EUR").amount == Money(D(290), "EUR")


def test_a_third_times_three_rounds_down_to_the_whole() -> None:
    assert amount(FromLevel(), ToCurrency("EUR", D(3)), Multiply(D(3)), RoundTo(D("0.01"), "nearest"),
                  currency="EUR") == D(100)  # fmt: skip
    assert amount(FromLevel(), Margin(D(25)), Multiply(D("0.75")), RoundTo(D(1))) == D(100)


@pytest.mark.parametrize(
    ("steps", "of", "currency", "code", "params"),
    [
        ((), source(), "CZK", "price_without_source", {}),
        ((Multiply(D(2)),), source(), "CZK", "price_without_source", {}),
        ((FromLevel("B"),), source(), "CZK", "price_level_missing", {"level": "B"}),
        ((FromLevel("Z"), AddAmount(D(50))), source(), "CZK", "price_source_not_positive",
         {"level": "Z", "price": "0.00"}),
        ((FromLevel(),), source("-5"), "CZK", "price_source_not_positive", {"level": "", "price": "-5.00"}),
        ((FromLevel(), AddVat()), source(price_with_vat=False, vat_percent=None), "CZK", "price_vat_unknown", {}),
        ((FromLevel(),), source(price_with_vat=False), "CZK", "price_without_vat", {"price": "100.00"}),
        ((FromLevel(),), source(), "EUR", "price_in_other_currency", {"currency": "CZK", "wanted": "EUR"}),
        ((FromLevel(), ToCurrency("EUR", D(25))), source(), "CZK", "price_in_other_currency",
         {"currency": "EUR", "wanted": "CZK"}),
    ],
)  # fmt: skip
def test_there_is_no_price_without_a_source_vat_and_the_right_currency(
    steps: tuple[PriceStep, ...], of: PriceSource, currency: str, code: str, params: dict[str, str]
) -> None:
    outcome = refused(*steps, of=of, currency=currency)
    assert (outcome.code, outcome.params) == (code, params)
    assert set(outcome.params) == set(REASONS[code])


def test_without_an_explanation_the_price_is_the_same() -> None:
    steps = (FromLevel("A", with_vat=False), Margin(D(30)), AddVat(), Ending(D(9)))
    quick = calculate(source(), steps, currency="CZK", explain=False)
    assert isinstance(quick, Priced)
    assert quick == Priced(priced(*steps).amount, ())


def test_steps_are_stored_as_json_and_read_back() -> None:
    stored = [
        {"step": "from_level", "level": "A", "with_vat": False},
        {"step": "add_vat"},
        {"step": "to_currency", "currency": "HUF", "rate": "6.2", "amount": 100},
        {"step": "multiply", "factor": "1.2"},
        {"step": "add_amount", "amount": "-3"},
        {"step": "margin", "percent": "15"},
        {"step": "round_to", "to": "5", "mode": "up"},
        {"step": "ending", "ending": "0.90"},
        {"step": "floor", "amount": "100"},
        {"step": "ceiling", "amount": "9999"},
    ]
    steps = msgspec.convert(stored, tuple[PriceStep, ...])
    assert [type(step) for step in steps] == [
        FromLevel, AddVat, ToCurrency, Multiply, AddAmount, Margin, RoundTo, Ending, Floor, Ceiling,
    ]  # fmt: skip
    assert msgspec.json.decode(msgspec.json.encode(steps), type=tuple[PriceStep, ...]) == steps


@pytest.mark.parametrize(
    "stored",
    [
        {"step": "add_vat", "percent": "-1"},
        {"step": "add_vat", "percent": "101"},
        {"step": "to_currency", "currency": "EUR", "rate": "0"},
        {"step": "to_currency", "currency": "EUR", "rate": "25", "amount": 0},
        {"step": "multiply", "factor": "0"},
        {"step": "margin", "percent": "100"},
        {"step": "margin", "percent": "-1"},
        {"step": "round_to", "to": "0"},
        {"step": "round_to", "to": "1", "mode": "sideways"},
        {"step": "ending", "ending": "0"},
        {"step": "discount"},
        {"step": "multiply"},
    ],
)
def test_a_step_that_makes_no_sense_is_refused_when_it_is_read(stored: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(stored, PriceStep)


@pytest.mark.parametrize(
    ("value", "text"),
    [("349", "349.00"), ("0.5", "0.50"), ("421.083", "421.0830"), ("1E+2", "100.00"), ("-3", "-3.00")],
)
def test_an_amount_is_shown_in_plain_notation(value: str, text: str) -> None:
    assert show(D(value)) == text


AMOUNTS = st.decimals(min_value="0.01", max_value="999999", places=2)
FACTORS = st.decimals(min_value="0.1", max_value="9", places=2)
STEPS = st.one_of(
    st.builds(AddVat, st.one_of(st.none(), st.decimals(min_value=0, max_value=27, places=0))),
    st.builds(Multiply, FACTORS),
    st.builds(AddAmount, st.decimals(min_value=-100, max_value=100, places=2)),
    st.builds(Margin, st.decimals(min_value=0, max_value=90, places=0)),
    st.builds(RoundTo, st.sampled_from([D("0.01"), D("0.5"), D(1), D(5), D(10)]),
              st.sampled_from(["nearest", "up", "down"])),
    st.builds(Ending, st.sampled_from([D("0.90"), D(9), D(90), D(99)])),
    st.builds(Floor, AMOUNTS),
    st.builds(Ceiling, AMOUNTS),
)  # fmt: skip


@given(AMOUNTS, st.lists(STEPS, max_size=6))
def test_every_trace_ends_with_the_price_and_uses_known_codes_with_their_parameters(
    price: Decimal, steps: list[PriceStep]
) -> None:
    outcome = priced(FromLevel(), *steps, of=source(str(price)))
    assert outcome.trace[-1].params["price"] == show(outcome.amount.amount)
    assert all(set(step.params) == set(CODES[step.code]) for step in outcome.trace)


@given(AMOUNTS, st.sampled_from([D("0.01"), D(1), D(5)]), st.sampled_from(["nearest", "up", "down"]))
def test_a_rounded_price_is_a_multiple_and_no_further_than_one_step(price: Decimal, to: Decimal, mode: Any) -> None:
    rounded = round_to(price, to, mode)
    assert rounded % to == 0
    assert abs(rounded - price) < to
    assert mode != "up" or rounded >= price
    assert mode != "down" or rounded <= price


@given(AMOUNTS, st.sampled_from(["0.09", "0.90", "5", "9", "99", "490"]))
def test_an_ending_is_positive_ends_so_and_is_the_nearest(price: Decimal, ending: str) -> None:
    period = D(10) ** (D(ending).adjusted() + 1)
    ended = amount(FromLevel(), Ending(D(ending)), of=source(str(price)))
    assert ended > 0
    assert ended % period == D(ending)
    assert abs(ended - price) * 2 <= period or ended == D(ending)
