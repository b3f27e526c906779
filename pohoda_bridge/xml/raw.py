"""A record as it was cut out of a list, before it is read."""

from __future__ import annotations

from typing import NamedTuple

from msgspec import Struct

from pohoda_bridge.xml.text import Encoding


class RawRecord(NamedTuple):
    """`data` = the record's own bytes in the answer's encoding; `fingerprint` = xxh3-128 of them, 16 bytes."""

    id: int
    fingerprint: bytes
    data: bytes | memoryview


class SplitList(Struct, frozen=True, kw_only=True):
    """A whole list by ascending id. `stamp` is Pohoda's clock; `is_fast` tells which way it was read."""

    records: tuple[RawRecord, ...]
    stamp: str
    encoding: Encoding
    is_fast: bool
