"""Codes into sentences: what it is, what we do by ourselves, what a person does. Modules register their tables.

Nothing is hidden by a missing sentence: an unknown code is shown as it is.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.utils.formats import number_format
from django.utils.functional import Promise

from connectify.dashboard.templatetags.show import written_minute

Text = str | Promise


@dataclass(frozen=True)
class Explanation:
    """Sentences of a code. `%(name)s` is filled from the code's parameters. An empty one is not shown.

    `of_many` is the title where it stands over several records whose parameters differ."""

    title: Text
    we_do: Text = ""
    you_do: Text = ""
    of_many: Text = ""


@dataclass(frozen=True)
class Explained:
    """An explanation in the reader's language, filled in. `known` is False when only the code can be shown."""

    code: str
    title: str
    we_do: str = ""
    you_do: str = ""
    known: bool = True


# Stands for a parameter that is not the same in all records that a sentence is about.
DIFFERS: Final = "…"
# Parameters that carry an amount of money in plain notation (1234.50).
_AMOUNTS: Final = frozenset(
    {"ours", "allegro", "pohoda", "paid", "total", "price", "original", "amount", "before", "floor"}
)
# Parameters that carry a moment, as isoformat() writes it.
_MOMENTS: Final = frozenset({"since", "until", "at"})
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?[+-]\d\d:\d\d\Z", re.ASCII)
_PLAIN_AMOUNT: Final = re.compile(r"-?\d{1,12}\.\d{1,4}", re.ASCII)


class Written(str):
    """A value that stands as the reader's language writes it: it is not formatted once more."""

    __slots__ = ()


class _Filling(dict[str, Any]):
    """Parameters as the reader's language writes them; a missing one is a dash."""

    def __missing__(self, key: str) -> str:
        return "–"

    def __getitem__(self, key: str) -> Any:
        value = super().__getitem__(key)
        if isinstance(value, Written):
            return value
        if key in _MOMENTS and isinstance(value, str) and _MOMENT.match(value):
            return written_minute(dt.datetime.fromisoformat(value))
        if key in _AMOUNTS and isinstance(value, str) and _PLAIN_AMOUNT.fullmatch(value):
            return number_format(Decimal(value), decimal_pos=2, use_l10n=True, force_grouping=True)
        return "–" if value == "" else value


_tables: dict[str, dict[str, Explanation]] = {}


def register_explanations(owner: str, table: Mapping[str, Explanation]) -> None:
    """Idempotent by owner. A code of two owners means the same to both, or is a bug: see the tests."""
    _tables[owner] = {str(code): explanation for code, explanation in table.items()}


def registered() -> Mapping[str, Mapping[str, Explanation]]:
    return _tables


def explain(code: str, params: Mapping[str, Any] | None = None) -> Explained:
    """The sentences of `code`. Whatever the parameters hold is shown as text."""
    for table in _tables.values():
        if code in table:
            return fill(table[code], code, params)
    return Explained(code=code, title=code, known=False)


def fill(explanation: Explanation, code: str = "", params: Mapping[str, Any] | None = None) -> Explained:
    """One explanation with its parameters; a missing one reads as a dash."""
    filling = _Filling(params or {})
    is_of_many = explanation.of_many and DIFFERS in filling.values()
    texts = (explanation.of_many if is_of_many else explanation.title, explanation.we_do, explanation.you_do)
    title, we_do, you_do = (str(text) % filling if text else "" for text in texts)
    return Explained(code, title, we_do, you_do)
