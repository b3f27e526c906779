"""Splits a list answer into its records without parsing them (PERFORMANCE "Pohoda XML in")."""

from __future__ import annotations

from collections.abc import Iterator

from pohoda_bridge.protocol import Agenda
from pohoda_bridge.xml.expected import Expected
from pohoda_bridge.xml.raw import RawRecord, SplitList
from pohoda_bridge.xml.record_reader import read_record, read_records

__all__ = ["RawRecord", "SplitList", "read_record", "read_records", "split", "split_list"]


def split(answer: bytes, *, agenda: Agenda, expected: Expected) -> Iterator[RawRecord]:
    """The records of `split_list`, one by one."""
    yield from split_list(answer, agenda=agenda, expected=expected).records


def split_list(answer: bytes, *, agenda: Agenda, expected: Expected) -> SplitList:
    """Raises ReadError unless the answer is one whole list from the pinned unit with the expected ids."""
    raise NotImplementedError(agenda, expected, len(answer))
