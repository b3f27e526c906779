"""Reads a list of received orders as a stream, with the totals Pohoda itself computed (RELIABILITY M6, E18, E30)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from lxml import etree
from msgspec import Struct

from pohoda_bridge.documents import ExternalId, OrderRecord
from pohoda_bridge.xml.errors import ReadError
from pohoda_bridge.xml.expected import Expected, check_identity, check_root, state_of
from pohoda_bridge.xml.namespaces import q
from pohoda_bridge.xml.reader import LIST_LIMIT, local_name, stream, text_of

_AMOUNT: Final = re.compile(r"-?\d{1,12}(\.\d{1,6})?")
_RECORD_ID: Final = re.compile(r"[1-9][0-9]{0,9}")


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
    if (kind := _child(header, "ord:orderType")) not in ("", "receivedOrder"):
        raise ReadError("bad_record", f"orderType {kind}"[:80])
    record_id = _child(header, "ord:id")
    if not _RECORD_ID.fullmatch(record_id):
        raise ReadError("bad_record", f"id {record_id!r}"[:80])
    total, currency = _total(order.find(q("ord:orderSummary")))
    return OrderRecord(
        id=int(record_id),
        number=text_of(header.find(f"{q('ord:number')}/{q('typ:numberRequested')}")),
        ext_id=_ext_id(header.find(q("ord:extId"))),
        number_order=_child(header, "ord:numberOrder"),
        date=_date(_child(header, "ord:date")),
        total=total,
        currency=currency,
        is_executed=_flag(_child(header, "ord:isExecuted")),
        is_cancelled=_child(header, "ord:storno") == "cancelledDocument",
    )


def _total(summary: etree._Element | None) -> tuple[Decimal | None, str]:
    """→ (Pohoda's total including VAT and rounding, currency code or ""); None without a summary."""
    if summary is None:
        return None, ""
    foreign = summary.find(q("ord:foreignCurrency"))
    if foreign is not None:
        code = text_of(foreign.find(f"{q('typ:currency')}/{q('typ:ids')}"))
        price_sum = foreign.find(q("typ:priceSum"))
        return (None if price_sum is None else _amount(text_of(price_sum))), code
    home = summary.find(q("ord:homeCurrency"))
    if home is None:
        return None, ""
    values = {local_name(child): child for child in home}
    total = _amount(text_of(values.get("priceNone")))
    for rate in ("priceLow", "priceHigh", "price3"):
        total += _rate_sum(values, rate)
    return total + _rounding(values.get("round")), ""


def _rate_sum(values: dict[str, etree._Element], rate: str) -> Decimal:
    if f"{rate}Sum" in values:
        return _amount(text_of(values[f"{rate}Sum"]))
    return _amount(text_of(values.get(rate))) + _amount(text_of(values.get(f"{rate}VAT")))


def _rounding(element: etree._Element | None) -> Decimal:
    if element is None:
        return Decimal(0)
    values = {local_name(child): text_of(child) for child in element}
    if "priceRound" in values:
        return _amount(values["priceRound"])
    return _amount(values.get("priceRoundSum", "")) + _amount(values.get("priceRoundSumVAT", ""))


def _ext_id(element: etree._Element | None) -> ExternalId | None:
    if element is None:
        return None
    return ExternalId(
        _child(element, "typ:ids"), _child(element, "typ:exSystemName"), _child(element, "typ:exSystemText")
    )


def _child(parent: etree._Element, name: str) -> str:
    return text_of(parent.find(q(name)))


def _amount(value: str) -> Decimal:
    if not value:
        return Decimal(0)
    if not _AMOUNT.fullmatch(value):
        raise ReadError("bad_record", f"amount {value!r}"[:80])
    return Decimal(value)


def _date(value: str) -> dt.date:
    try:
        return dt.date.fromisoformat(value[:10])
    except ValueError as error:
        raise ReadError("bad_record", f"date {value!r}"[:80]) from error


def _flag(value: str) -> bool:
    if value not in ("", "true", "false"):
        raise ReadError("bad_record", f"boolean {value!r}"[:80])
    return value == "true"


def _clear(element: etree._Element) -> None:
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]
