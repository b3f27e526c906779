"""JSON from outside, read strictly into typed values (RELIABILITY X4, X5).

Refused: duplicate keys, NaN and infinities, nesting deeper than 64, anything after the document. Fractions keep their
text, so that an amount never passes through a float. NUL and lone surrogates (PostgreSQL refuses both) become U+FFFD.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Final, NoReturn, TypeVar

import msgspec

from allegro_integration.domain.values import Amount
from connectify.domain.money import parse_decimal

T = TypeVar("T")
MAX_DEPTH: Final = 64
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")


class NotJson(ValueError):
    """The bytes are not one JSON document that we accept."""


class NotAsExpected(ValueError):
    """The document is JSON, but not of the shape its type asks for. The text names the place."""


class NumberText(str):
    """A JSON number with a fraction or too many digits, kept as its text."""

    __slots__ = ()


def load(raw: bytes) -> object:
    """Parses one document. Raises NotJson."""
    try:
        text = raw.decode("utf-8-sig")
        value = json.loads(
            text,
            parse_float=NumberText,
            parse_int=_integer,
            parse_constant=_refuse_constant,
            object_pairs_hook=_unique,
        )
    except NotJson:
        raise
    except (ValueError, RecursionError) as error:
        raise NotJson(str(error)[:200]) from error
    return _storable(value, 0)


def read(raw: bytes, type_: type[T]) -> T:
    """Parses and converts. Raises NotJson or NotAsExpected."""
    return shape(load(raw), type_)


def shape(value: object, type_: type[T]) -> T:
    """Converts a parsed document (or a part of one). Raises NotAsExpected."""
    try:
        return msgspec.convert(value, type_, dec_hook=_amount)
    except msgspec.ValidationError as error:
        raise NotAsExpected(str(error)[:300]) from error


def _amount(type_: type, value: object) -> object:
    if type_ is not Amount:
        raise NotImplementedError(type_.__name__)
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise ValueError("an amount is text or a number")
    return Amount(parse_decimal(str(value)))


def _integer(text: str) -> int | NumberText:
    return int(text) if len(text) <= 18 else NumberText(text)


def _refuse_constant(name: str) -> NoReturn:
    raise NotJson(f"{name} is not JSON")


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotJson("a key occurs twice in one object")
    return found


def _storable(value: object, depth: int) -> object:
    if depth > MAX_DEPTH:
        raise NotJson(f"nested deeper than {MAX_DEPTH}")
    if isinstance(value, NumberText) or value is None or isinstance(value, (bool, int, Decimal)):
        return value
    if isinstance(value, str):
        return _UNSTORABLE.sub("\ufffd", value) if _UNSTORABLE.search(value) else value
    if isinstance(value, list):
        return [_storable(one, depth + 1) for one in value]
    if isinstance(value, dict):
        return {_storable(key, depth): _storable(one, depth + 1) for key, one in value.items()}
    raise NotJson(type(value).__name__)
