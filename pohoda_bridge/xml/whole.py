"""The strict way to a list's records: the whole answer is parsed, and their places are taken from a parser as well."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate
from typing import Final
from xml.parsers import expat

from lxml import etree

from pohoda_bridge.protocol import Agenda
from pohoda_bridge.xml import values
from pohoda_bridge.xml.errors import ReadError
from pohoda_bridge.xml.expected import Expected
from pohoda_bridge.xml.frame import check_frame, has_usual_prefixes
from pohoda_bridge.xml.namespaces import q
from pohoda_bridge.xml.raw import LAYOUTS, Places
from pohoda_bridge.xml.reader import LIST_LIMIT, parse, stream
from pohoda_bridge.xml.text import Encoding

_ITEM_DEPTH: Final = 4
_SEPARATOR: Final = "}"


def read_whole(answer: bytes, *, agenda: Agenda, expected: Expected, encoding: Encoding) -> tuple[Places, str]:
    """→ (where the records are, the list's stamp). Raises ReadError.

    A record's data are its bytes in the answer, so that the fingerprint is the same whichever way it was read; only
    where unusual prefixes would change their meaning elsewhere they are written anew, each with its own declarations.
    """
    ids = [_record_id(element, agenda) for element in _items(answer, agenda)]
    places = _places(answer, agenda, ids)
    frame = parse(_without(places), limit=LIST_LIMIT)
    stamp = check_frame(frame, agenda, expected)
    return (places if has_usual_prefixes(frame, agenda) else _rewritten(places, agenda, encoding)), stamp


def _rewritten(places: Places, agenda: Agenda, encoding: Encoding) -> Places:
    pieces = [_written(element, encoding) for element in _items(places.data, agenda)]
    ends = list(accumulate(map(len, pieces)))
    return Places(b"".join(pieces), places.ids, [0, *ends[:-1]], ends)


def _written(element: etree._Element, encoding: Encoding) -> bytes:
    written = etree.tostring(element, encoding=encoding, xml_declaration=False, with_tail=False)
    return written if isinstance(written, bytes) else written.encode(encoding)


def _items(answer: bytes, agenda: Agenda) -> Iterator[etree._Element]:
    tag, depth = q(LAYOUTS[agenda].item), 0
    for event, element in stream(answer, limit=LIST_LIMIT):
        if event == "start":
            depth += 1
            continue
        if depth == _ITEM_DEPTH and element.tag == tag:
            yield element
            _clear(element)
        depth -= 1


def _record_id(element: etree._Element, agenda: Agenda) -> int:
    layout = LAYOUTS[agenda]
    header = element.find(q(layout.header))
    if header is None:
        raise ReadError("bad_record", layout.header)
    return values.record_id(values.child_text(header, layout.id))


class _Locator:
    """Finds where the items of a list begin and end, in bytes of the answer."""

    def __init__(self, answer: bytes, tag: str) -> None:
        self._tag = tag
        self._depth = 0
        self._answer = answer
        self.starts: list[int] = []
        self.ends: list[int] = []
        self._parser = expat.ParserCreate(namespace_separator=_SEPARATOR)
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end

    def read(self) -> None:
        try:
            self._parser.Parse(self._answer, True)
        except (expat.ExpatError, ValueError) as error:
            raise ReadError("not_well_formed", str(error)[:200]) from error

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth == _ITEM_DEPTH and tag == self._tag:
            self.starts.append(self._parser.CurrentByteIndex)

    def _end(self, tag: str) -> None:
        if self._depth == _ITEM_DEPTH and tag == self._tag:
            self.ends.append(self._answer.index(b">", self._parser.CurrentByteIndex) + 1)
        self._depth -= 1


def _places(answer: bytes, agenda: Agenda, ids: list[int]) -> Places:
    locator = _Locator(answer, q(LAYOUTS[agenda].item)[1:])
    locator.read()
    if not len(ids) == len(locator.starts) == len(locator.ends):
        raise ReadError("contradiction", f"{len(ids)} and {len(locator.starts)} records")
    return Places(answer, ids, locator.starts, locator.ends)


def _without(places: Places) -> bytes:
    """The answer without its records."""
    parts, at = [], 0
    for start, end in zip(places.starts, places.ends, strict=True):
        parts.append(places.data[at:start])
        at = end
    return b"".join((*parts, places.data[at:]))


def _clear(element: etree._Element) -> None:
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]
