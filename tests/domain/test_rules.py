"""Rules: the first whose conditions all hold decides, and says why."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectify.domain.facts import PROBLEMS, Catalogue, FactDefinition, Kind, check_rules
from connectify.domain.rules import CODES, Condition, Decision, Facts, Rule, decide, failing, first_match
from connectify.domain.trace import Step

FACTS: Facts = {
    "executed": True,
    "invoiced": False,
    "carrier": " PPL ",
    "note": "Křehké zboží",
    "empty": "  ",
    "absent": None,
    "share": Decimal("50.00"),
    "typed": "12,5",
    "labels": ("Allegro", "Expres"),
    "nothing": (),
}


@pytest.mark.parametrize(
    ("fact", "test", "value", "expected"),
    [
        ("executed", "is", ("true",), True),
        ("executed", "is", ("false",), False),
        ("executed", "is_not", ("true",), False),
        ("invoiced", "is", ("false",), True),
        ("carrier", "is", ("ppl",), True),
        ("carrier", "is", ("pp",), False),
        ("carrier", "is_not", ("GLS",), True),
        ("carrier", "in", ("GLS", "Ppl"), True),
        ("carrier", "not_in", ("GLS", "Ppl"), False),
        ("note", "contains", ("KŘEHKÉ",), True),
        ("note", "contains", ("sklo", "zboží"), True),
        ("note", "contains", (" ",), False),
        ("note", "not_contains", ("sklo",), True),
        ("labels", "contains", ("expres",), True),
        ("labels", "contains", ("expr",), False),
        ("labels", "is", ("allegro",), True),
        ("labels", "in", ("x", "allegro"), True),
        ("labels", "not_contains", ("Expres",), False),
        ("share", "is", ("50",), True),
        ("share", "in", ("49", "50.0"), True),
        ("share", "at_least", ("50",), True),
        ("share", "at_least", ("50.01",), False),
        ("share", "less_than", ("50.01",), True),
        ("share", "less_than", ("50",), False),
        ("typed", "at_least", ("12.5",), True),
        ("note", "at_least", ("1",), False),
        ("note", "less_than", ("1",), False),
        ("executed", "at_least", ("0",), False),
        ("empty", "empty", (), True),
        ("absent", "empty", (), True),
        ("nothing", "empty", (), True),
        ("unheard_of", "empty", (), True),
        ("carrier", "empty", (), False),
        ("invoiced", "empty", (), False),
        ("carrier", "filled", (), True),
        ("unheard_of", "filled", (), False),
        ("unheard_of", "is", ("",), False),
        ("empty", "is", ("",), False),
        ("unheard_of", "is_not", ("x",), True),
        ("unheard_of", "contains", ("x",), False),
        ("unheard_of", "not_contains", ("x",), True),
        ("unheard_of", "less_than", ("5",), False),
    ],
)
def test_a_condition_compares_one_fact(fact: str, test: Any, value: tuple[str, ...], expected: bool) -> None:
    assert Condition(fact, test, value).holds(FACTS) is expected


@pytest.mark.parametrize(
    "stored",
    [
        {"fact": "", "test": "filled"},
        {"fact": "a", "test": "is"},
        {"fact": "a", "test": "is", "value": ["1", "2"]},
        {"fact": "a", "test": "in", "value": []},
        {"fact": "a", "test": "empty", "value": ["x"]},
        {"fact": "a", "test": "at_least", "value": ["many"]},
        {"fact": "a", "test": "less_than", "value": ["1", "2"]},
        {"fact": "a", "test": "like", "value": ["x"]},
    ],
)
def test_a_condition_whose_values_do_not_fit_is_refused_when_it_is_read(stored: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(stored, Condition)


def test_the_first_rule_that_fits_decides_and_the_ones_before_are_explained() -> None:
    rules = (
        Rule("paid", (Condition("executed", "is", ("true",)), Condition("invoiced", "is", ("true",))), "A"),
        Rule("by carrier", (Condition("executed", "is", ("true",)), Condition("carrier", "in", ("PPL",))), "B"),
        Rule("always", (), "C"),
    )
    assert decide(rules, FACTS) == Decision(
        "B",
        "by carrier",
        (
            Step("rule_passed_over", {"rule": "paid", "fact": "invoiced", "value": "true", "found": "false"}),
            Step("condition_is", {"fact": "executed", "value": "true", "found": "true"}),
            Step("condition_in", {"fact": "carrier", "value": "PPL", "found": " PPL "}),
            Step("rule_decided", {"rule": "by carrier", "outcome": "B"}),
        ),
    )


def test_a_rule_without_conditions_always_fits_and_no_rules_decide_nothing() -> None:
    decision = decide((Rule("always", (), "C"),), {})
    assert decision is not None
    assert decision.outcome == "C"
    assert decide((), FACTS) is None
    assert first_match((), FACTS) is None


def test_what_does_not_hold_says_why_a_rule_did_not_decide() -> None:
    holds = Condition("executed", "is", ("true",))
    fails = Condition("labels", "contains", ("B2B",))
    assert failing(Rule("r", (holds, fails), "x"), FACTS) == (fails,)


TESTS = ["is", "is_not", "in", "not_in", "contains", "not_contains"]
CONDITIONS = st.one_of(
    st.builds(Condition, st.sampled_from(list("abc")), st.sampled_from(TESTS), st.tuples(st.sampled_from("xy1"))),
    st.builds(Condition, st.sampled_from(list("abc")), st.sampled_from(["empty", "filled"])),
    st.builds(Condition, st.sampled_from(list("abc")), st.sampled_from(["at_least", "less_than"]), st.just(("1",))),
)
RULES = st.lists(
    st.builds(Rule, st.text("rst", max_size=3), st.lists(CONDITIONS, max_size=3).map(tuple), st.sampled_from("OPQ")),
    max_size=5,
)
VALUES = st.one_of(
    st.none(), st.booleans(), st.sampled_from(["x", "Y", "", "1"]), st.sampled_from([Decimal(0), Decimal(1)]),
    st.lists(st.sampled_from("xy"), max_size=2).map(tuple),
)  # fmt: skip


@given(RULES, st.dictionaries(st.sampled_from(list("abc")), VALUES))
def test_the_decision_is_that_of_the_first_rule_in_which_nothing_fails(rules: list[Rule], facts: Facts) -> None:
    fitting = [rule for rule in rules if failing(rule, facts) == ()]
    decision = decide(rules, facts)
    assert first_match(rules, facts) == (fitting[0] if fitting else None)
    assert (decision and (decision.outcome, decision.rule_name)) == (
        (fitting[0].outcome, fitting[0].name) if fitting else None
    )
    if decision:
        assert all(set(step.params) == set(CODES[step.code]) for step in decision.trace)


CATALOGUE = Catalogue.of(
    FactDefinition("executed", Kind.BOOL, "e"),
    FactDefinition("carrier", Kind.TEXT, "c"),
    FactDefinition("share", Kind.NUMBER, "s"),
    FactDefinition("labels", Kind.LIST, "l"),
    FactDefinition("day", Kind.DATE, "d"),
)


@pytest.mark.parametrize(
    ("condition", "code"),
    [
        (Condition("executed", "is", ("true",)), ""),
        (Condition("executed", "is", ("yes",)), "rule_value_unfit"),
        (Condition("executed", "filled"), "rule_test_unfit"),
        (Condition("carrier", "contains", ("x",)), ""),
        (Condition("share", "contains", ("5",)), "rule_test_unfit"),
        (Condition("share", "at_least", ("5",)), ""),
        (Condition("labels", "at_least", ("5",)), "rule_test_unfit"),
        (Condition("day", "is", ("2026-11-23",)), ""),
        (Condition("field:VPrX", "filled"), "rule_fact_unknown"),
    ],
)
def test_a_rule_is_checked_against_the_catalogue_of_facts(condition: Condition, code: str) -> None:
    problems = check_rules((Rule("r", (condition,), "yes"),), CATALOGUE, outcomes=frozenset({"yes"}))
    assert [problem.code for problem in problems] == ([code] if code else [])
    assert all(set(problem.params) == set(PROBLEMS[problem.code]) for problem in problems)


def test_an_outcome_that_does_not_exist_is_a_problem() -> None:
    (problem,) = check_rules((Rule("r", (), "no"),), CATALOGUE, outcomes=frozenset({"yes"}))
    assert (problem.code, problem.params) == ("rule_outcome_unknown", {"rule": "r", "outcome": "no"})


def test_a_catalogue_grows_by_the_fields_of_a_unit_and_never_has_a_key_twice() -> None:
    field = FactDefinition("field:VPrX", Kind.TEXT, "VPrX")
    assert CATALOGUE.extended([field]).definitions["field:VPrX"] == field
    assert "field:VPrX" not in CATALOGUE.definitions
    with pytest.raises(ValueError, match="two facts"):
        CATALOGUE.extended([field, field])
