"""Requests that read: lists of stock cards, received orders and invoices, and a printed report.

Each carries fresh ids: reading needs no duplicity check. Filters are only the ones below; a query or a saved filter of
Pohoda's is never written.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

from msgspec import Struct

from pohoda_bridge.documents import ExternalId, UnitPin
from pohoda_bridge.xml import limits, schema
from pohoda_bridge.xml.errors import DocumentError
from pohoda_bridge.xml.namespaces import DAT, FTR, LST, LSTK, PRN, TYP
from pohoda_bridge.xml.pieces import Fitter, envelope, flag
from pohoda_bridge.xml.text import Encoding

PAGE_LIMIT: Final = 1000
PRINTED_AGENDA: Final = "vydane_faktury"
_NAMESPACES: Final = f' xmlns:dat="{DAT}" xmlns:typ="{TYP}" xmlns:ftr="{FTR}" xmlns:lst="{LST}"'
_STOCK_NAMESPACES: Final = f' xmlns:dat="{DAT}" xmlns:typ="{TYP}" xmlns:ftr="{FTR}" xmlns:lStk="{LSTK}"'
_PRINT_NAMESPACES: Final = f' xmlns:dat="{DAT}" xmlns:ftr="{FTR}" xmlns:prn="{PRN}"'
_LOCAL_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
_RICH: Final = ("pictures", "categories", "intParameters")
_NEVER_OF_STOCK: Final = (
    "relatedFiles",
    "relatedLinks",
    "relatedStocks",
    "alternativeStocks",
    "stockItem",
    "stockAttach",
    "stockSerialNumber",
    "attachments",
)


class ListRequest(Struct, frozen=True, kw_only=True):
    """`document` = bytes to send; the answer must carry the same two ids."""

    document: bytes
    pack_id: str
    item_id: str


def orders_by_ext_id(
    pin: UnitPin, ext_id: ExternalId, *, request_id: str, encoding: Encoding = "windows-1250"
) -> ListRequest:
    """The received orders with exactly this external id (one or none)."""
    fitter = Fitter(encoding)
    condition = (
        f"<ftr:filter><ftr:extId>{fitter.exact('typ:ids', ext_id.ids, limits.EXT_ID)}"
        f"{fitter.exact('typ:exSystemName', ext_id.system, limits.EXT_SYSTEM)}</ftr:extId></ftr:filter>"
    )
    return _request(_orders(condition, "", ext_id.system, fitter), pin, request_id, fitter)


def orders_by_id(
    pin: UnitPin, order_id: int, *, ext_system: str, request_id: str, encoding: Encoding = "windows-1250"
) -> ListRequest:
    """The received order with this record id."""
    fitter = Fitter(encoding)
    condition = f"<ftr:filter><ftr:id>{_positive(order_id, 'id')}</ftr:id></ftr:filter>"
    return _request(_orders(condition, "", ext_system, fitter), pin, request_id, fitter)


def orders_page(
    pin: UnitPin,
    *,
    id_from: int,
    count: int,
    ext_system: str,
    request_id: str,
    encoding: Encoding = "windows-1250",
) -> ListRequest:
    """At most `count` received orders by ascending id from `id_from` on (inclusive)."""
    fitter = Fitter(encoding)
    return _request(_orders("", _limit("lst", id_from, count), ext_system, fitter), pin, request_id, fitter)


def orders_state_page(
    pin: UnitPin,
    *,
    id_from: int,
    count: int,
    ext_system: str,
    request_id: str,
    changed_since: str = "",
    date_from: dt.date | None = None,
    encoding: Encoding = "windows-1250",
) -> ListRequest:
    """As `orders_page`, with linked documents and optional parameters.

    `changed_since` ("YYYY-MM-DDTHH:MM:SS") is on Pohoda's own clock; `date_from` is the earliest date of issue.
    """
    fitter = Fitter(encoding)
    body = _orders(_filter(changed_since, date_from), _limit("lst", id_from, count), ext_system, fitter, is_whole=True)
    return _request(body, pin, request_id, fitter)


def invoices_page(
    pin: UnitPin,
    *,
    id_from: int,
    count: int,
    request_id: str,
    changed_since: str = "",
    date_from: dt.date | None = None,
    encoding: Encoding = "windows-1250",
) -> ListRequest:
    """At most `count` issued invoices by ascending id from `id_from` on, with linked documents and parameters."""
    body = (
        '<lst:listInvoiceRequest version="2.0" invoiceType="issuedInvoice" invoiceVersion="2.0">'
        f"{_limit('lst', id_from, count)}<lst:requestInvoice>{_filter(changed_since, date_from)}</lst:requestInvoice>"
        f"{_restriction(is_whole=True)}</lst:listInvoiceRequest>"
    )
    return _request(body, pin, request_id, Fitter(encoding))


def stock_page(
    pin: UnitPin,
    *,
    id_from: int,
    count: int,
    request_id: str,
    changed_since: str = "",
    rich: bool = False,
    encoding: Encoding = "windows-1250",
) -> ListRequest:
    """At most `count` stock cards by ascending id from `id_from` on, with price levels and optional parameters.

    `rich` adds categories, internet parameters and pictures: texts that make an export long.
    """
    asked = dict.fromkeys(_NEVER_OF_STOCK, False) | dict.fromkeys(_RICH, rich)
    asked |= {"stockPriceItem": True, "stockParameters": True}
    body = (
        f'<lStk:listStockRequest version="2.0" stockVersion="2.0">{_limit("lStk", id_from, count)}'
        f"<lStk:requestStock>{_filter(changed_since, None)}</lStk:requestStock>"
        f"<lStk:restrictionData>{''.join(flag(f'lStk:{name}', value) for name, value in asked.items())}"
        "</lStk:restrictionData></lStk:listStockRequest>"
    )
    return _request(body, pin, request_id, Fitter(encoding), _STOCK_NAMESPACES)


def print_request(
    pin: UnitPin,
    *,
    record_id: int,
    report_id: int,
    file_name: str,
    request_id: str,
    encoding: Encoding = "windows-1250",
) -> ListRequest:
    """One issued invoice printed by one report into a PDF that comes back in the answer.

    `file_name` is bare ([A-Za-z0-9_-]{1,60}.pdf): the agent puts its own folder in front.
    """
    if not limits.PRINT_FILE.fullmatch(file_name):
        raise DocumentError("not_writable", "file_name", file_name[:80])
    body = (
        f'<prn:print version="1.0"><prn:record agenda="{PRINTED_AGENDA}"><ftr:filter>'
        f"<ftr:id>{_positive(record_id, 'record_id')}</ftr:id></ftr:filter></prn:record><prn:printerSettings>"
        f"<prn:report><prn:id>{_positive(report_id, 'report_id')}</prn:id></prn:report>"
        f"<prn:pdf><prn:fileName>{file_name}</prn:fileName><prn:binaryData><prn:responseXml>true</prn:responseXml>"
        "<prn:removeFile>true</prn:removeFile></prn:binaryData></prn:pdf></prn:printerSettings></prn:print>"
    )
    return _request(body, pin, request_id, Fitter(encoding), _PRINT_NAMESPACES)


def _orders(condition: str, limit: str, ext_system: str, fitter: Fitter, *, is_whole: bool = False) -> str:
    system = fitter.attribute("extSystem", ext_system, limits.EXT_SYSTEM) if ext_system else ""
    return (
        f'<lst:listOrderRequest version="2.0" orderType="receivedOrder" orderVersion="2.0"{system}>{limit}'
        f"<lst:requestOrder>{condition}</lst:requestOrder>{_restriction(is_whole=is_whole)}</lst:listOrderRequest>"
    )


def _restriction(*, is_whole: bool) -> str:
    asked = {"documents": is_whole, "attachments": False, "parameters": is_whole, "liquidations": False}
    flags = "".join(flag(f"lst:{name}", value) for name, value in asked.items())
    return f"<lst:restrictionData>{flags}</lst:restrictionData>"


def _limit(prefix: str, id_from: int, count: int) -> str:
    if not 1 <= count <= PAGE_LIMIT or id_from < 0:
        raise DocumentError("bad_number", "limit", f"{id_from}/{count}")
    return f"<{prefix}:limit><ftr:idFrom>{id_from}</ftr:idFrom><ftr:count>{count}</ftr:count></{prefix}:limit>"


def _filter(changed_since: str, date_from: dt.date | None) -> str:
    if changed_since and not _LOCAL_TIME.fullmatch(changed_since):
        raise DocumentError("bad_time", "changed_since", changed_since[:40])
    day = f"<ftr:dateFrom>{date_from.isoformat()}</ftr:dateFrom>" if date_from is not None else ""
    changed = f"<ftr:lastChanges>{changed_since}</ftr:lastChanges>" if changed_since else ""
    return f"<ftr:filter>{day}{changed}</ftr:filter>" if day or changed else ""


def _positive(value: int, field: str) -> int:
    if value < 1:
        raise DocumentError("bad_number", field, str(value))
    return value


def _request(body: str, pin: UnitPin, request_id: str, fitter: Fitter, namespaces: str = _NAMESPACES) -> ListRequest:
    item_id = f"{request_id}-1"
    document = envelope(
        body,
        pin=pin,
        pack_id=request_id,
        item_id=item_id,
        note="",
        namespaces=namespaces,
        application="Connectify",
        fitter=fitter,
    )
    schema.check(document)
    return ListRequest(document=document, pack_id=request_id, item_id=item_id)
