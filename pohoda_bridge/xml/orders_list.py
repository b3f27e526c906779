"""Reads a list of received orders as a stream, with the totals Pohoda itself computed (RELIABILITY M6, E18, E30)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lxml import etree
from msgspec import Struct

from pohoda_bridge.documents import OrderRecord
from pohoda_bridge.xml import values
from pohoda_bridge.xml.errors import ReadError
from pohoda_bridge.xml.expected import Expected, check_identity, check_root, state_of
from pohoda_bridge.xml.namespaces import q
from pohoda_bridge.xml.reader import LIST_LIMIT, stream, text_of
from pohoda_bridge.xml.values import child_text


class OrderList(Struct, frozen=True, kw_only=True):
    """`complete` = read to the end, right unit and ids, states ok, all records readable; else `problem` says why."""

    records: tuple[OrderRecord, ...]
    complete: bool
    problem: str = ""


def read_orders(data: bytes, *, expected: Expected, limit: int = LIST_LIMIT) -> OrderList:
    """The whole list at once; what was read before a damage is kept, but the list is not complete."""
    records = []
    try:
        for record in iter_orders(data, expected=expected, limit=limit):
            records.append(record)
    except ReadError as error:
        return OrderList(records=tuple(records), complete=False, problem=str(error))
    return OrderList(records=tuple(records), complete=True)


def iter_orders(data: bytes, *, expected: Expected, limit: int = LIST_LIMIT) -> Iterator[OrderRecord]:
    """Yields records in constant memory. Only when it ends without ReadError was the list complete."""
    path: list[str] = []
    lists = 0
    for event, element in stream(data, limit=limit):
        tag = str(element.tag)
        if event == "start":
            path.append(tag)
            _check_start(element, path, expected)
            lists += len(path) == 3
            if lists > 1:
                raise ReadError("extra_item")
            continue
        path.pop()
        if path == _PATH and tag == q("lst:order"):
            yield _record(element)
            _clear(element)
    if lists != 1:
        raise ReadError("item_missing")


_PATH: Final = [q("rsp:responsePack"), q("rsp:responsePackItem"), q("lst:listOrder")]
_INSIDE_LIST: Final = frozenset({q("lst:order"), q("rdc:importDetails")})


def _check_start(element: etree._Element, path: list[str], expected: Expected) -> None:
    """The frame of the list: attributes are known when an element starts."""
    depth = len(path)
    if depth == 1:
        check_root(element)
        check_identity(element, expected.pin)
        if not state_of(element):
            raise ReadError("refused", (element.get("note") or "").strip())
        if element.get("id") != expected.pack_id:
            raise ReadError("other_item", str(element.get("id")))
    elif depth <= 3:
        if path != _PATH[:depth]:
            raise ReadError("unexpected_element", path[-1][-80:])
        if not state_of(element):
            raise ReadError("refused", (element.get("note") or "").strip())
        if depth == 2 and element.get("id") != expected.item_id:
            raise ReadError("other_item", str(element.get("id")))
    elif depth == 4 and path[-1] not in _INSIDE_LIST:
        # `rdc:parts` means that the export was divided: this file alone is not the list.
        raise ReadError("unexpected_element", path[-1][-80:])


def _record(order: etree._Element) -> OrderRecord:
    header = order.find(q("ord:orderHeader"))
    if header is None:
        raise ReadError("bad_record", "orderHeader")
    if (kind := child_text(header, "ord:orderType")) not in ("", "receivedOrder"):
        raise ReadError("bad_record", f"orderType {kind}"[:80])
    total, currency = values.total(order.find(q("ord:orderSummary")), "ord")
    return OrderRecord(
        id=values.record_id(child_text(header, "ord:id")),
        number=text_of(header.find(f"{q('ord:number')}/{q('typ:numberRequested')}")),
        ext_id=values.external_id(header.find(q("ord:extId"))),
        number_order=child_text(header, "ord:numberOrder"),
        date=values.date(child_text(header, "ord:date")),
        total=total,
        currency=currency,
        is_executed=values.boolean(child_text(header, "ord:isExecuted")),
        is_cancelled=child_text(header, "ord:storno") == "cancelledDocument",
    )


def _clear(element: etree._Element) -> None:
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]
