"""Reads records that were cut out of a list: strictly parsed, one or many at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from lxml import etree

from pohoda_bridge.protocol import Agenda
from pohoda_bridge.records import InvoiceRecord, OrderStateRecord, Record, StockRecord
from pohoda_bridge.xml import record_parts as parts
from pohoda_bridge.xml import values
from pohoda_bridge.xml.errors import ReadError
from pohoda_bridge.xml.namespaces import PREFIXES, q
from pohoda_bridge.xml.raw import LAYOUTS, RawRecord
from pohoda_bridge.xml.reader import parse_part, text_of
from pohoda_bridge.xml.text import Encoding

BATCH: Final = 200
_DECLARATIONS: Final = "".join(f' xmlns:{prefix}="{uri}"' for prefix, uri in PREFIXES.items())
_OPENING: Final = f"<records{_DECLARATIONS}>".encode()
_CLOSING: Final = b"</records>"
_TRUE: Final = ("true", "1")


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
    content = b"".join(pieces)
    if encoding == "windows-1250":
        # Python refuses the same five bytes as the parser, and is several times quicker about the others.
        try:
            content = content.decode("cp1250").encode()
        except UnicodeDecodeError as error:
            raise ReadError("not_well_formed", str(error)[:200]) from error
    root = parse_part(b"".join((_OPENING, content, _CLOSING)))
    tag = q(LAYOUTS[agenda].item)
    if len(root) != len(pieces) or (root.text or "").strip():
        raise ReadError("bad_record", f"{len(root)} elements in {len(pieces)} records")
    elements = list(root)
    for element in elements:
        if element.tag != tag or (element.tail or "").strip():
            raise ReadError("bad_record", str(element.tag)[-80:])
    return elements


def _stock(item: etree._Element) -> StockRecord:
    header = parts.read_header(item, "stock")
    storage = parts.code_of(header.inner.get("storage"))
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
        levels=parts.price_levels(parts.part(item, "stk:stockPriceItem")),
        is_sales=values.boolean(header.text("isSales")),
        is_internet=values.boolean(header.text("isInternet")),
        producer=header.text("producer"),
        fields=parts.optional_fields(header.inner.get("parameters")),
        extra=parts.extra_lists(header),
    )


def _order(item: etree._Element) -> OrderStateRecord:
    header = parts.read_header(item, "orders")
    if (kind := header.text("orderType")) not in ("", "receivedOrder"):
        raise ReadError("bad_record", f"orderType {kind}"[:80])
    total, currency = values.total(parts.part(item, "ord:orderSummary"), "ord")
    quantity, delivered = parts.delivered_of(parts.part(item, "ord:orderDetail"))
    return OrderStateRecord(
        id=values.record_id(header.text("id")),
        number=parts.text_in(header.inner.get("number"), "typ:numberRequested"),
        ext_id=values.external_id(header.inner.get("extId")),
        number_order=header.text("numberOrder"),
        date=values.date(header.text("date")),
        is_executed=values.boolean(header.text("isExecuted")),
        is_delivered=values.boolean(header.text("isDelivered")),
        is_reserved=values.boolean(header.text("isReserved")),
        is_cancelled=header.text("storno") == "cancelledDocument",
        carrier=parts.code_of(header.inner.get("carrier")),
        payment_type=parts.code_of(header.inner.get("paymentType")),
        labels=tuple(parts.code_of(label) for label in parts.children(header.inner.get("labels"))),
        fields=parts.optional_fields(header.inner.get("parameters")),
        links=parts.document_links(parts.part(item, "ord:linkedDocuments")),
        quantity=quantity,
        delivered=delivered,
        total=total,
        currency=currency,
    )


def _invoice(item: etree._Element) -> InvoiceRecord:
    header = parts.read_header(item, "invoices")
    total, currency = values.total(parts.part(item, "inv:invoiceSummary"), "inv")
    locks = (values.boolean(header.text(name)) for name in ("lock1", "lock2"))
    return InvoiceRecord(
        id=values.record_id(header.text("id")),
        number=parts.text_in(header.inner.get("number"), "typ:numberRequested"),
        kind=header.text("invoiceType"),
        sym_var=header.text("symVar"),
        number_order=header.text("numberOrder"),
        date=values.date(header.text("date")),
        total=total,
        currency=currency,
        is_cancelled=header.text("storno") != "",
        is_paid=parts.is_paid(header.inner.get("liquidation")),
        is_locked=any(locks),
        fields=parts.optional_fields(header.inner.get("parameters")),
        links=parts.document_links(parts.part(item, "inv:linkedDocuments")),
    )


_READERS: Final[dict[Agenda, Callable[[etree._Element], Record]]] = {
    "stock": _stock,
    "orders": _order,
    "invoices": _invoice,
}
