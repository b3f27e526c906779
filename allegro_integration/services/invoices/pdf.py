"""What a printed PDF says and holds, read by a child process with hard limits: a file from outside may be a bomb.

Refused: what is no whole PDF, is encrypted, runs or opens something, carries other files, or is too large to be an
invoice (RELIABILITY E31, X13). This file is also the child's program: it imports nothing of ours.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any, Final

SMALLEST: Final = 400
LARGEST: Final = 3 * 1024 * 1024
MOST_PAGES: Final = 50
MOST_OBJECTS: Final = 20_000
MOST_TEXT: Final = 500_000
DEEPEST: Final = 40
TAIL: Final = 1024
CPU_S: Final = 10
WALL_S: Final = 30
MEMORY: Final = 768 * 1024 * 1024

CODES: Final = {
    "pdf_size": ("size",),
    "pdf_not_whole": (),
    "pdf_encrypted": (),
    "pdf_active": ("what",),
    "pdf_too_long": ("limit",),
    "pdf_unreadable": ("detail",),
}
"""Why a file is refused, with the parameters of each."""
# Actions that do more than show a place or a page of the web.
_ACTIONS: Final = frozenset(
    {"/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/GoToE", "/GoToR", "/Rendition", "/Movie", "/Sound"}
)
_KEYS: Final = frozenset({"/JS", "/JavaScript", "/EmbeddedFiles", "/EF", "/XFA", "/RichMediaContent"})
_TYPES: Final = frozenset({"/EmbeddedFile", "/RichMedia"})


class PdfRefused(Exception):
    """The file is not one that we pass on. `code` is one of CODES."""

    def __init__(self, code: str, **params: str) -> None:
        super().__init__(code)
        self.code: Final = code
        self.params: Final = params


def read_text(data: bytes) -> str:
    """The text of all pages. Raises PdfRefused."""
    if not SMALLEST <= len(data) <= LARGEST:
        raise PdfRefused("pdf_size", size=str(len(data)))
    tail = data[-TAIL:].rstrip(b"\r\n \t\x00")
    if not data.startswith(b"%PDF-") or not tail.endswith(b"%%EOF"):
        raise PdfRefused("pdf_not_whole")
    command = [sys.executable, "-I", __file__]
    try:
        child = subprocess.run(command, input=data, capture_output=True, timeout=WALL_S, env={}, check=False)
    except subprocess.TimeoutExpired:
        raise PdfRefused("pdf_unreadable", detail="time") from None
    if child.returncode != 0:
        raise PdfRefused("pdf_unreadable", detail=f"exit {child.returncode}")
    said: dict[str, Any] = json.loads(child.stdout)
    if said["code"]:
        raise PdfRefused(said["code"], **said["params"])
    return str(said["text"])


# --- the child ------------------------------------------------------------------------------------------------------


def _limit() -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def _look(data: bytes) -> str:
    import io

    import pypdf

    reader = pypdf.PdfReader(io.BytesIO(data))
    if reader.is_encrypted:
        raise PdfRefused("pdf_encrypted")
    if len(reader.pages) > MOST_PAGES:
        raise PdfRefused("pdf_too_long", limit=str(MOST_PAGES))
    for value in _objects(reader):
        if what := _active(value):
            raise PdfRefused("pdf_active", what=what.lstrip("/"))
    texts, length = [], 0
    for page in reader.pages:
        texts.append(page.extract_text())
        length += len(texts[-1])
        if length > MOST_TEXT:
            raise PdfRefused("pdf_too_long", limit=str(MOST_TEXT))
    return "\n".join(texts)


def _objects(reader: Any) -> Iterator[dict[Any, Any]]:
    """Every dictionary of the file, also those that no page leads to."""
    from pypdf.generic import IndirectObject

    names = [(number, generation) for generation, table in reader.xref.items() for number in table]
    names += [(number, 0) for number in reader.xref_objStm]
    if len(names) > MOST_OBJECTS:
        raise PdfRefused("pdf_too_long", limit=str(MOST_OBJECTS))
    yield from _dictionaries(reader.trailer, 0)
    for number, generation in names:
        if number:
            yield from _dictionaries(reader.get_object(IndirectObject(number, generation, reader)), 0)


def _dictionaries(value: Any, depth: int) -> Iterator[dict[Any, Any]]:
    """A dictionary and those written inside it; what it refers to is an object of its own."""
    if depth > DEEPEST:
        raise PdfRefused("pdf_unreadable", detail="depth")
    if isinstance(value, dict):
        yield value
        inner = [dict.get(value, key) for key in value]
    elif isinstance(value, list):
        inner = list(list.__iter__(value))
    else:
        return
    for one in inner:
        if isinstance(one, (dict, list)):
            yield from _dictionaries(one, depth + 1)


def _active(value: dict[Any, Any]) -> str:
    """What of a dictionary runs something or carries a file; "" nothing."""
    if found := _KEYS & {str(key) for key in value}:
        return min(found)
    # By the dictionary's own access, which follows references: a name may stand elsewhere.
    named = {key: str(value[key]) for key in ("/S", "/Type", "/Subtype") if key in value}
    if named.get("/S") in _ACTIONS:
        return named["/S"]
    return next((name for name in named.values() if name in _TYPES), "")


def main() -> None:
    """Reads a PDF from standard input and says on standard output what it holds, or why it is refused."""
    _limit()
    data = sys.stdin.buffer.read(LARGEST + 1)
    try:
        said = {"code": "", "params": {}, "text": _look(data)}
    except PdfRefused as error:
        said = {"code": error.code, "params": error.params, "text": ""}
    except (MemoryError, RecursionError) as error:
        said = {"code": "pdf_unreadable", "params": {"detail": type(error).__name__}, "text": ""}
    except Exception as error:  # noqa: BLE001 (the library raises whatever it stumbles on)
        detail = f"{type(error).__name__}: {error}"[:200]
        said = {"code": "pdf_unreadable", "params": {"detail": detail}, "text": ""}
    sys.stdout.write(json.dumps(said))


if __name__ == "__main__":
    main()
