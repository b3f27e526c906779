"""The frame of a list answer: everything but its records."""

from __future__ import annotations

import re
from typing import Final

from lxml import etree

from pohoda_bridge.protocol import Agenda
from pohoda_bridge.xml.errors import ReadError
from pohoda_bridge.xml.expected import Expected, check_identity, check_root, state_of
from pohoda_bridge.xml.namespaces import PREFIXES, q
from pohoda_bridge.xml.raw import LAYOUTS
from pohoda_bridge.xml.reader import text_of

_STAMP: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}")


def check_frame(root: etree._Element, agenda: Agenda, expected: Expected) -> str:
    """→ `dateTimeStamp` of the list, to the second. Raises ReadError unless all is as a whole list has it."""
    check_root(root)
    check_identity(root, expected.pin)
    _check_state(root)
    if root.get("id") != expected.pack_id:
        raise ReadError("other_item", str(root.get("id")))
    item = _only_child(root, q("rsp:responsePackItem"))
    _check_state(item)
    if item.get("id") != expected.item_id:
        raise ReadError("other_item", str(item.get("id")))
    listed = _only_child(item, q(LAYOUTS[agenda].list))
    _check_list(listed)
    stamp = _STAMP.match(listed.get("dateTimeStamp", ""))
    if stamp is None:
        raise ReadError("bad_stamp", str(listed.get("dateTimeStamp")))
    return stamp.group()


def has_usual_prefixes(root: etree._Element, agenda: Agenda) -> bool:
    """Whether the records can be read with our own declarations: the prefixes they use mean what they always do."""
    element = root
    while len(element) and element.tag != q(LAYOUTS[agenda].list):
        element = element[0]
    layout = LAYOUTS[agenda]
    needed = {name.partition(":")[0] for name in (layout.item, layout.header, "typ:id")}
    declared = element.nsmap
    return None not in declared and all(
        declared.get(prefix, "" if prefix in needed else uri) == uri for prefix, uri in PREFIXES.items()
    )


def _check_list(listed: etree._Element) -> None:
    for child in listed:
        # `rdc:parts` means that the export was divided: this file alone is not the list.
        if child.tag != q("rdc:importDetails") or (child.tail or "").strip():
            raise ReadError("unexpected_element", str(child.tag)[-80:])
        failed = [detail for detail in child if text_of(detail.find(q("rdc:state"))) == "error"]
        if failed:
            raise ReadError("refused", "; ".join(text_of(detail.find(q("rdc:note"))) for detail in failed))
    if (listed.text or "").strip():
        raise ReadError("unexpected_text", str(listed.tag)[-80:])
    _check_state(listed)


def _check_state(element: etree._Element) -> None:
    if not state_of(element):
        raise ReadError("refused", (element.get("note") or "").strip())


def _only_child(parent: etree._Element, tag: str) -> etree._Element:
    """The one child; a second item, another kind and text beside it are no list of ours."""
    if not len(parent):
        raise ReadError("item_missing", str(parent.tag)[-80:])
    if parent[0].tag != tag:
        raise ReadError("unexpected_element", str(parent[0].tag)[-80:])
    if len(parent) > 1:
        raise ReadError("extra_item", str(len(parent)))
    if (parent.text or "").strip() or (parent[0].tail or "").strip():
        raise ReadError("unexpected_text", str(parent.tag)[-80:])
    return parent[0]
