"""Numbers as people type them and as a form shows them: a comma or a point for decimals, a percentage for a factor."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.utils.formats import number_format
from django.utils.translation import gettext as _

_TYPED: Final = re.compile(r"[+-]?\d{1,12}([.,]\d{1,8})?", re.ASCII)
_FACTOR: Final = re.compile(r"[×x*]\s*(.+)", re.IGNORECASE)
_HUNDRED: Final = Decimal(100)


class NotTyped(ValueError):
    """The text is no number."""


def read_number(text: str) -> Decimal:
    """ "1 234,50" and "-5.5 %" are numbers; "1.234,50" and "1e3" are none. Raises NotTyped."""
    plain = "".join(text.split()).replace("−", "-").removesuffix("%")
    if not _TYPED.fullmatch(plain):
        raise NotTyped(text[:40])
    return Decimal(plain.replace(",", "."))


def read_factor(text: str) -> Decimal:
    """ "+20" is the factor 1.2, "−5 %" is 0.95; "×1.2" names the factor itself. Raises NotTyped."""
    named = _FACTOR.fullmatch(text.strip())
    if named:
        return read_number(named[1])
    return (_HUNDRED + read_number(text)) / _HUNDRED


def typed(number: Decimal) -> str:
    """A number as the reader would type it, without needless zeros: 25,1."""
    return number_format(f"{number.normalize():f}", use_l10n=True)


def typed_percent(factor: Decimal) -> str:
    """1.2 is "+20", 0.95 is "-5"."""
    percent = factor * _HUNDRED - _HUNDRED
    return f"+{typed(percent)}" if percent > 0 else typed(percent)


class NumberField(forms.CharField):
    """A decimal number as people type it; None where nothing is filled in."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal", "class": "narrow-input"}))
        super().__init__(**{"max_length": 40, **options})

    def prepare_value(self, value: Any) -> Any:
        return typed(value) if isinstance(value, Decimal) else value

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        try:
            return read_number(text)
        except NotTyped:
            raise forms.ValidationError(_("“%(value)s” is not a number.") % {"value": text}) from None
