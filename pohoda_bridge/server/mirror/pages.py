"""The pages of an export, one at a time, and what is remembered of a page so that it need not be looked into again."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from xxhash import xxh3_128_hexdigest

from connectify.sync.bulk import fetch_binary
from pohoda_bridge.protocol import Agenda, JobOrder, ReadList, decode
from pohoda_bridge.server.mirror.known import Known, content_digest
from pohoda_bridge.server.mirror.models import MirrorRead
from pohoda_bridge.server.models import Job
from pohoda_bridge.xml.errors import ReadError
from pohoda_bridge.xml.expected import Expected
from pohoda_bridge.xml.frame import check_frame, has_usual_prefixes
from pohoda_bridge.xml.raw import LAYOUTS, RawRecord
from pohoda_bridge.xml.reader import LIST_LIMIT, declared_encoding, parse
from pohoda_bridge.xml.split import split_list
from pohoda_bridge.xml.text import Encoding

_FETCH: Final = f'SELECT answer, "order" FROM {Job._meta.db_table} WHERE id = %s'  # noqa: S608 (a table's name)


class Part(NamedTuple):
    """Records of one page that are new or changed. `entry`: what may be remembered of the page once they are stored."""

    changed: list[RawRecord]
    encoding: Encoding
    entry: dict[str, Any] | None


def read_parts(read: MirrorRead, known: Known) -> Iterator[Part]:
    """Raises ReadError unless every page is whole, of the right books, and goes on where the one before ended."""
    remembered = {entry["body"]: entry for entry in read.pages}
    last = 0
    for page in read.jobs:
        answer, order = fetch_binary(_FETCH, [page["job"]])[0]
        operation = decode(order, JobOrder).operation
        if not isinstance(operation, ReadList):
            raise ReadError("other_item", page["job"])
        expected = Expected(pack_id=operation.pack_id, item_id=operation.item_id, pin=operation.pin)
        start, end = _body(answer, operation.agenda)
        body = f"{declared_encoding(answer, limit=LIST_LIMIT)}:{xxh3_128_hexdigest(memoryview(answer)[start:end])}"
        entry = remembered.get(body)
        if (
            entry is not None
            and _is_stored(entry, known)
            and _is_framed(answer, start, end, operation.agenda, expected)
        ):
            known.see(entry["first"], entry["last"])
            part, first, last_here, count = Part([], "utf-8", entry), entry["first"], entry["last"], entry["records"]
        else:
            part, first, last_here, count = _split(answer, operation.agenda, expected, body, known)
        del answer
        if count != page["records"]:
            raise ReadError("incomplete", f"{count} records, {page['records']} reported")
        if count and first <= last:
            raise ReadError("not_ascending", f"{first} after {last}")
        last = last_here if count else last
        yield part


_Found = tuple[Part, int, int, int]


def _is_stored(entry: Mapping[str, Any], known: Known) -> bool:
    """Whether the records are still stored as these bytes said: then they need no look."""
    return known.digest(entry["first"], entry["last"]).hex() == entry["holds"]


def _is_framed(answer: bytes, start: int, end: int, agenda: Agenda, expected: Expected) -> bool:
    """The frame around the records is never the same twice: it is checked as strictly as `split_list` does."""
    frame = parse(answer[:start] + answer[end:], limit=LIST_LIMIT)
    if not has_usual_prefixes(frame, agenda):
        return False
    check_frame(frame, agenda, expected)
    return True


def _split(answer: bytes, agenda: Agenda, expected: Expected, body: str, known: Known) -> _Found:
    listed = split_list(answer, agenda=agenda, expected=expected)
    ids, fingerprints = listed.ids, listed.fingerprints()
    changed = [listed.record(place, fingerprints[place]) for place in known.changed(ids, fingerprints)]
    if not ids:
        return Part(changed, listed.encoding, None), 0, 0, 0
    entry = None
    if listed.is_fast:
        holds = content_digest(array("q", ids).tobytes(), b"".join(fingerprints))
        entry = {"body": body, "holds": holds.hex(), "first": ids[0], "last": ids[-1], "records": len(ids)}
    return Part(changed, listed.encoding, entry), ids[0], ids[-1], len(ids)


def _body(answer: bytes, agenda: Agenda) -> tuple[int, int]:
    """From the first record's start to the last one's end; nothing where there is none."""
    name = LAYOUTS[agenda].item.encode()
    closing = b"</" + name + b">"
    start, end = answer.find(b"<" + name + b" "), answer.rfind(closing)
    return (start, end + len(closing)) if 0 <= start < end else (0, 0)
