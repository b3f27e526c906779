"""A price as a list of typed steps, where the calculation is its own explanation (DESIGN §4.12).

A step that changes the amount leaves one trace step with the price after it. A price starts in the currency of the unit
or of its level, and must arrive in the wanted one with VAT in it. Divisions are kept to eight decimals.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Final, Literal, assert_never

from msgspec import Struct

from connectify.domain.money import Money
from connectify.domain.trace import Step

Rounding = Literal["nearest", "up", "down"]

_KEPT: Final = Decimal("0.00000001")
_HUNDRED: Final = Decimal(100)
_MODES: Final = {"nearest": ROUND_HALF_UP, "up": ROUND_CEILING, "down": ROUND_FLOOR}
_ROUNDED: Final = {"nearest": "price_rounded", "up": "price_rounded_up", "down": "price_rounded_down"}


class FromLevel(Struct, frozen=True, tag_field="step", tag="from_level"):
    """The price of a price level; "" is the card's selling price, which knows itself whether VAT is in it.

    `with_vat` says it for a level. `currency` "" is the unit's home currency; levels may be kept in another one.
    """

    level: str = ""
    with_vat: bool = True
    currency: str = ""


class AddVat(Struct, frozen=True, tag_field="step", tag="add_vat"):
    """Adds VAT where the price has none. Without a percentage the card's own rate."""

    percent: Decimal | None = None

    def __post_init__(self) -> None:
        if self.percent is not None and not 0 <= self.percent <= _HUNDRED:
            raise ValueError("VAT is 0 to 100 percent")


class ToCurrency(Struct, frozen=True, tag_field="step", tag="to_currency"):
    """Into a currency of which `amount` units cost `rate` units of the price's currency (1 EUR = 25.10 CZK)."""

    currency: str
    rate: Decimal
    amount: int = 1

    def __post_init__(self) -> None:
        if self.rate <= 0 or self.amount <= 0:
            raise ValueError("a rate is positive")


class Multiply(Struct, frozen=True, tag_field="step", tag="multiply"):
    """Times a positive factor: 1.2 raises the price by 20 percent."""

    factor: Decimal

    def __post_init__(self) -> None:
        if self.factor <= 0:
            raise ValueError("a factor is positive")


class AddAmount(Struct, frozen=True, tag_field="step", tag="add_amount"):
    """Adds an amount in the price's currency; a negative one lowers the price."""

    amount: Decimal


class Margin(Struct, frozen=True, tag_field="step", tag="margin"):
    """So much of the price is to be margin, in percent: price / (1 - percent/100)."""

    percent: Decimal

    def __post_init__(self) -> None:
        if not 0 <= self.percent < _HUNDRED:
            raise ValueError("a margin is 0 to below 100 percent")


class RoundTo(Struct, frozen=True, tag_field="step", tag="round_to"):
    """To a multiple of `step`; `nearest` rounds halves up."""

    to: Decimal
    mode: Rounding = "nearest"

    def __post_init__(self) -> None:
        if self.to <= 0:
            raise ValueError("a rounding step is positive")


class Ending(Struct, frozen=True, tag_field="step", tag="ending"):
    """To the nearest price that ends so: 9 → 349, 0.90 → 348.90, 99 → 399. Halves go up; never to zero or below."""

    ending: Decimal

    def __post_init__(self) -> None:
        if self.ending <= 0:
            raise ValueError("an ending is positive")


class Floor(Struct, frozen=True, tag_field="step", tag="floor"):
    """At least so much, in the price's currency."""

    amount: Decimal


class Ceiling(Struct, frozen=True, tag_field="step", tag="ceiling"):
    """At most so much, in the price's currency."""

    amount: Decimal


PriceStep = FromLevel | AddVat | ToCurrency | Multiply | AddAmount | Margin | RoundTo | Ending | Floor | Ceiling
"""Any step; in stored JSON `step` names the kind ("from_level")."""


class PriceSource(Struct, frozen=True, gc=False):
    """The prices of one card. Levels by name; `price` is the selling price. `currency` is the unit's own."""

    levels: Mapping[str, Decimal]
    price: Decimal
    price_with_vat: bool
    vat_percent: Decimal | None
    currency: str = "CZK"


class Priced(Struct, frozen=True, gc=False):
    """The price and how it came about."""

    amount: Money
    trace: tuple[Step, ...]


class NoPrice(Struct, frozen=True, gc=False):
    """Why there is none, and the steps until then."""

    code: str
    params: dict[str, str]
    trace: tuple[Step, ...]


class _Stopped(Exception):
    """Raised inside the calculation; `calculate` turns it into a NoPrice."""

    def __init__(self, code: str, /, **params: str) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


