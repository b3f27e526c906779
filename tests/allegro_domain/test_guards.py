"""Guards at their borders: what still goes, and what is held with which numbers."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allegro_integration.domain.guards import guard_price, guard_quantity
from allegro_integration.domain.marketplaces import MARKETPLACES
from allegro_integration.domain.offer_settings import GuardLimits
from allegro_integration.domain.offers import End, OfferPlan, OfferView, SetPrice, SetQuantity
from connectify.domain.money import Money
from connectify.domain.price_steps import FromLevel, Multiply, ToCurrency
from connectify.domain.trace import Step
from tests.allegro_domain.shelves import CZ, HU, SK, card, czk, eur, held, market, offer, only_change, plan

D = Decimal
LIMITS = GuardLimits()
CURRENCIES = {CZ: "CZK", SK: "EUR", HU: "HUF"}


def guarded(
    price: str, before: str | None = None, *, at: str = CZ, floor: str | None = None, currency: str = ""
) -> list[str]:
    code = CURRENCIES[at]
    steps = guard_price(
        Money(D(price), currency or code),
        place=MARKETPLACES[at],
        currency=code,
        floor=None if floor is None else D(floor),
        before=None if before is None else Money(D(before), code),
        limits=LIMITS,
    )
    return [step.code for step in steps]


@pytest.mark.parametrize(
    ("price", "expected"),
    [("49", ["price_jump"]), ("50", []), ("100", []), ("200", []), ("201", ["price_jump"])],
)
def test_a_price_goes_from_half_to_double_the_last_one(price: str, expected: list[str]) -> None:
    assert guarded(price, "100") == expected


def test_a_jump_says_how_far_it_goes() -> None:
    (step,) = guard_price(
        czk("401"), place=MARKETPLACES[CZ], currency="CZK", floor=None, before=czk("200"), limits=LIMITS
    )
    assert step == Step(
        "price_jump",
        {"price": "401.00", "before": "200.00", "percent": "200.5", "low": "50", "high": "200", "currency": "CZK"},
    )


@pytest.mark.parametrize(
    ("price", "floor", "expected"),
    [("99", "100", ["price_below_floor"]), ("100", "100", []), ("99", None, [])],
)
def test_a_price_below_the_floor_is_held(price: str, floor: str | None, expected: list[str]) -> None:
    assert guarded(price, floor=floor) == expected


@pytest.mark.parametrize(
    ("at", "price", "expected"),
    [
        (CZ, "349", []),
        (CZ, "349.00", []),
        (CZ, "349.50", ["price_precision"]),
        (HU, "1230", []),
        (HU, "1235", []),
        (HU, "1234", ["price_precision"]),
        (HU, "1235.5", ["price_precision"]),
        (SK, "12.34", []),
        (SK, "12.345", ["price_precision"]),
        (CZ, "0", ["price_not_positive"]),
        (CZ, "-1", ["price_not_positive"]),
        (SK, "-0.001", ["price_not_positive"]),
    ],
)
def test_a_price_is_positive_and_in_the_marketplaces_step(at: str, price: str, expected: list[str]) -> None:
    assert guarded(price, at=at) == expected


def test_another_currency_is_held_whichever_side_has_it() -> None:
    assert guarded("349", currency="EUR") == ["wrong_currency"]
    planned = plan(offer(prices={CZ: eur("4.84")}, confirmed_prices={CZ: eur("4.84")}))
    assert only_change(planned).held == (Step("wrong_currency", {"currency": "EUR", "expected": "CZK"}),)
    mistaken = plan(
        offer(), markets=(market(currency="EUR", price_steps=(FromLevel("A"), ToCurrency("EUR", D("0.01")))),)
    )
    assert held(only_change(mistaken)) == ["wrong_currency"]


def test_several_guards_all_speak() -> None:
    assert guarded("0", "100", floor="10") == ["price_not_positive", "price_below_floor", "price_jump"]


def test_the_last_confirmed_price_counts_before_the_one_that_allegro_shows() -> None:
    confirmed = plan(offer(prices={CZ: czk("500")}, confirmed_prices={CZ: czk("121.50")}))
    assert (held(only_change(confirmed)), only_change(confirmed).before) == ([], czk("121.50"))
    observed = plan(offer(prices={CZ: czk("500")}))
    assert (held(only_change(observed)), only_change(observed).before) == (["price_jump"], czk("500"))


@pytest.mark.parametrize(("count", "most", "expected"), [
    ("99999", 99_999, []), ("100000", 99_999, ["quantity_too_high"]), ("1000000000", 200_000, ["quantity_too_high"]),
    ("1000000000", 500, []),
])  # fmt: skip
def test_an_absurd_quantity_is_held_unless_fewer_are_offered_anyway(count: str, most: int, expected: list[str]) -> None:
    change = only_change(plan(offer(cards=(card(count),)), markets=(market(most=most),)))
    assert held(change) == expected
    assert change.content == SetQuantity("1", min(int(count), most))


def test_a_held_quantity_says_how_high_it_is() -> None:
    assert guard_quantity(100_000, 99_999, LIMITS) == (
        Step("quantity_too_high", {"quantity": "100000", "limit": "99999"}),
    )


def zeroed(ending: int, active: int, **limits: Any) -> OfferPlan:
    """A plan in which `ending` of `active` offers end."""
    offers = (offer(f"{at:03}", cards=(card("0" if at < ending else "10", code=f"S{at}"),)) for at in range(active))
    return plan(*offers, markets=(market(limits=GuardLimits(**limits)),))


def test_thirty_percent_of_the_offers_may_end_in_one_cycle_and_not_one_more() -> None:
    may = zeroed(30, 100)
    assert ([change.held for change in may.changes], may.alarms) == ([()] * 30, ())
    alarm = Step("mass_zero", {"count": "31", "active": "100", "percent": "31", "limit": "30"})
    over = zeroed(31, 100)
    assert over.alarms == (alarm,)
    assert [(type(change.content), change.held) for change in over.changes] == [(End, (alarm,))] * 31


def test_active_offers_beyond_this_plan_count_too() -> None:
    offers = [offer(f"{at}", cards=(card("0"),)) for at in range(6)]
    assert held(plan(*offers, active_offers=19).changes[0]) == ["mass_zero"]
    assert held(plan(*offers, active_offers=20).changes[0]) == []


def test_few_offers_have_no_mass_limits() -> None:
    assert zeroed(9, 9).alarms == ()
    assert len(zeroed(10, 10).alarms) == 1
    assert zeroed(10, 10, least_active=11).alarms == ()


def moved(moving: int, active: int, level: str = "121", *, markets: Any = ()) -> OfferPlan:
    """A plan in which the price of `moving` of `active` offers moves from 121 CZK to that of the level and VAT."""
    return plan(*(_moving(at, at < moving, level) for at in range(active)), markets=markets)


def _moving(at: int, moves: bool, level: str) -> OfferView:
    return offer(f"{at:03}", cards=(card(level=level if moves else "100", code=f"S{at}"),), prices={CZ: czk("121")})


def test_ten_percent_of_the_prices_may_move_in_one_cycle_and_not_one_more() -> None:
    assert {change.held for change in moved(10, 100).changes} == {()}
    over = moved(11, 100)
    alarm = Step(
        "mass_price",
        {"marketplace": CZ, "count": "11", "active": "100", "percent": "11", "limit": "10", "moved_by": "20"},
    )
    assert over.alarms == (alarm,)
    assert [change.held for change in over.changes] == [(alarm,)] * 11


@pytest.mark.parametrize(("level", "is_held"), [("120", False), ("121", True), ("80", False), ("79", True)])
def test_a_price_moves_when_it_changes_by_more_than_twenty_percent(level: str, is_held: bool) -> None:
    planned = plan(
        *(offer(f"{at:03}", cards=(card(level=level, code=f"S{at}"),), prices={CZ: czk("100")}) for at in range(20)),
        markets=(market(price_steps=(FromLevel("A"),)),),
    )
    assert [bool(change.held) for change in planned.changes] == [is_held] * 20


def test_only_the_prices_that_move_far_are_held_and_the_rest_goes() -> None:
    far = [_moving(at, True, "150") for at in range(20)]
    near = [_moving(at, True, "101") for at in range(20, 30)]
    planned = plan(*far, *near, offer("500", stock=4))
    assert [held(change) for change in planned.changes] == [["mass_price"]] * 20 + [[]] * 11


def test_each_marketplace_has_its_own_mass_limit() -> None:
    steps = (FromLevel("A"), Multiply(D(2)), ToCurrency("EUR", D(25)))
    planned = plan(
        *(offer(f"{at:03}", stock=9, prices={CZ: czk("121"), SK: eur("4.84")}) for at in range(20)),
        markets=(market(), market(SK, "sk", "EUR", price_steps=steps)),
    )
    assert [alarm.params["marketplace"] for alarm in planned.alarms] == [SK]
    assert {(change.field, *held(change)) for change in planned.changes} == {
        ("quantity",), ("price:allegro-sk", "mass_price"),
    }  # fmt: skip


def test_a_first_price_moves_nothing() -> None:
    planned = plan(*(offer(f"{at:03}", prices={}) for at in range(20)))
    assert len(planned.changes) == 20
    assert planned.alarms == ()


def test_prices_a_hundred_times_too_high_are_held_one_by_one_and_together() -> None:
    planned = moved(100, 100, "10000")
    assert {tuple(held(change)) for change in planned.changes} == {("price_jump", "mass_price")}


@given(
    st.sampled_from([CZ, SK, HU]),
    st.decimals(min_value=-10, max_value=100_000, places=3),
    st.one_of(st.none(), st.decimals(min_value="0.01", max_value=100_000, places=2)),
    st.one_of(st.none(), st.decimals(min_value="0.01", max_value=100_000, places=2)),
)
def test_a_price_that_passes_is_positive_in_step_not_below_the_floor_and_no_jump(
    at: str, price: Decimal, before: Decimal | None, floor: Decimal | None
) -> None:
    if guarded(str(price), before and str(before), at=at, floor=floor and str(floor)):
        return
    assert price > 0
    assert price % MARKETPLACES[at].price_step == 0
    assert floor is None or price >= floor
    assert before is None or before / 2 <= price <= before * 2


@given(
    st.sampled_from([CZ, SK, HU]),
    st.decimals(min_value="0.01", max_value=100_000, places=2),
    st.decimals(min_value="0.1", max_value=5, places=3),
)
def test_every_planned_price_that_may_go_has_the_right_step_and_two_decimals(
    at: str, level: Decimal, factor: Decimal
) -> None:
    one = offer(prices={}, cards=(card(level=str(level)),))
    currency = CURRENCIES[at]
    steps = (FromLevel("A", currency=currency), Multiply(factor))
    for change in plan(one, markets=(market(at, "m", currency, price_steps=steps),)).changes:
        assert isinstance(change.content, SetPrice)
        assert change.content.amount.as_tuple().exponent == -2
        assert change.held or MARKETPLACES[at].accepts_price(change.content.amount)
