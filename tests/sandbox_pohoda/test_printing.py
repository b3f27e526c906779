import base64
import hashlib
import io
from pathlib import Path
from xml.etree import ElementTree

import pytest
from pypdf import PdfReader

from tests.sandbox_pohoda.packs import (
    FORM,
    NS,
    SYSTEM,
    foreign,
    order,
    pack,
    print_invoice,
    print_settings,
    stock_item,
    text_item,
)
from tests.sandbox_pohoda.test_slips_and_invoices import invoice
from tests.sandbox_pohoda.visitor import Visitor, find, text

CZECH = "Příliš žluťoučký kůň úpěl ďábelské ódy ĚŠČŘŽÝÁÍÉ"


@pytest.fixture
def invoiced(visitor: Visitor) -> Visitor:
    """A unit with one order and its invoice 26FV00001 over 2549 CZK."""
    visitor.send(pack(order(stock_item(), text_item(CZECH))))
    invoice(visitor)
    return visitor


def attachments(answer: ElementTree.Element) -> dict[str, tuple[str, bytes]]:
    """Report -> file name and content."""
    return {
        text(attachment, "rdc:idReport"): (
            find(attachment, "rdc:data").get("fileName", ""),
            base64.b64decode(text(attachment, "rdc:data")),
        )
        for attachment in answer.iterfind(".//rdc:attachment", NS)
    }


