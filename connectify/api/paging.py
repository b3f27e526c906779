"""Pages by key: `next` is an address that continues behind the last row, however many rows arrive meanwhile."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Any, Generic, TypeVar

import msgspec
from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from connectify.api.problems import invalid

M = TypeVar("M", bound=Model)
R = TypeVar("R")
T = TypeVar("T")


class Paged(msgspec.Struct, frozen=True, kw_only=True):
    """What every list takes."""

    cursor: Annotated[
        str, msgspec.Meta(max_length=2000, description="Where to go on. Take it from `next`; it has no other meaning.")
    ] = ""
    limit: Annotated[int, msgspec.Meta(ge=1, le=200, description="How many rows at most.")] = 50


class Listed(msgspec.Struct, Generic[T], frozen=True):
    """One page. `next` is the address of the following one, null at the end."""

    data: list[T]
    next: str | None = None


def page(
    rows: QuerySet[M], *, order: tuple[str, ...], query: Paged, request: HttpRequest, show: Callable[[list[M]], list[T]]
) -> Listed[T]:
    """`order` as in order_by, ending in something unique. Raises Problem("invalid") for a cursor that is none."""
    fields = [(name.removeprefix("-"), name.startswith("-")) for name in order]
    if query.cursor:
        rows = rows.filter(_behind(fields, _parse(query.cursor, rows.model, [name for name, _down in fields])))
    found = list(rows.order_by(*order)[: query.limit + 1])
    shown = found[: query.limit]
    more = _address(request, shown[-1], [name for name, _down in fields]) if len(found) > query.limit else None
    return Listed(show(shown), more)


def page_of(
    rows: Sequence[R],
    *,
    place: Callable[[R], tuple[Any, ...]],
    kinds: tuple[Callable[[str], Any], ...],
    query: Paged,
    request: HttpRequest,
    show: Callable[[R], T],
) -> Listed[T]:
    """The same for what is no table: `rows` stand in the order of `place`, which is another one for each.

    `kinds` read the parts of a place from text, as `field.to_python` does.
    """
    if query.cursor:
        behind = tuple(_values(query.cursor, kinds))
        rows = [row for row in rows if place(row) > behind]
    shown = rows[: query.limit]
    more = _next(request, place(shown[-1])) if len(rows) > query.limit else None
    return Listed([show(row) for row in shown], more)


def _behind(fields: list[tuple[str, bool]], values: list[Any]) -> Q:
    """(a, b) behind (x, y): a behind x, or a = x and b behind y.

    And a not before x, which says nothing new, but is where an index can begin: at an "or" it cannot.
    """
    whole, equal = Q(), Q()
    for (name, down), value in zip(fields, values, strict=True):
        whole |= equal & Q(**{f"{name}__{'lt' if down else 'gt'}": value})
        equal &= Q(**{name: value})
    (first, down), value = fields[0], values[0]
    return Q(**{f"{first}__{'lte' if down else 'gte'}": value}) & whole


def _parse(cursor: str, model: type[Model], names: list[str]) -> list[Any]:
    return _values(cursor, [model._meta.get_field(name).to_python for name in names])


def _values(cursor: str, kinds: Sequence[Callable[[str], Any]]) -> list[Any]:
    try:
        raw = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
        if not isinstance(raw, list) or len(raw) != len(kinds) or not all(isinstance(one, str) for one in raw):
            raise ValueError("not a cursor")
        if any("\x00" in one for one in raw):
            raise ValueError("not a cursor")
        values = [read(text) for read, text in zip(kinds, raw, strict=True)]
        if any(getattr(value, "tzinfo", True) is None for value in values):
            raise ValueError("not a cursor")
    except (binascii.Error, ValueError, UnicodeError, RecursionError, ValidationError, OverflowError) as error:
        raise invalid("cursor", "invalid", _("Take the cursor from `next` as it is.")) from error
    return values


def _address(request: HttpRequest, last: Model, names: list[str]) -> str:
    return _next(request, [getattr(last, name) for name in names])


def _next(request: HttpRequest, values: Iterable[Any]) -> str:
    texts = [value.isoformat() if hasattr(value, "isoformat") else str(value) for value in values]
    cursor = base64.urlsafe_b64encode(json.dumps(texts, ensure_ascii=False).encode()).decode().rstrip("=")
    query = request.GET.copy()
    query["cursor"] = cursor
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")
