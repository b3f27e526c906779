"""Every code of offers, statuses and invoices has a sentence, filled from the parameters that it really carries."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest
from django.utils import translation

from allegro_integration import explain, explain_invoices, explain_offers, explain_statuses, explain_trace
from allegro_integration.domain import invoices, offer_codes, statuses
from allegro_integration.domain.invoices import INVOICE_CATALOGUE
from allegro_integration.domain.offer_filter import OFFER_CATALOGUE, OUTCOMES
from allegro_integration.domain.order_facts import ORDER_CATALOGUE
from allegro_integration.explain_words import in_words
from connectify.dashboard.explanations import Explanation
from connectify.domain import facts, price_codes, rules

Codes = Mapping[str, tuple[str, ...]]
Sentences = Mapping[str, Explanation]

TABLES: list[tuple[Codes, Sentences]] = [
    ({**offer_codes.SKIPS, **price_codes.REASONS}, explain_offers.SKIPS),
    (offer_codes.HOLDS, explain_offers.HOLDS),
    (offer_codes.ALARMS, explain_offers.ALARMS),
    ({**offer_codes.TRACE, **offer_codes.PIECES, **price_codes.CODES}, explain_offers.TRACE),
    (statuses.SKIPS, explain_statuses.SKIPS),
    (statuses.PARCELS, explain_statuses.PARCELS),
    (statuses.NOTES, explain_statuses.NOTES),
    ({**rules.CODES, **facts.PROBLEMS}, explain_statuses.RULES),
    (invoices.SKIPS, explain_invoices.SKIPS),
    (invoices.PROBLEMS, explain_invoices.PROBLEMS),
    (invoices.TRACE, explain_invoices.TRACE),
]


def placeholders(*texts: object) -> set[str]:
    return {name for text in texts for name in re.findall(r"%\((\w+)\)s", str(text))}


@pytest.mark.parametrize(("codes", "sentences"), TABLES)
def test_each_code_has_a_sentence_and_each_sentence_a_code(codes: Codes, sentences: Sentences) -> None:
    assert set(sentences) == set(codes)


@pytest.mark.parametrize(("codes", "sentences"), TABLES)
def test_a_sentence_names_only_what_its_code_carries(codes: Codes, sentences: Sentences) -> None:
    for code, sentence in sentences.items():
        texts = (sentence.title, sentence.we_do, sentence.you_do)
        assert placeholders(*texts) <= set(codes[code]), code
        filled = [str(text) % dict.fromkeys(codes[code], "1") for text in texts if text]
        assert filled
        assert all(text.endswith(".") for text in filled), code


def test_what_stops_something_says_what_we_do() -> None:
    for table in (explain_offers.SKIPS, explain_offers.HOLDS, explain_invoices.PROBLEMS):
        assert [code for code, sentence in table.items() if not sentence.we_do] == []


def test_no_two_tables_explain_one_code() -> None:
    older = [explain.WAITING, explain.DIRECTION, explain.RECORD, explain_trace.TRACE, explain_trace.NOTES]
    every = [code for table in [*older, *(sentences for _, sentences in TABLES)] for code in table]
    assert sorted(code for code in set(every) if every.count(code) > 1) == []


def test_every_fact_and_every_outcome_has_a_word() -> None:
    keys = {key for one in (ORDER_CATALOGUE, OFFER_CATALOGUE, INVOICE_CATALOGUE) for key in one.definitions}
    assert set(explain_statuses.FACTS) == keys
    assert set(explain_statuses.OUTCOMES) == OUTCOMES
    labels = {one.label for one in ORDER_CATALOGUE.definitions.values()}
    assert labels == {f"fact_{key}" for key in ORDER_CATALOGUE.definitions}


def test_rules_read_as_a_person_says_them() -> None:
    params = {"fact": "executed", "found": "true", "value": "PPL, GLS", "outcome": "SENT", "rule": "true"}
    with translation.override("en"):
        assert in_words(params) == {**params, "fact": "Executed", "found": "yes", "outcome": "sent"}
        assert in_words({"fact": "field:VPrBalik", "outcome": "include"}) == {
            "fact": "VPrBalik", "outcome": "takes part",
        }  # fmt: skip
