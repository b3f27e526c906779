"""Raw documents for reading: JSON and XML indented, everything else as text. The bytes are for downloading."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Final

from lxml import etree

from connectify.sync.models import Payload

SHOWN_CHARACTERS: Final = 200_000


@dataclass(frozen=True)
class Document:
    """A payload as a page shows it. `is_cut`: more than SHOWN_CHARACTERS, the rest is in the file."""

    id: uuid.UUID
    kind: str
    text: str
    size: int
    is_cut: bool


def document_of(payload: Payload) -> Document:
    body = bytes(payload.body)
    kind = kind_of(payload.media_type)
    text = _readable(body, kind)
    return Document(payload.pk, kind, text[:SHOWN_CHARACTERS], len(body), len(text) > SHOWN_CHARACTERS)


def kind_of(media_type: str) -> str:
    """JSON, XML, PDF or text."""
    essence = media_type.split(";", 1)[0].strip().lower()
    if essence.endswith("json"):
        return "JSON"
    if essence == "application/pdf":
        return "PDF"
    return "XML" if essence.endswith("xml") else "text"


def _readable(body: bytes, kind: str) -> str:
    if kind == "JSON":
        try:
            return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
        except (ValueError, RecursionError):
            return _plain(body)
    if kind == "PDF":
        return ""
    return _indented(body) if kind == "XML" else _plain(body)


def _indented(body: bytes) -> str:
    """Indented by a parser that resolves nothing; what it refuses is shown as it came."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_blank_text=True)
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        return _plain(body)
    if root.getroottree().docinfo.doctype:
        return _plain(body)
    return etree.tostring(root, pretty_print=True, encoding="unicode").rstrip()


def _plain(body: bytes) -> str:
    for encoding in ("utf-8", "cp1250"):
        try:
            return body.decode(encoding)
        except UnicodeDecodeError:
            continue
    return body.decode("utf-8", "replace")
