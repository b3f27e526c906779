"""Benches register here: `@bench("G6", "what is measured")` on a function that returns its figures.

A module in this package is enough; `python -m tests.bench` finds it. Only ratios of one run count (PERFORMANCE.md), so
each bench measures its bare baseline too, in turns with the real thing.
"""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One line of the report. `limit` is the goal; None: only told."""

    name: str
    value: float
    unit: str
    limit: float | None = None

    def __str__(self) -> str:
        goal = "" if self.limit is None else f"   goal <= {self.limit:g}   {'reached' if self.reached else 'MISSED'}"
        return f"  {self.name:<44} {self.value:>9.3f} {self.unit}{goal}"

    @property
    def reached(self) -> bool:
        return self.limit is None or self.value <= self.limit


@dataclass(frozen=True)
class Bench:
    goal: str
    title: str
    measure: Callable[[], list[Figure]]


BENCHES: list[Bench] = []


def bench(goal: str, title: str) -> Callable[[Callable[[], list[Figure]]], Callable[[], list[Figure]]]:
    def remember(measure: Callable[[], list[Figure]]) -> Callable[[], list[Figure]]:
        BENCHES.append(Bench(goal, title, measure))
        return measure

    return remember


def in_turns(
    baseline: Callable[[], object], real: Callable[[], object], *, before: Callable[[], object], rounds: int = 5
) -> tuple[float, float]:
    """Median seconds of each, taken in turns after one round that does not count; `before` is not timed."""
    times: tuple[list[float], list[float]] = ([], [])
    for turn in range(rounds + 1):
        for kept, work in zip(times, (baseline, real), strict=True):
            before()
            start = time.perf_counter()
            work()
            if turn:
                kept.append(time.perf_counter() - start)
    return statistics.median(times[0]), statistics.median(times[1])
