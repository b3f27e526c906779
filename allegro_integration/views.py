"""Orders on the screen."""

from __future__ import annotations

import uuid
from typing import cast

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import replace_url

from allegro_integration import selectors
from allegro_integration.explain_words import marketplace_in_words
from allegro_integration.models import Order
from allegro_integration.order_page import context_of, why_of
from allegro_integration.services.resync import resync_order
from allegro_integration.services.retries import recreate_order, retry_order
from connectify.audit.selectors import timeline
from connectify.dashboard.access import MEMBERS, WORKERS, open_to
from connectify.dashboard.documents import kind_of
from connectify.dashboard.explanations import explain
from connectify.dashboard.record_states import TONES, choices_of_states
from connectify.domain.errors import Rejected
from connectify.sync.models import Payload
from connectify.users.models import User

MEDIA_TYPES = {
    "JSON": "application/json",
    "XML": "application/xml",
    "PDF": "application/pdf",
    "text": "application/octet-stream",
}


@open_to(*MEMBERS)
@require_safe
def order_list(request: HttpRequest) -> HttpResponse:
    wanted = selectors.OrderFilter.of(request.GET)
    older, newer = request.GET.get("older", ""), request.GET.get("newer", "")
    page = selectors.list_orders(wanted, older_than=older, newer_than=newer)
    counts = selectors.count_by_state(wanted)
    context = {
        "wanted": wanted,
        "page": page,
        "rows": [{"order": order, "tone": TONES[order.state], "why": why_of(order)} for order in page.rows],
        "states": choices_of_states(counts, (selectors.YOURS, _("waiting for you"), "wait")),
        "counts": counts,
        "cause": explain(wanted.code).title if wanted.code else "",
        "is_first_page": not page.newer and not older,
        "has_orders": bool(page.rows) or selectors.has_orders(),
    }
    if request.htmx:  # type: ignore[attr-defined]
        answer = render(request, "allegro/_orders.html", context)
        return replace_url(answer, wanted.address) if context["is_first_page"] else answer
    markets = selectors.markets()
    names = [(name, marketplace_in_words(name)) for name in sorted({market.marketplace for market in markets})]
    return render(request, "allegro/orders.html", {**context, "markets": markets, "marketplaces": names})


@open_to(*MEMBERS)
@require_safe
def order_detail(request: HttpRequest, order_id: uuid.UUID) -> HttpResponse:
    """The page; asked by itself again, only what has changed since the stamp it brings along."""
    sides = selectors.find_order(order_id)
    if sides is None:
        raise Http404
    may_work = request.membership.role in WORKERS  # type: ignore[attr-defined]
    context = context_of(sides, may_work=may_work)
    if not request.htmx:  # type: ignore[attr-defined]
        return render(request, "allegro/order.html", context)
    if request.GET.get("seen") == context["stamp"]:
        return HttpResponse(status=204)
    return render(request, "allegro/_order.html", context)


@open_to(*WORKERS)
@require_POST
def send_again(request: HttpRequest, order_id: uuid.UUID) -> HttpResponse:
    """A person says "try again". Pohoda is asked for the order first, so nothing can get there twice."""
    order = Order.objects.select_for_update().filter(pk=order_id).first()
    if order is None:
        raise Http404
    try:
        retry_order(order=order, actor=cast(User, request.user))
    except Rejected as error:
        messages.warning(request, _why_not(error))
    else:
        messages.success(request, _("The order goes to Pohoda again with the agent's next round."))
    return redirect("order", order_id=order.pk)


@open_to(*WORKERS)
@require_POST
def recreate(request: HttpRequest, order_id: uuid.UUID) -> HttpResponse:
    """Pohoda takes the order for a duplicate and has it not: a person has it created a second time, and says why."""
    order = Order.objects.filter(pk=order_id).first()
    if order is None:
        raise Http404
    try:
        recreate_order(order=order, actor=cast(User, request.user), reason=request.POST.get("reason", "")[:300])
    except Rejected as error:
        if error.code == "reason_missing":
            messages.error(request, _("Say why the order is to be created once more."))
        else:
            messages.warning(request, _why_not(error))
    else:
        messages.success(request, _("The order is created once more with the agent's next round."))
    return redirect("order", order_id=order_id)


@open_to(*WORKERS)
@require_POST
def look_again(request: HttpRequest, order_id: uuid.UUID) -> HttpResponse:
    """Both sides are read again and the order is planned anew. Harmless to repeat."""
    order = Order.objects.filter(pk=order_id).first()
    if order is None:
        raise Http404
    try:
        with transaction.atomic():
            resync_order(order=order, actor=cast(User, request.user))
    except Rejected as error:
        messages.warning(request, _why_not(error))
    else:
        messages.success(request, _("We read the order again at Allegro and in Pohoda."))
    return redirect("order", order_id=order_id)


def _why_not(error: Rejected) -> str:
    if error.code == "nothing_to_retry":
        return _("There is nothing to send again: the order is on its way or done.")
    said = explain(error.code, error.params)
    return f"{said.title} {said.we_do}".strip()


@open_to(*MEMBERS)
@require_safe
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


def _belongs(order: Order, payload: Payload) -> bool:
    if order.form.raw_id == payload.pk or order.invoices.filter(pdf=payload).exists():
        return True
    return any(payload.pk in (event.sent_id, event.received_id) for event in timeline("order", order.pk))
