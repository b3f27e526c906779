"""Reads records that were cut out of a list: strictly parsed, one or many at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Final, NamedTuple

from lxml import etree

from pohoda_bridge.protocol import Agenda
from pohoda_bridge.records import DocumentLink, InvoiceRecord, OrderStateRecord, Record, StockRecord
from pohoda_bridge.xml import values
from pohoda_bridge.xml.errors import ReadError
from pohoda_bridge.xml.namespaces import PREFIXES, q
from pohoda_bridge.xml.raw import LAYOUTS, RawRecord
from pohoda_bridge.xml.reader import parse_part, text_of
from pohoda_bridge.xml.text import Encoding
from pohoda_bridge.xml.values import child_text

BATCH: Final = 200
_WRAPPER: Final = "<records" + "".join(f' xmlns:{prefix}="{uri}"' for prefix, uri in PREFIXES.items()) + ">"
_TRUE: Final = ("true", "1")
_WITH_ATTRIBUTES: Final = frozenset({"sellingRateVAT", "sellingPrice"})
_WANTED: Final[dict[Agenda, str]] = {
    "stock": "id code storage name EAN stockType unit count reservation countReceivedOrders sellingRateVAT sellingPrice"
    " isSales isInternet producer parameters categories pictures intParameters",
    "orders": "id extId orderType storno number numberOrder date isExecuted isDelivered isReserved carrier paymentType"
    " labels parameters",
    "invoices": "id invoiceType storno number symVar numberOrder date liquidation lock1 lock2 parameters",
}
_TAGS: Final[dict[Agenda, dict[str, str]]] = {
    agenda: {q(f"{LAYOUTS[agenda].header.partition(':')[0]}:{name}"): name for name in names.split()}
    for agenda, names in _WANTED.items()
}


class _Header(NamedTuple):
    """What is wanted of a record's header, by local names: the texts of leaves, and what has more than a text."""

    leaves: dict[str, str]
    inner: dict[str, etree._Element]

    def text(self, name: str) -> str:
        """The text of a leaf, "" for an absent one. Raises ReadError when it is not a leaf."""
        found = self.leaves.get(name)
        if found is None and name in self.inner:
            raise ReadError("not_a_leaf", name)
        return found or ""


def read_record(agenda: Agenda, data: bytes | memoryview, encoding: Encoding) -> Record:
    """`encoding` as `SplitList.encoding`. Raises ReadError."""
    return _READERS[agenda](_elements(agenda, [data], encoding)[0])


def read_records(agenda: Agenda, items: Sequence[RawRecord], encoding: Encoding) -> Iterator[Record]:
    """In the order given. Raises ReadError at the first record that cannot be read or has another id than was cut."""
    read = _READERS[agenda]
    for start in range(0, len(items), BATCH):
        batch = items[start : start + BATCH]
        for item, element in zip(batch, _batch(agenda, batch, encoding), strict=True):
            record = read(element)
            if record.id != item.id:
                raise ReadError("other_record", f"{record.id}, expected {item.id}")
            yield record


def _batch(agenda: Agenda, batch: Sequence[RawRecord], encoding: Encoding) -> Iterator[etree._Element]:
    try:
        yield from _elements(agenda, [item.data for item in batch], encoding)
    except ReadError:
        # Read alone, the sound ones come first and the damaged one says what is wrong with it.
        for item in batch:
            yield from _elements(agenda, [item.data], encoding)


def _elements(agenda: Agenda, pieces: Sequence[bytes | memoryview], encoding: Encoding) -> Sequence[etree._Element]:
    opening = f'<?xml version="1.0" encoding="{encoding}"?>{_WRAPPER}'.encode()
    root = parse_part(b"".join((opening, *pieces, b"</records>")))
    tag = q(LAYOUTS[agenda].item)
    if len(root) != len(pieces) or (root.text or "").strip():
        raise ReadError("bad_record", f"{len(root)} elements in {len(pieces)} records")
    elements = list(root)
    for element in elements:
        if element.tag != tag or (element.tail or "").strip():
            raise ReadError("bad_record", str(element.tag)[-80:])
    return elements


