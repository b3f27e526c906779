"""Orders on the screen."""

from __future__ import annotations

import uuid
from typing import cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import replace_url

from allegro_integration import selectors
from allegro_integration.explain_words import STATUSES, in_words
from allegro_integration.models import Order
from allegro_integration.services.retries import retry_order
from allegro_integration.timeline import steps_of
from allegro_integration.way_back import way_back
from connectify.audit.selectors import timeline
from connectify.dashboard.access import MEMBERS, WORKERS, open_to
from connectify.dashboard.documents import document_of, kind_of
from connectify.dashboard.explanations import Explained, explain
from connectify.domain.errors import Rejected
from connectify.sync.models import Payload
from connectify.users.models import User

MEDIA_TYPES = {
    "JSON": "application/json",
    "XML": "application/xml",
    "PDF": "application/pdf",
    "text": "application/octet-stream",
}
# "yours" is no state of an order but what a person looks for: whatever waits for them.
TONES = {"yours": "wait", "sent": "good", "waiting": "wait", "error": "bad", "skipped": "idle", "superseded": "idle"}


@open_to(*MEMBERS)
@require_GET
def order_list(request: HttpRequest) -> HttpResponse:
    wanted = selectors.OrderFilter.of(request.GET)
    older, newer = request.GET.get("older", ""), request.GET.get("newer", "")
    page = selectors.list_orders(wanted, older_than=older, newer_than=newer)
    counts = selectors.count_by_state(wanted)
    context = {
        "wanted": wanted,
        "page": page,
        "rows": [{"order": order, "tone": TONES[order.state], "why": _why(order)} for order in page.rows],
        "states": [
            {"value": value, "label": label, "count": counts.get(value, 0), "tone": TONES[value]}
            for value, label in ((selectors.YOURS, _("waiting for you")), *Order.State.choices)
        ],
        "all_count": sum(count for state, count in counts.items() if state != selectors.YOURS),
        "is_first_page": not page.newer and not older,
        "has_orders": bool(page.rows) or selectors.has_orders(),
    }
    if request.htmx:  # type: ignore[attr-defined]
        answer = render(request, "allegro/_orders.html", context)
        return replace_url(answer, wanted.address) if context["is_first_page"] else answer
    markets = selectors.markets()
    names = sorted({market.marketplace for market in markets})
    return render(request, "allegro/orders.html", {**context, "markets": markets, "marketplaces": names})


@open_to(*MEMBERS)
@require_GET
def order_detail(request: HttpRequest, order_id: uuid.UUID) -> HttpResponse:
    sides = selectors.find_order(order_id)
    if sides is None:
        raise Http404
    order = sides.order
    context = {
        "sides": sides,
        "order": order,
        "tone": TONES[order.state],
        "why": _why(order),
        "allegro_state": STATUSES.get(order.form.status, order.form.status),
        "may_send_again": sides.may_be_sent_again and request.membership.role in WORKERS,  # type: ignore[attr-defined]
        "steps": steps_of(timeline("order", order.pk)),
        "form": document_of(order.form.raw) if order.form.raw else None,
        **way_back(order),
    }
    return render(request, "allegro/order.html", context)


@open_to(*WORKERS)
@require_POST
def send_again(request: HttpRequest, order_id: uuid.UUID) -> HttpResponse:
    """A person says "try again". Pohoda is asked for the order first, so nothing can get there twice."""
    order = Order.objects.select_for_update().filter(pk=order_id).first()
    if order is None:
        raise Http404
    try:
        retry_order(order=order, actor=cast(User, request.user))
    except Rejected:
        messages.warning(request, _("There is nothing to send again: the order is on its way or done."))
    else:
        messages.success(request, _("The order goes to Pohoda again with the agent's next round."))
    return redirect("order", order_id=order.pk)


@open_to(*MEMBERS)
@require_GET
def order_document(request: HttpRequest, order_id: uuid.UUID, payload_id: uuid.UUID) -> HttpResponse:
    """The raw bytes of a document of this order, as a file."""
    sides = selectors.find_order(order_id)
    payload = Payload.objects.filter(pk=payload_id).first()
    if sides is None or payload is None or not _belongs(sides.order, payload):
        raise Http404
    kind = kind_of(payload.media_type)
    suffix = {"JSON": "json", "XML": "xml", "PDF": "pdf"}.get(kind, "txt")
    return HttpResponse(
        bytes(payload.body),
        content_type=MEDIA_TYPES[kind],
        headers={
            "Content-Disposition": f'attachment; filename="{payload.sha256[:12]}.{suffix}"',
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "sandbox; default-src 'none'",
        },
    )


def _why(order: Order) -> Explained | None:
    return explain(order.code, in_words(order.params)) if order.code else None


def _belongs(order: Order, payload: Payload) -> bool:
    if order.form.raw_id == payload.pk or order.invoices.filter(pdf=payload).exists():
        return True
    return any(payload.pk in (event.sent_id, event.received_id) for event in timeline("order", order.pk))
