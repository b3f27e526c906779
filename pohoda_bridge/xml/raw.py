"""A record as it was cut out of a list, before it is read, and where each agenda keeps what."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from xxhash import xxh3_128_digest

from pohoda_bridge.protocol import Agenda
from pohoda_bridge.xml.text import Encoding


class RawRecord(NamedTuple):
    """`data` = the record's own bytes in the answer's encoding; `fingerprint` = xxh3-128 of them, 16 bytes."""

    id: int
    fingerprint: bytes
    data: bytes | memoryview


class SplitList:
    """A whole list by rising ids. `stamp` is Pohoda's clock; `is_fast` tells which way the answer was read.

    Records are made as they are asked for: most are dropped at once, because nothing about them changed.
    """

    __slots__ = ("_data", "_ends", "_starts", "encoding", "ids", "is_fast", "stamp")

    def __init__(self, places: Places, *, stamp: str, encoding: Encoding, is_fast: bool) -> None:
        self._data, self._starts, self._ends = memoryview(places.data), places.starts, places.ends
        self.ids = places.ids
        self.stamp = stamp
        self.encoding: Encoding = encoding
        self.is_fast = is_fast

    def __len__(self) -> int:
        return len(self.ids)

    def fingerprints(self) -> list[bytes]:
        """Of all records in their order, without making them: the least that tells which have changed."""
        data = self._data
        return [xxh3_128_digest(data[start:end]) for start, end in zip(self._starts, self._ends, strict=True)]

    def record(self, place: int, fingerprint: bytes) -> RawRecord:
        """The record at a place in `ids`, with the fingerprint found there."""
        return RawRecord(self.ids[place], fingerprint, self._data[self._starts[place] : self._ends[place]])

    def __iter__(self) -> Iterator[RawRecord]:
        data = self._data
        for record_id, start, end in zip(self.ids, self._starts, self._ends, strict=True):
            piece = data[start:end]
            yield RawRecord(record_id, xxh3_128_digest(piece), piece)


class Places(NamedTuple):
    """Where records lie in `data`: one id, start and end for each. Lists of numbers cost the collector nothing."""

    data: bytes
    ids: list[int]
    starts: list[int]
    ends: list[int]


class Layout(NamedTuple):
    """Names of an agenda's list, its items, and the header and id inside an item."""

    list: str
    item: str
    header: str
    id: str


LAYOUTS: Final[dict[Agenda, Layout]] = {
    "stock": Layout("lStk:listStock", "lStk:stock", "stk:stockHeader", "stk:id"),
    "orders": Layout("lst:listOrder", "lst:order", "ord:orderHeader", "ord:id"),
    "invoices": Layout("lst:listInvoice", "lst:invoice", "inv:invoiceHeader", "inv:id"),
}
