"""Plots of the home page: counts per day beside a direction, and how long it has been silent. Drawn by the server.

Modules register who counts, like figures. What is drawn are whole numbers in the units of the drawing's own box:
colours and sizes belong to the style sheet, so that no attribute carries a style.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils import timezone

from connectify import clock
from connectify.dashboard.directions import Freshness, limits
from connectify.dashboard.explanations import Text

DAYS: Final = 14
HEIGHT: Final = 40
BAR: Final = 12
GAP: Final = 4
GAUGE: Final = 160


@dataclass(frozen=True)
class Daily:
    """`counts` of the days asked for; a day that is missing counts nothing. `label` says what is counted."""

    label: Text
    counts: Mapping[dt.date, int]


Place = tuple[uuid.UUID, str]
Counter = Callable[[Sequence[dt.date]], Mapping[Place, Daily]]
_counters: dict[str, Counter] = {}


def register_plot(owner: str, count: Counter) -> None:
    """`count` gives plots by (instance id, direction) of the tenant in force, of the days given, oldest first, in one
    query that reads these days alone. Idempotent by owner.
    """
    _counters[owner] = count


@dataclass(frozen=True)
class Bar:
    """One day. `y` and `height` in the box of the plot; a day of nothing is a line of one unit."""

    day: dt.date
    count: int
    x: int
    y: int
    height: int
    is_today: bool


@dataclass(frozen=True)
class Bars:
    """A plot ready to be drawn, in a box of `width` × `height`."""

    label: str
    bars: tuple[Bar, ...]
    width: int = DAYS * (BAR + GAP) - GAP
    height: int = HEIGHT
    bar_width: int = BAR

    @property
    def total(self) -> int:
        return sum(bar.count for bar in self.bars)

    @property
    def today(self) -> int:
        return self.bars[-1].count


@dataclass(frozen=True)
class Gauge:
    """How long a direction has been silent, against when it is late and when it counts as down."""

    filled: int
    late_at: int
    down_at: int
    late_min: int
    down_min: int
    tone: str
    width: int = GAUGE


def last_days(count: int = DAYS) -> tuple[dt.date, ...]:
    """Today and the days before it in the reader's zone, the oldest first."""
    today = timezone.localtime(clock.now()).date()
    return tuple(today - dt.timedelta(days=back) for back in range(count - 1, -1, -1))


def all_plots() -> dict[Place, list[Bars]]:
    days = last_days()
    found: dict[Place, list[Bars]] = {}
    for count in _counters.values():
        for place, daily in count(days).items():
            found.setdefault(place, []).append(draw(daily, days))
    return found


def draw(daily: Daily, days: Sequence[dt.date]) -> Bars:
    """The highest day fills the height; whatever happened at all can be seen."""
    counts = [daily.counts.get(day, 0) for day in days]
    most = max(counts, default=0)
    bars = []
    for place, (day, count) in enumerate(zip(days, counts, strict=True)):
        height = max(2, round(count * HEIGHT / most)) if count else 1
        bars.append(Bar(day, count, place * (BAR + GAP), HEIGHT - height, height, place == len(days) - 1))
    return Bars(str(daily.label), tuple(bars))


_TONES: Final = {Freshness.FRESH: "good", Freshness.LATE: "wait", Freshness.DOWN: "bad"}


def gauge(*, last_good_at: dt.datetime | None, fresh: Freshness, interval_s: int) -> Gauge | None:
    """None where nothing is expected to run, or nothing has yet."""
    if last_good_at is None or fresh is Freshness.UNKNOWN:
        return None
    late_s, down_s = limits(interval_s)
    whole_s = down_s * 4 / 3  # room beyond "down"
    silent_s = (clock.now() - last_good_at).total_seconds()
    return Gauge(
        filled=min(GAUGE, max(3, round(GAUGE * silent_s / whole_s))),
        late_at=round(GAUGE * late_s / whole_s),
        down_at=round(GAUGE * down_s / whole_s),
        late_min=late_s // 60,
        down_min=down_s // 60,
        tone=_TONES[fresh],
    )
