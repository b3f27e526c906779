"""Raw documents are shown as they are, by parsers that resolve nothing."""

import pytest

from connectify.dashboard.documents import SHOWN_CHARACTERS, document_of
from connectify.sync.models import Payload


def shown(body: bytes, media_type: str):
    return document_of(Payload(media_type=media_type, body=body))


def test_json_is_indented_and_keeps_its_letters():
    document = shown('{"a":"Žluťoučký","b":[1]}'.encode(), "application/vnd.allegro.public.v1+json")
    assert document.kind == "JSON"
    assert document.text == '{\n  "a": "Žluťoučký",\n  "b": [\n    1\n  ]\n}'


def test_xml_of_the_old_encoding_is_read_by_its_declaration():
    body = '<?xml version="1.0" encoding="Windows-1250"?><a><b>Říha</b></a>'.encode("cp1250")
    assert shown(body, "text/xml").text == "<a>\n  <b>Říha</b>\n</a>"


@pytest.mark.parametrize(
    "body",
    [
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>',
        b'<!DOCTYPE a [<!ENTITY x "yyyy">]><a>&x;&x;</a>',
        b"<a><b></a>",
        b"<html><p>502",
        b"",
    ],
)
def test_what_is_not_plain_xml_is_shown_as_it_came(body):
    assert shown(body, "text/xml").text == body.decode()


@pytest.mark.parametrize("body", [b'{"a":', b"<html>", b"[" * 100_000, b"9" * 10_000])
def test_what_is_not_json_is_shown_as_it_came(body):
    assert shown(body, "application/json").text == body.decode()


def test_bytes_of_no_encoding_are_shown_too():
    assert shown(b"\x81\xff", "text/plain").kind == "text"


def test_a_huge_document_is_cut_and_says_so():
    document = shown(b"x" * (SHOWN_CHARACTERS + 1), "text/plain")
    assert (len(document.text), document.is_cut, document.size) == (SHOWN_CHARACTERS, True, SHOWN_CHARACTERS + 1)
