"""The tab of delivery and payment: what methods and types of Allegro are in Pohoda, and which orders that lets go."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any, Final, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from allegro_integration.client.api import AllegroApi
from allegro_integration.connections import connect
from allegro_integration.domain.orders import PlannedOrder
from allegro_integration.models import Market
from allegro_integration.services.mappings import map_delivery, map_payment, unmap_delivery, unmap_payment
from allegro_integration.services.order_preview import NEWEST, OrderPreview, Tables, preview_mappings
from allegro_integration.services.order_settings import settings_of
from allegro_integration.services.seen import seen_in_orders
from allegro_integration.setup.carriers import load_carriers, load_methods
from allegro_integration.setup.flow_pages import FlowPage, not_started, respond
from allegro_integration.setup.frame import find_market, seal_of
from allegro_integration.setup.mappings_form import MappingsDraft
from allegro_integration.setup.orders_shown import counts_of, rows_of
from connectify.dashboard.access import MEMBERS, SETTERS, WORKERS, open_to
from connectify.dashboard.effects import Effect
from connectify.dashboard.explanations import explain
from connectify.domain.errors import ConnectifyError, NeedsUser, Rejected
from connectify.instances.models import Instance
from connectify.tenants.context import tenant_scope
from connectify.tenants.middleware import opens_own_scope
from connectify.users.models import User

ROWS: Final = 20
PART: Final = "mappings"


def effect_of(market: Market, content: dict[str, Any]) -> Effect:
    """Which orders would go at once, and what their documents would say."""
    if not content["deliveries"] and not content["payments"]:
        return Effect(notes=(_("You have changed nothing."),))
    try:
        settings = settings_of(market)
    except NeedsUser as error:
        return Effect(notes=(explain(error.code, {"detail": error.detail}).title,))
    deliveries = {key: (row[0], row[1]) if row else None for key, row in content["deliveries"].items()}
    previews = preview_mappings(market, settings, Tables(deliveries, content["payments"]))
    rows, more = rows_of(previews, limit=ROWS)
    return Effect(counts_of(previews), rows, more, (*_notes(market, previews), *_unknown_names(market, content)))


def _unknown_names(market: Market, content: dict[str, Any]) -> Iterator[str]:
    """Names that no order in Pohoda has, as far as we have read them; nothing where none has any."""
    seen = seen_in_orders(market.unit)
    carriers = {row[0] for row in content["deliveries"].values() if row}
    for names, known, text in (
        (carriers, seen.carriers, _("No order that we have read in Pohoda has the carrier “%(name)s”.")),
        (
            set(content["payments"].values()),
            seen.payment_types,
            _("No order that we have read in Pohoda has the form of payment “%(name)s”."),
        ),
    ):
        for name in sorted(names - {"", None, *known}) if known else ():
            alike = next((one for one in known if one.casefold() == name.casefold()), "")
            if alike:
                hint = _("Pohoda has “%(name)s”: the name has to be exactly the same.") % {"name": alike}
            else:
                hint = _(
                    "Check that Pohoda's list names it exactly so: with a name that it does not know, Pohoda refuses"
                    " the order or takes another name."
                )
            yield f"{text % {'name': name}} {hint}"


def _notes(market: Market, previews: list[OrderPreview]) -> list[str]:
    if not previews:
        return [_("No order waits for this. It is used for orders that come.")]
    notes = []
    going = sum(isinstance(one.after, PlannedOrder) and not isinstance(one.before, PlannedOrder) for one in previews)
    if going:
        text = ngettext(
            "%(count)d order that waits goes to Pohoda at once.",
            "%(count)d orders that wait go to Pohoda at once.",
            going,
        )
        notes.append(text % {"count": going})
    if len(previews) >= NEWEST:
        notes.append(_("Only the newest %(count)d of these orders were tried.") % {"count": NEWEST})
    return [*notes, *not_started(market, "orders")]


def save(request: HttpRequest, market: Market, part: str, content: dict[str, Any]) -> None:
    """Raises Rejected: "effect_not_shown", "settings_changed"."""
    instance = Instance.objects.select_for_update().get(pk=market.instance_id)
    if instance.settings_version != market.instance.settings_version:
        raise Rejected("settings_changed")
    if not constant_time_compare(request.POST.get("shown", ""), seal_of(market, part, content)):
        raise Rejected("effect_not_shown")
    actor = cast(User, request.user)
    for method_id, mapped in content["deliveries"].items():
        if mapped is None:
            unmap_delivery(instance=instance, method_id=method_id, actor=actor)
        else:
            carrier, text, name = mapped
            map_delivery(
                instance=instance, method_id=method_id, method_name=name, carrier=carrier, line_text=text, actor=actor
            )
    for payment_type, form in content["payments"].items():
        if form is None:
            unmap_payment(instance=instance, payment_type=payment_type, actor=actor)
        else:
            map_payment(instance=instance, payment_type=payment_type, form_of_payment=form, actor=actor)


def _page(request: HttpRequest) -> FlowPage:
    """With what the address asks for: a method to lead to, all methods of the marketplace."""
    wanted = request.GET.get("method", "") or request.GET.get("payment", "")
    every_method = "all" in request.GET

    def draft(market: Market, post: QueryDict | None = None) -> MappingsDraft:
        return MappingsDraft(market, post, wanted=wanted, every_method=every_method)

    return FlowPage(
        name="instance_mappings",
        part=PART,
        body="allegro/setup/_mappings.html",
        stored=draft,
        posted=draft,
        effect=effect_of,
        saved=gettext_lazy("Saved. Orders that waited for it go to Pohoda with the next round."),
        roles=WORKERS,
        save=save,
    )


@open_to(*MEMBERS)
@require_http_methods(["GET", "HEAD", "POST"])
def mappings_page(request: HttpRequest, instance_id: uuid.UUID) -> HttpResponse:
    return respond(request, instance_id, _page(request))


# --- lists that Allegro has -----------------------------------------------------------------------------------------


@opens_own_scope
@open_to(*WORKERS)
@require_POST
def load_methods_page(request: HttpRequest, instance_id: uuid.UUID) -> HttpResponse:
    """Every delivery method of the marketplace; asked outside of any transaction."""
    market = _market(request, instance_id)
    count = _ask(request, market, lambda api: load_methods(market.account, market.marketplace, api))
    address = redirect("instance_mappings", instance_id=instance_id)
    if count is not None:
        address["Location"] += "?all=1"
    return address


@opens_own_scope
@open_to(*SETTERS)
@require_POST
def load_carriers_page(request: HttpRequest, instance_id: uuid.UUID) -> HttpResponse:
    """Every carrier that Allegro knows; asked outside of any transaction."""
    market = _market(request, instance_id)
    _ask(request, market, lambda api: load_carriers(market.account, api))
    return redirect("instance_statuses", instance_id=instance_id)


def _market(request: HttpRequest, instance_id: uuid.UUID) -> Market:
    with tenant_scope(request.membership.tenant_id):  # type: ignore[attr-defined]
        return find_market(instance_id)


def _ask(request: HttpRequest, market: Market, load: Any) -> int | None:
    """→ how many were loaded; None when Allegro did not answer, which the person is told."""
    try:
        api: AllegroApi = connect(market.account).api
        count: int = load(api)
    except ConnectifyError as error:
        reason = explain(error.code, {"detail": error.detail, **error.params}).title
        messages.warning(request, _("Allegro gave us no list: %(why)s") % {"why": reason})
        return None
    messages.success(request, _("Allegro's list is loaded: %(count)d entries.") % {"count": count})
    return count
