"""Reading what a program sent: every value has a type, an unknown name is an error, and nothing of it is a bug."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

import msgspec
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, QueryDict
from django.http.request import UnreadablePostError
from django.utils.translation import gettext as _

from connectify.api.problems import FieldProblem, Problem, invalid

_PLAIN: Final = re.compile(r"-?\d{1,12}(\.\d{1,8})?", re.ASCII)
_MOST: Final = 2**31 - 1
_JSON: Final = ("application/json", "application/vnd.api+json")


def read_query(query: QueryDict, wanted: Any) -> Any:
    """The parameters of an address as `wanted`. Raises Problem("invalid") with the parameter named."""
    known = {field.encode_name for field in msgspec.structs.fields(wanted)} if wanted is not None else set()
    for name, values in query.lists():
        if name not in known:
            raise invalid(name[:100], "unknown_parameter", _("There is no such parameter here."))
        if len(values) != 1:
            raise invalid(name, "given_twice", _("Give the parameter once."))
        _refuse_text(values[0], name)
    if wanted is None:
        return None
    try:
        return msgspec.convert({name: query[name] for name in query}, type=wanted, strict=False)
    except (msgspec.ValidationError, OverflowError) as error:
        raise _invalid(error) from error


def raw_body(request: HttpRequest) -> bytes:
    """The bytes of the body. Raises Problem: "too_large", "unreadable"."""
    try:
        body = request.body
    except RequestDataTooBig as error:
        raise Problem("too_large") from error
    except UnreadablePostError as error:
        raise Problem("unreadable") from error
    if len(body) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        raise Problem("too_large")
    return body


def read_body(request: HttpRequest, wanted: Any, *, is_optional: bool) -> Any:
    """The JSON of the body as `wanted`. Raises Problem: "unsupported_media_type", "unreadable", "invalid"."""
    body = raw_body(request)
    if not body and is_optional:
        return wanted()
    if request.content_type not in _JSON:
        raise Problem("unsupported_media_type", _("Send “Content-Type: application/json”."))
    try:
        plain = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError, OverflowError) as error:
        raise Problem("unreadable", _("The body is not JSON that can be read.")) from error
    for place, text in _texts(plain, ""):
        _refuse_text(text, place)
    try:
        value = msgspec.convert(plain, type=wanted, strict=True)
    except (msgspec.ValidationError, OverflowError) as error:
        raise _invalid(error) from error
    except ArithmeticError as error:  # NaN is compared where a value checks itself
        raise invalid("", "bad_number", _("Up to 12 digits and 8 decimals.")) from error
    _refuse_unknown(plain, msgspec.to_builtins(value), "")
    _refuse_numbers(value, "")
    return value


def _refuse_unknown(given: Any, taken: Any, place: str) -> None:
    """A name that was not taken would be silently ignored: most likely it is misspelt."""
    if isinstance(given, dict) and isinstance(taken, dict):
        for name, inner in given.items():
            where = f"{place}.{name}" if place else name
            if name not in taken:
                raise invalid(where[:200], "unknown_field", _("There is no such field here."))
            _refuse_unknown(inner, taken[name], where)
    elif isinstance(given, list) and isinstance(taken, list | tuple):
        for number, (inner, one) in enumerate(zip(given, taken, strict=False)):
            _refuse_unknown(inner, one, f"{place}[{number}]")


def _refuse_numbers(value: Any, place: str) -> None:
    """Numbers are plain decimals of a size that a column holds."""
    if isinstance(value, msgspec.Struct):
        value = msgspec.structs.asdict(value)
    if isinstance(value, dict):
        for name, inner in value.items():
            _refuse_numbers(inner, f"{place}.{name}" if place else str(name))
    elif isinstance(value, list | tuple):
        for number, inner in enumerate(value):
            _refuse_numbers(inner, f"{place}[{number}]")
    elif isinstance(value, Decimal) and not _PLAIN.fullmatch(str(value)):
        raise invalid(place, "bad_number", _("Up to 12 digits and 8 decimals."))
    elif isinstance(value, int) and abs(value) > _MOST:
        raise invalid(place, "bad_number", _("The number is too large."))


def _invalid(error: Exception) -> Problem:
    """msgspec: "Expected `int` >= 1 - at `$.limit`"."""
    said, _at, place = str(error).partition(" - at `")
    field = place.rstrip("`").removeprefix("$").removeprefix(".")
    if "unknown field" in said and "`" in said:
        name = said.split("`")[1]
        field = f"{field}.{name}" if field else name
        return Problem("invalid", errors=[FieldProblem(field, "unknown_field", said)])
    if not field and "`" in said and "missing required field" in said:
        field = said.split("`")[-2]
    elif "missing required field" in said:
        field = f"{field}.{said.split('`')[-2]}"
    return Problem("invalid", errors=[FieldProblem(field[:200], "invalid", said[:500])])


def _texts(value: Any, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield place, name
            yield from _texts(inner, f"{place}.{name}" if place else name)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _texts(inner, f"{place}[{number}]")


def _refuse_text(text: str, field: str) -> None:
    """What PostgreSQL cannot hold."""
    if "\x00" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise invalid(field.replace("\x00", "")[:200], "bad_character", _("The text holds a character that is none."))
