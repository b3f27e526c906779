"""The platform as a whole, in numbers: what support may see without entering a company.

Nothing here is a customer's: a definer function of the database counts, and answers staff alone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import connection, transaction

from connectify.dashboard.code_words import coded
from connectify.dashboard.explanations import Text
from connectify.users.models import User


@dataclass
class Kind:
    """The due rows of one kind of resource."""

    name: str
    numbers: dict[str, int] = field(default_factory=dict)
    late_since: dt.datetime | None = None

    @property
    def label(self) -> Any:
        return coded("resource", self.name)

    @property
    def is_well(self) -> bool:
        return not (self.numbers.get("late") or self.numbers.get("expired") or self.numbers.get("failing"))


@dataclass(frozen=True)
class PlatformFigure:
    """One number with since when it is so; `is_bad` asks for a look."""

    label: Text
    number: int
    since: dt.datetime | None = None
    is_bad: bool = False


@dataclass(frozen=True)
class PlatformState:
    kinds: list[Kind]
    last_run: dt.datetime | None
    quarantined: int
    quarantined_since: dt.datetime | None
    figures: list[PlatformFigure]


Figures = Callable[[User], list[PlatformFigure]]
COLUMNS: Final = ("scheduled", "late", "held", "expired", "failing")
_sources: dict[str, Figures] = {}


def register_platform_figures(owner: str, figures: Figures) -> None:
    """Numbers of a module on the front page of the administration. Idempotent by owner."""
    _sources[owner] = figures


def platform_state(user: User) -> PlatformState:
    """Empty for anybody who is not staff (the database looks again)."""
    kinds: dict[str, Kind] = {}
    alone: dict[str, tuple[int, dt.datetime | None]] = {}
    for what, name, number, at in rows_for_staff("connectify_platform_state", user):
        if what not in COLUMNS:
            alone[what] = (number, at)
            continue
        kind = kinds.setdefault(name, Kind(name))
        kind.numbers[what] = number
        if what == "late":
            kind.late_since = at
    quarantined, since = alone.get("quarantined", (0, None))
    figures = [figure for source in _sources.values() for figure in source(user)]
    last_run = alone.get("last_run", (0, None))[1]
    return PlatformState(sorted(kinds.values(), key=lambda kind: kind.name), last_run, quarantined, since, figures)


def rows_for_staff(function: str, user: User) -> list[tuple[object, ...]]:
    """What a definer function that takes the asking person's id answers. `function` is a name of ours, never data."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {function}(%s)", [user.pk])  # noqa: S608
        return list(cursor.fetchall())
