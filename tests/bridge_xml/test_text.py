"""Text is fitted to Pohoda: nothing is lost silently."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pohoda_bridge.xml.errors import DocumentError
from pohoda_bridge.xml.text import Note, exact, fit, whole


def fitted(value, limit=90, encoding="windows-1250", lines=False):
    return fit(value, field="text", limit=limit, encoding=encoding, lines=lines)


@pytest.mark.parametrize(
    "value",
    [
        "Příliš žluťoučký kůň úpěl ďábelské ódy",
        "Zażółć gęślą jaźń",
        "Árvíztűrő tükörfúrógép",
        "Größe €",
        "Z120 – 5 ks",
    ],
)
def test_central_european_text_goes_unchanged_and_unreported(value):
    assert fitted(value).value == value
    assert fitted(value).notes == ()


@pytest.mark.parametrize(
    ("value", "result", "changes"),
    [
        ("Иван Жуков", "Ivan Žukov", ["transliterated"]),
        ("Ålesund Øst", "Alesund Ost", ["transliterated"]),
        ("Αθήνα", "Athina", ["transliterated"]),
        ("İğdır ış", "Igdir iş", ["transliterated"]),
        ("Radost 😀", "Radost ?", ["replaced"]),
        ("北京 Praha", "?? Praha", ["replaced"]),
        ("½ kg", "1/2 kg", ["transliterated"]),
        ("a\u202eb\u200bc", "abc", ["stripped"]),
        ("a\x00b\x0bc\ufffe", "abc", ["stripped"]),
        ("bad \ud800 half", "bad half", ["stripped"]),
    ],
)
def test_what_the_encoding_lacks_is_spelled_otherwise_and_reported(value, result, changes):
    got = fitted(value)
    assert got.value == result
    assert [note.change for note in got.notes] == changes
    assert all(note == Note("text", note.change, value, result) for note in got.notes)


def test_utf8_keeps_every_script():
    assert fitted("Иван 北京 😀", encoding="utf-8").value == "Иван 北京 😀"


def test_decomposed_letters_are_composed_without_a_report():
    assert fitted("Z\u030ci\u0301z\u030cala") == fitted("Žížala")


def test_a_long_text_ends_in_a_visible_mark_and_is_reported():
    got = fitted("x" * 91)
    assert got.value == "x" * 89 + "…"
    assert [note.change for note in got.notes] == ["truncated"]


def test_white_space_becomes_single_spaces_unless_lines_are_kept():
    assert fitted(" a\u00a0\t b\r\nc ").value == "a b c"
    assert fitted("a \r\n b\rc", lines=True).value == "a\nb\nc"


def test_an_identifier_goes_unchanged_or_not_at_all():
    assert exact("A  1", field="code", limit=64, encoding="windows-1250") == "A  1"
    for value in ("x" * 65, "Ж1", "a\u200b", "a\nb"):
        with pytest.raises(DocumentError):
            exact(value, field="code", limit=64, encoding="windows-1250")


def test_a_tax_number_that_does_not_fit_is_dropped_and_reported():
    got = whole("C" * 19, field="dic", limit=18, encoding="windows-1250")
    assert got.value == ""
    assert [note.change for note in got.notes] == ["dropped"]


@given(st.text(st.characters(codec=None), max_size=120), st.sampled_from(["windows-1250", "utf-8"]), st.booleans())
def test_any_text_fits_and_fitting_twice_changes_nothing_more(value, encoding, lines):
    once = fitted(value, limit=40, encoding=encoding, lines=lines)
    assert len(once.value) <= 40
    once.value.encode("cp1250" if encoding == "windows-1250" else "utf-8")
    assert not any(unicodedata.category(char)[0] == "C" and char != "\n" for char in once.value)
    again = fitted(once.value, limit=40, encoding=encoding, lines=lines)
    assert (again.value, again.notes) == (once.value, ())


def test_every_code_point_is_kept_spelled_or_replaced():
    for start in range(0, 0x110000, 64):
        value = "".join(map(chr, range(start, start + 64)))
        fitted(value, limit=4096).value.encode("cp1250")
