"""JSON from outside."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from allegro_integration.client.strict_json import MAX_DEPTH, NotAsExpected, NotJson, load, read
from allegro_integration.domain.checkout import CheckoutForm
from allegro_integration.domain.values import Price


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"<html></html>",
        b'{"a": 1',
        b'{"a": 1} x',
        b'{"a": 1, "a": 2}',
        b'{"x": {"a": 1, "a": 1}}',
        b'{"a": NaN}',
        b"[Infinity]",
        b"[-Infinity]",
        b"\xff\xfe",
        b"[" * (MAX_DEPTH + 2) + b"]" * (MAX_DEPTH + 2),
        b"[" * 100_000,
        b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    ],
)
def test_what_is_not_one_plain_json_document_is_refused(raw: bytes) -> None:
    with pytest.raises(NotJson):
        load(raw)


def test_nul_and_lone_surrogates_become_the_replacement_character() -> None:
    assert load(b'{"k\\u0000": ["a\\u0000b", "\\ud800x", "\\ud83d\\ude00"]}') == {
        "k\ufffd": ["a\ufffdb", "\ufffdx", "😀"]
    }


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ('"79.90"', "79.90"),
        ("79.90", "79.90"),
        ("79", "79"),
        ('"0.0001"', "0.0001"),
        ("0.1", "0.1"),
        ("-5.00", "-5.00"),
    ],
)
def test_an_amount_is_exact_whether_it_is_text_or_a_number(text: str, amount: str) -> None:
    price = read(f'{{"amount": {text}, "currency": "CZK"}}'.encode(), Price)
    assert price.amount == Decimal(amount)
    assert str(price.amount) == amount


@pytest.mark.parametrize(
    "text",
    ['"1e3"', "1e3", '"NaN"', '"1,5"', '"1_000"', '"１２"', '" 1"', "true", "null", "[]", "1" * 30, '""', "0.12345"],
)
def test_what_is_not_a_plain_amount_is_refused(text: str) -> None:
    with pytest.raises(NotAsExpected, match=r"\$.amount"):
        read(f'{{"amount": {text}, "currency": "CZK"}}'.encode(), Price)


def test_a_missing_part_is_named() -> None:
    with pytest.raises(NotAsExpected, match="buyer"):
        read(b'{"id": "1", "status": "BOUGHT"}', CheckoutForm)


@given(raw=st.binary(max_size=200))
@example(b'{"a": [1, 2.5, "x", null, true]}')
def test_random_bytes_never_pass_for_a_form(raw: bytes) -> None:
    with pytest.raises((NotJson, NotAsExpected)):
        read(raw, CheckoutForm)


_JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@given(value=st.dictionaries(st.sampled_from(["id", "status", "buyer", "lineItems", "summary"]), _JSON))
def test_any_document_is_a_form_or_is_refused_with_our_own_error(value: dict[str, Any]) -> None:
    raw = json.dumps(value).encode("utf-8", "surrogatepass")
    with pytest.raises((NotJson, NotAsExpected)):
        read(raw, CheckoutForm)
