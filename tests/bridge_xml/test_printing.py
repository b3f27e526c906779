"""A print's answer is a PDF only when everything around it says so."""

from base64 import b64encode

import pytest
from lxml import etree

from pohoda_bridge.protocol import PrintReport
from pohoda_bridge.xml import requests
from pohoda_bridge.xml.errors import ReadError
from pohoda_bridge.xml.namespaces import PREFIXES, q
from pohoda_bridge.xml.printing import (
    PDF_LIMIT,
    check_pdf,
    file_in,
    printed_path,
    read_print_response,
    with_folder,
)
from pohoda_bridge.xml.reader import parse
from tests.bridge_xml.answers import PIN
from tests.xsd import pack_violations

OPERATION = PrintReport(pin=PIN, agenda="issued_invoices", record_id=463, report_id=3000, pack_id="R", item_id="R-1")
PDF = b"%PDF-1.4\n" + b"x" * 2000 + b"\n%%EOF\n"
NAMESPACES = " ".join(f'xmlns:{name}="{PREFIXES[name]}"' for name in ("prn", "rsp", "rdc"))


def attachment(data: bytes | None = PDF, report: int = 3000) -> str:
    content = "" if data is None else f'<rdc:data fileName="a.pdf" code="base64">{b64encode(data).decode()}</rdc:data>'
    return f"<rdc:attachment><rdc:idReport>{report}</rdc:idReport>{content}</rdc:attachment>"


def detail(state: str, note: str = "", produced: str = "") -> str:
    value = f"<rdc:XPath>x</rdc:XPath><rdc:valueProduced>{produced}</rdc:valueProduced>" if produced else ""
    return (
        f"<rdc:importDetails><rdc:detail><rdc:state>{state}</rdc:state><rdc:errno>556</rdc:errno>"
        f"<rdc:note>{note}</rdc:note>{value}</rdc:detail></rdc:importDetails>"
    )


def answer(
    attachments: str = "",
    *,
    details: str = "",
    pack: str = "ok",
    item: str = "ok",
    inner: str = "ok",
    record: int = 463,
) -> bytes:
    files = (
        f"<rdc:printDetails><rdc:attachments>{attachments}</rdc:attachments></rdc:printDetails>" if attachments else ""
    )
    text = (
        f'<?xml version="1.0" encoding="Windows-1250"?>\n<rsp:responsePack version="2.0" id="R" state="{pack}" note="" '
        f'ico="12345678" key="k" programVersion="1" {NAMESPACES}><rsp:responsePackItem version="2.0" id="R-1" '
        f'state="{item}"><prn:printResponse version="2.0" state="{inner}">{details}<rdc:producedDetails>'
        f"<rdc:id>{record}</rdc:id><rdc:actionType>print</rdc:actionType></rdc:producedDetails>{files}"
        "</prn:printResponse></rsp:responsePackItem></rsp:responsePack>"
    )
    return text.encode("cp1250")


def test_the_file_in_the_answer_is_read(reference_dir):
    data = answer(attachment())
    assert pack_violations(data) == []
    assert read_print_response(data, OPERATION).data == PDF


def test_a_file_left_on_the_disk_is_named():
    printed = read_print_response(answer(details=detail("ok", produced="C:\\tisk\\a.pdf")), OPERATION)
    assert (printed.data, printed.path) == (None, "C:\\tisk\\a.pdf")
    assert read_print_response(answer(attachment(None)), OPERATION).data is None
    assert read_print_response(answer(), OPERATION).path == ""


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (answer(attachment(), pack="error"), "refused"),
        (answer(attachment(), item="error"), "refused"),
        (answer(attachment(), inner="error"), "refused"),
        (answer(attachment(), details=detail("error", "Soubor nelze zapsat.")), "refused"),
        (answer(attachment(), record=464), "other_record"),
        (answer(attachment(report=3001)), "other_record"),
        (answer(attachment() + attachment()), "extra_item"),
        (answer(attachment()).replace(b'ico="12345678"', b'ico="87654321"'), "wrong_unit"),
        (answer(attachment()).replace(b'id="R-1"', b'id="R-2"'), "other_item"),
        (answer(attachment()).replace(b"JVBERi", b"JVB*Ri"), "not_pdf"),
        (answer(attachment()).replace(b"prn:printResponse", b"prn:somethingElse"), "item_missing"),
        (answer(attachment())[:-20], "not_well_formed"),
        (b"<html></html>", "html"),
    ],
)
def test_any_other_answer_is_no_file(data, code):
    with pytest.raises(ReadError) as caught:
        read_print_response(data, OPERATION)
    assert caught.value.code == code


def test_a_refusal_keeps_pohodas_words():
    with pytest.raises(ReadError, match=r"Soubor nelze zapsat\. \(556\)"):
        read_print_response(answer(details=detail("error", "Soubor nelze zapsat."), inner="error"), OPERATION)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "not_pdf"),
        (b"<html>", "not_pdf"),
        (PDF[:-20], "not_pdf"),
        (b"\n" + PDF, "not_pdf"),
        (b"%PDF-1.4" + b" " * PDF_LIMIT + b"%%EOF", "too_big"),
    ],
)
def test_what_is_not_one_whole_pdf_is_refused(data, code):
    check_pdf(PDF)
    with pytest.raises(ReadError) as caught:
        check_pdf(data)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("folder", "path"),
    [
        ("C:\\Connectify\\print", "C:\\Connectify\\print\\a.pdf"),
        ("\\\\server\\tisk", "\\\\server\\tisk\\a.pdf"),
        ("/srv/print", "/srv/print/a.pdf"),
    ],
)
def test_a_file_has_its_folder_in_front_as_its_machine_writes_it(folder, path):
    assert printed_path(folder, "a.pdf") == path
    assert file_in(folder, path) == "a.pdf"


@pytest.mark.parametrize(
    "path",
    [
        "C:\\Connectify\\a.pdf",
        "C:\\Connectify\\print\\..\\a.pdf",
        "C:\\Connectify\\print\\b\\a.pdf",
        "C:\\Connectify\\print\\a.txt",
        "C:\\Connectify\\print\\a.txt:b.pdf",
        "D:\\Connectify\\print\\a.pdf",
        "a.pdf",
        "C:a.pdf",
        "",
    ],
)
def test_a_file_anywhere_else_is_not_ours(path):
    assert file_in("C:\\Connectify\\print", path) == ""


def test_windows_does_not_mind_the_case():
    assert file_in("C:\\Connectify\\print", "c:\\connectify\\PRINT\\a (1).PDF") == "a (1).PDF"


@pytest.mark.parametrize("encoding", ["windows-1250", "utf-8"])
@pytest.mark.parametrize("folder", ["C:\\Účetní & spol\\print", "C:\\Бухгалтер\\print"])
def test_the_request_with_its_folder_is_the_same_request_and_fits_the_schema(encoding, folder, reference_dir):
    request = requests.print_request(
        PIN, record_id=463, report_id=3000, file_name="fv-463.pdf", request_id="R", encoding=encoding
    )
    document = with_folder(request.document, folder)
    assert pack_violations(document) == []
    assert document.startswith(b'<?xml version="1.0" encoding="')
    (name,) = parse(document).iter(q("prn:fileName"))
    assert name.text == f"{folder}\\fv-463.pdf"
    name.text = "fv-463.pdf"
    assert canonical(name.getroottree().getroot()) == canonical(parse(request.document))


def canonical(root: etree._Element) -> bytes:
    return etree.tostring(root, method="c14n")