def _stock(item: etree._Element) -> StockRecord:
    header = _header(item, "stock")
    storage = _ids(header.inner.get("storage"))
    rate, price = header.inner.get("sellingRateVAT"), header.inner.get("sellingPrice")
    percent = "" if rate is None else rate.get("value", "")
    return StockRecord(
        id=values.record_id(header.text("id")),
        code=header.text("code"),
        store=storage.partition("/")[0],
        storage=storage,
        name=header.text("name"),
        ean=header.text("EAN"),
        kind=header.text("stockType"),
        unit=header.text("unit"),
        count=values.amount(header.text("count")),
        reservation=values.amount(header.text("reservation")),
        received_orders=values.amount(header.text("countReceivedOrders")),
        vat_percent=values.amount(percent) if percent else None,
        price=values.amount(text_of(price)),
        price_with_vat=price is not None and price.get("payVAT") in _TRUE,
        levels=_levels(_part(item, "stk:stockPriceItem")),
        is_sales=values.boolean(header.text("isSales")),
        is_internet=values.boolean(header.text("isInternet")),
        producer=header.text("producer"),
        fields=_fields(header.inner.get("parameters")),
        extra=_extra(header),
    )


def _order(item: etree._Element) -> OrderStateRecord:
    header = _header(item, "orders")
    if (kind := header.text("orderType")) not in ("", "receivedOrder"):
        raise ReadError("bad_record", f"orderType {kind}"[:80])
    total, currency = values.total(_part(item, "ord:orderSummary"), "ord")
    quantity, delivered = _delivered(_part(item, "ord:orderDetail"))
    return OrderStateRecord(
        id=values.record_id(header.text("id")),
        number=_of(header.inner.get("number"), "typ:numberRequested"),
        ext_id=values.external_id(header.inner.get("extId")),
        number_order=header.text("numberOrder"),
        date=values.date(header.text("date")),
        is_executed=values.boolean(header.text("isExecuted")),
        is_delivered=values.boolean(header.text("isDelivered")),
        is_reserved=values.boolean(header.text("isReserved")),
        is_cancelled=header.text("storno") == "cancelledDocument",
        carrier=_ids(header.inner.get("carrier")),
        payment_type=_ids(header.inner.get("paymentType")),
        labels=tuple(_ids(label) for label in _children(header.inner.get("labels"))),
        fields=_fields(header.inner.get("parameters")),
        links=_links(_part(item, "ord:linkedDocuments")),
        quantity=quantity,
        delivered=delivered,
        total=total,
        currency=currency,
    )


def _invoice(item: etree._Element) -> InvoiceRecord:
    header = _header(item, "invoices")
    total, currency = values.total(_part(item, "inv:invoiceSummary"), "inv")
    locks = (values.boolean(header.text(name)) for name in ("lock1", "lock2"))
    return InvoiceRecord(
        id=values.record_id(header.text("id")),
        number=_of(header.inner.get("number"), "typ:numberRequested"),
        kind=header.text("invoiceType"),
        sym_var=header.text("symVar"),
        number_order=header.text("numberOrder"),
        date=values.date(header.text("date")),
        total=total,
        currency=currency,
        is_cancelled=header.text("storno") != "",
        is_paid=_is_paid(header.inner.get("liquidation")),
        is_locked=any(locks),
        fields=_fields(header.inner.get("parameters")),
        links=_links(_part(item, "inv:linkedDocuments")),
    )


_READERS: Final[dict[Agenda, Callable[[etree._Element], Record]]] = {
    "stock": _stock,
    "orders": _order,
    "invoices": _invoice,
}


