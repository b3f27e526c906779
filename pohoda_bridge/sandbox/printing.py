"""prn:print: reports of issued invoices into PDF files on this machine, and into the answer where that is asked for.

A path as Windows has it ("C:\\PDF\\x.pdf") leads into a folder beside the state file (`<state>.files/C/PDF/x.pdf`),
which is made as needed; any other path must be absolute and its folder must exist. A file that exists is not
overwritten: the new one gets another name. A report id that the unit does not have gives no file and no error, as
Pohoda does.
"""

import base64
import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path, PureWindowsPath

from pohoda_bridge.sandbox.database import Connection, Database, Row, first, record_effect
from pohoda_bridge.sandbox.envelope import (
    NS,
    Detail,
    Element,
    ItemAnswer,
    PackItem,
    add,
    document_response,
    flag_of,
    text_of,
)
from pohoda_bridge.sandbox.faults import Params, exit_if_struck, hold
from pohoda_bridge.sandbox.invoice_pdf import draw_invoice
from pohoda_bridge.sandbox.invoice_reports import REPORTS
from pohoda_bridge.sandbox.invoice_sheet import read_sheet
from pohoda_bridge.sandbox.invoices import view_invoice
from pohoda_bridge.sandbox.links import ADVANCES, INVOICES, invoice_agenda

AGENDAS = {"vydane_faktury": INVOICES, "vydane_zalohove_faktury": ADVANCES}
NOT_FOUND, NO_FILE, OTHER_NAME = 108, 556, 603
NO_PDF = b"<html><body>Chyba tisku sestavy</body></html>"


@dataclass
class Printed:
    """One report that came out; `data` are the bytes asked for in the answer."""

    report: int
    file_name: str
    data: bytes | None


@dataclass
class PrintRun:
    """The prints of one request. `faults` as they struck it; `flush` carries committed effects to the ledger."""

    database: Database
    faults: dict[str, Params]
    flush: Callable[[], None]

    def print_record(self, item: PackItem) -> ItemAnswer:
        """Print one record with each of the settings, in their order."""
        if (params := self.faults.get("print_slow")) is not None:
            hold(params)
        with self.database.writing() as connection:
            record = item.body.find("prn:record", NS)
            invoice = _find(connection, record)
            if invoice is None:
                note = "Záznam k tisku nebyl nalezen."
                wanted = text_of(record, "ftr:filter/ftr:id")
                path = f"dat:dataPack/dat:dataPackItem[{item.position}]/prn:print/prn:record"
                response = document_response(
                    "prn:printResponse", "error", [Detail("error", NOT_FOUND, note, path, wanted)]
                )
                return ItemAnswer(item.id, "error", body=response)
            details: list[Detail] = []
            printed = [
                result
                for settings in item.body.iterfind("prn:printerSettings", NS)
                if (result := self._print(connection, invoice, settings, details)) is not None
            ]
        self.flush()
        exit_if_struck(self.faults)
        return _answer(item, invoice, printed, details)

    def _print(self, connection: Connection, invoice: Row, settings: Element, details: list[Detail]) -> Printed | None:
        report = REPORTS.get(int(text_of(settings, "prn:report/prn:id") or 0))
        pdf = settings.find("prn:pdf", NS)
        if report is None or "print_without_file" in self.faults:
            return None
        content = self._spoilt(connection, invoice, draw_invoice(read_sheet(connection, invoice), report), report.id)
        _note(connection, invoice, report.id, content)
        if pdf is None or settings.find("prn:printer", NS) is not None:
            return None  # on paper
        wanted = text_of(pdf, "prn:fileName") or ""
        try:
            path = write_file(self.database.path, wanted, content)
        except OSError as error:
            note = f"Soubor nelze zapsat: {error.strerror or error}."
            details.append(Detail("error", NO_FILE, note, "prn:pdf/prn:fileName", wanted))
            return None
        shown = wanted if path.name == _name(wanted) else str(_parent(wanted) / path.name)
        in_answer = flag_of(pdf, "prn:binaryData/prn:responseXml")
        if shown != wanted:
            note = "Soubor existuje, byl vytvořen pod jiným názvem."
            details.append(Detail("warning", OTHER_NAME, note, "prn:pdf/prn:fileName", wanted, shown))
        elif not in_answer:
            details.append(Detail("ok", 0, "Soubor byl vytvořen.", "prn:pdf/prn:fileName", wanted, shown))
        if flag_of(pdf, "prn:binaryData/prn:removeFile"):
            path.unlink(missing_ok=True)
        return Printed(report.id, path.name, content if in_answer else None)

    def _spoilt(self, connection: Connection, invoice: Row, content: bytes, report: int) -> bytes:
        if "print_zero_bytes" in self.faults:
            return b""
        if "print_not_pdf" in self.faults:
            return NO_PDF
        if "print_other_document" in self.faults:
            return _other_document(connection, invoice, report)
        return content


