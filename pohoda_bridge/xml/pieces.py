"""The escaped pieces every document is put together from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from pohoda_bridge.documents import UnitPin
from pohoda_bridge.xml import limits
from pohoda_bridge.xml import text as fitting
from pohoda_bridge.xml.errors import DocumentError
from pohoda_bridge.xml.text import Encoding, Note

_AMOUNT: Final = re.compile(r"-?\d{1,12}(\.\d{1,6})?")
_DECLARED: Final = {"windows-1250": "Windows-1250", "utf-8": "UTF-8"}


class Fitter:
    """Writes elements of one document and collects what had to be changed."""

    def __init__(self, encoding: Encoding) -> None:
        self.encoding: Encoding = encoding
        self.notes: list[Note] = []
        self._place = ""

    @contextmanager
    def inside(self, place: str) -> Iterator[None]:
        """Fields written here are reported as `place.field`."""
        before, self._place = self._place, f"{place}."
        try:
            yield
        finally:
            self._place = before

    def text(self, tag: str, value: str, limit: int, *, lines: bool = False) -> str:
        """Free text; an empty one is left out."""
        if not value:
            return ""
        fitted = fitting.fit(value, field=self._field(tag), limit=limit, encoding=self.encoding, lines=lines)
        return self._element(tag, fitted)

    def whole(self, tag: str, value: str, limit: int) -> str:
        """Text that would be false when cut."""
        return self._element(tag, fitting.whole(value, field=self._field(tag), limit=limit, encoding=self.encoding))

    def exact(self, tag: str, value: str, limit: int) -> str:
        """An identifier, unchanged."""
        if not value:
            return ""
        value = fitting.exact(value, field=self._field(tag), limit=limit, encoding=self.encoding)
        return f"<{tag}>{escape(value)}</{tag}>"

    def ref(self, tag: str, value: str, limit: int) -> str:
        """A reference to a code list by its `typ:ids`, unchanged."""
        if not value:
            return ""
        value = fitting.exact(value, field=self._field(tag), limit=limit, encoding=self.encoding)
        return f"<{tag}><typ:ids>{escape(value)}</typ:ids></{tag}>"

    def attribute(self, name: str, value: str, limit: int) -> str:
        value = fitting.exact(value, field=name, limit=limit, encoding=self.encoding)
        return f" {name}={quoteattr(value)}"

    def _field(self, tag: str) -> str:
        return self._place + tag.partition(":")[2]

    def _element(self, tag: str, fitted: fitting.Fitted) -> str:
        self.notes.extend(fitted.notes)
        return f"<{tag}>{escape(fitted.value)}</{tag}>" if fitted.value else ""


def amount(tag: str, value: Decimal) -> str:
    """A plain decimal number, never an exponent. Raises DocumentError for anything else."""
    shown = format(value, "f")
    if not _AMOUNT.fullmatch(shown):
        raise DocumentError("bad_number", tag.partition(":")[2], shown[:40])
    return f"<{tag}>{shown}</{tag}>"


def flag(tag: str, value: bool) -> str:
    return f"<{tag}>{'true' if value else 'false'}</{tag}>"


def envelope(
    body: str,
    *,
    pin: UnitPin,
    pack_id: str,
    item_id: str,
    note: str,
    namespaces: str,
    application: str,
    fitter: Fitter,
) -> bytes:
    """The dataPack around one document, encoded as it declares. Raises DocumentError without an IČO or an id."""
    if not pin.ico or not pack_id or not item_id:
        raise DocumentError("empty", "ico" if not pin.ico else "id")
    shown_note = fitting.fit(note, field="pack.note", limit=limits.ORDER_TEXT, encoding=fitter.encoding).value
    document = (
        f'<?xml version="1.0" encoding="{_DECLARED[fitter.encoding]}"?>\n'
        f'<dat:dataPack version="2.0"{fitter.attribute("id", pack_id, limits.PACK_ID)}'
        f"{fitter.attribute('ico', pin.ico, limits.ICO)}"
        f"{fitter.attribute('key', pin.key, limits.KEY) if pin.key else ''}"
        f"{fitter.attribute('application', application, limits.APPLICATION)}"
        f" note={quoteattr(shown_note)}{namespaces}>\n"
        f'<dat:dataPackItem version="2.0"{fitter.attribute("id", item_id, limits.ITEM_ID)}>'
        f"{body}</dat:dataPackItem>\n</dat:dataPack>\n"
    )
    return document.encode("cp1250" if fitter.encoding == "windows-1250" else "utf-8")