def _header(item: etree._Element, agenda: Agenda) -> _Header:
    """The schema has each element of a header at most once. Raises ReadError where a wanted one stands twice."""
    header = _part(item, LAYOUTS[agenda].header)
    if header is None:
        raise ReadError("bad_record", LAYOUTS[agenda].header)
    wanted = _TAGS[agenda]
    leaves: dict[str, str] = {}
    inner: dict[str, etree._Element] = {}
    for child in header:
        # Naming an element costs more than anything else here: what is not wanted is left at that.
        name = wanted.get(child.tag)
        if name is None:
            continue
        if name in leaves or name in inner:
            raise ReadError("bad_record", f"{name} stands twice")
        if len(child) or name in _WITH_ATTRIBUTES:
            inner[name] = child
        else:
            leaves[name] = (child.text or "").strip()
    return _Header(leaves, inner)


def _children(parent: etree._Element | None) -> Iterable[etree._Element]:
    return () if parent is None else parent


def _part(parent: etree._Element, name: str) -> etree._Element | None:
    """A child by its name. For short parents: quicker than a search by path."""
    tag = q(name)
    for child in parent:
        if child.tag == tag:
            return child
    return None


def _of(parent: etree._Element | None, name: str) -> str:
    """The text of a child by its name, "" for an absent one."""
    return "" if parent is None else text_of(_part(parent, name))


def _ids(reference: etree._Element | None) -> str:
    """The code of a reference, "" without one."""
    return _of(reference, "typ:ids")


def _levels(prices: etree._Element | None) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for price in _children(prices):
        texts = {child.tag: child.text for child in price}
        found[(texts.get(q("typ:ids")) or "").strip()] = values.amount((texts.get(q("typ:price")) or "").strip())
    return found


def _fields(parameters: etree._Element | None) -> dict[str, str]:
    """Optional parameters by their names; a list's entry by its text."""
    found: dict[str, str] = {}
    for parameter in _children(parameters):
        parts = list(parameter)
        if not parts or parts[0].tag != q("typ:name"):
            raise ReadError("bad_record", "parameter without a name")
        value = parts[1] if len(parts) > 1 else None
        is_entry = value is not None and value.tag == q("typ:listValueRef")
        found[text_of(parts[0])] = _ids(value) if is_entry else text_of(value)
    return found


def _extra(header: _Header) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    if (categories := header.inner.get("categories")) is not None:
        found["categories"] = [text_of(category) for category in categories]
    if (pictures := header.inner.get("pictures")) is not None:
        found["pictures"] = [child_text(picture, "stk:filepath") for picture in pictures]
    if (parameters := header.inner.get("intParameters")) is not None:
        found["parameters"] = [_internet_parameter(parameter) for parameter in parameters]
    return found


def _internet_parameter(parameter: etree._Element) -> str:
    path = f"{q('stk:intParameterValues')}/{q('stk:intParameterValue')}/{q('stk:parameterValue')}"
    said = ", ".join(text_of(value) for value in parameter.iterfind(path))
    return f"{child_text(parameter, 'stk:intParameterName')}: {said}"


def _links(linked: etree._Element | None) -> tuple[DocumentLink, ...]:
    links = []
    for link in _children(linked):
        document = link.find(q("typ:sourceDocument"))
        number = _of(document, "typ:number")
        # A document of another year may be named by its number alone.
        record_id = values.record_id(said) if (said := _of(document, "typ:id")) else 0
        links.append(DocumentLink(agenda=_of(link, "typ:sourceAgenda"), id=record_id, number=number))
    return tuple(links)


def _delivered(detail: etree._Element | None) -> tuple[Decimal, Decimal]:
    """→ (ordered, delivered) pieces of the lines that are goods on stock."""
    quantity = delivered = Decimal(0)
    for line in () if detail is None else detail.iterfind(q("ord:orderItem")):
        if line.find(q("ord:stockItem")) is not None:
            quantity += values.amount(child_text(line, "ord:quantity"))
            delivered += values.amount(child_text(line, "ord:delivered"))
    return quantity, delivered


def _is_paid(liquidation: etree._Element | None) -> bool:
    """A payment's date is there and no amount is left open."""
    if liquidation is None or not child_text(liquidation, "typ:date"):
        return False
    left = (values.amount(child_text(liquidation, name)) for name in ("typ:amountHome", "typ:amountForeign"))
    return not any(left)
