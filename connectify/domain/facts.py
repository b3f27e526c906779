"""The catalogue of facts that rules may speak of. Modules bring their definitions; a rule is checked against them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from msgspec import Struct

from connectify.domain.rules import FALSE, TRUE, Rule


class Kind(StrEnum):
    """What a fact's value is. A date is text, YYYY-MM-DD."""

    BOOL = "bool"
    TEXT = "text"
    NUMBER = "number"
    LIST = "list"
    DATE = "date"


class FactDefinition(Struct, frozen=True):
    """One fact. `label` is a code that screens translate; facts named by the customer carry their name as the label."""

    key: str
    kind: Kind
    label: str


class Problem(Struct, frozen=True):
    """Why a rule cannot be used. A code with parameters, so that the form can show it beside the rule."""

    code: str
    params: dict[str, str]


PROBLEMS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "rule_fact_unknown": ("rule", "fact"),
        "rule_test_unfit": ("rule", "fact", "test"),
        "rule_value_unfit": ("rule", "fact", "value"),
        "rule_outcome_unknown": ("rule", "outcome"),
    }
)

_ALWAYS: Final = frozenset({"empty", "filled"})
_TESTS: Final[Mapping[Kind, frozenset[str]]] = MappingProxyType(
    {
        Kind.BOOL: frozenset({"is", "is_not"}),
        Kind.TEXT: _ALWAYS | {"is", "is_not", "in", "not_in", "contains", "not_contains", "at_least", "less_than"},
        Kind.NUMBER: _ALWAYS | {"is", "is_not", "in", "not_in", "at_least", "less_than"},
        Kind.LIST: _ALWAYS | {"is", "is_not", "in", "not_in", "contains", "not_contains"},
        Kind.DATE: _ALWAYS | {"is", "is_not", "in", "not_in"},
    }
)


class Catalogue(Struct, frozen=True):
    """The facts one kind of rule may use."""

    definitions: Mapping[str, FactDefinition]

    @classmethod
    def of(cls, *definitions: FactDefinition) -> Catalogue:
        """Raises ValueError when two definitions have one key."""
        by_key = {definition.key: definition for definition in definitions}
        if len(by_key) != len(definitions):
            raise ValueError("two facts have one key")
        return cls(MappingProxyType(by_key))

    def extended(self, definitions: Iterable[FactDefinition]) -> Catalogue:
        """This catalogue and more facts, such as the optional fields found at a unit."""
        return Catalogue.of(*self.definitions.values(), *definitions)


def check_rules(rules: Iterable[Rule], catalogue: Catalogue, *, outcomes: frozenset[str]) -> tuple[Problem, ...]:
    """What is wrong with the rules, in their order. Empty: they can be used."""
    problems: list[Problem] = []
    for rule in rules:
        for condition in rule.conditions:
            shown = {"rule": rule.name, "fact": condition.fact}
            definition = catalogue.definitions.get(condition.fact)
            if definition is None:
                problems.append(Problem("rule_fact_unknown", shown))
            elif condition.test not in _TESTS[definition.kind]:
                problems.append(Problem("rule_test_unfit", {**shown, "test": condition.test}))
            elif definition.kind is Kind.BOOL and condition.value[0] not in (TRUE, FALSE):
                problems.append(Problem("rule_value_unfit", {**shown, "value": condition.value[0]}))
        if rule.outcome not in outcomes:
            problems.append(Problem("rule_outcome_unknown", {"rule": rule.name, "outcome": rule.outcome}))
    return tuple(problems)
