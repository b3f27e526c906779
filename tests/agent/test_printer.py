"""A PDF that Pohoda left on the disk is fetched from the print folder, and from nowhere else."""

import base64
from collections.abc import Callable
from pathlib import Path

import pytest

from pohoda_bridge.agent.http import AdaptiveDeadline
from pohoda_bridge.agent.mserver import LookupFailed, MServer
from pohoda_bridge.agent.printer import Printer, PrintFailed
from pohoda_bridge.xml.errors import NotAllowed
from pohoda_bridge.xml.printing import PDF_LIMIT, PRINT_ANSWER_LIMIT
from tests.agent.pohoda import printing
from tests.agent.wire import RawServer
from tests.bridge_xml.answers import PIN
from tests.bridge_xml.test_printing import PDF, answer, attachment, detail

STATUS = (
    f"<mServer><companyDetail><company>x</company><ico>{PIN.ico}</ico><databaseName>{PIN.database}</databaseName>"
    f"<year>{PIN.year}</year></companyDetail></mServer>"
).encode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "print"
    made.mkdir()
    return made


@pytest.fixture
def run(folder: Path) -> Callable[..., bytes]:
    """Prints with an mServer that answers so, after it left `written` in the folder."""

    def printed(said: bytes, **written: bytes) -> bytes:
        def script(connection, request):
            if request.startswith(b"POST"):
                for name, data in written.items():
                    (folder / f"{name}.pdf").write_bytes(data)
            body = said if request.startswith(b"POST") else STATUS
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

        operation, document = printing(463, 3000)
        with RawServer(script) as server:
            mserver = MServer(server.url, user="u", password="p", write_deadline=AdaptiveDeadline())
            try:
                pdf = Printer(mserver=mserver, folder=str(folder)).run(document, operation)
            finally:
                mserver.close()
            sent = server.requests[-1]
        assert f"<prn:fileName>{folder}/fv-463.pdf</prn:fileName>".encode() in sent
        assert pdf.file_name == "fv-463.pdf"
        return pdf.data

    return printed


def numbered(data: bytes) -> bytes:
    return data.replace(b'id="R-1"', b'id="CFP-1-1"').replace(b'id="R"', b'id="CFP-1"')


def left(path: object) -> bytes:
    return numbered(answer(details=detail("ok", produced=str(path))))


def test_a_file_in_the_folder_is_fetched_and_removed(run, folder):
    assert run(left(folder / "other.pdf"), other=PDF) == PDF
    assert list(folder.iterdir()) == []


def test_the_file_in_the_answer_comes_first(run, folder):
    both = numbered(answer(attachment(), details=detail("ok", produced=str(folder / "other.pdf"))))
    assert run(both, other=b"%PDF-1.4 other\n%%EOF") == PDF


@pytest.mark.parametrize("path", ["../secret.pdf", "/etc/passwd", "sub/a.pdf", "secret.txt"])
def test_a_file_anywhere_else_is_not_touched(run, folder, path):
    outside = folder.parent / "secret.pdf"
    outside.write_bytes(PDF)
    with pytest.raises(PrintFailed) as caught:
        run(left(folder / path))
    assert caught.value.code == "print_without_file"
    assert outside.read_bytes() == PDF


def test_a_file_that_is_not_there_is_no_file(run, folder):
    with pytest.raises(PrintFailed) as caught:
        run(left(folder / "gone.pdf"))
    assert caught.value.code == "print_without_file"


def test_a_pdf_larger_than_allegro_takes_is_refused_wherever_it_is(run, folder):
    large = b"%PDF-1.4" + b" " * PDF_LIMIT + b"%%EOF"
    answers = {
        "in the answer": (numbered(answer(attachment(large))), {}),
        "on the disk": (left(folder / "large.pdf"), {"large": large}),
        "past any limit": (numbered(answer(attachment(b"%PDF-1.4" + b" " * PRINT_ANSWER_LIMIT))), {}),
    }
    for said, written in answers.values():
        with pytest.raises(PrintFailed) as caught:
            run(said, **written)
        assert caught.value.code == "print_too_big"
    assert len(base64.b64encode(b"x" * PDF_LIMIT)) < PRINT_ANSWER_LIMIT


def test_a_print_that_is_not_allowed_is_never_sent(folder):
    operation, document = printing(463, 3000)
    closed = MServer("http://127.0.0.1:1", user="u", password="p", write_deadline=AdaptiveDeadline())
    with pytest.raises(NotAllowed):
        Printer(mserver=closed, folder=str(folder)).run(document.replace(b"463", b"464"), operation)
    closed.close()


def test_an_answer_that_breaks_off_may_be_asked_for_again(folder):
    def script(connection, request):
        if request.startswith(b"POST"):
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n<rsp")
        else:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(STATUS) + STATUS)

    operation, document = printing(463, 3000)
    with RawServer(script) as server:
        mserver = MServer(server.url, user="u", password="p", write_deadline=AdaptiveDeadline())
        with pytest.raises(LookupFailed) as caught:
            Printer(mserver=mserver, folder=str(folder)).run(document, operation)
        mserver.close()
    assert caught.value.code == "lookup_broken"
