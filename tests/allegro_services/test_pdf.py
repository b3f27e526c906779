"""What is passed on as an invoice's PDF, and what is refused before anything leaves."""

from __future__ import annotations

import io

import pypdf
import pytest
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, NullObject, StreamObject, TextStringObject

from allegro_integration.services.invoices import pdf as reader
from allegro_integration.services.invoices.pdf import LARGEST, PdfRefused, read_text
from tests.allegro_services.way_back import pdf

TEXT = "Faktura 260100001\nICO 12345678\nCelkem 1 234,50 CZK"


def changed(act) -> bytes:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(pdf(TEXT)))
    act(writer)
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()


def with_object(**entries) -> bytes:
    """The invoice with one more object that no page leads to."""
    names = DictionaryObject({NameObject(f"/{name}"): value for name, value in entries.items()})
    return changed(lambda writer: writer._add_object(names))


def bomb() -> bytes:
    """A page whose content is some hundred megabytes once it is unpacked."""

    def act(writer: pypdf.PdfWriter) -> None:
        import zlib

        stream = StreamObject()
        stream._data = zlib.compress(b"BT (x) Tj ET " * 30_000_000, 9)
        stream[NameObject("/Filter")] = NameObject("/FlateDecode")
        writer.pages[0][NameObject("/Contents")] = writer._add_object(stream)

    return changed(act)


def code(data: bytes) -> tuple[str, dict[str, str]]:
    with pytest.raises(PdfRefused) as refused:
        read_text(data)
    return refused.value.code, refused.value.params


def outcome(data: bytes) -> str:
    try:
        read_text(data)
    except PdfRefused as refused:
        return refused.code
    return ""


def test_the_text_of_all_pages_is_read():
    def two(writer: pypdf.PdfWriter) -> None:
        writer.add_page(pypdf.PdfReader(io.BytesIO(pdf("Strana 2"))).pages[0])

    text = read_text(changed(two))
    assert [line for line in text.splitlines() if line] == [*TEXT.splitlines(), "Strana 2"]


@pytest.mark.parametrize(
    ("data", "refused"),
    [
        (b"", "pdf_size"),
        (b"%PDF-1.4 %%EOF", "pdf_size"),
        (b"%PDF-1.4" + b" " * LARGEST + b"%%EOF", "pdf_size"),
        (b"<html>" + pdf(TEXT), "pdf_not_whole"),
        (pdf(TEXT)[:-40], "pdf_not_whole"),
        (pdf(TEXT) + b"PK\x03\x04", "pdf_not_whole"),
        (b"%PDF-1.4\n" + b"nonsense " * 100 + b"\n%%EOF", "pdf_unreadable"),
    ],
)
def test_what_is_no_whole_pdf_of_a_usual_size_is_refused(data: bytes, refused: str):
    assert code(data)[0] == refused


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (with_object(S=NameObject("/JavaScript"), JS=TextStringObject("app.alert(1)")), "JS"),
        (with_object(S=NameObject("/Launch"), F=TextStringObject("cmd.exe")), "Launch"),
        (with_object(S=NameObject("/SubmitForm")), "SubmitForm"),
        (with_object(Type=NameObject("/EmbeddedFile")), "EmbeddedFile"),
        (with_object(XFA=ArrayObject()), "XFA"),
        (with_object(Deep=ArrayObject([DictionaryObject({NameObject("/EF"): NullObject()})])), "EF"),
        (changed(lambda writer: writer.add_attachment("data.isdoc", b"<isdoc/>")), "EmbeddedFile"),
    ],
)
def test_what_runs_something_or_carries_a_file_is_refused_wherever_it_stands(data: bytes, what: str):
    assert code(data) == ("pdf_active", {"what": what})


def test_a_name_that_stands_in_another_object_is_found_as_well():
    def hidden(writer: pypdf.PdfWriter) -> None:
        name = writer._add_object(NameObject("/Launch"))
        writer._add_object(DictionaryObject({NameObject("/S"): name}))

    assert code(changed(hidden)) == ("pdf_active", {"what": "Launch"})


def test_a_link_to_a_page_of_the_web_is_usual():
    data = with_object(S=NameObject("/URI"), URI=TextStringObject("https://example.com"))
    assert "260100001" in read_text(data)


def test_an_encrypted_pdf_is_refused():
    assert code(changed(lambda writer: writer.encrypt("", "owner")))[0] == "pdf_encrypted"


def test_more_pages_than_an_invoice_has_are_refused():
    def many(writer: pypdf.PdfWriter) -> None:
        for _ in range(reader.MOST_PAGES):
            writer.add_page(writer.pages[0])

    assert code(changed(many))[0] == "pdf_too_long"


def test_a_bomb_costs_a_child_process_and_nothing_more():
    data = bomb()
    assert len(data) < LARGEST
    assert code(data)[0] in ("pdf_unreadable", "pdf_too_long")


@pytest.mark.parametrize("at", [0.2, 0.5, 0.8])
def test_damage_in_the_middle_never_shows_as_an_error_of_ours(at: float):
    data = bytearray(pdf(TEXT))
    for place in range(int(len(data) * at), int(len(data) * at) + 40):
        data[place] ^= 0x5A
    assert outcome(bytes(data)) in {"", *reader.CODES}
