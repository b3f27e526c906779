"""Words of the rule builder: how each kind of fact can be compared, and several values in one input."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from connectify.domain.facts import Kind

SEPARATOR: Final = "; "
Words = tuple[tuple[str, Promise], ...]


@dataclass(frozen=True)
class RuleTexts:
    """What a form of rules calls things; a list of something else says it otherwise."""

    order: Promise
    name: Promise
    outcome: Promise
    add: Promise
    remove: Promise
    always: Promise
    nothing: Promise


RULE_TEXTS: Final = RuleTexts(
    order=_(
        "The rules are tried from the top. The first one whose conditions all hold decides; those below it are not"
        " looked at any more."
    ),
    name=_("Name of the rule"),
    outcome=_("Result"),
    add=_("Add a rule"),
    remove=_("Remove the rule"),
    always=_("No condition: the rule always holds."),
    nothing=_("There is no rule yet."),
)

_IS: Final = pgettext_lazy("comparison", "is")
_IS_NOT: Final = pgettext_lazy("comparison", "is not")
_IN: Final = pgettext_lazy("comparison", "is one of")
_NOT_IN: Final = pgettext_lazy("comparison", "is none of")
_CONTAINS: Final = pgettext_lazy("comparison", "contains the text")
_CONTAINS_NOT: Final = pgettext_lazy("comparison", "does not contain the text")
_AT_LEAST: Final = pgettext_lazy("comparison", "is at least (number)")
_LESS: Final = pgettext_lazy("comparison", "is less than (number)")
_EMPTY: Final = pgettext_lazy("comparison", "is empty")
_FILLED: Final = pgettext_lazy("comparison", "is filled in")

_TEXT: Final[Words] = (
    ("is", _IS), ("is_not", _IS_NOT), ("in", _IN), ("not_in", _NOT_IN), ("contains", _CONTAINS),
    ("not_contains", _CONTAINS_NOT), ("empty", _EMPTY), ("filled", _FILLED), ("at_least", _AT_LEAST),
    ("less_than", _LESS),
)  # fmt: skip
ALL_TESTS: Final = _TEXT
_BY_KIND: Final[Mapping[Kind, Words]] = MappingProxyType(
    {
        Kind.TEXT: _TEXT,
        Kind.BOOL: (("is", _IS), ("is_not", _IS_NOT)),
        Kind.NUMBER: (
            ("at_least", _AT_LEAST), ("less_than", _LESS), ("is", _IS), ("is_not", _IS_NOT), ("in", _IN),
            ("not_in", _NOT_IN), ("empty", _EMPTY), ("filled", _FILLED),
        ),
        Kind.LIST: (
            ("in", pgettext_lazy("comparison", "has one of")), ("not_in", pgettext_lazy("comparison", "has none of")),
            ("is", pgettext_lazy("comparison", "has")), ("is_not", pgettext_lazy("comparison", "has not")),
            ("contains", pgettext_lazy("comparison", "contains one of")),
            ("not_contains", pgettext_lazy("comparison", "contains none of")),
            ("empty", _EMPTY), ("filled", _FILLED),
        ),
        Kind.DATE: (
            ("is", _IS), ("is_not", _IS_NOT), ("in", _IN), ("not_in", _NOT_IN), ("empty", _EMPTY), ("filled", _FILLED),
        ),
    }
)  # fmt: skip


def tests_for(kind: Kind) -> Words:
    """(test, words) for a kind of fact, the usual ones first: exactly those that a rule may use."""
    return _BY_KIND[kind]


def joined(values: Iterable[str]) -> str:
    """Several values in one input. A semicolon inside of a value is written with a backslash before it."""
    return SEPARATOR.join(value.replace("\\", "\\\\").replace(";", "\\;") for value in values)


def split_values(typed: str) -> list[str]:
    """The values of an input, without empty ones. The reverse of `joined`."""
    parts = re.findall(r"(?:\\.|[^;\\]|\\$)+", typed)
    return [value for part in parts if (value := re.sub(r"\\(.)", r"\1", part).strip())]
