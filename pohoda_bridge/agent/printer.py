"""Prints one record into a PDF and brings it back: in the answer, or from the print folder where Pohoda left it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from msgspec import Struct

from pohoda_bridge.agent.crashpoints import crashpoint
from pohoda_bridge.agent.http import Hooks
from pohoda_bridge.agent.mserver import LookupFailed, MServer
from pohoda_bridge.protocol import PrintReport
from pohoda_bridge.xml.allowed import check_print
from pohoda_bridge.xml.errors import ReadError
from pohoda_bridge.xml.printing import (
    PDF_LIMIT,
    PRINT_ANSWER_LIMIT,
    check_pdf,
    file_in,
    read_print_response,
    with_folder,
)
from pohoda_bridge.xml.warnings import means_denied

PRINT_S: Final = 120.0
_CODES: Final = {
    "refused": "print_refused",
    "wrong_unit": "wrong_unit",
    "not_pdf": "print_not_pdf",
    "too_big": "print_too_big",
    "without_file": "print_without_file",
}


class PrintFailed(Exception):
    """No PDF came back.

    `code`: denied, wrong_unit, print_refused, print_without_file, print_not_pdf, print_too_big, print_unreadable.
    """

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


class Pdf(Struct, frozen=True):
    file_name: str
    data: bytes


class Printer:
    """`folder` is the print folder as mServer's machine sees it; this machine must see it under the same name."""

    def __init__(self, *, mserver: MServer, folder: str) -> None:
        self._mserver = mserver
        self._folder = folder

    def run(self, document: bytes, operation: PrintReport) -> Pdf:
        """Raises NotAllowed before anything is asked, NotReady, LookupFailed for the channel, PrintFailed else."""
        name = check_print(document, operation)
        self._mserver.preflight(operation.pin)
        self._remove(name)
        hooks = Hooks(sent=lambda: crashpoint("P5.s02.print_sent"))
        try:
            answer = self._mserver.ask(
                with_folder(document, self._folder),
                operation.pack_id,
                deadline_s=PRINT_S,
                limit=PRINT_ANSWER_LIMIT,
                hooks=hooks,
            )
        except LookupFailed as error:
            if error.code == "lookup_too_big":
                raise PrintFailed("print_too_big", error.detail) from error
            raise
        crashpoint("P5.s03.pdf_made")
        try:
            data = self._file(answer, operation)
            check_pdf(data)
        except ReadError as error:
            raise PrintFailed(_code(error, answer), error.detail or error.code) from error
        crashpoint("P5.s04.file_read")
        return Pdf(name, data)

    def _file(self, answer: bytes, operation: PrintReport) -> bytes:
        printed = read_print_response(answer, operation)
        if printed.data is not None:
            return printed.data
        name = file_in(self._folder, printed.path) if printed.path else ""
        if not name:
            raise ReadError("without_file", printed.path)
        file = Path(self._folder) / name
        try:
            with file.open("rb") as opened:
                data = opened.read(PDF_LIMIT + 1)
        except OSError as error:
            raise ReadError("without_file", str(error)) from error
        self._remove(name)
        return data

    def _remove(self, name: str) -> None:
        """What was printed before must not be taken for the new file, and nobody's invoice stays on the disk."""
        try:
            (Path(self._folder) / name).unlink(missing_ok=True)
        except OSError:
            return


def _code(error: ReadError, answer: bytes) -> str:
    if error.code == "refused" and b"responsePackItem" not in answer and means_denied(error.detail):
        return "denied"  # of mServer's user as a whole; a closed agenda is a refusal of this print
    return _CODES.get(error.code, "print_unreadable")
