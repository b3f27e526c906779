"""Requests for lists of received orders. Each carries fresh ids: reading needs no duplicity check."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from pohoda_bridge.documents import ExternalId, UnitPin
from pohoda_bridge.xml import limits, schema
from pohoda_bridge.xml.errors import DocumentError
from pohoda_bridge.xml.namespaces import DAT, FTR, LST, TYP
from pohoda_bridge.xml.pieces import Fitter, envelope
from pohoda_bridge.xml.text import Encoding

PAGE_LIMIT: Final = 1000
_NAMESPACES: Final = f' xmlns:dat="{DAT}" xmlns:typ="{TYP}" xmlns:ftr="{FTR}" xmlns:lst="{LST}"'
_RESTRICTION: Final = (
    "<lst:restrictionData><lst:documents>false</lst:documents><lst:attachments>false</lst:attachments>"
    "<lst:parameters>false</lst:parameters><lst:liquidations>false</lst:liquidations></lst:restrictionData>"
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
    return _orders(pin, condition, "", ext_id.system, request_id, fitter)


def orders_by_id(
    pin: UnitPin, order_id: int, *, ext_system: str, request_id: str, encoding: Encoding = "windows-1250"
) -> ListRequest:
    """The received order with this record id."""
    if order_id < 1:
        raise DocumentError("bad_number", "id", str(order_id))
    condition = f"<ftr:filter><ftr:id>{order_id}</ftr:id></ftr:filter>"
    return _orders(pin, condition, "", ext_system, request_id, Fitter(encoding))


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
    if not 1 <= count <= PAGE_LIMIT or id_from < 0:
        raise DocumentError("bad_number", "limit", f"{id_from}/{count}")
    limit = f"<lst:limit><ftr:idFrom>{id_from}</ftr:idFrom><ftr:count>{count}</ftr:count></lst:limit>"
    return _orders(pin, "", limit, ext_system, request_id, Fitter(encoding))


def _orders(pin: UnitPin, condition: str, limit: str, ext_system: str, request_id: str, fitter: Fitter) -> ListRequest:
    system = fitter.attribute("extSystem", ext_system, limits.EXT_SYSTEM) if ext_system else ""
    body = (
        f'<lst:listOrderRequest version="2.0" orderType="receivedOrder" orderVersion="2.0"{system}>'
        f"{limit}<lst:requestOrder>{condition}</lst:requestOrder>{_RESTRICTION}</lst:listOrderRequest>"
    )
    item_id = f"{request_id}-1"
    document = envelope(
        body,
        pin=pin,
        pack_id=request_id,
        item_id=item_id,
        note="",
        namespaces=_NAMESPACES,
        application="Connectify",
        fitter=fitter,
    )
    schema.check(document)
    return ListRequest(document=document, pack_id=request_id, item_id=item_id)