def words(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


def printed(visitor: Visitor, report: int = 1, record: int = 1) -> bytes:
    return attachments(visitor.send(pack(print_invoice(record=record, report=report))))[str(report)][1]


def test_a_printed_invoice_says_who_sells_what_to_whom_and_for_how_much(invoiced: Visitor) -> None:
    said = words(printed(invoiced))
    for wanted in (
        "FAKTURA - DAŇOVÝ DOKLAD č. 26FV00001",
        "Podhůří nářadí a domov s.r.o.",
        "IČ: 12345678",
        "Jan Žižka",
        "26OP00001",
        "29738e61",
        "2600001",
        "23.11.2026",
        CZECH,
        "2 490,00",
        "2 106,61",
        "442,39",
        "2 549,00 Kč",
    ):
        assert wanted in said


def test_reports_differ_in_language_and_format(invoiced: Visitor) -> None:
    english, slovak = words(printed(invoiced, 2)), words(printed(invoiced, 3))
    assert "INVOICE No. 26FV00001" in english
    assert "2,549.00 CZK" in english
    assert "FAKTÚRA č. 26FV00001" in slovak
    assert "SPOLU NA ÚHRADU" in slovak


def test_an_invoice_in_euro_is_printed_in_euro(visitor: Visitor) -> None:
    item = stock_item(price="101.90", currency="foreign")
    visitor.send(pack(order(item, summary=foreign("EUR", "24.315"))))
    invoice(visitor)
    assert "101,90 EUR" in words(printed(visitor))
    assert "101,90 €" in words(printed(visitor, 3))
    assert "1 EUR = 24.315 CZK" in words(printed(visitor))


def test_a_long_invoice_goes_over_several_pages_and_loses_nothing(visitor: Visitor) -> None:
    visitor.send(pack(order(*(text_item(f"Řádek {number:03d}", "1") for number in range(90)))))
    invoice(visitor)
    content = printed(visitor)
    assert len(PdfReader(io.BytesIO(content)).pages) == 3
    assert all(f"Řádek {number:03d}" in words(content) for number in range(90))
    assert "90,00 Kč" in words(content)


def test_several_reports_come_in_their_order_each_with_its_id_and_name(invoiced: Visitor) -> None:
    settings = (print_settings(3, r"C:\PDF\sk.pdf"), print_settings(1, r"C:\PDF\cz.pdf"))
    answer = invoiced.send(pack(print_invoice(*settings)))
    assert find(answer, ".//prn:printResponse").get("state") == "ok"
    assert text(answer, ".//rdc:actionType") == "print"
    assert [(report, name) for report, (name, _) in attachments(answer).items()] == [("3", "sk.pdf"), ("1", "cz.pdf")]
    made = [(e["key"], e["data"]["report"], e["data"]["sha256"]) for e in invoiced.effects("invoice.printed")]
    contents = attachments(answer)
    assert made == [
        ("FA/26FV00001", int(report), hashlib.sha256(content).hexdigest()) for report, (_, content) in contents.items()
    ]
    assert invoiced.effects("invoice.printed")[0]["data"]["orders"] == [f"{SYSTEM}/{FORM}"]


def test_the_same_invoice_gives_the_same_bytes(invoiced: Visitor) -> None:
    assert printed(invoiced) == printed(invoiced)


def test_an_unknown_report_is_ok_and_gives_no_file(invoiced: Visitor) -> None:
    answer = invoiced.send(pack(print_invoice(print_settings(99, r"C:\PDF\x.pdf"), print_settings(1, r"C:\PDF\y.pdf"))))
    assert find(answer, ".//prn:printResponse").get("state") == "ok"
    assert list(attachments(answer)) == ["1"]
    alone = invoiced.send(pack(print_invoice(report=99)))
    assert (find(alone, ".//prn:printResponse").get("state"), attachments(alone)) == ("ok", {})


def test_without_the_answer_the_file_is_written_and_its_path_is_told(invoiced: Visitor, tmp_path: Path) -> None:
    path = tmp_path / "faktura.pdf"
    answer = invoiced.send(pack(print_invoice(print_settings(1, str(path), binary=False))))
    assert attachments(answer) == {}
    assert text(answer, ".//rdc:valueProduced") == str(path)
    assert "26FV00001" in words(path.read_bytes())


def test_an_existing_file_stays_and_the_new_one_has_another_name(invoiced: Visitor, tmp_path: Path) -> None:
    path = tmp_path / "faktura.pdf"
    path.write_text("my notes")
    answer = invoiced.send(pack(print_invoice(print_settings(1, str(path), remove=False))))
    detail = find(answer, ".//rdc:detail")
    assert (text(detail, "rdc:state"), text(detail, "rdc:errno")) == ("warning", "603")
    produced = Path(text(detail, "rdc:valueProduced"))
    assert produced == tmp_path / "faktura (1).pdf"
    assert produced.read_bytes() == attachments(answer)["1"][1]
    assert path.read_text() == "my notes"


def test_a_file_to_be_removed_is_gone(invoiced: Visitor, tmp_path: Path) -> None:
    invoiced.send(pack(print_invoice(print_settings(1, str(tmp_path / "faktura.pdf")))))
    assert list(tmp_path.iterdir()) == []


def test_a_windows_path_leads_beside_the_state_file(invoiced: Visitor) -> None:
    answer = invoiced.send(pack(print_invoice(print_settings(1, r"C:\PDF\2026\f.pdf", binary=False))))
    assert text(answer, ".//rdc:valueProduced") == r"C:\PDF\2026\f.pdf"
    written = invoiced.directory / "unit.sqlite3.files" / "C" / "PDF" / "2026" / "f.pdf"
    assert written.read_bytes().startswith(b"%PDF")
    written.unlink()


@pytest.mark.parametrize("path", ["/nowhere/to/be/found/x.pdf", "x.pdf"])
def test_a_folder_that_cannot_be_written_is_an_error(invoiced: Visitor, path: str) -> None:
    answer = invoiced.send(pack(print_invoice(path=path)))
    assert find(answer, "rsp:responsePackItem").get("state") == "error"
    assert "Soubor nelze zapsat" in text(answer, ".//rdc:note")
    assert attachments(answer) == {}


@pytest.mark.parametrize(("record", "agenda"), [(9, "vydane_faktury"), (1, "vydane_zalohove_faktury"), (1, "zasoby")])
def test_a_record_that_the_agenda_does_not_have_is_an_error(invoiced: Visitor, record: int, agenda: str) -> None:
    answer = invoiced.send(pack(print_invoice(record=record, agenda=agenda)))
    assert find(answer, "rsp:responsePackItem").get("state") == "error"
    assert text(answer, ".//rdc:note") == "Záznam k tisku nebyl nalezen."
    assert invoiced.effects("invoice.printed") == []


def test_advance_and_cancelled_invoices_say_what_they_are(invoiced: Visitor) -> None:
    advance = invoice(invoiced, kind="issuedAdvanceInvoice")
    answer = invoiced.send(pack(print_invoice(record=advance["id"], agenda="vydane_zalohove_faktury")))
    assert "ZÁLOHOVÁ FAKTURA č. 26ZF00001" in words(attachments(answer)["1"][1])
    invoiced.control("POST", "invoices/26FV00001/cancel")
    assert "STORNOVÁNO" in words(printed(invoiced))


def test_printing_without_the_right_is_refused(invoiced: Visitor) -> None:
    invoiced.control("POST", "config", {"forbidden": ["print.invoice"]})
    item = find(invoiced.send(pack(print_invoice())), "rsp:responsePackItem")
    assert (item.get("state"), item.get("note")) == ("error", "Uživatel nemá k agendě přístupová práva.")


def test_a_print_that_brings_no_file(invoiced: Visitor) -> None:
    invoiced.fault("print_without_file")
    answer = invoiced.send(pack(print_invoice()))
    assert (find(answer, ".//prn:printResponse").get("state"), attachments(answer)) == ("ok", {})
    assert attachments(invoiced.send(pack(print_invoice()))) != {}


def test_a_print_of_no_bytes_or_of_no_pdf(invoiced: Visitor) -> None:
    invoiced.fault("print_zero_bytes")
    assert printed(invoiced) == b""
    invoiced.fault("print_not_pdf")
    assert printed(invoiced).startswith(b"<html>")


def test_a_print_of_another_document_is_of_another_invoice(invoiced: Visitor) -> None:
    invoiced.fault("print_other_document")
    assert "26FV99999" in words(printed(invoiced))
    invoiced.send(pack(order(ext="other"), id="p2"))
    invoiced.control("POST", "orders/other/invoice", {})
    invoiced.fault("print_other_document", target="print.invoice")
    said = words(printed(invoiced))
    assert "26FV00002" in said
    assert "26FV00001" not in said


def test_print_faults_leave_lists_and_orders_alone(invoiced: Visitor) -> None:
    invoiced.fault("print_not_pdf")
    invoiced.send(pack(order(ext="other"), id="p2"))
    assert invoiced.control("GET", "faults")["faults"][0]["times"] == 1


def test_a_slow_print_waits_for_its_release(invoiced: Visitor, tmp_path: Path) -> None:
    began, release = tmp_path / "began", tmp_path / "release"
    release.touch()
    invoiced.fault("print_slow", path=str(began), release=str(release), seconds=30)
    assert printed(invoiced).startswith(b"%PDF")
    assert began.exists()
