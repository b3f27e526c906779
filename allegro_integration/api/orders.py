"""Orders for programs: the list, one order with both sides, its raw documents, and running it again."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from rest_framework.request import Request

from allegro_integration.api.order_answers import (
    FULL,
    ROW,
    Accepted,
    AllegroSide,
    DocumentRow,
    InvoiceRow,
    OrderFull,
    OrderQuery,
    OrderRow,
    PohodaSide,
    Reason,
    Step,
    WayBack,
)
from allegro_integration.api.words import cause, money, reasons
from allegro_integration.models import InvoiceDocument, Order
from allegro_integration.selectors import OrderSides, find_order
from allegro_integration.services.resync import resync_order
from allegro_integration.services.retries import retry_order
from allegro_integration.timeline import steps_of
from connectify.api.answers import cause_of
from connectify.api.endpoint import ApiView, required
from connectify.api.operations import operation
from connectify.api.paging import Listed, page
from connectify.audit.models import Event
from connectify.audit.selectors import timeline
from connectify.dashboard.documents import kind_of
from connectify.sync.models import Payload

MEDIA_TYPES = {
    "JSON": "application/json",
    "XML": "application/xml",
    "PDF": "application/pdf",
    "text": "application/octet-stream",
}


class OrderList(ApiView):
    @operation(
        "orders:read",
        tag="Orders",
        summary="List orders",
        description="The newest first.",
        query=OrderQuery,
        query_example={"state": "waiting"},
        answer=Listed[OrderRow],
        example={"data": [ROW], "next": None},
    )
    def get(self, request: Request, query: OrderQuery) -> Listed[OrderRow]:
        rows = _filtered(Order.objects.select_related("instance__market"), query)
        return page(
            rows,
            order=("-bought_at", "id"),
            query=query,
            request=request._request,
            show=lambda orders: [OrderRow(**_row(order)) for order in orders],
        )


class OrderOne(ApiView):
    @operation(
        "orders:read",
        tag="Orders",
        summary="One order and why it is where it is",
        description="Both sides, the timeline with its explanations, invoices, and the raw documents by id.",
        answer=OrderFull,
        example=FULL,
    )
    def get(self, request: Request, order_id: uuid.UUID) -> OrderFull:
        sides: OrderSides = required(find_order(order_id))
        order, events = sides.order, timeline("order", order_id)
        invoices = list(order.invoices.select_related("pdf").order_by("found_at", "id"))
        return OrderFull(
            **_row(order),
            **_sides(sides),
            may_retry=sides.may_be_sent_again,
            timeline=_steps(events),
            invoices=[_invoice(invoice, order) for invoice in invoices],
            documents=list(_documents(order, events, invoices, request._request)),
        )


class OrderDocument(ApiView):
    @operation(
        "orders:read",
        tag="Orders",
        summary="A raw document of an order",
        description="The bytes as they came or went, as a file.",
    )
    def get(self, request: Request, order_id: uuid.UUID, document_id: uuid.UUID) -> HttpResponse:
        sides: OrderSides = required(find_order(order_id))
        events, invoices = timeline("order", order_id), list(sides.order.invoices.select_related("pdf"))
        payloads = {found.pk: found for _role, found in _payloads(sides.order, events, invoices)}
        payload: Payload = required(payloads.get(document_id))
        kind = kind_of(payload.media_type)
        suffix = {"JSON": "json", "XML": "xml", "PDF": "pdf"}.get(kind, "txt")
        headers = {
            "Content-Disposition": f'attachment; filename="{payload.sha256[:12]}.{suffix}"',
            "X-Content-Type-Options": "nosniff",
        }
        return HttpResponse(bytes(payload.body), content_type=MEDIA_TYPES[kind], headers=headers)


class OrderResync(ApiView):
    @operation(
        "orders:write",
        tag="Orders",
        summary="Read and plan an order again",
        description="Read at Allegro, looked up in Pohoda, planned anew. Harmless: it cannot get there twice.",
        body=Reason,
        body_is_optional=True,
        body_example={"reason": "address was mended at Allegro"},
        answer=Accepted,
        example={"id": ROW["id"]},
    )
    def post(self, request: Request, order_id: uuid.UUID, body: Reason) -> Accepted:
        order: Order = required(Order.objects.filter(pk=order_id).first())
        resync_order(order=order, actor=self.caller.actor, reason=body.reason)
        return Accepted(order.pk)


class OrderRetry(ApiView):
    @operation(
        "orders:write",
        tag="Orders",
        summary="Send an order again that Pohoda stopped",
        description="Pohoda is asked for it first. 409 `nothing_to_retry` when it is on its way or done.",
        answer=Accepted,
        example={"id": ROW["id"]},
        problems=("conflict",),
    )
    def post(self, request: Request, order_id: uuid.UUID) -> Accepted:
        order: Order = required(Order.objects.select_for_update().filter(pk=order_id).first())
        retry_order(order=order, actor=self.caller.actor)
        return Accepted(order.pk)


def _filtered(rows: QuerySet[Order], query: OrderQuery) -> QuerySet[Order]:
    plain = {
        "state": query.state,
        "code": query.code,
        "instance_id": query.instance,
        "instance__market__marketplace": query.marketplace,
        "bought_at__gte": query.bought_since,
        "bought_at__lt": query.bought_until,
    }
    rows = rows.filter(**{name: value for name, value in plain.items() if value})
    if query.search:
        rows = rows.filter(Q(number__istartswith=query.search) | Q(pohoda_number__istartswith=query.search))
    return rows


def _row(order: Order) -> dict[str, Any]:
    market = getattr(order.instance, "market", None)
    return {
        "id": order.pk,
        "number": order.number,
        "state": order.state,
        "cause": cause(order.code, order.params),
        "instance": order.instance_id,
        "marketplace": market.marketplace if market else "",
        "buyer": order.buyer,
        "total": money(order.total, order.currency),
        "paid": money(order.paid, order.currency),
        "delivery_method": order.delivery_method,
        "delivery_method_id": order.delivery_method_id,
        "payment_type": order.payment_type,
        "bought_at": order.bought_at,
        "pohoda_number": order.pohoda_number,
        "pohoda_total": money(order.pohoda_total, order.currency),
    }


def _sides(sides: OrderSides) -> dict[str, Any]:
    order, form = sides.order, sides.order.form
    return {
        "allegro": AllegroSide(
            form_id=form.form_id,
            status=form.status,
            revision=form.revision,
            read_at=form.read_at,
            total=money(order.total, order.currency),  # type: ignore[arg-type]
            paid=money(order.paid, order.currency),
            fulfilment=order.fulfilment,
        ),
        "pohoda": PohodaSide(
            number=order.pohoda_number,
            total=money(order.pohoda_total, order.currency),
            confirmed_at=sides.link.confirmed_at if sides.link else None,
            totals_differ=sides.totals_differ,
        ),
        "way_back": WayBack(
            wanted=order.fulfilment_wanted,
            sent=order.fulfilment_sent,
            cause=cause(order.fulfilment_code, order.fulfilment_params),
            reasons=reasons(order.fulfilment_trace),
            parcel=order.parcel,
        ),
    }


def _steps(events: list[Event]) -> list[Step]:
    found = []
    for event, step in zip(events, steps_of(events), strict=True):
        data = event.data if isinstance(event.data, dict) else {}
        params = data.get("params") if isinstance(data.get("params"), dict) else {}
        found.append(
            Step(
                type=step.type,
                at=step.at,
                title=step.title,
                tone=step.tone,  # type: ignore[arg-type]
                details=[str(one) for one in step.details],
                cause=cause_of(step.why, params) if step.why else None,
                reasons=[str(one) for one in step.reasons],
                notes=[str(one) for one in step.notes],
                documents=[one for one in (event.sent_id, event.received_id) if one],
            )
        )
    return found


def _invoice(invoice: InvoiceDocument, order: Order) -> InvoiceRow:
    return InvoiceRow(
        number=invoice.number,
        state=invoice.state,
        step=invoice.step,
        cause=cause(invoice.code, invoice.params),
        total=money(invoice.total, invoice.currency or order.currency),
        report=invoice.report_name,
        reasons=reasons(invoice.trace),
        document=invoice.pdf_id,
        found_at=invoice.found_at,
        accepted_at=invoice.accepted_at,
    )


def _payloads(order: Order, events: list[Event], invoices: list[InvoiceDocument]) -> Iterator[tuple[str, Payload]]:
    """Each document once, by the first role it has."""
    seen: set[uuid.UUID] = set()
    found = [("form", order.form.raw)]
    found += [pair for event in events for pair in (("sent", event.sent), ("received", event.received))]
    found += [("invoice", invoice.pdf) for invoice in invoices]
    for role, payload in found:
        if payload is not None and payload.pk not in seen:
            seen.add(payload.pk)
            yield role, payload


def _documents(
    order: Order, events: list[Event], invoices: list[InvoiceDocument], request: HttpRequest
) -> Iterator[DocumentRow]:
    for role, payload in _payloads(order, events, invoices):
        address = reverse("api_order_document", args=[order.pk, payload.pk])
        yield DocumentRow(
            id=payload.pk,
            role=role,  # type: ignore[arg-type]
            media_type=payload.media_type,
            sha256=payload.sha256,
            created_at=payload.created_at,
            url=request.build_absolute_uri(address),
        )
