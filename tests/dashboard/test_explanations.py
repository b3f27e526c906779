"""Every code that a screen can show has its sentences, filled from the parameters it really carries."""

import ast
import re
from collections.abc import Iterator
from typing import get_args, get_type_hints

import pytest
from django.utils import translation

from allegro_integration.domain.explain import NOTES, PARAMETERS, TRACE, WAITING, Code
from allegro_integration.explain_trace import FITTED
from allegro_integration.explain_trace import NOTES as NOTE_SENTENCES
from allegro_integration.explain_trace import TRACE as TRACE_SENTENCES
from allegro_integration.timeline import STEPS
from connectify.dashboard.explanations import explain, fill, registered
from pohoda_bridge.protocol import Health
from pohoda_bridge.server.selectors import _CODES as AGENT_CODES
from pohoda_bridge.xml.text import Note
from tests.conftest import ROOT

# Raised to the caller of a set-up step or a command, which answers there and then; no order or direction carries them.
ANSWERED_AT_ONCE = {
    "account_taken", "already_member", "consent_stale", "consent_used", "device_denied", "device_expired",
    "effect_not_shown", "last_owner", "nothing_to_retry", "reason_missing", "settings_changed",
}  # fmt: skip


def placeholders(text: object) -> set[str]:
    return set(re.findall(r"%\((\w+)\)s", str(text)))


@pytest.mark.parametrize("language", ["cs", "en"])
@pytest.mark.parametrize("code", sorted(WAITING))
def test_every_reason_to_wait_has_a_sentence_filled_from_its_parameters(language, code):
    params = {name: f"<{name}>" for name in PARAMETERS[code]}
    with translation.override(language):
        explained = explain(code, params)
        assert explained.known
        assert explained.we_do
        assert "–" not in explained.title


@pytest.mark.parametrize("code", sorted(TRACE | NOTES))
def test_every_step_of_the_reasoning_has_a_sentence_filled_from_its_parameters(code):
    table = TRACE_SENTENCES if code in TRACE else NOTE_SENTENCES
    assert placeholders(table[code].title) <= set(PARAMETERS[code])


def test_there_is_no_sentence_for_a_code_that_does_not_exist():
    assert {*TRACE_SENTENCES, *NOTE_SENTENCES} == {code.value for code in Code if code not in WAITING}


def test_two_tables_never_explain_one_code():
    codes = [code for table in registered().values() for code in table]
    assert len(codes) > 60
    assert len(codes) == len(set(codes))


def test_everything_an_agent_reports_has_a_sentence():
    states = set(get_args(get_type_hints(Health)["mserver"])) - {"ready", "wrong_unit"}
    mserver = {f"mserver_{state}" for state in states}
    assert len(mserver) == 4
    reported = mserver | set(filter(None, AGENT_CODES.values())) | {"wrong_unit"}
    assert [code for code in sorted(reported) if not explain(code).known] == []


def raised_codes() -> Iterator[tuple[str, str]]:
    """(code, where) of each error by who must act, each quarantined record, and each state of an order."""
    names = {
        "Retryable",
        "NeedsUser",
        "Rejected",
        "NotSent",
        "OutcomeUnknown",
        "SecurityStop",
        "wait",
        "wait_or_drop",
        "fail",
    }
    for package in ("connectify", "allegro_integration", "pohoda_bridge/server"):
        for path in sorted((ROOT / package).rglob("*.py")):
            if "sandbox" in path.parts or "migrations" in path.parts:
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call):
                    yield from ((code, path.name) for code in _codes_of(node, names))


def _codes_of(call: ast.Call, names: set[str]) -> Iterator[str]:
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    values: list[ast.expr] = []
    if name in names and call.args:
        values = call.args[:1] if name[0].isupper() else call.args[{"wait_or_drop": 2}.get(name, 1) :][:1]
    elif name == "_set_state":
        values = call.args[2:3]
    elif name == "put":
        values = [keyword.value for keyword in call.keywords if keyword.arg == "code"]
    texts = [value.value for value in values if isinstance(value, ast.Constant)]
    yield from (text for text in texts if isinstance(text, str) and text)


def test_every_code_that_the_platform_raises_has_a_sentence():
    found = set(raised_codes())
    assert len(found) > 25
    shown = sorted(one for one in found if one[0] not in ANSWERED_AT_ONCE)
    assert [(code, where) for code, where in shown if not explain(code).known] == []


def recorded_events() -> set[str]:
    calls = (
        node for path in sorted((ROOT / "allegro_integration").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)
    )  # fmt: skip
    named = (keyword for call in calls if getattr(call.func, "id", "") == "record_event" for keyword in call.keywords)
    parts = (part for keyword in named if keyword.arg == "type" for part in ast.walk(keyword.value))
    return {str(part.value) for part in parts if isinstance(part, ast.Constant)}


def test_every_event_of_an_order_has_a_sentence():
    assert len(recorded_events()) > 12
    assert {event for event in recorded_events() if event.startswith("order.")} <= set(STEPS)


def test_every_change_of_a_text_has_a_sentence():
    assert set(FITTED) == set(get_args(get_type_hints(Note)["change"]))


def test_a_missing_parameter_reads_as_a_dash():
    with translation.override("en"):
        assert explain("unknown_currency").title == "The order is in a currency that we cannot write: –."


def test_amounts_are_written_as_the_reader_writes_them():
    params = {"pohoda": "2248.99", "allegro": "12249.00", "currency": "CZK"}
    with translation.override("cs"):
        title = explain("pohoda_total_differs", params).title.replace("\xa0", " ")
    assert title == "Součet v Pohodě 2 248,99 CZK se liší od součtu Allegra 12 249,00 CZK."


@pytest.mark.parametrize(("language", "written"), [("cs", "23. 11. 2026 23:29"), ("en", "23 Nov 2026, 23:29")])
def test_a_moment_is_written_in_the_readers_zone_and_language(language, written):
    with translation.override(language):
        assert f"({written})" in explain("before_start", {"since": "2026-11-23T22:29:00+00:00"}).title


def test_over_several_records_that_differ_a_title_names_none_of_their_values():
    alone = {"price": "20.00", "currency": "EUR", "percent": "200", "before": "10.00"}
    with translation.override("en"):
        assert explain("price_jump", alone).title == "The new price 20.00 EUR is 200 % of the last one, 10.00 EUR."
        assert explain("price_jump", {**alone, "price": "…"}).title == "The new prices are far from the last ones."


def test_an_unknown_code_is_shown_as_it_is():
    assert explain("100%_new") == fill_nothing("100%_new")


def fill_nothing(code: str):
    shown = explain(code)
    assert (shown.title, shown.known, shown.we_do, shown.you_do) == (code, False, "", "")
    return shown


def test_every_sentence_can_be_filled_in_both_languages():
    for table in registered().values():
        for code, explanation in table.items():
            for language in ("cs", "en"):
                with translation.override(language):
                    assert fill(explanation, code).title
