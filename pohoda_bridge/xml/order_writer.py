"""A received order as Pohoda's dataPack: small templates, everything said that Pohoda would else guess (P-fact 18).

Equal values give equal bytes: a repeat is byte-identical, which Pohoda's duplicity check needs.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Final

from msgspec import Struct

from pohoda_bridge.documents import ForeignCurrency, OrderImport, OrderLine, Party, ReceivedOrder, ShipTo, StockRef
from pohoda_bridge.xml import limits, schema
from pohoda_bridge.xml.errors import DocumentError
from pohoda_bridge.xml.namespaces import DAT, ORD, TYP
from pohoda_bridge.xml.pieces import Fitter, amount, envelope, flag
from pohoda_bridge.xml.text import Encoding, Note

_NAMESPACES: Final = f' xmlns:dat="{DAT}" xmlns:typ="{TYP}" xmlns:ord="{ORD}"'
_ROUNDING: Final = (
    "<ord:roundingDocument>none</ord:roundingDocument><ord:roundingVAT>none</ord:roundingVAT>"
    "<ord:calculateVAT>false</ord:calculateVAT>"
)


class Written(Struct, frozen=True):
    """`document` = the bytes to send; `notes` = every text that had to be changed to fit."""

    document: bytes
    notes: tuple[Note, ...]


def write_order(
    order_import: OrderImport, encoding: Encoding = "windows-1250", application: str = "Connectify"
) -> Written:
    """One order, one dataPack (DESIGN §4.8). Raises DocumentError for a reference or number that does not fit."""
    fitter = Fitter(encoding)
    order = order_import.order
    if not order.lines:
        raise DocumentError("empty", "lines")
    body = (
        f'<ord:order version="2.0">{_header(order, fitter)}'
        f"<ord:orderDetail>{''.join(_line(line, order, n, fitter) for n, line in enumerate(order.lines, 1))}"
        f"</ord:orderDetail>{_summary(order.currency, fitter)}</ord:order>"
    )
    document = envelope(
        body,
        pin=order_import.pin,
        pack_id=order_import.pack_id,
        item_id=order_import.item_id,
        note=order.number_order,
        namespaces=_NAMESPACES,
        application=application,
        fitter=fitter,
    )
    schema.check(document)
    return Written(document, tuple(fitter.notes))


def _header(order: ReceivedOrder, f: Fitter) -> str:
    return "".join(
        (
            "<ord:orderHeader>",
            _ext_id(order, f),
            "<ord:orderType>receivedOrder</ord:orderType>",
            f.ref("ord:number", order.number_series, limits.REF_IDS),
            f.text("ord:numberOrder", order.number_order, limits.NUMBER_ORDER),
            _date("ord:date", order.date),
            _date("ord:dateFrom", order.date_from),
            _date("ord:dateTo", order.date_to),
            f.text("ord:text", order.text, limits.ORDER_TEXT),
            _partner(order, f),
            f.ref("ord:paymentType", order.payment_type, limits.PAYMENT_IDS),
            flag("ord:isExecuted", False),
            flag("ord:isReserved", order.is_reserved),
            f.ref("ord:centre", order.centre, limits.REF_IDS),
            f.ref("ord:activity", order.activity, limits.REF_IDS),
            f.text("ord:note", order.note, limits.NOTE, lines=True),
            f.ref("ord:carrier", order.carrier, limits.CARRIER_IDS),
            f.text("ord:intNote", order.internal_note, limits.NOTE, lines=True),
            flag("ord:markRecord", False),
            "</ord:orderHeader>",
        )
    )


def _ext_id(order: ReceivedOrder, f: Fitter) -> str:
    ext = order.ext_id
    if not ext.ids or not ext.system:
        raise DocumentError("empty", "ext_id")
    return (
        f"<ord:extId>{f.exact('typ:ids', ext.ids, limits.EXT_ID)}"
        f"{f.exact('typ:exSystemName', ext.system, limits.EXT_SYSTEM)}"
        f"{f.text('typ:exSystemText', ext.text, limits.ORDER_TEXT)}</ord:extId>"
    )


def _partner(order: ReceivedOrder, f: Fitter) -> str:
    link = "true" if order.link_to_address else "false"
    with f.inside("buyer"):
        address = f'<typ:address linkToAddress="{link}">{_party(order.buyer, f)}</typ:address>'
    with f.inside("ship_to"):
        ship_to = f"<typ:shipToAddress>{_place(order.ship_to, f)}</typ:shipToAddress>" if order.ship_to else ""
    return f"<ord:partnerIdentity>{address}{ship_to}</ord:partnerIdentity>"


def _party(party: Party, f: Fitter) -> str:
    return (
        f.text("typ:company", party.company, limits.COMPANY)
        + f.text("typ:name", party.name, limits.NAME)
        + f.text("typ:city", party.city, limits.CITY)
        + f.text("typ:street", party.street, limits.STREET)
        + f.text("typ:zip", party.zip, limits.ZIP)
        + f.whole("typ:ico", party.ico, limits.ICO)
        + f.whole("typ:dic", party.dic, limits.DIC)
        + f.whole("typ:icDph", party.ic_dph, limits.IC_DPH)
        + f.ref("typ:country", party.country, limits.REF_IDS)
        + f.text("typ:phone", party.phone, limits.PHONE)
        + f.whole("typ:email", party.email, limits.EMAIL)
    )


def _place(place: ShipTo, f: Fitter) -> str:
    return (
        f.text("typ:company", place.company, limits.COMPANY)
        + f.text("typ:name", place.name, limits.NAME)
        + f.text("typ:city", place.city, limits.CITY)
        + f.text("typ:street", place.street, limits.STREET)
        + f.text("typ:zip", place.zip, limits.ZIP)
        + f.ref("typ:country", place.country, limits.REF_IDS)
        + f.text("typ:phone", place.phone, limits.PHONE)
        + f.whole("typ:email", place.email, limits.EMAIL)
    )


def _line(line: OrderLine, order: ReceivedOrder, number: int, f: Fitter) -> str:
    currency = "homeCurrency" if order.currency is None else "foreignCurrency"
    with f.inside(f"line {number}"):
        return "".join(
            (
                "<ord:orderItem>",
                f.text("ord:text", line.text, limits.LINE_TEXT),
                amount("ord:quantity", line.quantity),
                f.text("ord:unit", line.unit, limits.LINE_UNIT),
                flag("ord:payVAT", True),
                f"<ord:rateVAT>{line.vat}</ord:rateVAT>",
                _percent(line),
                "<ord:discountPercentage>0</ord:discountPercentage>",
                f"<ord:{currency}>{amount('typ:unitPrice', line.unit_price)}</ord:{currency}>",
                f.text("ord:note", line.note, limits.LINE_NOTE),
                f.exact("ord:code", line.code, limits.LINE_CODE),
                _stock(line.stock, f),
                "</ord:orderItem>",
            )
        )


def _percent(line: OrderLine) -> str:
    """Only the history rates carry a percentage; with the others Pohoda takes it from the date."""
    if not line.vat.startswith("history"):
        return ""
    if line.vat_percent is None:
        raise DocumentError("empty", "vat_percent")
    return amount("ord:percentVAT", line.vat_percent)


def _stock(stock: StockRef | None, f: Fitter) -> str:
    if stock is None:
        return ""
    if not stock.code:
        raise DocumentError("empty", "stock.code")
    return (
        f"<ord:stockItem>{f.ref('typ:store', stock.store, limits.REF_IDS)}"
        '<typ:stockItem insertAttachStock="false" applyUserSettingsFilterOnTheStore="false">'
        f"{f.exact('typ:ids', stock.code, limits.STOCK_IDS)}</typ:stockItem></ord:stockItem>"
    )


def _summary(currency: ForeignCurrency | None, f: Fitter) -> str:
    return f"<ord:orderSummary>{_ROUNDING}{_foreign(currency, f)}</ord:orderSummary>"


def _foreign(currency: ForeignCurrency | None, f: Fitter) -> str:
    if currency is None:
        return ""
    rate = ""
    if currency.rate is not None:
        rate = f"{amount('typ:rate', currency.rate)}{amount('typ:amount', Decimal(currency.amount))}"
    return f"<ord:foreignCurrency>{f.ref('typ:currency', currency.code, limits.REF_IDS)}{rate}</ord:foreignCurrency>"


def _date(tag: str, value: dt.date | None) -> str:
    return "" if value is None else f"<{tag}>{value.isoformat()}</{tag}>"
