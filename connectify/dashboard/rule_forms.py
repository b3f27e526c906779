"""The rule builder: rows of a form for any catalogue of facts, parsed, edited and checked without a script.

A form posts every row; `edit` in the POST names one change of the rows (`<prefix>:add`, `<prefix>:up:2`), which is
shown and not stored. A condition keeps the fact it was added for, so its tests always fit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

import msgspec
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from connectify.dashboard.explanations import explain
from connectify.dashboard.rule_rows import ConditionRow, RuleRow, ShownRule, shown_rules
from connectify.dashboard.rule_words import ALL_TESTS, RULE_TEXTS, RuleTexts, joined, split_values
from connectify.domain.facts import Catalogue, Kind, check_rules
from connectify.domain.money import NotANumber, parse_decimal
from connectify.domain.rules import TRUE, Condition, Rule, Test

Text = str | Promise
MAX_RULES: Final = 25
MAX_CONDITIONS: Final = 8
MAX_VALUE: Final = 2000
_POSTED_RULES: Final = 200  # what was stored by other means than this form is not cut
_POSTED_CONDITIONS: Final = 50
MAX_NAME: Final = 80
_WITHOUT_VALUE: Final = frozenset({"empty", "filled"})
_SEVERAL: Final = frozenset({"in", "not_in", "contains", "not_contains"})
_NUMBERS: Final = frozenset({"at_least", "less_than"})


class RulesInvalid(ValueError):
    """The rows cannot be stored as they are; each says why in its `problems`."""


# Longer than usual in its parameters: everything a form of rules can differ in.
@dataclass
class RuleRows:
    """The rows of one form. `outcomes`: (value, label), or none where a whole number above zero is asked for.

    `names` are words for names that are codes of ours; `suggestions` are values really seen, by fact.
    """

    rows: list[RuleRow]
    catalogue: Catalogue
    outcomes: Sequence[tuple[str, Text]]
    label_of_fact: Callable[[str], str]
    prefix: str = "rules"
    names: Mapping[str, Text] = field(default_factory=dict)
    suggestions: Mapping[str, Sequence[str]] = field(default_factory=dict)
    texts: RuleTexts = RULE_TEXTS
    focus: str = ""  # the field that the last edit leads to

    @classmethod
    def of(cls, rules: Iterable[Rule], **words: Any) -> RuleRows:
        """The rows of stored rules."""
        rows = cls([], **words)
        rows.rows = [
            RuleRow(
                str(rows.names.get(rule.name, rule.name)),
                rule.outcome,
                [ConditionRow(one.fact, one.test, _typed(one)) for one in rule.conditions],
            )
            for rule in rules
        ]
        return rows

    @classmethod
    def from_post(cls, post: QueryDict, **words: Any) -> RuleRows:
        """The rows as they were posted; what does not belong to the form is not looked at."""
        rows = cls([], **words)
        for at in range(_count(post, f"{rows.prefix}-count", _POSTED_RULES)):
            start = f"{rows.prefix}-{at}"
            conditions = [
                ConditionRow(
                    post.get(f"{start}-{place}-fact", ""),
                    post.get(f"{start}-{place}-test", ""),
                    _clean(post.get(f"{start}-{place}-value", "")),
                )
                for place in range(_count(post, f"{start}-count", _POSTED_CONDITIONS))
            ]
            name = _clean(post.get(f"{start}-name", ""))[:MAX_NAME]
            outcome = _clean(post.get(f"{start}-outcome", ""))[:MAX_NAME]
            rows.rows.append(RuleRow(name, outcome, conditions, post.get(f"{start}-new", "")))
        return rows

    # --- edits ------------------------------------------------------------------------------------------------------

    def apply_edit(self, edit: str) -> bool:
        """Changes the rows as a button asks. → whether it was one of this form's buttons."""
        prefix, _colon, what = edit.partition(":")
        if prefix != self.prefix:
            return False
        name, *places = what.split(":")
        at = [int(place) for place in places if place.isdecimal() and len(place) < 4]
        if name == "add" and not places:
            self._add_rule()
        elif len(at) == len(places) and 1 <= len(at) <= 2 and at[0] < len(self.rows):
            self._edit_row(name, *at)
        return True

    def _add_rule(self) -> None:
        if len(self.rows) < MAX_RULES:
            self.rows.append(RuleRow())
            self.focus = f"{self.prefix}-{len(self.rows) - 1}-name"

    def _edit_row(self, name: str, at: int, place: int | None = None) -> None:
        row = self.rows[at]
        if name == "remove" and place is None:
            del self.rows[at]
            self.focus = f"{self.prefix}-add"
        elif name in ("up", "down") and place is None:
            self._move(at, at + (1 if name == "down" else -1), name)
        elif name == "condition" and place is None:
            known = row.new_fact in self.catalogue.definitions
            if known and len(row.conditions) < MAX_CONDITIONS:
                kind = self.catalogue.definitions[row.new_fact].kind
                row.conditions.append(ConditionRow(row.new_fact, value=TRUE if kind is Kind.BOOL else ""))
                self.focus = f"{self.prefix}-{at}-{len(row.conditions) - 1}-test"
            row.new_fact = ""
        elif name == "drop" and place is not None and place < len(row.conditions):
            del row.conditions[place]
            self.focus = f"{self.prefix}-{at}-new"

    def _move(self, at: int, to: int, name: str) -> None:
        if 0 <= to < len(self.rows):
            self.rows[at], self.rows[to] = self.rows[to], self.rows[at]
            at = to
        self.focus = f"{self.prefix}-{at}-{name}"

    # --- what they mean ---------------------------------------------------------------------------------------------

    def rules(self) -> tuple[Rule, ...]:
        """The rules of the rows. Raises RulesInvalid; then each row says what is wrong with it."""
        found = [self._rule(at, row) for at, row in enumerate(self.rows)]
        if any(row.problems or any(one.problem for one in row.conditions) for row in self.rows):
            raise RulesInvalid
        return tuple(rule for rule in found if rule is not None)

    def as_json(self) -> list[dict[str, Any]]:
        """The rules as they are stored. Raises RulesInvalid."""
        stored: list[dict[str, Any]] = msgspec.json.decode(msgspec.json.encode(self.rules()))
        return stored

    @property
    def shown(self) -> list[ShownRule]:
        """The rows as the template writes them."""
        return shown_rules(self.rows, self.prefix, self.catalogue, self.label_of_fact, self.suggestions, self.focus)

    @property
    def facts(self) -> list[tuple[str, str]]:
        """(fact, label) that a condition can be added for."""
        return [(key, self.label_of_fact(key)) for key in self.catalogue.definitions]

    @property
    def leads_to_add(self) -> bool:
        return self.focus == f"{self.prefix}-add"

    @property
    def may_add(self) -> bool:
        return len(self.rows) < MAX_RULES

    @property
    def problems(self) -> list[str]:
        """Every sentence about a row that cannot be stored, in the order of the rows; after `rules()`."""
        return [
            problem
            for row in self.rows
            for problem in (*row.problems, *(one.problem for one in row.conditions if one.problem))
        ]

    def _rule(self, at: int, row: RuleRow) -> Rule | None:
        row.problems = []
        codes = {str(shown): code for code, shown in self.names.items()}
        name = codes.get(row.name, row.name) or _("Rule %(number)d") % {"number": at + 1}
        conditions = [self._condition(one, name) for one in row.conditions]
        self._check_outcome(row, name)
        known = [one for one in conditions if one is not None]
        return None if row.problems or len(known) < len(conditions) else Rule(name, tuple(known), row.outcome)

    def _check_outcome(self, row: RuleRow, name: str) -> None:
        if not self.outcomes:
            if not (row.outcome.isascii() and row.outcome.isdecimal() and 0 < int(row.outcome) < 2**31):
                row.problems.append(_("“%(field)s” is a whole number above zero.") % {"field": self.texts.outcome})
            return
        if not row.outcome:
            row.problems.append(_("Choose what the result is."))
            return
        for problem in check_rules([Rule(name, (), row.outcome)], self.catalogue, outcomes=self._known_outcomes):
            row.problems.append(explain(problem.code, problem.params).title)

    @property
    def _known_outcomes(self) -> frozenset[str]:
        return frozenset(value for value, _label in self.outcomes)

    def _condition(self, row: ConditionRow, rule: str) -> Condition | None:
        definition = self.catalogue.definitions.get(row.fact)
        kind = definition.kind if definition else Kind.TEXT
        values = _values(row, kind)
        row.problem = _problem_of_values(row, kind, values, self.label_of_fact(row.fact))
        if row.problem:
            return None
        condition = Condition(row.fact, cast(Test, row.test), tuple(values))
        problems = check_rules([Rule(rule, (condition,), "")], self.catalogue, outcomes=frozenset({""}))
        if problems:
            words = {"fact": self.label_of_fact(row.fact), "test": str(dict(ALL_TESTS)[row.test])}
            row.problem = explain(problems[0].code, {**problems[0].params, **words}).title
        return None if problems else condition


