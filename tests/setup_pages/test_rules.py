"""The rule builder: rules into rows, rows posted and edited, rows into rules."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.http import QueryDict
from django.template.loader import render_to_string
from django.utils import translation

from connectify.dashboard.rule_forms import MAX_CONDITIONS, MAX_RULES, ConditionRow, RuleRow, RuleRows, RulesInvalid
from connectify.domain.facts import Catalogue, FactDefinition, Kind
from connectify.domain.rules import Condition, Rule

CATALOGUE = Catalogue.of(
    FactDefinition("paid", Kind.BOOL, "fact_paid"),
    FactDefinition("carrier", Kind.TEXT, "fact_carrier"),
    FactDefinition("share", Kind.NUMBER, "fact_share"),
    FactDefinition("labels", Kind.LIST, "fact_labels"),
)
LABELS = {"paid": "Paid", "carrier": "Carrier", "share": "Share", "labels": "Labels"}
WORDS = {
    "catalogue": CATALOGUE,
    "outcomes": [("SENT", "sent"), ("NEW", "new")],
    "label_of_fact": lambda key: LABELS.get(key, key),
}
STORED = (
    Rule("first", (Condition("paid", "is", ("true",)), Condition("carrier", "in", ("PPL", "a;b"))), "SENT"),
    Rule("rest", (), "NEW"),
)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


def posted(rows: RuleRows) -> QueryDict:
    """What a browser posts of these rows."""
    post = QueryDict(mutable=True)
    post["rules-count"] = str(len(rows.rows))
    for at, row in enumerate(rows.rows):
        post[f"rules-{at}-name"], post[f"rules-{at}-outcome"] = row.name, row.outcome
        post[f"rules-{at}-new"], post[f"rules-{at}-count"] = row.new_fact, str(len(row.conditions))
        for place, one in enumerate(row.conditions):
            start = f"rules-{at}-{place}"
            post[f"{start}-fact"], post[f"{start}-test"], post[f"{start}-value"] = one.fact, one.test, one.value
    return post


def rows_of(*rows: RuleRow) -> RuleRows:
    return RuleRows.from_post(posted(RuleRows(list(rows), **WORDS)), **WORDS)


def one_condition(fact: str, test: str, value: str) -> RuleRows:
    return rows_of(RuleRow("r", "SENT", [ConditionRow(fact, test, value)]))


def names(rows: RuleRows) -> list[str]:
    return [row.name for row in rows.rows]


def test_stored_rules_come_back_from_the_form_as_they_were() -> None:
    rows = RuleRows.from_post(posted(RuleRows.of(STORED, **WORDS)), **WORDS)
    assert rows.rules() == STORED
    assert rows.as_json() == [
        {
            "name": "first",
            "conditions": [
                {"fact": "paid", "test": "is", "value": ["true"]},
                {"fact": "carrier", "test": "in", "value": ["PPL", "a;b"]},
            ],
            "outcome": "SENT",
        },
        {"name": "rest", "conditions": [], "outcome": "NEW"},
    ]


@pytest.mark.parametrize("value", ["a;b", "a\\;b", "a\\", "C:\\dir", "plain, with a comma"])
def test_a_value_with_a_separator_inside_is_kept(value: str) -> None:
    rule = Rule("r", (Condition("carrier", "in", (value, "x")),), "SENT")
    assert RuleRows.from_post(posted(RuleRows.of([rule], **WORDS)), **WORDS).rules() == (rule,)


def test_several_values_are_separated_by_semicolons_and_empty_ones_are_left_out() -> None:
    rows = one_condition("carrier", "in", " PPL ; DPD;; GLS;")
    assert rows.rules()[0].conditions == (Condition("carrier", "in", ("PPL", "DPD", "GLS")),)


def test_a_semicolon_belongs_to_the_value_where_the_test_takes_one() -> None:
    assert one_condition("carrier", "is", "a; b").rules()[0].conditions[0].value == ("a; b",)


def test_decimals_may_be_written_with_a_comma() -> None:
    assert one_condition("share", "at_least", "99,5").rules()[0].conditions[0].value == ("99.5",)
    assert one_condition("carrier", "is", "99,5").rules()[0].conditions[0].value == ("99,5",)


def test_a_test_without_a_value_drops_what_stands_in_the_input() -> None:
    assert one_condition("carrier", "empty", "left over").rules()[0].conditions == (Condition("carrier", "empty"),)


def test_a_rule_without_a_name_is_named_by_its_place() -> None:
    assert [rule.name for rule in rows_of(RuleRow("", "SENT"), RuleRow(" ", "NEW")).rules()] == ["Rule 1", "Rule 2"]


def test_names_that_are_codes_are_shown_in_words_and_stored_as_codes() -> None:
    words = {**WORDS, "names": {"transport": "shipped"}}
    rows = RuleRows.of([Rule("transport", (), "SENT")], **words)
    assert names(rows) == ["shipped"]
    assert RuleRows.from_post(posted(rows), **words).rules()[0].name == "transport"


@pytest.mark.parametrize(
    ("fact", "test", "value", "sentence"),
    [
        ("carrier", "is", " ", "“Carrier”: fill in what it is compared with."),
        ("carrier", "in", " ; ", "“Carrier”: fill in what it is compared with."),
        ("carrier", "odd", "x", "“Carrier”: choose how it is compared."),
        ("carrier", "", "x", "“Carrier”: choose how it is compared."),
        ("carrier", "at_least", "many", "“Carrier” is compared with a number, and “many” is none."),
        ("share", "is", "half", "“Share” is compared with a number, and “half” is none."),
        ("carrier", "is", "x" * 2001, "“Carrier”: this is too long."),
        ("paid", "is", "maybe", "Rule “r”: “Paid” can only be yes or no, not “maybe”."),
        ("paid", "contains", "true", "Rule “r”: “Paid” cannot be compared like this (contains the text)."),
        ("gone", "is", "x", "Rule “r” asks for something that the unit does not have: gone."),
    ],
)
def test_a_wrong_condition_says_what_is_wrong_beside_itself(fact: str, test: str, value: str, sentence: str) -> None:
    rows = one_condition(fact, test, value)
    with pytest.raises(RulesInvalid):
        rows.rules()
    assert rows.rows[0].conditions[0].problem == sentence
    assert rows.problems == [sentence]
    assert sentence in render_to_string("dashboard/_rules.html", {"rules": rows, "may_set": True})


@pytest.mark.parametrize(
    ("outcome", "sentence"),
    [("", "Choose what the result is."), ("GONE", "Rule “r” has an outcome that does not exist: GONE.")],
)
def test_a_rule_needs_one_of_the_outcomes(outcome: str, sentence: str) -> None:
    rows = rows_of(RuleRow("r", outcome))
    with pytest.raises(RulesInvalid):
        rows.rules()
    assert rows.rows[0].problems == [sentence]


@pytest.mark.parametrize("outcome", ["", "0", "-1", "1.5", "x", "²", "99999999999"])
def test_without_outcomes_a_whole_number_above_zero_is_wanted(outcome: str) -> None:
    rows = RuleRows([RuleRow("r", outcome)], **{**WORDS, "outcomes": []})
    with pytest.raises(RulesInvalid):
        rows.rules()
    assert rows.problems == ["“Result” is a whole number above zero."]


def test_every_row_that_is_wrong_says_so() -> None:
    rows = rows_of(RuleRow("a", ""), RuleRow("b", "NEW"), RuleRow("c", "SENT", [ConditionRow("carrier", "is", "")]))
    with pytest.raises(RulesInvalid):
        rows.rules()
    assert rows.problems == ["Choose what the result is.", "“Carrier”: fill in what it is compared with."]


# --- edits ----------------------------------------------------------------------------------------------------------


def three() -> RuleRows:
    return rows_of(*(RuleRow(name, "NEW") for name in "abc"))


@pytest.mark.parametrize(
    ("edit", "left"),
    [
        ("rules:up:1", "bac"),
        ("rules:down:1", "acb"),
        ("rules:up:0", "abc"),
        ("rules:down:2", "abc"),
        ("rules:remove:1", "ac"),
        ("rules:remove:7", "abc"),
        ("rules:remove:-1", "abc"),
        ("rules:remove:x", "abc"),
        ("rules:remove", "abc"),
        ("rules:nothing:1", "abc"),
        ("rules:drop:0:0", "abc"),
        ("rules:up:1:1", "abc"),
        ("rules:", "abc"),
    ],
)
def test_buttons_move_and_remove_rows(edit: str, left: str) -> None:
    rows = three()
    assert rows.apply_edit(edit)
    assert "".join(names(rows)) == left


def test_a_button_of_another_form_changes_nothing() -> None:
    rows = three()
    assert not rows.apply_edit("carriers:remove:0")
    assert not rows.apply_edit("")
    assert "".join(names(rows)) == "abc"


def test_an_added_rule_stands_last_and_takes_the_focus() -> None:
    rows = three()
    assert rows.apply_edit("rules:add")
    assert names(rows) == ["a", "b", "c", ""]
    shown = render_to_string("dashboard/_rules.html", {"rules": rows, "may_set": True})
    assert 'name="rules-3-name" value="" maxlength="80" autofocus' in shown


def test_a_condition_is_added_for_the_chosen_fact_and_dropped_again() -> None:
    rows = rows_of(RuleRow("a", "NEW", new_fact="paid"))
    rows.apply_edit("rules:condition:0")
    assert rows.rows[0].conditions == [ConditionRow("paid", "", "true")]
    assert rows.rows[0].new_fact == ""
    rows.apply_edit("rules:drop:0:0")
    assert rows.rows[0].conditions == []


@pytest.mark.parametrize("fact", ["", "gone"])
def test_no_condition_is_added_for_something_that_is_no_fact(fact: str) -> None:
    rows = rows_of(RuleRow("a", "NEW", new_fact=fact))
    rows.apply_edit("rules:condition:0")
    assert rows.rows[0].conditions == []


def test_there_is_an_end_to_rules_and_conditions() -> None:
    rows = rows_of(*(RuleRow(str(at), "NEW") for at in range(MAX_RULES)))
    rows.apply_edit("rules:add")
    assert len(rows.rows) == MAX_RULES
    full = rows_of(RuleRow("a", "NEW", [ConditionRow("paid", "is", "true")] * MAX_CONDITIONS, new_fact="paid"))
    full.apply_edit("rules:condition:0")
    assert len(full.rows[0].conditions) == MAX_CONDITIONS


def test_an_edit_says_nothing_of_rows_that_are_not_finished() -> None:
    rows = rows_of(RuleRow("", "", [ConditionRow("carrier", "is", "")]))
    rows.apply_edit("rules:add")
    assert rows.problems == []


# --- the page -------------------------------------------------------------------------------------------------------


def test_each_fact_offers_the_comparisons_that_fit_it() -> None:
    rows = RuleRows.of(STORED, **WORDS)
    paid, carrier = rows.shown[0].conditions
    assert [test for test, _label in paid.tests] == ["is", "is_not"]
    assert "at_least" in dict(carrier.tests)
    shown = render_to_string("dashboard/_rules.html", {"rules": rows, "may_set": True})
    assert '<option value="true" selected>yes</option>' in shown
    assert 'value="PPL; a\\;b"' in shown


def test_a_stored_comparison_that_does_not_fit_is_shown_and_refused() -> None:
    rows = RuleRows.of([Rule("r", (Condition("paid", "contains", ("true",)),), "SENT")], **WORDS)
    assert "contains" in dict(rows.shown[0].conditions[0].tests)
    with pytest.raises(RulesInvalid):
        rows.rules()


def test_values_really_seen_are_suggested() -> None:
    rows = RuleRows.of(STORED, **WORDS, suggestions={"carrier": ["PPL", "DPD"]})
    shown = render_to_string("dashboard/_rules.html", {"rules": rows, "may_set": True})
    assert 'list="rules-0-1-known"' in shown
    assert '<datalist id="rules-0-1-known"><option value="PPL"></option><option value="DPD"></option>' in shown


def test_who_may_not_set_sees_rules_without_buttons() -> None:
    shown = render_to_string("dashboard/_rules.html", {"rules": RuleRows.of(STORED, **WORDS), "may_set": False})
    assert "<button" not in shown
    assert 'value="first"' in shown


def test_what_is_typed_is_shown_as_text() -> None:
    rows = rows_of(RuleRow("<b>x</b>", "NEW", [ConditionRow("carrier", "is", '"><script>')]))
    shown = render_to_string("dashboard/_rules.html", {"rules": rows, "may_set": True})
    assert "<b>x" not in shown
    assert "<script>" not in shown


@pytest.mark.parametrize("count", ["-1", "x", "", "99999999", "²"])
def test_an_odd_number_of_rows_is_no_rows(count: str) -> None:
    assert RuleRows.from_post(QueryDict(f"rules-count={count}"), **WORDS).rows == []
