"""A report printed into a file: the request with its folder, and the answer read strictly (Pohoda digest 9)."""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error as Base64Error
from pathlib import PurePath, PurePosixPath, PureWindowsPath
from typing import Final

from lxml import etree
from msgspec import Struct

from pohoda_bridge.protocol import PrintReport
from pohoda_bridge.xml.errors import ReadError
from pohoda_bridge.xml.expected import check_identity, check_root, state_of
from pohoda_bridge.xml.namespaces import q
from pohoda_bridge.xml.reader import parse, text_of

PDF_LIMIT: Final = 3 * 1024 * 1024
PRINT_ANSWER_LIMIT: Final = 8 * 1024 * 1024
_PDF_HEAD: Final = b"%PDF-"
_PDF_END: Final = b"%%EOF"
_PDF_END_WITHIN: Final = 1024
_WINDOWS: Final = re.compile(r"[A-Za-z]:[\\/]|\\\\")
_SPACE: Final = re.compile(r"\s+")


class Printed(Struct, frozen=True, kw_only=True):
    """`data` = the file as it came in the answer, None when it did not; `path` = where Pohoda says it left it."""

    data: bytes | None
    path: str = ""


def printed_path(folder: str, file_name: str) -> str:
    """The file in the folder, written as on the machine the folder is on."""
    return str(_path(folder) / file_name)


def file_in(folder: str, path: str) -> str:
    """The bare name of a file right in the folder, "" for one that is anywhere else. Windows does not mind the case."""
    kind = type(_path(folder))
    inside, found = kind(folder), kind(path)
    return found.name if found.parent == inside and found.suffix.lower() == ".pdf" and ":" not in found.name else ""


def with_folder(document: bytes, folder: str) -> bytes:
    """The checked print request with the agent's folder in front of its file's name."""
    root = parse(document)
    encoding = root.getroottree().docinfo.encoding or "UTF-8"
    for name in root.iter(q("prn:fileName")):
        name.text = printed_path(folder, text_of(name))
    body = etree.tostring(root, encoding=encoding, xml_declaration=False)
    declaration = f'<?xml version="1.0" encoding="{encoding}"?>\n'.encode()
    return declaration + (body if isinstance(body, bytes) else body.encode(encoding))


def read_print_response(data: bytes, operation: PrintReport) -> Printed:
    """Raises ReadError: "refused" with Pohoda's words, others for what is not a whole answer to this print."""
    root = parse(data, limit=PRINT_ANSWER_LIMIT)
    check_root(root)
    check_identity(root, operation.pin)
    notes = [root.get("note") or ""]
    if not len(root) and not state_of(root):
        raise ReadError("refused", notes[0].strip())
    if len(root) != 1 or root[0].tag != q("rsp:responsePackItem"):
        raise ReadError("item_missing" if not len(root) else "extra_item", str(len(root)))
    item = root[0]
    if (root.get("id"), item.get("id")) != (operation.pack_id, operation.item_id):
        raise ReadError("other_item", f"{root.get('id')!r}/{item.get('id')!r}")
    notes.insert(0, item.get("note") or "")
    response = item[0] if len(item) == 1 else None
    is_ok = state_of(root) and state_of(item)
    if response is None or response.tag != q("prn:printResponse"):
        raise ReadError("refused" if not is_ok else "item_missing", _first(notes))
    failed, paths = _details(response)
    if not (is_ok and state_of(response)) or failed:
        raise ReadError("refused", _first([*failed, *notes]))
    produced = text_of(response.find(f"{q('rdc:producedDetails')}/{q('rdc:id')}"))
    if produced not in ("", str(operation.record_id)):
        raise ReadError("other_record", produced[:40])
    return Printed(data=_attached(response, operation.report_id), path=paths[0] if paths else "")


def check_pdf(data: bytes) -> None:
    """Raises ReadError("not_pdf" | "too_big") unless the bytes are one whole PDF of a size Allegro takes."""
    if len(data) > PDF_LIMIT:
        raise ReadError("too_big", f"{len(data)} > {PDF_LIMIT}")
    if not data.startswith(_PDF_HEAD):
        raise ReadError("not_pdf", f"{len(data)} bytes, begins {data[:8]!r}")
    if _PDF_END not in data[-_PDF_END_WITHIN:]:
        raise ReadError("not_pdf", f"{len(data)} bytes without an end")


def _path(folder: str) -> PurePath:
    return PureWindowsPath(folder) if _WINDOWS.match(folder) else PurePosixPath(folder)


def _details(response: etree._Element) -> tuple[list[str], list[str]]:
    """→ (what failed, paths of files that were left on the disk)."""
    failed, paths = [], []
    for detail in response.iterfind(f"{q('rdc:importDetails')}/{q('rdc:detail')}"):
        if text_of(detail.find(q("rdc:state"))) == "error":
            note, errno = text_of(detail.find(q("rdc:note"))), text_of(detail.find(q("rdc:errno")))
            failed.append(f"{note} ({errno})" if errno else note)
        elif path := text_of(detail.find(q("rdc:valueProduced"))):
            paths.append(path)
    return failed, paths


def _attached(response: etree._Element, report_id: int) -> bytes | None:
    """The file of this report. Raises ReadError for another report's, and for more than one."""
    path = f"{q('rdc:printDetails')}/{q('rdc:attachments')}/{q('rdc:attachment')}"
    attachments = response.findall(path)
    if len(attachments) > 1:
        raise ReadError("extra_item", f"{len(attachments)} files")
    for attachment in attachments:
        if text_of(attachment.find(q("rdc:idReport"))) != str(report_id):
            raise ReadError("other_record", f"report {text_of(attachment.find(q('rdc:idReport')))}"[:60])
        content = attachment.find(q("rdc:data"))
        encoded = "" if content is None else _SPACE.sub("", text_of(content))
        if encoded:
            return _decoded(encoded)
    return None


def _decoded(encoded: str) -> bytes:
    try:
        return b64decode(encoded, validate=True)
    except (Base64Error, ValueError) as error:
        raise ReadError("not_pdf", f"base64: {error}") from error


def _first(notes: list[str]) -> str:
    return next((note.strip() for note in notes if note.strip()), "")
