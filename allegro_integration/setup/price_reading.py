"""One typed price step into the step that is stored, or the sentence why it is none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final, cast

from django.utils.translation import gettext as _

from allegro_integration.setup.price_numbers import NotTyped, read_factor, read_number
from allegro_integration.setup.price_words import KINDS, MODES
from connectify.domain.price_steps import (
    AddAmount,
    AddVat,
    Ceiling,
    Ending,
    Floor,
    FromLevel,
    Margin,
    Multiply,
    PriceStep,
    Rounding,
    RoundTo,
    ToCurrency,
)

_HUNDRED: Final = Decimal(100)


class UnfitStep(ValueError):
    """Why the values make no step, in a sentence."""


class _Typed:
    """The values of one row, read by name."""

    def __init__(self, kind: str, values: Mapping[str, str]) -> None:
        self._values = values
        self._labels = {one.name: str(one.label) for one in KINDS[kind].inputs}

    def text(self, name: str) -> str:
        return self._values.get(name, "").strip()

    def number(self, name: str, read: Callable[[str], Decimal] = read_number) -> Decimal:
        text = self.text(name)
        if not text:
            raise UnfitStep(_("Fill in “%(field)s”.") % {"field": self._labels[name]})
        try:
            return read(text)
        except NotTyped:
            words = {"field": self._labels[name], "value": text}
            raise UnfitStep(_("“%(field)s” is a number, and “%(value)s” is none.") % words) from None

    def positive(self, name: str) -> Decimal:
        number = self.number(name)
        if number <= 0:
            raise UnfitStep(_("“%(field)s” is above zero.") % {"field": self._labels[name]})
        return number


def read_step(kind: str, values: Mapping[str, str]) -> PriceStep:
    """Raises UnfitStep."""
    return _READERS[kind](_Typed(kind, values))


def _from_level(row: _Typed) -> PriceStep:
    return FromLevel(row.text("level"), row.text("with_vat") != "no", row.text("currency"))


def _add_vat(row: _Typed) -> PriceStep:
    percent = row.number("percent") if row.text("percent") else None
    if percent is not None and not 0 <= percent <= _HUNDRED:
        raise UnfitStep(_("VAT is 0 to 100 percent."))
    return AddVat(percent)


def _to_currency(row: _Typed) -> PriceStep:
    currency, amount = row.text("currency"), row.positive("amount")
    if not (len(currency) == 3 and currency.isascii() and currency.isalpha() and currency.isupper()):
        raise UnfitStep(_("Choose the currency."))
    if amount != amount.to_integral_value():
        raise UnfitStep(_("A rate is of 1, 100 or another whole amount."))
    return ToCurrency(currency, row.positive("rate"), int(amount))


def _multiply(row: _Typed) -> PriceStep:
    factor = row.number("percent", read_factor)
    if factor <= 0:
        raise UnfitStep(_("Nothing would be left of the price: a price is lowered by less than 100 %."))
    return Multiply(factor)


def _margin(row: _Typed) -> PriceStep:
    percent = row.number("percent")
    if not 0 <= percent < _HUNDRED:
        raise UnfitStep(_("A margin is 0 to below 100 %."))
    return Margin(percent)


def _round_to(row: _Typed) -> PriceStep:
    mode = row.text("mode") or "nearest"
    if mode not in dict(MODES):
        raise UnfitStep(_("Choose which way to round."))
    return RoundTo(row.positive("to"), cast(Rounding, mode))


_READERS: Final[Mapping[str, Callable[[_Typed], PriceStep]]] = {
    "from_level": _from_level,
    "add_vat": _add_vat,
    "to_currency": _to_currency,
    "multiply": _multiply,
    "add_amount": lambda row: AddAmount(row.number("amount")),
    "margin": _margin,
    "round_to": _round_to,
    "ending": lambda row: Ending(row.positive("ending")),
    "floor": lambda row: Floor(row.positive("amount")),
    "ceiling": lambda row: Ceiling(row.positive("amount")),
}
