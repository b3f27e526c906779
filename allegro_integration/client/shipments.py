"""Parcel numbers of orders. They cannot be changed or removed, and carriers and other programs add them as well."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from allegro_integration.client.calls import Calls, OnSent, confirmation
from allegro_integration.client.orders import form_path
from allegro_integration.domain.values import Reference

# The carrier that takes a name of one's own.
OTHER: Final = "OTHER"
MAX_WAYBILL: Final = 64
MAX_CARRIER_NAME: Final = 30


class Shipment(Struct, frozen=True, kw_only=True):
    """A parcel number of an order, whoever added it. No `line_items` means the whole order."""

    id: str
    carrier_id: str
    carrier_name: str
    waybill: str
    line_items: tuple[str, ...]


class Carrier(Struct, frozen=True):
    """A carrier that Allegro knows."""

    id: str
    name: str = ""


class RawShipment(Struct, frozen=True, rename="camel"):
    id: str | None = None
    carrier_id: str | None = None
    carrier_name: str | None = None
    waybill: str | None = None
    line_items: tuple[Reference, ...] | None = None


class RawShipments(Struct, frozen=True):
    shipments: tuple[RawShipment, ...]


class RawCarriers(Struct, frozen=True):
    carriers: tuple[Carrier, ...]


class ShipmentCalls(Calls):
    """Parcel numbers of one seller's orders."""

    def shipments(self, form_id: str) -> tuple[Shipment, ...]:
        """All parcel numbers of an order. An odd one costs the list: it would seem as if the parcel were missing."""
        return tuple(_shipment(one) for one in self._read(_path(form_id), RawShipments).shipments)

    def add_shipment(
        self, form_id: str, *, carrier_id: str, carrier_name: str, waybill: str, on_sent: OnSent = None
    ) -> str:
        """Adds a parcel number for the whole order and returns its id. Not idempotent: read `shipments` first.

        `carrier_name` (at most 30 characters) is for the carrier OTHER and left out otherwise. Raises Refused when the
        number is not one of the carrier's, or is used in too many orders.
        """
        content = {"carrierId": carrier_id, "waybill": waybill}
        if carrier_id == OTHER:
            content["carrierName"] = carrier_name
        answer = self._write("POST", _path(form_id), content, subject="shipment", on_sent=on_sent)
        return confirmation(answer, Reference).id

    def carriers(self) -> tuple[Carrier, ...]:
        """All carriers; they change rarely."""
        return self._read("/order/carriers", RawCarriers).carriers


def _path(form_id: str) -> str:
    return f"{form_path(form_id)}/shipments"


def _shipment(raw: RawShipment) -> Shipment:
    return Shipment(
        id=raw.id or "",
        carrier_id=raw.carrier_id or "",
        carrier_name=raw.carrier_name or "",
        waybill=raw.waybill or "",
        line_items=tuple(one.id for one in raw.line_items or ()),
    )