def _problem_of_values(row: ConditionRow, kind: Kind, values: list[str], label: str) -> str:
    """Why these are no values for the test, in a sentence; "" when they are."""
    if row.test not in dict(ALL_TESTS):
        return _("“%(fact)s”: choose how it is compared.") % {"fact": label}
    if row.test in _WITHOUT_VALUE:
        return ""
    if not values:
        return _("“%(fact)s”: fill in what it is compared with.") % {"fact": label}
    if len(row.value) > MAX_VALUE:
        return _("“%(fact)s”: this is too long.") % {"fact": label}
    odd = next((value for value in values if not _is_number(value)), None)
    if odd is not None and (row.test in _NUMBERS or kind is Kind.NUMBER):
        text = _("“%(fact)s” is compared with a number, and “%(value)s” is none.")
        return text % {"fact": label, "value": odd}
    return ""


def _is_number(text: str) -> bool:
    try:
        parse_decimal(text)
    except NotANumber:
        return False
    return True


def _values(row: ConditionRow, kind: Kind) -> list[str]:
    if row.test in _WITHOUT_VALUE or not row.value.strip():
        return []
    values = split_values(row.value) if row.test in _SEVERAL else [row.value.strip()]
    if row.test in _NUMBERS or kind is Kind.NUMBER:
        # People write decimals with a comma; stored numbers have a point.
        return [re.sub(r"^(-?\d+),(\d+)$", r"\1.\2", one) for one in values]
    return values


def _typed(condition: Condition) -> str:
    return joined(condition.value) if condition.test in _SEVERAL else "".join(condition.value)


def _clean(text: str) -> str:
    return "".join(char if char.isprintable() else " " for char in text).strip()


def _count(post: QueryDict, name: str, limit: int) -> int:
    text = post.get(name, "")
    return min(int(text), limit) if text.isascii() and text.isdecimal() and len(text) < 4 else 0
