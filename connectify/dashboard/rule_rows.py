"""One rule and one condition as they stand in the form, and how the template writes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.functional import Promise

from connectify.dashboard.rule_words import ALL_TESTS, tests_for
from connectify.domain.facts import Catalogue, Kind
from connectify.domain.rules import TRUE


@dataclass
class ConditionRow:
    """One condition as typed. `value`: several are separated by semicolons where the test takes several."""

    fact: str
    test: str = ""
    value: str = ""
    problem: str = ""


@dataclass
class RuleRow:
    """One rule as typed. `new_fact`: what a condition is to be added for."""

    name: str = ""
    outcome: str = ""
    conditions: list[ConditionRow] = field(default_factory=list)
    new_fact: str = ""
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class ShownCondition:
    """`start`: how its fields' names begin. `known`: values really seen."""

    row: ConditionRow
    at: int
    start: str
    label: str
    tests: tuple[tuple[str, Promise], ...]
    is_yes_or_no: bool
    is_yes: bool
    is_number: bool
    known: Sequence[str]
    focus: bool


@dataclass(frozen=True)
class ShownRule:
    """`focus`: the part of the row ("name", "up", "down", "new") that the last edit leads to."""

    row: RuleRow
    at: int
    number: int
    start: str
    is_first: bool
    is_last: bool
    conditions: list[ShownCondition]
    focus: str


def _tests(kind: Kind, chosen: str) -> tuple[tuple[str, Promise], ...]:
    """Those that fit, and the chosen one where it does not: so that it is seen and refused, not replaced."""
    fitting = tests_for(kind)
    return fitting + tuple(one for one in ALL_TESTS if one[0] == chosen and chosen not in dict(fitting))


def shown_rules(
    rows: Sequence[RuleRow],
    prefix: str,
    catalogue: Catalogue,
    label_of_fact: Callable[[str], str],
    suggestions: Mapping[str, Sequence[str]],
    focus: str,
) -> list[ShownRule]:
    """The rows with what the template needs beside what was typed."""

    def condition(row: ConditionRow, start: str, at: int) -> ShownCondition:
        definition = catalogue.definitions.get(row.fact)
        kind = definition.kind if definition else Kind.TEXT
        return ShownCondition(
            row=row,
            at=at,
            start=start,
            label=label_of_fact(row.fact),
            tests=_tests(kind, row.test),
            is_yes_or_no=kind is Kind.BOOL,
            is_yes=row.value == TRUE,
            is_number=kind is Kind.NUMBER,
            known=suggestions.get(row.fact, ()),
            focus=focus == f"{start}-test",
        )

    def rule(row: RuleRow, at: int) -> ShownRule:
        start = f"{prefix}-{at}"
        part = focus.removeprefix(f"{start}-") if focus.startswith(f"{start}-") else ""
        conditions = [condition(one, f"{start}-{place}", place) for place, one in enumerate(row.conditions)]
        return ShownRule(row, at, at + 1, start, at == 0, at == len(rows) - 1, conditions, part)

    return [rule(row, at) for at, row in enumerate(rows)]
