"""Pages whose records are read one by one: an odd one costs neither its page nor its bytes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import msgspec
from msgspec import Struct

from allegro_integration.client.errors import Answer, unreadable
from allegro_integration.client.strict_json import NotAsExpected, NotJson, load, shape

T = TypeVar("T")
P = TypeVar("P")
_BOM = b"\xef\xbb\xbf"


class OddRecord(Struct, frozen=True):
    """A record that could not be understood: its id when it has one, why, and its bytes as they came."""

    id: str
    problem: str
    raw: bytes


def page_of(answer: Answer, type_: type[P]) -> P:
    """The envelope of a page, whose records are `msgspec.Raw`. Raises Retryable("unreadable_answer")."""
    try:
        return msgspec.json.decode(answer.body.removeprefix(_BOM), type=type_)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise unreadable(answer, str(error)[:300]) from error


def read_records(raws: Sequence[msgspec.Raw], type_: type[T]) -> tuple[tuple[T, ...], tuple[OddRecord, ...]]:
    """Those that are of the type, in their order, and the odd ones."""
    good: list[T] = []
    odd: list[OddRecord] = []
    for raw in raws:
        document: object = None
        try:
            document = load(bytes(raw))
            good.append(shape(document, type_))
        except (NotJson, NotAsExpected) as error:
            odd.append(OddRecord(id_of(document), str(error)[:200], bytes(raw)))
    return tuple(good), tuple(odd)


def last_id(raws: Sequence[msgspec.Raw]) -> str:
    """Id of the last record, understood or not; empty when there is none."""
    if not raws:
        return ""
    try:
        return id_of(load(bytes(raws[-1])))
    except NotJson:
        return ""


def id_of(document: object) -> str:
    """The record's `id` when it is text, else an empty one."""
    found = document.get("id") if isinstance(document, dict) else None
    return found if isinstance(found, str) else ""
