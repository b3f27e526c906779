"""Rules as rows of a form: the first rule whose conditions all hold decides, and says so (DESIGN §4.11).

A fact is text, yes or no, a number, or a list of texts; one that is missing, None, "" or an empty list is empty. Texts
are compared without regard to case and surrounding blanks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final, Literal

from msgspec import Struct

from connectify.domain.money import NotANumber, parse_decimal
from connectify.domain.trace import Step

FactValue = str | bool | Decimal | tuple[str, ...] | None
Facts = Mapping[str, FactValue]
Test = Literal[
    "is", "is_not", "in", "not_in", "empty", "filled", "at_least", "less_than", "contains", "not_contains"
]  # fmt: skip

TRUE: Final = "true"
FALSE: Final = "false"

CODES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "rule_decided": ("rule", "outcome"),
        "rule_passed_over": ("rule", "fact", "value", "found"),
        **{
            f"condition_{test}": ("fact", "value", "found")
            for test in ("is", "is_not", "in", "not_in", "empty", "filled", "at_least", "less_than", "contains",
                         "not_contains")
        },
    }
)  # fmt: skip
"""What a decision's trace may hold, with the parameters of each."""

_WITHOUT_VALUE: Final = frozenset({"empty", "filled"})
_ONE_VALUE: Final = frozenset({"is", "is_not", "at_least", "less_than"})
_NUMBERS: Final = frozenset({"at_least", "less_than"})


class Condition(Struct, frozen=True):
    """One comparison. Raises ValueError (msgspec: ValidationError) when the values do not fit the test.

    `is` and `is_not` take one value, `at_least` and `less_than` one number, `empty` and `filled` none, the others one
    or more. A list holds `is`, `in` and `contains` when any of its texts does; `contains` of a text looks inside it.
    """

    fact: str
    test: Test
    value: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.fact:
            raise ValueError("a condition names a fact")
        if self.test in _WITHOUT_VALUE:
            if self.value:
                raise ValueError(f"`{self.test}` takes no value")
            return
        if not self.value or (self.test in _ONE_VALUE and len(self.value) != 1):
            raise ValueError(f"`{self.test}` takes {'one value' if self.test in _ONE_VALUE else 'a value'}")
        if self.test in _NUMBERS:
            parse_decimal(self.value[0])

    def holds(self, facts: Facts) -> bool:
        """Whether the condition holds. An empty fact is never at least, less than, contained or equal to anything."""
        found = facts.get(self.fact)
        match self.test:
            case "is" | "in":
                return _equals_any(found, self.value)
            case "is_not" | "not_in":
                return not _equals_any(found, self.value)
            case "empty":
                return _is_empty(found)
            case "filled":
                return not _is_empty(found)
            case "contains":
                return _contains_any(found, self.value)
            case "not_contains":
                return not _contains_any(found, self.value)
            case "at_least":
                number = _number(found)
                return number is not None and number >= Decimal(self.value[0])
            case "less_than":
                number = _number(found)
                return number is not None and number < Decimal(self.value[0])


class Rule(Struct, frozen=True):
    """All conditions hold → the outcome. A rule without conditions always holds."""

    name: str
    conditions: tuple[Condition, ...]
    outcome: str


class Decision(Struct, frozen=True):
    """What was decided, by which rule, and the conditions that led there."""

    outcome: str
    rule_name: str
    trace: tuple[Step, ...]


def first_match(rules: Iterable[Rule], facts: Facts) -> Rule | None:
    """The rule that decides, without an explanation."""
    for rule in rules:
        if all(condition.holds(facts) for condition in rule.conditions):
            return rule
    return None


def failing(rule: Rule, facts: Facts) -> tuple[Condition, ...]:
    """The conditions of `rule` that do not hold: why it did not decide. Empty: it holds."""
    return tuple(condition for condition in rule.conditions if not condition.holds(facts))


def decide(rules: Iterable[Rule], facts: Facts) -> Decision | None:
    """The first rule whose conditions all hold; None where no rule does. Each rule passed over is explained."""
    trace: list[Step] = []
    for rule in rules:
        failed = failing(rule, facts)
        if failed:
            first = failed[0]
            trace.append(Step("rule_passed_over", {"rule": rule.name, **_shown(first, facts)}))
            continue
        trace += [Step(f"condition_{one.test}", _shown(one, facts)) for one in rule.conditions]
        trace.append(Step("rule_decided", {"rule": rule.name, "outcome": rule.outcome}))
        return Decision(rule.outcome, rule.name, tuple(trace))
    return None


def _shown(condition: Condition, facts: Facts) -> dict[str, str]:
    return {
        "fact": condition.fact,
        "value": ", ".join(condition.value),
        "found": _as_text(facts.get(condition.fact)),
    }


def _as_text(found: FactValue) -> str:
    match found:
        case None:
            return ""
        case bool():
            return TRUE if found else FALSE
        case Decimal():
            return f"{found:f}"
        case tuple():
            return ", ".join(found)
        case str():
            return found


def _plain(text: str) -> str:
    return text.strip().casefold()


def _is_empty(found: FactValue) -> bool:
    return found is None or found == () or (isinstance(found, str) and not found.strip())


def _equals_any(found: FactValue, values: tuple[str, ...]) -> bool:
    match found:
        case None:
            return False
        case bool():
            return (TRUE if found else FALSE) in map(_plain, values)
        case Decimal():
            return any(found == _number(value) for value in values)
        case tuple():
            return any(_equals_any(one, values) for one in found)
        case str():
            return not _is_empty(found) and _plain(found) in map(_plain, values)


def _contains_any(found: FactValue, values: tuple[str, ...]) -> bool:
    match found:
        case str():
            return any(_plain(value) in _plain(found) for value in values if value.strip())
        case tuple():
            return _equals_any(found, values)
        case _:
            return False


def _number(found: FactValue) -> Decimal | None:
    match found:
        case bool() | None | tuple():
            return None
        case Decimal():
            return found
        case str():
            try:
                return parse_decimal(found.strip().replace(",", "."))
            except NotANumber:
                return None