def write_file(state: Path, wanted: str, content: bytes) -> Path:
    """Write under the path asked for, or beside it where a file is there already. Raises OSError."""
    windows = PureWindowsPath(wanted)
    if windows.drive:
        folder = state.with_name(f"{state.name}.files").joinpath(windows.drive.rstrip(":"), *windows.parts[1:-1])
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / windows.name
    else:
        path = Path(wanted)
        if not path.is_absolute():
            raise FileNotFoundError(2, "cesta není úplná", wanted)
    for number in range(1_000):
        candidate = path if not number else path.with_name(f"{path.stem} ({number}){path.suffix}")
        try:
            descriptor = os.open(candidate, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644)
        except FileExistsError:
            continue
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        return candidate
    raise FileExistsError(17, "soubor existuje", wanted)


def _parent(wanted: str) -> Path | PureWindowsPath:
    windows = PureWindowsPath(wanted)
    return windows.parent if windows.drive else Path(wanted).parent


def _name(wanted: str) -> str:
    windows = PureWindowsPath(wanted)
    return windows.name if windows.drive else Path(wanted).name


def _find(connection: Connection, record: Element | None) -> Row | None:
    agenda = AGENDAS.get(record.get("agenda", "")) if record is not None else None
    wanted = text_of(record, "ftr:filter/ftr:id")
    if agenda is None or wanted is None:
        return None
    invoice = first(connection, "SELECT * FROM FA WHERE ID = ?", int(wanted))
    return invoice if invoice and invoice_agenda(invoice["RelTpFak"]) == agenda else None


def _note(connection: Connection, invoice: Row, report: int, content: bytes) -> None:
    orders = view_invoice(connection, invoice)["orders"]
    data = {"id": invoice["ID"], "number": invoice["Cislo"], "report": report, "orders": orders}
    data |= {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
    record_effect(connection, "invoice.printed", f"FA/{invoice['Cislo']}", data)


def _other_document(connection: Connection, invoice: Row, report: int) -> bytes:
    """Another invoice in the place of the one asked for; a made-up number where the unit has only one."""
    other = first(connection, "SELECT * FROM FA WHERE ID <> ? AND RelTpFak = 1 ORDER BY ID LIMIT 1", invoice["ID"])
    sheet = read_sheet(connection, other or invoice)
    if other is None:
        sheet = replace(sheet, number="26FV99999", symbol="2699999", orders=("26OP99999",), customer_order="jiná")
    return draw_invoice(sheet, REPORTS[report])


def _answer(item: PackItem, invoice: Row, printed: list[Printed], details: list[Detail]) -> ItemAnswer:
    state = "error" if any(detail.state == "error" for detail in details) else "ok"
    response = document_response("prn:printResponse", state, details)
    produced = add(response, "rdc:producedDetails")
    add(produced, "rdc:id", invoice["ID"])
    add(produced, "rdc:number", invoice["Cislo"])
    add(produced, "rdc:actionType", "print")
    if carried := [result for result in printed if result.data is not None]:
        block = add(add(response, "rdc:printDetails"), "rdc:attachments")
        for result in carried:
            attachment = add(block, "rdc:attachment")
            add(attachment, "rdc:idReport", result.report)
            text = base64.b64encode(result.data or b"").decode()
            add(attachment, "rdc:data", text, fileName=result.file_name, code="base64")
    return ItemAnswer(item.id, state, body=response)
