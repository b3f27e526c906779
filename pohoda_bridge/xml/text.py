"""Fits text to Pohoda: XML 1.0, the encoding, the schema's length; each change is reported (RELIABILITY X9, X10)."""

from __future__ import annotations

import re
import unicodedata
from typing import Final, Literal

from msgspec import Struct

from pohoda_bridge.xml.errors import DocumentError
from pohoda_bridge.xml.transliteration import TABLE

Encoding = Literal["windows-1250", "utf-8"]
Change = Literal["stripped", "transliterated", "replaced", "truncated", "dropped"]

_MARK: Final = "…"
_PLAIN: Final = re.compile(r"[!-~]+(?: [!-~]+)*")
_SPACES: Final = re.compile(r"[^\S\n]+")
_VARIATION_SELECTORS: Final = range(0xFE00, 0xFE10)


class Note(Struct, frozen=True):
    """One change made to one field, in words a screen can show."""

    field: str
    change: Change
    before: str
    after: str


class Fitted(Struct, frozen=True):
    value: str
    notes: tuple[Note, ...] = ()


def fit(value: str, *, field: str, limit: int, encoding: Encoding, lines: bool = False) -> Fitted:
    """Free text, changed as little as possible; `lines` keeps line ends. Fitting twice changes nothing more."""
    if len(value) <= limit and _PLAIN.fullmatch(value):
        return Fitted(value)
    kept = _without_invisible(value)
    encodable, changes = _encodable(_spaced(kept, lines), encoding)
    result = _spaced(encodable, lines)
    if len(kept) != len(value):
        changes = ("stripped", *changes)
    if len(result) > limit:
        result = result[: limit - 1].rstrip() + _MARK
        changes = (*changes, "truncated")
    return Fitted(result, tuple(Note(field, change, value, result) for change in changes))


def whole(value: str, *, field: str, limit: int, encoding: Encoding) -> Fitted:
    """A value that is false when it is cut (a tax number): dropped with a note when it does not fit."""
    fitted = fit(value, field=field, limit=max(limit, len(value) * 4), encoding=encoding)
    if len(fitted.value) <= limit:
        return fitted
    return Fitted("", (*fitted.notes, Note(field, "dropped", value, "")))


def exact(value: str, *, field: str, limit: int, encoding: Encoding) -> str:
    """An identifier or a reference: it goes unchanged or not at all. Raises DocumentError."""
    if len(value) > limit:
        raise DocumentError("too_long", field, f"{len(value)} > {limit}")
    invisible = any(_is_invisible(char) for char in value)
    if invisible or not (encoding == "utf-8" or _encodes(value)):
        raise DocumentError("not_writable", field, value[:80])
    return value


def _without_invisible(value: str) -> str:
    """Drops what has no place in a document: controls, bidi and zero-width signs, surrogates, private, unassigned."""
    return "".join(char for char in value if char in "\t\n\r\x85" or not _is_invisible(char))


def _is_invisible(char: str) -> bool:
    return unicodedata.category(char)[0] == "C" or ord(char) in _VARIATION_SELECTORS


def _spaced(value: str, lines: bool) -> str:
    if not lines:
        return " ".join(value.split())
    unified = value.replace("\r\n", "\n").replace("\r", "\n").replace("\x85", "\n")
    return "\n".join(_SPACES.sub(" ", line).strip() for line in unified.split("\n")).strip()


def _encodable(value: str, encoding: Encoding) -> tuple[str, tuple[Change, ...]]:
    composed = unicodedata.normalize("NFC", value)
    if encoding == "utf-8" or _encodes(composed):
        return composed, ()
    changes: list[Change] = []
    parts = []
    for char in composed:
        part, change = (char, None) if _encodes(char) else _transliterated(char)
        parts.append(part)
        if change and change not in changes:
            changes.append(change)
    return "".join(parts), tuple(changes)


def _transliterated(char: str) -> tuple[str, Change]:
    if char in TABLE:
        return TABLE[char], "transliterated"
    decomposed = "".join(c for c in unicodedata.normalize("NFKD", char) if not unicodedata.combining(c))
    spelled = "".join(TABLE.get(c, c) for c in decomposed)
    if _encodes(spelled) and all(c.isprintable() for c in spelled):
        return spelled, "transliterated"
    return "?", "replaced"


def _encodes(value: str) -> bool:
    try:
        value.encode("cp1250")
    except UnicodeEncodeError:
        return False
    return True