class _Running:
    """The price on its way: amount, currency, whether VAT is in it, and the trace so far."""

    __slots__ = ("amount", "currency", "explains", "trace", "with_vat")

    def __init__(self, explains: bool) -> None:
        self.explains = explains
        self.amount = Decimal(0)
        self.currency = ""
        self.with_vat = False
        self.trace: list[Step] = []

    def becomes(self, amount: Decimal, code: str, /, **params: str | Decimal) -> None:
        self.amount = amount
        if self.explains:
            shown = {name: value if isinstance(value, str) else f"{value:f}" for name, value in params.items()}
            self.trace.append(Step(code, {**shown, "price": show(amount)}))


def show(amount: Decimal) -> str:
    """An amount in plain notation with two decimals, or four where two would hide something."""
    text = f"{amount:.4f}"
    return text[:-2] if text.endswith("00") else text


def calculate(
    source: PriceSource, steps: Sequence[PriceStep], *, currency: str, explain: bool = True
) -> Priced | NoPrice:
    """The price that the steps make of a card's prices, or why there is none. The first step is a FromLevel.

    Without `explain` the trace stays empty, which takes a third of the time.
    """
    running = _Running(explain)
    try:
        if not steps or not isinstance(steps[0], FromLevel):
            raise _Stopped("price_without_source")
        for step in steps:
            _take(step, source, running)
        if not running.with_vat:
            raise _Stopped("price_without_vat", price=show(running.amount))
        if running.currency != currency:
            raise _Stopped("price_in_other_currency", currency=running.currency, wanted=currency)
    except _Stopped as end:
        return NoPrice(end.code, end.params, tuple(running.trace))
    return Priced(Money(running.amount, currency), tuple(running.trace))


def _take(step: PriceStep, source: PriceSource, running: _Running) -> None:
    amount = running.amount
    match step:
        case FromLevel():
            _from_level(step, source, running)
        case AddVat():
            _add_vat(step, source, running)
        case Multiply(factor=factor):
            if factor != 1:
                running.becomes(amount * factor, "price_multiplied", factor=factor)
        case RoundTo(to=to, mode=mode):
            rounded = round_to(amount, to, mode)
            if rounded != amount:
                running.becomes(rounded, _ROUNDED[mode], step=to)
        case Ending(ending=ending):
            ended = _end_in(amount, ending)
            if ended != amount:
                running.becomes(ended, "price_ending", ending=ending)
        case Floor(amount=least):
            if amount < least:
                running.becomes(least, "price_floor")
        case Ceiling(amount=most):
            if amount > most:
                running.becomes(most, "price_ceiling")
        case AddAmount(amount=added):
            if added:
                running.becomes(amount + added, "price_added", amount=show(added))
        case Margin(percent=percent):
            if percent:
                raised = (amount * _HUNDRED / (_HUNDRED - percent)).quantize(_KEPT)
                running.becomes(raised, "price_margin", percent=percent)
        case ToCurrency(currency=currency, rate=rate, amount=units):
            running.currency = currency
            price = (amount * units / rate).quantize(_KEPT)
            running.becomes(price, "price_converted", rate=rate, units=str(units), currency=currency)
        case _:
            assert_never(step)


def _from_level(step: FromLevel, source: PriceSource, running: _Running) -> None:
    if step.level:
        found = source.levels.get(step.level)
        if found is None:
            raise _Stopped("price_level_missing", level=step.level)
        amount, with_vat, code, named = found, step.with_vat, "price_from_level", {"level": step.level}
    else:
        amount, with_vat, code, named = source.price, source.price_with_vat, "price_from_card", {}
    if amount <= 0:
        raise _Stopped("price_source_not_positive", level=step.level, price=show(amount))
    running.with_vat = with_vat
    running.currency = step.currency or source.currency
    running.becomes(amount, code if with_vat else f"{code}_net", currency=running.currency, **named)


def _add_vat(step: AddVat, source: PriceSource, running: _Running) -> None:
    if running.with_vat:
        return
    percent = source.vat_percent if step.percent is None else step.percent
    if percent is None:
        raise _Stopped("price_vat_unknown")
    running.with_vat = True
    running.becomes(running.amount * (_HUNDRED + percent) / _HUNDRED, "price_vat_added", percent=percent)


def round_to(amount: Decimal, to: Decimal, mode: Rounding = "nearest") -> Decimal:
    """`amount` as a multiple of `to`; halves go up."""
    return (amount / to).to_integral_value(_MODES[mode]) * to


def _end_in(amount: Decimal, ending: Decimal) -> Decimal:
    """The nearest amount above zero that ends in `ending`: the power of ten above the ending is the period."""
    period = Decimal(1).scaleb(ending.adjusted() + 1)
    return max(round_to(amount - ending, period), Decimal(0)) + ending
