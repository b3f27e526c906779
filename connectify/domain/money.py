"""Money: a Decimal with a currency, parsed from text only. Floats never become money."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Self

import msgspec

_PLAIN = re.compile(r"-?\d{1,12}(\.\d{1,4})?", re.ASCII)


class NotANumber(ValueError):
    """The text is not a plain decimal number (`1e3`, `NaN`, `1,5` and full-width digits are refused)."""


def parse_decimal(text: str) -> Decimal:
    """Reads a plain decimal: optional minus, up to 12 digits, up to 4 decimals. Raises NotANumber."""
    if not _PLAIN.fullmatch(text):
        raise NotANumber(text[:40])
    return Decimal(text)


class Money(msgspec.Struct, frozen=True, order=False):
    """An amount in one currency (ISO 4217). Adding two currencies is a bug and raises."""

    amount: Decimal
    currency: str

    @classmethod
    def parse(cls, amount: str, currency: str) -> Self:
        return cls(parse_decimal(amount), currency)

    @classmethod
    def zero(cls, currency: str) -> Self:
        return cls(Decimal(0), currency)

    def __add__(self, other: Money) -> Money:
        if other.currency != self.currency:
            raise ValueError(f"cannot add {other.currency} to {self.currency}")
        return Money(self.amount + other.amount, self.currency)

    def times(self, quantity: int | Decimal) -> Money:
        return Money(self.amount * quantity, self.currency)

    def __str__(self) -> str:
        return f"{self.amount:.2f} {self.currency}"
