"""Reads the answer to an import strictly: only a whole, consistent answer is a success (RELIABILITY 2.3.2).

The states of pack, item and inner response are independent in the schema. Read here as: an error of item or inner
response without a produced id is a refusal, a success needs both ok and an id, what contradicts itself is UNKNOWN.
"""

from __future__ import annotations

import re
from typing import Final, Literal, cast

from lxml import etree
from msgspec import Struct

from pohoda_bridge.documents import Detail, Duplicate, ExternalId, Imported, ImportOutcome, NotSent, Refused, Unknown
from pohoda_bridge.xml.errors import ReadError
from pohoda_bridge.xml.expected import Expected, check_identity, check_root, state_of
from pohoda_bridge.xml.namespaces import q
from pohoda_bridge.xml.reader import ANSWER_LIMIT, local_name, parse, text_of
from pohoda_bridge.xml.warnings import STANDARD, Policy, means_denied, means_duplicate

_RECORD_ID: Final = re.compile(r"[1-9][0-9]{0,9}")
_ERRNO: Final = re.compile(r"[+-]?[0-9]{1,9}")
_DETAIL_FIELDS: Final = ("state", "errno", "note", "XPath", "valueRequested", "valueProduced")
_PRODUCED_FIELDS: Final = ("id", "number", "code", "actionType", "extId", "itemDetails")


class _Produced(Struct, frozen=True):
    id: int
    number: str


class _Item(Struct, frozen=True, kw_only=True):
    """The one item of an answer, whose ids were right."""

    pack_ok: bool
    item_ok: bool
    inner_ok: bool | None
    notes: tuple[str, ...]
    details: tuple[Detail, ...]
    produced: _Produced | None
    recorded_before: bool


def read_import_response(data: bytes, *, expected: Expected, policy: Policy = STANDARD) -> ImportOutcome:
    """→ one outcome; never raises on what was sent. `data` = the HTTP 200 body.

    NotSent("denied") when Pohoda says that its user may not import at all: the pack was not looked at.
    """
    try:
        root = parse(data, limit=ANSWER_LIMIT)
        check_root(root)
        check_identity(root, expected.pin)
        if len(root) == 0:
            return _refused_pack(root, expected, policy)
        return _outcome(_read_item(root, expected), policy)
    except ReadError as error:
        return Unknown(error.code, error.detail)


def _refused_pack(root: etree._Element, expected: Expected, policy: Policy) -> ImportOutcome:
    """A pack refused before its items were looked at; its id may be empty (a user without the right to import)."""
    note = (root.get("note") or "").strip()
    if state_of(root) or not note or root.get("id") not in ("", expected.pack_id):
        raise ReadError("item_missing", note)
    if means_denied(note, policy):
        return NotSent("denied", note)
    if means_duplicate([note], [], policy):
        return Duplicate(note)
    return Refused(None, note)


def _outcome(item: _Item, policy: Policy) -> ImportOutcome:
    failed = [detail for detail in item.details if detail.state == "error"]
    refused = not item.item_ok or item.inner_ok is False
    if refused and item.produced is None:
        return _refusal(item, failed, policy)
    if refused or (failed and item.produced):
        raise ReadError("contradiction", _summary(item))
    if item.produced is None:
        raise ReadError("no_id", _summary(item))
    warnings = tuple(detail for detail in item.details if detail.state == "warning")
    alarm = "" if item.pack_ok else (item.notes[0] or "responsePack state=error")
    return Imported(item.produced.id, item.produced.number, warnings, alarm)


def _refusal(item: _Item, failed: list[Detail], policy: Policy) -> ImportOutcome:
    texts = [note for note in (*(detail.note for detail in failed), *reversed(item.notes)) if note]
    errnos = [detail.errno for detail in failed if detail.errno is not None]
    note = texts[0] if texts else ""
    if item.recorded_before or means_duplicate(texts, errnos, policy):
        return Duplicate(note)
    return Refused(errnos[0] if errnos else None, note, item.details)


def _summary(item: _Item) -> str:
    return f"item ok={item.item_ok}, inner ok={item.inner_ok}, produced={item.produced is not None}"


