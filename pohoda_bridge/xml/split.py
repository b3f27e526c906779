"""Splits a list answer into its records without parsing them (PERFORMANCE "Pohoda XML in").

The frame, that is the answer without its records, is always parsed strictly and checked. The records are cut out the
fast way, by their literal tags, as long as nothing in the bytes could make those mean anything else: no comment, CDATA
or processing instruction, each item's own tags once and in order, Pohoda's usual prefixes. Anything else is read by the
strict way (`whole`), with the same result. Neither way parses a record's inside for its meaning: a record that is new
or changed is read by `read_record`, which is strict as well, and one whose bytes are unchanged was read before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import islice
from operator import lt
from typing import Final

from pohoda_bridge.protocol import Agenda
from pohoda_bridge.xml.errors import ReadError
from pohoda_bridge.xml.expected import Expected
from pohoda_bridge.xml.frame import check_frame, has_usual_prefixes
from pohoda_bridge.xml.raw import LAYOUTS, Places, RawRecord, SplitList
from pohoda_bridge.xml.reader import LIST_LIMIT, declared_encoding, parse
from pohoda_bridge.xml.record_reader import read_record, read_records
from pohoda_bridge.xml.text import Encoding
from pohoda_bridge.xml.whole import read_whole

__all__ = ["RawRecord", "SplitList", "read_record", "read_records", "split", "split_list"]

_BOM: Final = b"\xef\xbb\xbf"
_LESS_THAN: Final = 0x3C


def split(answer: bytes, *, agenda: Agenda, expected: Expected) -> Iterator[RawRecord]:
    """The records of `split_list`, one by one: the list was whole before the first one comes."""
    yield from split_list(answer, agenda=agenda, expected=expected)


def split_list(answer: bytes, *, agenda: Agenda, expected: Expected) -> SplitList:
    """Raises ReadError unless the answer is one whole list, by rising ids, of the pinned unit and the expected ids."""
    answer = answer.removeprefix(_BOM)
    declared = declared_encoding(answer, limit=LIST_LIMIT)
    encoding: Encoding = "windows-1250" if declared in ("windows-1250", "cp1250") else "utf-8"
    found = _cut(answer, agenda, expected) if declared != "us-ascii" else None
    places, stamp = found or read_whole(answer, agenda=agenda, expected=expected, encoding=encoding)
    # Pages are asked for from the last id on: a list in another order, or with one twice, would lose records.
    if not all(map(lt, places.ids, islice(places.ids, 1, None))):
        raise ReadError("not_ascending", f"{len(places.ids)} records")
    return SplitList(places, stamp=stamp, encoding=encoding, is_fast=found is not None)


def _cut(answer: bytes, agenda: Agenda, expected: Expected) -> tuple[Places, str] | None:
    """The fast way; None when something is not as expected. Raises ReadError for a frame that is wrong."""
    layout = LAYOUTS[agenda]
    name = layout.item.encode()
    first = answer.find(b"<" + name + b" ")
    if first < 0 or _has_markup(answer):
        return None
    places = _places(answer, first, name, _opening(agenda))
    if places is None:
        return None
    frame = parse(answer[:first] + answer[places.ends[-1] :], limit=LIST_LIMIT)
    if not has_usual_prefixes(frame, agenda):
        return None
    return places, check_frame(frame, agenda, expected)


def _places(answer: bytes, start: int, name: bytes, opening: re.Pattern[bytes]) -> Places | None:
    """The items from `start` on; None unless one follows the other with nothing but space between."""
    places = Places(answer, [], [], [])
    add_id, add_start, add_end = places.ids.append, places.starts.append, places.ends.append
    closing = b"</" + name + b">"
    find, is_at, match = answer.find, answer.startswith, opening.match
    behind = len(name) + 1
    while (opened := match(answer, start)) is not None:
        # The item's name may come again only as its own end: not nested, not in a text, not with a space in the tag.
        again = find(name, opened.end())
        if again < 0 or not is_at(closing, again - 2):
            return None
        add_id(int(opened[2]))
        add_start(opened.start(1))
        start = again + behind
        add_end(start)
    if not places.ids or find(b"<" + name, start) >= 0:
        return None
    return places


@cache
def _opening(agenda: Agenda) -> re.Pattern[bytes]:
    """How an item begins as Pohoda writes it, with the space before: (its tag), (its id), no other record's id."""
    layout = LAYOUTS[agenda]
    space = "[ \\t\\r\\n]*"
    text = (
        f'{space}(<{layout.item} version="2\\.[01]">){space}<{layout.header}>{space}'
        f"<{layout.id}>([1-9][0-9]{{0,9}})</{layout.id}>"
    )
    return re.compile(text.encode())


def _has_markup(answer: bytes) -> bool:
    """Whether a comment, CDATA, DOCTYPE or a processing instruction behind the declaration may be there."""
    for sign in (b"!", b"?"):
        at = answer.find(sign, 2)
        while at >= 0:
            if answer[at - 1] == _LESS_THAN:
                return True
            at = answer.find(sign, at + 1)
    return False
