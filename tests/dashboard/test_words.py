"""Names of programs as words: states, missing parts, percentages; an agent that sent nothing is not Pohoda's answer."""

import datetime as dt
from decimal import Decimal

import pytest
from django.utils import translation

from allegro_integration.explain_words import in_words, status_in_words
from allegro_integration.setup.orders_shown import _line
from allegro_integration.timeline import reason_of, steps_of
from connectify.audit.models import Event
from pohoda_bridge.documents import OrderLine

AT = dt.datetime(2026, 11, 23, 11, 0, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def czech():
    with translation.override("cs"):
        yield


def test_a_known_state_has_a_word_and_its_own_name_and_an_unknown_one_stays():
    assert status_in_words("READY_FOR_PROCESSING") == "k vyřízení (READY_FOR_PROCESSING)"
    assert status_in_words("TELEPORTED") == "TELEPORTED"


def test_missing_parts_and_percentages_read_as_a_person_writes_them():
    params = {"missing": "street,zip", "percent": "12.50", "what": "delivery", "count": 3}
    assert in_words(params) == {"missing": "ulice, PSČ", "percent": "12,5", "what": "dopravu", "count": 3}
    assert in_words({"percent": "21.00"}) == {"percent": "21"}
    assert in_words({"percent": "odd", "what": "10300012001"}) == {"percent": "odd", "what": "10300012001"}


def test_a_percentage_of_vat_has_no_zeros_behind_it_and_stays_on_its_line():
    said = {"what": "delivery", "allegro": "21.00", "settings": "5.50"}
    entry = {"code": "vat_differs", "params": said}
    assert reason_of(entry) == "DPH pro dopravu: Allegro uvádí 21\xa0%, nastavení 5,5\xa0%."
    with translation.override("en"):
        assert reason_of(entry) == "VAT of the delivery: Allegro says 21 %, the settings say 5.5 %."
    taken = {"code": "vat_from_allegro", "params": {"what": "7", "percent": "21.00", "name": "high"}}
    assert reason_of(taken) == "DPH pro 7: 21\xa0%, jak uvádí Allegro."


def test_a_line_of_an_order_names_its_vat_without_zeros():
    line = OrderLine("Kostky", Decimal(1), Decimal(100), vat="high", vat_percent=Decimal("21.00"))
    assert _line(line) == "Kostky, DPH 21\xa0%"


def test_amounts_keep_their_two_places():
    assert in_words({"allegro": "21.00"}) == {"allegro": "21.00"}


def answered(type_: str) -> Event:
    outcome = {"type": type_, "detail": "broken: no answer"}
    return Event(type="order.answered", at=AT, data={"outcome": outcome})


def test_what_the_agent_did_not_send_is_the_agents_answer_and_its_words_are_for_support():
    (step,) = steps_of([answered("not_sent")])
    assert step.title == "Agent odpověděl"
    assert step.details == ["Agent ji neodeslal: nic se nestalo."]
    assert step.technical == ["broken: no answer"]


def test_what_pohoda_said_is_pohodas_answer():
    (step,) = steps_of([answered("unknown")])
    assert step.title == "Pohoda odpověděla"


def test_a_value_that_pohoda_changed_is_named_as_a_person_names_it():
    values = "paymentType: Platba kartou → Příkazem; paymentType; teplota: 5 → 6"
    said = "forma úhrady: Platba kartou → Příkazem; paymentType; teplota: 5 → 6"
    assert in_words({"values": values}) == {"values": said}