def _read_item(root: etree._Element, expected: Expected) -> _Item:
    if len(root) != 1 or root[0].tag != q("rsp:responsePackItem"):
        raise ReadError("extra_item", str(len(root)))
    element = root[0]
    if root.get("id") != expected.pack_id or element.get("id") != expected.item_id:
        raise ReadError("other_item", f"{root.get('id')!r}/{element.get('id')!r}")
    if len(element) > 1:
        raise ReadError("unexpected_element", "responsePackItem")
    inner = element[0] if len(element) else None
    notes = ((root.get("note") or "").strip(), (element.get("note") or "").strip())
    pack_ok, item_ok = state_of(root), state_of(element)
    if inner is not None and inner.tag == q("rsp:errorDetail"):
        return _Item(
            pack_ok=pack_ok, item_ok=item_ok, inner_ok=False, notes=(*notes, _recorded(inner)),
            details=(), produced=None, recorded_before=len(inner) > 0,
        )  # fmt: skip
    if inner is not None and inner.tag != q("ord:orderResponse"):
        raise ReadError("unexpected_element", str(inner.tag)[-80:])
    parts = _parts(inner, ("importDetails", "producedDetails", "printDetails"))
    return _Item(
        pack_ok=pack_ok,
        item_ok=item_ok,
        inner_ok=None if inner is None else state_of(inner),
        notes=notes,
        details=_details(parts.get("importDetails")),
        produced=_produced(parts.get("producedDetails"), expected.ext_id),
        recorded_before=False,
    )


def _recorded(error_detail: etree._Element) -> str:
    """What `rsp:recordDuplicity` says of the first record; without an id that record was deleted since."""
    if not len(error_detail):
        return ""
    values = {local_name(child): text_of(child) for child in error_detail[0]}
    return "recordDuplicity " + " ".join(f"{name}={value}" for name, value in values.items())


def _details(parent: etree._Element | None) -> tuple[Detail, ...]:
    if parent is None:
        return ()
    details = []
    for element in parent:
        if element.tag != q("rdc:detail"):
            raise ReadError("unexpected_element", str(element.tag)[-80:])
        parts = _parts(element, _DETAIL_FIELDS)
        state = text_of(parts.get("state"))
        if state not in ("ok", "warning", "error"):
            raise ReadError("bad_state", f"detail: {state!r}")
        details.append(
            Detail(
                state=cast(Literal["ok", "warning", "error"], state),
                errno=_errno(text_of(parts.get("errno"))),
                note=text_of(parts.get("note")),
                xpath=text_of(parts.get("XPath")),
                requested=text_of(parts.get("valueRequested")),
                produced=text_of(parts.get("valueProduced")),
            )
        )
    return tuple(details)


def _produced(parent: etree._Element | None, ext_id: ExternalId | None) -> _Produced | None:
    if parent is None:
        return None
    parts = _parts(parent, _PRODUCED_FIELDS)
    record_id = text_of(parts.get("id"))
    if not record_id:
        return None
    if not _RECORD_ID.fullmatch(record_id):
        raise ReadError("bad_id", record_id[:40])
    if text_of(parts.get("actionType")) not in ("", "add"):
        raise ReadError("other_action", text_of(parts.get("actionType"))[:40])
    if "extId" in parts and ext_id is not None:
        _check_ext_id(parts["extId"], ext_id)
    return _Produced(int(record_id), text_of(parts.get("number")))


def _check_ext_id(element: etree._Element, ext_id: ExternalId) -> None:
    ids, system = text_of(element.find(q("typ:ids"))), text_of(element.find(q("typ:exSystemName")))
    if (ids, system) != (ext_id.ids, ext_id.system):
        raise ReadError("other_record", f"{system}/{ids}"[:140])


def _parts(parent: etree._Element | None, allowed: tuple[str, ...]) -> dict[str, etree._Element]:
    """Children of the `rdc` namespace by local name, each at most once. Raises ReadError for any other."""
    parts: dict[str, etree._Element] = {}
    for child in parent if parent is not None else ():
        local = local_name(child)
        if child.tag != q(f"rdc:{local}") or local not in allowed or (local in parts and local != "itemDetails"):
            raise ReadError("unexpected_element", str(child.tag)[-80:])
        parts[local] = child
    return parts


def _errno(value: str) -> int | None:
    if not value:
        return None
    if not _ERRNO.fullmatch(value):
        raise ReadError("bad_errno", value[:40])
    return int(value)
