"""The one strict XML reader: no DOCTYPE, no entities, no repair, capped, to the root's end (RELIABILITY X1–X4, E15–20).

The declared encoding is obeyed and must be one Pohoda uses; HTTP headers are not asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Final

from lxml import etree

from pohoda_bridge.xml.errors import ReadError

ANSWER_LIMIT: Final = 4 * 1024 * 1024
LIST_LIMIT: Final = 64 * 1024 * 1024
DEPTH_LIMIT: Final = 64
ELEMENT_LIMIT: Final = 2_000_000

_ENCODINGS: Final = frozenset({"windows-1250", "cp1250", "utf-8", "us-ascii"})
_BOM: Final = b"\xef\xbb\xbf"
_DECLARATION: Final = re.compile(rb"<\?xml\s[^>]{0,200}?\?>")
_DECLARED: Final = re.compile(rb"encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")
_PROLOG: Final = re.compile(rb"(?:\s+|<!--.*?-->|<\?.*?\?>)", re.DOTALL)


def parse(data: bytes, *, limit: int = ANSWER_LIMIT) -> etree._Element:
    """→ the root, comments and processing instructions removed. Raises ReadError."""
    _check_start(data, limit)
    root = _tree(data)
    _check_tree(root)
    return root


def parse_part(data: bytes) -> etree._Element:
    """As `parse`, for a part of an answer whose size the caller has bounded: depth and elements are not counted."""
    return _tree(data)


def declared_encoding(data: bytes, *, limit: int) -> str:
    """The encoding an answer declares, in lower case. Raises ReadError as `parse` does before it parses."""
    return _check_start(data, limit)


def stream(data: bytes, *, limit: int = LIST_LIMIT) -> Iterator[tuple[str, etree._Element]]:
    """Yields ("start" | "end", element) in document order; the caller clears what it has read. Raises ReadError."""
    _check_start(data, limit)
    events = etree.iterparse(
        BytesIO(data),
        events=("start", "end"),
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    depth = count = 0
    try:
        for event, element in events:
            if event == "start":
                depth, count = depth + 1, count + 1
                _check_size(depth, count)
            else:
                depth -= 1
            yield event, element
    except (etree.XMLSyntaxError, ValueError) as error:
        if isinstance(error, ReadError):
            raise
        raise ReadError("not_well_formed", str(error)[:200]) from error


def text_of(element: etree._Element | None) -> str:
    """The whole text of a leaf; "" for an absent one. Raises ReadError when it is not a leaf."""
    if element is None:
        return ""
    if len(element):
        raise ReadError("not_a_leaf", element.tag[-60:])
    return (element.text or "").strip()


def local_name(element: etree._Element) -> str:
    """The tag without its namespace; never raises, also for what only looks like a name."""
    return str(element.tag).rpartition("}")[2]


def _tree(data: bytes) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        return etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise ReadError("not_well_formed", str(error)[:200]) from error


def _check_start(data: bytes, limit: int) -> str:
    if len(data) > limit:
        raise ReadError("too_big", f"{len(data)} > {limit}")
    body = data.removeprefix(_BOM)
    if not body.strip():
        raise ReadError("empty")
    declaration = _DECLARATION.match(body)
    encoding = _check_encoding(declaration.group() if declaration else b"")
    _check_prolog(body, declaration.end() if declaration else 0)
    return encoding


def _check_encoding(declaration: bytes) -> str:
    declared = _DECLARED.search(declaration)
    name = declared.group(1).decode().lower() if declared else "utf-8"
    if name not in _ENCODINGS:
        raise ReadError("encoding", name)
    return name


def _check_prolog(body: bytes, start: int) -> None:
    while match := _PROLOG.match(body, start):
        start = match.end()
    head = body[start : start + 9].lower()
    if head.startswith(b"<!doctype"):
        html = body[start : start + 14].lower() == b"<!doctype html"
        raise ReadError("html" if html else "doctype")
    if head.startswith(b"<html"):
        raise ReadError("html")
    if not head.startswith(b"<"):
        raise ReadError("not_xml", body[start : start + 80].decode("cp1250", "replace"))


def _check_tree(root: etree._Element) -> None:
    count = 0
    level = [root]
    depth = 0
    while level:
        depth, count = depth + 1, count + len(level)
        _check_size(depth, count)
        level = [child for element in level for child in element]


def _check_size(depth: int, count: int) -> None:
    if depth > DEPTH_LIMIT:
        raise ReadError("too_deep", str(DEPTH_LIMIT))
    if count > ELEMENT_LIMIT:
        raise ReadError("too_many_elements", str(ELEMENT_LIMIT))
