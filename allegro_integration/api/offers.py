"""Offers for programs: the list, one offer with why each value is what it is, and planning it again."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated, Any, Final, Literal

import msgspec
from django.db.models import Q, QuerySet
from rest_framework.request import Request

from allegro_integration.api.order_answers import Accepted, Reason
from allegro_integration.api.words import RecordState, cause, price, reasons
from allegro_integration.models import Offer
from allegro_integration.offer_selectors import OfferSides, find_offer
from allegro_integration.services.resync import resync_offer
from connectify.api.answers import Cause, Money
from connectify.api.endpoint import ApiView, required
from connectify.api.operations import operation
from connectify.api.paging import Listed, Paged, page

QUANTITY: Final = "quantity"


class OfferRow(msgspec.Struct, frozen=True, kw_only=True):
    """An offer at Allegro. `stock` and `prices` (by marketplace) are what Allegro showed last."""

    id: uuid.UUID
    offer_id: str
    name: str
    external_id: str
    status: str
    state: RecordState
    cause: Cause | None
    card: Annotated[str, msgspec.Meta(description="Code of the stock card it is linked to; empty: none.")]
    stock: int | None
    wanted_quantity: int | None
    prices: dict[str, Money]
    wanted_prices: dict[str, Money]
    observed_at: dt.datetime


class Value(msgspec.Struct, frozen=True, kw_only=True):
    """One value we look after. `field` is "quantity" or "price:<marketplace>"."""

    field: str
    wanted: int | Money | None
    shown: int | Money | None
    differs: bool
    reasons: list[Cause]


class Skipped(msgspec.Struct, frozen=True):
    """A value that is left alone, and why."""

    field: str
    cause: Cause


class ChangeRow(msgspec.Struct, frozen=True, kw_only=True):
    """One change of the offer. `content` is what goes to Allegro."""

    id: uuid.UUID
    kind: str
    state: Literal["planned", "held", "intent", "unknown", "confirmed", "refused", "superseded", "quarantined"]
    content: dict[str, Any]
    cause: Cause | None
    reasons: list[Cause]
    planned_at: dt.datetime
    settled_at: dt.datetime | None


class OfferFull(OfferRow, frozen=True, kw_only=True):
    """An offer with the reasoning behind each value and its last changes, the newest first."""

    link_cause: Cause | None
    values: list[Value]
    skips: list[Skipped]
    changes: list[ChangeRow]


class OfferQuery(Paged, frozen=True, kw_only=True, forbid_unknown_fields=True):
    state: RecordState | None = None
    code: Annotated[str, msgspec.Meta(max_length=60, description="Of the cause, for example offer_not_linked.")] = ""
    instance: uuid.UUID | None = None
    external_id: Annotated[str, msgspec.Meta(max_length=100)] = ""
    search: Annotated[str, msgspec.Meta(max_length=100, description="Beginning of the offer's or external number.")] = (
        ""
    )


ROW: Final = {
    "id": "a1c6a3de-50e4-4f2a-8f0a-3d2d9a3f9f10",
    "offer_id": "7700000001",
    "name": "Koloběžka Skvrnka, modrá",
    "external_id": "KOL-0012",
    "status": "ACTIVE",
    "state": "sent",
    "cause": None,
    "card": "KOL-0012",
    "stock": 12,
    "wanted_quantity": 12,
    "prices": {"allegro-cz": {"amount": "1499.00", "currency": "CZK"}},
    "wanted_prices": {"allegro-cz": {"amount": "1499.00", "currency": "CZK"}},
    "observed_at": "2026-11-23T10:55:00Z",
}
FULL: Final = {
    **ROW,
    "link_cause": None,
    "values": [
        {
            "field": "quantity",
            "wanted": 12,
            "shown": 12,
            "differs": False,
            "reasons": [
                {
                    "code": "pieces_free",
                    "params": {"count": "14", "reserved": "2"},
                    "title": "14 pieces in the stores, 2 of them reserved.",
                    "we_do": "",
                    "you_do": "",
                }
            ],
        }
    ],
    "skips": [],
    "changes": [],
}


class OfferList(ApiView):
    @operation(
        "offers:read",
        tag="Offers",
        summary="List offers",
        description="By account, and the number of the offer.",
        query=OfferQuery,
        query_example={"state": "error"},
        answer=Listed[OfferRow],
        example={"data": [ROW], "next": None},
    )
    def get(self, request: Request, query: OfferQuery) -> Listed[OfferRow]:
        rows = _filtered(Offer.objects.select_related("card"), query)
        return page(
            rows,
            order=("account_id", "offer_id", "id"),
            query=query,
            request=request._request,
            show=lambda offers: [OfferRow(**_row(offer)) for offer in offers],
        )


class OfferOne(ApiView):
    @operation(
        "offers:read",
        tag="Offers",
        summary="One offer and why its values are what they are",
        description="Each value with its reasoning step by step, what is left alone and why, and the last changes.",
        answer=OfferFull,
        example=FULL,
    )
    def get(self, request: Request, offer_id: uuid.UUID) -> OfferFull:
        sides: OfferSides = required(find_offer(offer_id))
        offer = sides.offer
        return OfferFull(
            **_row(offer),
            link_cause=cause(offer.link_code, offer.link_params),
            values=_values(offer, [market.marketplace for market in sides.markets]),
            skips=[_skip(one) for one in offer.skips],
            changes=[
                ChangeRow(
                    id=change.pk,
                    kind=change.kind,
                    state=change.state,  # type: ignore[arg-type]
                    content=change.content,
                    cause=cause(change.code, {"detail": change.detail}),
                    reasons=reasons(change.trace),
                    planned_at=change.planned_at,
                    settled_at=change.settled_at,
                )
                for change in sides.changes
            ],
        )


class OfferResync(ApiView):
    @operation(
        "offers:write",
        tag="Offers",
        summary="Read and plan an offer again",
        description="Read at Allegro, its stock in Pohoda, and planned anew. Harmless to repeat.",
        body=Reason,
        body_is_optional=True,
        body_example={"reason": "price level was mended"},
        answer=Accepted,
        example={"id": ROW["id"]},
    )
    def post(self, request: Request, offer_id: uuid.UUID, body: Reason) -> Accepted:
        offer: Offer = required(Offer.objects.filter(pk=offer_id).first())
        resync_offer(offer=offer, actor=self.caller.actor, reason=body.reason)
        return Accepted(offer.pk)


def _filtered(rows: QuerySet[Offer], query: OfferQuery) -> QuerySet[Offer]:
    plain = {
        "state": query.state,
        "code": query.code,
        "external_id": query.external_id,
        "account__markets__instance_id": query.instance,
    }
    rows = rows.filter(**{name: value for name, value in plain.items() if value})
    if query.search:
        rows = rows.filter(Q(offer_id__startswith=query.search) | Q(external_id__istartswith=query.search))
    return rows


def _prices(stored: dict[str, Any]) -> dict[str, Money]:
    found = {name: price(one) for name, one in stored.items()}
    return {name: one for name, one in found.items() if one is not None}


def _row(offer: Offer) -> dict[str, Any]:
    return {
        "id": offer.pk,
        "offer_id": offer.offer_id,
        "name": offer.name,
        "external_id": offer.external_id,
        "status": offer.status,
        "state": offer.state,
        "cause": cause(offer.code, offer.params),
        "card": offer.card.code if offer.card else "",
        "stock": offer.stock,
        "wanted_quantity": offer.wanted_quantity,
        "prices": _prices(offer.prices),
        "wanted_prices": _prices(offer.wanted_prices),
        "observed_at": offer.observed_at,
    }


def _values(offer: Offer, marketplaces: list[str]) -> list[Value]:
    found = [_value(offer, QUANTITY, offer.wanted_quantity, offer.stock)]
    for name in dict.fromkeys([*marketplaces, *offer.wanted_prices]):
        wanted, shown = price(offer.wanted_prices.get(name)), price(offer.prices.get(name))
        found.append(_value(offer, f"price:{name}", wanted, shown))
    return found


def _value(offer: Offer, field: str, wanted: int | Money | None, shown: int | Money | None) -> Value:
    return Value(
        field=field,
        wanted=wanted,
        shown=shown,
        differs=wanted is not None and wanted != shown,
        reasons=reasons(offer.trace.get(field, [])),
    )


def _skip(stored: dict[str, Any]) -> Skipped:
    found = cause(stored["code"], stored.get("params"))
    return Skipped(stored["field"], required(found))
