"""What the API says of an order."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated, Final, Literal

import msgspec

from allegro_integration.api.words import RecordState
from connectify.api.answers import Cause, Money
from connectify.api.paging import Paged


class OrderRow(msgspec.Struct, frozen=True, kw_only=True):
    """An order on its way from Allegro to Pohoda. `number` is the id of the checkout form at Allegro."""

    id: uuid.UUID
    number: str
    state: RecordState
    cause: Annotated[Cause | None, msgspec.Meta(description="Why it is in its state, where that needs saying.")]
    instance: uuid.UUID
    marketplace: str
    buyer: str
    total: Money
    paid: Money | None
    delivery_method: str
    delivery_method_id: str
    payment_type: str
    bought_at: dt.datetime
    pohoda_number: str
    pohoda_total: Money | None


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One event of the timeline. `documents` are ids of what was sent and received."""

    type: str
    at: dt.datetime
    title: str
    tone: Literal["good", "wait", "bad", "idle"]
    details: list[str]
    cause: Cause | None
    reasons: Annotated[list[str], msgspec.Meta(description="Where each value of the plan comes from, in sentences.")]
    notes: list[str]
    documents: list[uuid.UUID]


class AllegroSide(msgspec.Struct, frozen=True, kw_only=True):
    """What Allegro says, as it was read last."""

    form_id: str
    status: str
    revision: str
    read_at: dt.datetime | None
    total: Money
    paid: Money | None
    fulfilment: Annotated[str, msgspec.Meta(description="The seller's status at Allegro.")]


class PohodaSide(msgspec.Struct, frozen=True, kw_only=True):
    """What Pohoda has. `number` is empty until it has the order."""

    number: str
    total: Money | None
    confirmed_at: dt.datetime | None
    totals_differ: bool


class WayBack(msgspec.Struct, frozen=True, kw_only=True):
    """The seller's status that the rules want, what was sent, and why."""

    wanted: str
    sent: str
    cause: Cause | None
    reasons: list[Cause]
    parcel: str


class InvoiceRow(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice of Pohoda's on its way to the order at Allegro. `document` is the id of its PDF."""

    number: str
    state: RecordState
    step: Literal["found", "printing", "printed", "created", "uploaded", "accepted"]
    cause: Cause | None
    total: Money | None
    report: str
    reasons: list[Cause]
    document: uuid.UUID | None
    found_at: dt.datetime
    accepted_at: dt.datetime | None


class DocumentRow(msgspec.Struct, frozen=True, kw_only=True):
    """A raw document; `url` gives its bytes."""

    id: uuid.UUID
    role: Literal["form", "sent", "received", "invoice"]
    media_type: str
    sha256: str
    created_at: dt.datetime
    url: str


class OrderFull(OrderRow, frozen=True, kw_only=True):
    """An order with both sides, its timeline, its invoices and its raw documents."""

    allegro: AllegroSide
    pohoda: PohodaSide
    way_back: WayBack
    may_retry: bool
    timeline: list[Step]
    invoices: list[InvoiceRow]
    documents: list[DocumentRow]


class OrderQuery(Paged, frozen=True, kw_only=True, forbid_unknown_fields=True):
    state: RecordState | None = None
    code: Annotated[str, msgspec.Meta(max_length=60, description="Of the cause, for example unmapped_delivery.")] = ""
    instance: uuid.UUID | None = None
    marketplace: Annotated[str, msgspec.Meta(max_length=40, description="For example allegro-cz.")] = ""
    bought_since: Annotated[
        Annotated[dt.datetime, msgspec.Meta(tz=True)] | None,
        msgspec.Meta(description="Bought then or later; with an offset, or Z."),
    ] = None
    bought_until: Annotated[
        Annotated[dt.datetime, msgspec.Meta(tz=True)] | None,
        msgspec.Meta(description="Bought before then; with an offset, or Z."),
    ] = None
    search: Annotated[
        str, msgspec.Meta(max_length=100, description="Beginning of the number at Allegro or in Pohoda.")
    ] = ""


class Reason(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why, for the audit log."""

    reason: Annotated[str, msgspec.Meta(max_length=300)] = ""


class Accepted(msgspec.Struct, frozen=True):
    """It is marked and the next turn does it, within seconds when nothing stands in the way."""

    id: uuid.UUID


ROW: Final = {
    "id": "4f6f3f68-7c0b-4a1f-9a43-1f7b3ad6c1a0",
    "number": "29738e61-7f6a-11e8-ac45-09db60ede9d6",
    "state": "waiting",
    "cause": {
        "code": "unmapped_delivery",
        "params": {"method_id": "1f2e", "method_name": "Allegro Z-BOX"},
        "title": "The delivery method “Allegro Z-BOX” has no counterpart in Pohoda yet.",
        "we_do": "We keep the order and send it as soon as this is solved.",
        "you_do": (
            "Say on the instance's page which carrier and which text it has in Pohoda. All orders with it go then."
        ),
    },
    "instance": "0b6f4c1e-8d0f-4a55-9a55-6c8d4d0f2a11",
    "marketplace": "allegro-cz",
    "buyer": "Petr Svoboda",
    "total": {"amount": "708.00", "currency": "CZK"},
    "paid": {"amount": "708.00", "currency": "CZK"},
    "delivery_method": "Allegro Z-BOX",
    "delivery_method_id": "1f2e",
    "payment_type": "ONLINE",
    "bought_at": "2026-11-23T10:51:00Z",
    "pohoda_number": "",
    "pohoda_total": None,
}
FULL: Final = {
    **ROW,
    "allegro": {
        "form_id": ROW["number"],
        "status": "READY_FOR_PROCESSING",
        "revision": "819b5836",
        "read_at": "2026-11-23T10:52:03Z",
        "total": ROW["total"],
        "paid": ROW["paid"],
        "fulfilment": "NEW",
    },
    "pohoda": {"number": "", "total": None, "confirmed_at": None, "totals_differ": False},
    "way_back": {"wanted": "", "sent": "", "cause": None, "reasons": [], "parcel": ""},
    "may_retry": False,
    "timeline": [
        {
            "type": "order.waiting",
            "at": "2026-11-23T10:52:04Z",
            "title": "Waits",
            "tone": "wait",
            "details": [],
            "cause": ROW["cause"],
            "reasons": [],
            "notes": [],
            "documents": [],
        }
    ],
    "invoices": [],
    "documents": [
        {
            "id": "c2a7d0a0-0a52-4a1e-8f0e-6a2b54b1b0c9",
            "role": "form",
            "media_type": "application/vnd.allegro.public.v1+json",
            "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "created_at": "2026-11-23T10:52:03Z",
            "url": "https://connectify.example/api/v1/orders/…/documents/…/",
        }
    ],
}
