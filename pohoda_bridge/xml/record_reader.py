"""Reads records that `split` cut out of a list: one, or many at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pohoda_bridge.protocol import Agenda
from pohoda_bridge.records import Record
from pohoda_bridge.xml.raw import RawRecord
from pohoda_bridge.xml.text import Encoding


def read_record(agenda: Agenda, data: bytes | memoryview, encoding: Encoding) -> Record:
    """`encoding` as `SplitList.encoding`. Raises ReadError."""
    raise NotImplementedError(agenda, encoding, len(data))


def read_records(agenda: Agenda, items: Sequence[RawRecord], encoding: Encoding) -> Iterator[Record]:
    """In the order given. Raises ReadError at the first record that cannot be read or has another id than was cut."""
    for item in items:
        yield read_record(agenda, item.data, encoding)
