"""The strict reader: broken bytes are refused with a stable code, never repaired (RELIABILITY X, E15–E20)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pohoda_bridge.xml.errors import ReadError
from pohoda_bridge.xml.reader import parse, stream

DECLARATION = b'<?xml version="1.0" encoding="Windows-1250"?>'


def code_of(data: bytes, **options) -> str:
    with pytest.raises(ReadError) as caught:
        parse(data, **options)
    with pytest.raises(ReadError) as streamed:
        list(stream(data, **options))
    assert streamed.value.code == caught.value.code
    return caught.value.code


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b" \r\n ", "empty"),
        (b"Response from POHODA mServer", "not_xml"),
        (b"\x1f\x8b\x08\x00", "not_xml"),
        (b"<html><body>login</body></html>", "html"),
        (b"<!DOCTYPE html><html/>", "html"),
        (b"<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>", "doctype"),
        (b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "doctype"),
        (b"<!-- c --><?pi?> <!doctype a><a/>", "doctype"),
        (b"<a>&e;</a>", "not_well_formed"),
        (b"<a><b></a>", "not_well_formed"),
        (b"<a>", "not_well_formed"),
        (b"<a/><a/>", "not_well_formed"),
        (b"<a/>trailing", "not_well_formed"),
        (b"<a>\x0b</a>", "not_well_formed"),
        (b"<a>&#11;</a>", "not_well_formed"),
        (b'<?xml version="1.0" encoding="utf-16"?><a/>', "encoding"),
        (b'<?xml version="1.0" encoding="Windows-1251"?><a/>', "encoding"),
        ("<a>ž</a>".encode("cp1250"), "not_well_formed"),
        ("<a/>".encode("utf-16"), "not_xml"),
        (b"<a>" + b"<b>" * 64 + b"</b>" * 64 + b"</a>", "too_deep"),
    ],
)
def test_what_is_not_a_whole_strict_document_is_refused(data, code):
    assert code_of(data) == code


def test_endless_nesting_is_refused():
    for read in (parse, lambda data: list(stream(data))):
        with pytest.raises(ReadError):
            read(b"<a>" * 100_000)


@pytest.mark.parametrize("byte", [0x81, 0x83, 0x88, 0x90, 0x98])
def test_bytes_that_windows_1250_does_not_have_are_refused(byte):
    assert code_of(DECLARATION + b"<a>" + bytes([byte]) + b"</a>") == "not_well_formed"


def test_a_document_over_the_cap_is_refused():
    assert code_of(b"<a>" + b"x" * 1000 + b"</a>", limit=1000) == "too_big"


def test_the_declared_encoding_is_obeyed():
    assert parse(DECLARATION + "<a>ěščřžŁł</a>".encode("cp1250")).text == "ěščřžŁł"
    assert parse("<a>ěščřžŁł</a>".encode()).text == "ěščřžŁł"
    assert parse(b"\xef\xbb\xbf" + "<a>ž</a>".encode()).text == "ž"


def test_comments_and_instructions_do_not_split_a_value():
    assert parse(b"<a>12<!-- x -->3<?x y?>4</a>").text == "1234"


def test_nothing_is_fetched_for_an_include_or_a_style_sheet(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("secret")
    root = parse(
        f'<?xml-stylesheet href="{secret}"?><a xmlns:xi="http://www.w3.org/2001/XInclude">'
        f'<xi:include href="{secret}" parse="text"/></a>'.encode()
    )
    assert "".join(root.itertext()) == ""


@given(st.binary(max_size=200))
def test_any_bytes_are_a_document_or_a_read_error(data):
    for body in (data, b"<a>" + data + b"</a>", DECLARATION + data):
        try:
            parse(body)
        except ReadError:
            continue
