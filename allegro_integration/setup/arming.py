"""Switching a direction on, after its effect was shown, and off."""

from __future__ import annotations

import uuid
from typing import cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from allegro_integration.models import Market
from allegro_integration.services.markets import DIRECTIONS, MANY, arm_market, missing_for, orders_to_solve, planned
from allegro_integration.setup.arming_examples import examples, full_list
from allegro_integration.setup.frame import find_market, frame
from allegro_integration.setup.instances import WHAT, mend_url
from allegro_integration.setup.store_words import offer_notes, order_notes
from connectify.dashboard.access import SETTERS, open_to
from connectify.dashboard.directions import DIRECTIONS as LABELS
from connectify.dashboard.effects import Effect, EffectCount, Text
from connectify.dashboard.explanations import explain
from connectify.domain.errors import Rejected
from connectify.instances.selectors import is_armed
from connectify.instances.services import disarm
from connectify.users.models import User
from pohoda_bridge.server.selectors import agent_status


@open_to(*SETTERS)
@require_http_methods(["GET", "HEAD", "POST"])
def arm_direction(request: HttpRequest, instance_id: uuid.UUID, direction: str) -> HttpResponse:
    """GET shows what would happen, POST does it."""
    market = _find(instance_id, direction)
    label = str(LABELS[direction])
    if request.method == "POST":
        try:
            arm_market(market=market, direction=direction, actor=cast(User, request.user))
        except Rejected as refusal:
            why = explain(refusal.code)
            messages.error(request, f"{why.title} {why.you_do}")
        else:
            messages.success(request, _("%(direction)s: switched on.") % {"direction": label})
        return redirect("instance", instance_id)
    missing = missing_for(market, direction)
    context = {
        **frame(request, market, "instance"),
        "direction": direction,
        "label": label,
        "what": WHAT[direction],
        "is_armed": is_armed(market.instance, direction),
        "missing": explain(missing) if missing else None,
        "mend_url": mend_url(market, direction),
        "effect": effect_of(market, direction),
        "full_list": full_list(market, direction),
    }
    return render(request, "allegro/setup/instance_arm.html", context)


@open_to(*SETTERS)
@require_POST
def disarm_direction(request: HttpRequest, instance_id: uuid.UUID, direction: str) -> HttpResponse:
    market = _find(instance_id, direction)
    disarm(instance=market.instance, direction=direction, actor=cast(User, request.user))
    said = _("%(direction)s: switched off. It goes on planning and showing, and writes no more.")
    messages.success(request, said % {"direction": str(LABELS[direction])})
    return redirect("instance", instance_id)


def effect_of(market: Market, direction: str) -> Effect:
    """How much is planned and would go at once, and what stands in the way."""
    going, held = planned(market, direction)
    notes: list[Text] = []
    if market.instance.paused_at:
        notes.append(gettext_lazy("The instance is paused: nothing goes until you resume it."))
    if not agent_status(market.unit).is_online:
        notes.append(gettext_lazy("The agent does not answer now: what needs Pohoda goes when it is back."))
    if market.account.needs_reauth_since:
        notes.append(gettext_lazy("The account has to sign in to Allegro again first."))
    if direction == "orders":
        notes += order_notes(market, market.instance.settings.get("orders", {}).get("store", ""))
    elif direction == "offers":
        notes += offer_notes(market)
    if going >= MANY:
        notes.append(gettext_lazy("There are more planned changes than are counted here."))
    if not going:
        notes.append(gettext_lazy("Nothing is planned now. From now on what is new goes by itself."))
    counts = [EffectCount(gettext_lazy("go at once"), going, "wait")] if going else []
    if waiting := orders_to_solve(market) if direction == "orders" else 0:
        counts.append(EffectCount(gettext_lazy("orders wait until you solve what they lack (see the inbox)"), waiting))
    if held:
        counts.append(EffectCount(gettext_lazy("held until you approve them"), held, "wait"))
    rows = examples(market, direction) if going else ()
    return Effect(tuple(counts), rows, max(0, going - len(rows)) if rows else 0, tuple(notes))


def _find(instance_id: uuid.UUID, direction: str) -> Market:
    if direction not in DIRECTIONS:
        raise Http404
    return find_market(instance_id)
