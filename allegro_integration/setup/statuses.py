"""The tab of order states: which state an order gets at Allegro when, and what a change would do."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable
from typing import Any, Final

import msgspec
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from allegro_integration.domain.status_settings import StatusSettings
from allegro_integration.domain.statuses import StatusPlan
from allegro_integration.explain_words import fulfilment_in_words, in_words
from allegro_integration.models import Market, Order
from allegro_integration.services.statuses.planning import preview
from allegro_integration.setup.flow_pages import FlowPage, not_started, respond
from allegro_integration.setup.orders_shown import label_of
from allegro_integration.setup.statuses_form import StatusesDraft
from connectify.dashboard.access import MEMBERS, open_to
from connectify.dashboard.effects import Effect, EffectCount, EffectRow
from connectify.dashboard.explanations import explain
from connectify.domain.trace import Step

ROWS: Final = 20


def effect_of(market: Market, content: dict[str, Any], *, name: Callable[[Order], str] = label_of) -> Effect:
    """What these settings would do to the newest orders that Pohoda has. `name` says which order it is."""
    plans = preview(market, msgspec.convert(content, type=StatusSettings, strict=False))
    counts = Counter(fulfilment_in_words(plan.change.status) for _order, plan in plans if plan.change)
    shown = [
        EffectCount(_("get the state: %(state)s") % {"state": name}, count, "good") for name, count in counts.items()
    ]
    parcels = sum(plan.parcel is not None for _order, plan in plans)
    shown += [EffectCount(_("get a parcel number"), parcels, "good")] if parcels else []
    reasons = Counter(_sentence(plan.skip) for _order, plan in plans if plan.skip)
    shown += [EffectCount(reason, count) for reason, count in reasons.most_common(5)]
    first = sorted(plans, key=lambda one: one[1].change is None and one[1].parcel is None)
    rows = tuple(_row(order, plan, name(order)) for order, plan in first[:ROWS])
    return Effect(tuple(shown), rows, max(0, len(plans) - ROWS), tuple(_notes(market, len(plans))))


def _row(order: Order, plan: StatusPlan, name: str) -> EffectRow:
    now = fulfilment_in_words(order.fulfilment or "NEW")
    if plan.change:
        then = fulfilment_in_words(plan.change.status)
    else:
        then = _("stays: %(why)s") % {"why": _sentence(plan.skip)} if plan.skip else now
    if plan.parcel:
        carrier = plan.parcel.carrier_name or plan.parcel.carrier_id
        number = _("parcel number %(waybill)s, %(carrier)s") % {"waybill": plan.parcel.waybill, "carrier": carrier}
        then = f"{then}; {number}"
    why = tuple(_sentence(step) for step in plan.trace)
    tone = "good" if plan.change or plan.parcel else "idle"
    return EffectRow(name, reverse("order", args=[order.pk]), now, then, why, tone)


def _sentence(step: Step) -> str:
    return explain(step.code, in_words(step.params)).title


def _notes(market: Market, looked_at: int) -> list[str]:
    if not looked_at:
        return [_("Pohoda has no order of this instance yet. The rules are used from the first one on.")]
    text = ngettext(
        "We have tried it on the newest order that Pohoda has.",
        "We have tried it on the newest %(count)d orders that Pohoda has.",
        looked_at,
    )
    return [text % {"count": looked_at}, *not_started(market, "statuses")]


PAGE: Final = FlowPage(
    name="instance_statuses",
    part="statuses",
    body="allegro/setup/_statuses.html",
    stored=StatusesDraft,
    posted=StatusesDraft,
    effect=effect_of,
    saved=gettext_lazy("Saved. All orders that Pohoda has are planned again with the new rules."),
)


@open_to(*MEMBERS)
@require_http_methods(["GET", "HEAD", "POST"])
def statuses_page(request: HttpRequest, instance_id: uuid.UUID) -> HttpResponse:
    return respond(request, instance_id, PAGE)
