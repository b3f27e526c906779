"""What each agenda's records become: the table and the row of one record."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final, NamedTuple

from django.db import models

from pohoda_bridge.records import InvoiceRecord, OrderStateRecord, Record, StockRecord
from pohoda_bridge.server.mirror.models import Invoice, MirrorRead, OrderState, StockCard
from pohoda_bridge.xml.errors import ReadError

_AMOUNT_BELOW: Final = Decimal(10) ** 14
_TOTAL_BELOW: Final = Decimal(10) ** 12
_PERCENT_BELOW: Final = Decimal(1000)

Row = tuple[Any, ...]


class Mirrored(NamedTuple):
    """`columns` in the order of `row(record)`. `is_dated`: an export has the records from a date on only."""

    model: type[Any]
    columns: tuple[str, ...]
    row: Callable[[Any], Row]
    is_dated: bool


def row_of(agenda: str, record: Record, fingerprint: bytes) -> Row:
    """The row as `bulk.upsert` takes it. Raises ReadError for a value no row can hold."""
    return (fingerprint, *AGENDAS[agenda].row(record))


def columns_of(agenda: str) -> tuple[str, ...]:
    return ("fingerprint", *AGENDAS[agenda].columns)


def belongs(record: Record, scope: str) -> bool:
    """Pohoda cannot list the orders of one system alone: those of others are left out here."""
    if not scope or not isinstance(record, OrderStateRecord):
        return True
    return record.ext_id is not None and record.ext_id.system == scope


def _stock(card: StockRecord) -> Row:
    return (
        card.id,
        _name(card, "code", StockCard),
        _name(card, "store", StockCard),
        _name(card, "ean", StockCard),
        _text(card.storage, StockCard, "storage"),
        _text(card.name, StockCard, "name"),
        _text(card.kind, StockCard, "kind"),
        _text(card.unit, StockCard, "measure"),
        _text(card.producer, StockCard, "producer"),
        card.count,
        card.reservation,
        card.received_orders,
        None if card.vat_percent is None else _number(card.vat_percent, _PERCENT_BELOW),
        card.price,
        card.price_with_vat,
        card.levels,
        card.fields,
        card.extra,
        card.is_sales,
        card.is_internet,
    )


def _order(order: OrderStateRecord) -> Row:
    return (
        order.id,
        _fitting(order.ext_id.system if order.ext_id else "", OrderState, "ext_system"),
        _fitting(order.ext_id.ids if order.ext_id else "", OrderState, "ext_ids"),
        _name(order, "number", OrderState),
        _text(order.number_order, OrderState, "number_order"),
        order.date,
        order.is_executed,
        order.is_delivered,
        order.is_reserved,
        order.is_cancelled,
        _text(order.carrier, OrderState, "carrier"),
        _text(order.payment_type, OrderState, "payment_type"),
        order.labels,
        order.fields,
        order.links,
        _number(order.quantity, _AMOUNT_BELOW),
        _number(order.delivered, _AMOUNT_BELOW),
        None if order.total is None else _number(order.total, _TOTAL_BELOW),
        _name(order, "currency", OrderState),
    )


def _invoice(invoice: InvoiceRecord) -> Row:
    return (
        invoice.id,
        _name(invoice, "number", Invoice),
        _text(invoice.kind, Invoice, "kind"),
        _text(invoice.sym_var, Invoice, "sym_var"),
        _text(invoice.number_order, Invoice, "number_order"),
        invoice.date,
        None if invoice.total is None else _number(invoice.total, _TOTAL_BELOW),
        _name(invoice, "currency", Invoice),
        invoice.is_cancelled,
        invoice.is_paid,
        invoice.is_locked,
        invoice.fields,
        invoice.links,
    )


AGENDAS: Final[dict[str, Mirrored]] = {
    MirrorRead.Agenda.STOCK: Mirrored(
        StockCard,
        (
            *("record_id", "code", "store", "ean", "storage", "name", "kind", "measure", "producer"),
            *("count", "reservation", "received_orders", "vat_percent", "price", "price_with_vat"),
            *("levels", "fields", "extra", "is_sales", "is_internet"),
        ),
        _stock,
        is_dated=False,
    ),
    MirrorRead.Agenda.ORDERS: Mirrored(
        OrderState,
        (
            *("record_id", "ext_system", "ext_ids", "number", "number_order", "date"),
            *("is_executed", "is_delivered", "is_reserved", "is_cancelled", "carrier", "payment_type"),
            *("labels", "fields", "links", "quantity", "delivered", "total", "currency"),
        ),
        _order,
        is_dated=True,
    ),
    MirrorRead.Agenda.INVOICES: Mirrored(
        Invoice,
        (
            *("record_id", "number", "kind", "sym_var", "number_order", "date", "total", "currency"),
            *("is_cancelled", "is_paid", "is_locked", "fields", "links"),
        ),
        _invoice,
        is_dated=True,
    ),
}


def _name(record: Record, name: str, model: type[models.Model]) -> str:
    """By this a record is found: cut short it would be another one's."""
    return _fitting(getattr(record, name), model, name)


def _fitting(value: str, model: type[models.Model], name: str) -> str:
    if len(value) > _LENGTHS[model][name]:
        raise ReadError("bad_record", f"{name} of {len(value)} characters")
    return value


def _text(value: str, model: type[models.Model], name: str) -> str:
    """Only shown: as much of it as there is room for."""
    return value[: _LENGTHS[model][name]]


def _number(value: Decimal, below: Decimal) -> Decimal:
    if abs(value) >= below:
        raise ReadError("bad_record", f"{value} is too much"[:80])
    return value


def _lengths(model: type[models.Model]) -> dict[str, int]:
    return {
        field.name: field.max_length or 0 for field in model._meta.local_fields if isinstance(field, models.CharField)
    }


_LENGTHS: Final[dict[type[models.Model], dict[str, int]]] = {
    model: _lengths(model) for model in (StockCard, OrderState, Invoice)
}
