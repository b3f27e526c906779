"""Figures beside a direction on the home page (how many wait, how many are in error). Modules register who counts."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.utils.functional import Promise


@dataclass(frozen=True)
class Figure:
    """A number with a word and the address of the list behind it. `tone` is a name of the style sheet.

    `asks` says that what it counts waits for a person.
    """

    label: str | Promise
    count: int
    url: str
    tone: str = "idle"
    asks: bool = False


Figures = Mapping[tuple[uuid.UUID, str], list[Figure]]
_counters: dict[str, Callable[[], Figures]] = {}


def register_figures(owner: str, count: Callable[[], Figures]) -> None:
    """`count` gives figures by (instance id, direction) of the tenant in force, in a fixed number of queries."""
    _counters[owner] = count


def all_figures() -> dict[tuple[uuid.UUID, str], list[Figure]]:
    found: dict[tuple[uuid.UUID, str], list[Figure]] = {}
    for count in _counters.values():
        for place, figures in count().items():
            found.setdefault(place, []).extend(figures)
    return found
