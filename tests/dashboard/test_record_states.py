"""Five words for the state of a record, the same of every kind of record and on every page."""

import pytest
from django.utils import translation

from allegro_integration.models import InvoiceDocument, Offer, Order
from connectify.dashboard.record_states import TONES, WORDS, choices_of_states


@pytest.mark.parametrize("model", [Order, Offer, InvoiceDocument])
@pytest.mark.parametrize("language", ["en", "cs"])
def test_every_kind_of_record_calls_its_states_by_the_five_words(model, language):
    with translation.override(language):
        labels = {state.value: str(state.label) for state in model.State}
        assert labels == {state: str(word) for state, word in WORDS.items()}


def test_a_list_is_narrowed_to_what_a_person_looks_for_and_to_each_word():
    with translation.override("en"):
        choices = choices_of_states({"yours": 3, "error": 1001}, ("yours", "for you", "wait"))
    assert choices[0] == ("yours", "for you", "wait", 3, "3")
    assert {(one.value, one.label, one.tone) for one in choices[1:]} == {
        (state, state, TONES[state]) for state in ("sent", "superseded", "waiting", "error", "skipped")
    }
    assert [(one.count, one.shown) for one in choices if one.value == "error"] == [(1001, "1000+")]
