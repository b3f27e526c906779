"""Paging by key: a page is as fast at the end of a list as at its beginning, and rows that arrive do not shift it."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import Model, Q, QuerySet

M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Key:
    """A place in a list that is sorted by a moment, newest first, then by id."""

    at: dt.datetime
    id: uuid.UUID

    def __str__(self) -> str:
        return base64.urlsafe_b64encode(f"{self.at.isoformat()} {self.id}".encode()).decode().rstrip("=")


@dataclass(frozen=True)
class KeyPage(Generic[M]):
    """Rows with the keys of the pages beside: `older` and `newer` are empty at the ends."""

    rows: list[M]
    newer: str = ""
    older: str = ""


def parse_key(text: str) -> Key | None:
    """None for anything that is not one of our keys: then the list begins at its beginning."""
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
        at, _, identity = raw.partition(" ")
        moment = dt.datetime.fromisoformat(at)
        return Key(moment, uuid.UUID(identity)) if moment.tzinfo else None
    except (binascii.Error, UnicodeDecodeError, UnicodeEncodeError, ValueError):
        return None


def page_by_key(rows: QuerySet[M], *, field: str, size: int, older_than: str = "", newer_than: str = "") -> KeyPage[M]:
    """At most `size` rows by `-field, id` from a key on. Reads one row more, to know whether there is a page behind."""
    older, newer = parse_key(older_than), parse_key(newer_than)
    if newer is not None and older is None:
        found = list(rows.filter(_before(field, newer)).order_by(field, "-id")[: size + 1])
        shown = found[:size][::-1]
        return KeyPage(
            shown,
            newer=_key(shown[0], field) if len(found) > size else "",
            older=_key(shown[-1], field) if shown else "",
        )
    if older is not None:
        rows = rows.filter(_after(field, older))
    found = list(rows.order_by(f"-{field}", "id")[: size + 1])
    shown = found[:size]
    return KeyPage(
        shown,
        newer=_key(shown[0], field) if shown and older is not None else "",
        older=_key(shown[-1], field) if len(found) > size else "",
    )


# Either side of an "or" is no place where an index can begin: the bound on the moment alone is.
def _after(field: str, key: Key) -> Q:
    return Q(**{f"{field}__lte": key.at}) & (Q(**{f"{field}__lt": key.at}) | Q(id__gt=key.id))


def _before(field: str, key: Key) -> Q:
    return Q(**{f"{field}__gte": key.at}) & (Q(**{f"{field}__gt": key.at}) | Q(id__lt=key.id))


def _key(row: Model, field: str) -> str:
    return str(Key(getattr(row, field), row.pk))
