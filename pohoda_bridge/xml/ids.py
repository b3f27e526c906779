"""Deterministic ids of a dataPack and its item: the pair by which Pohoda detects duplicates (DESIGN §4.8)."""

from __future__ import annotations

import hashlib
from typing import Final

from pohoda_bridge.xml import limits
from pohoda_bridge.xml.errors import DocumentError

_PREFIX: Final = "CF1-"
_SEPARATOR: Final = "\x1f"


def pack_id(*, unit: str, environment: str, seller: str, kind: str, form_id: str, generation: int = 1) -> str:
    """`CF1-` and 40 hex digits. `unit` is the unit's key or IČO; only a recorded approval raises `generation`."""
    parts = [unit, environment, seller, kind, form_id]
    if any(not part or _SEPARATOR in part for part in parts):
        raise DocumentError("bad_id_part", "pack_id")
    if generation > 1:
        parts.append(str(generation))
    digest = hashlib.sha256(_SEPARATOR.join(parts).encode()).hexdigest()
    return f"{_PREFIX}{digest[:40]}"


def item_id(*, form_id: str, generation: int = 1) -> str:
    """The checkout form's id, with the generation behind it from the second one on."""
    value = form_id if generation <= 1 else f"{form_id}-g{generation}"
    if not value or len(value) > limits.ITEM_ID:
        raise DocumentError("bad_id_part", "item_id", value[:80])
    return value
