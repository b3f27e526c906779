"""The tab of invoices: which are printed by which report and attached, and what a change would do."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable
from operator import attrgetter
from typing import Any, Final

import msgspec
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from allegro_integration.domain.invoice_settings import InvoiceSettings
from allegro_integration.domain.invoices import NoInvoice, Print
from allegro_integration.explain_words import in_words
from allegro_integration.models import InvoiceDocument, Market, Order
from allegro_integration.services.invoices.planning import BEFORE_ALLEGRO, preview
from allegro_integration.setup.flow_pages import FlowPage, not_started, respond
from allegro_integration.setup.invoices_form import InvoicesDraft
from connectify.dashboard.access import MEMBERS, open_to
from connectify.dashboard.effects import Effect, EffectCount, EffectRow
from connectify.dashboard.explanations import explain
from connectify.domain.trace import Step
from pohoda_bridge.server.mirror.models import Invoice

ROWS: Final = 20
Planned = tuple[Order, Invoice, Print | NoInvoice]
Known = dict[tuple[uuid.UUID, str], InvoiceDocument]


def effect_of(
    market: Market, content: dict[str, Any], *, name: Callable[[Order], str] = attrgetter("buyer")
) -> Effect:  # fmt: skip
    """What these settings would do with the invoices of the newest orders that Pohoda has. `name`: whose they are."""
    plans = preview(market, msgspec.convert(content, type=InvoiceSettings, strict=False))
    known = _known(plans)
    done = [one for one in plans if _is_done(one, known)]
    under_way = [one for one in plans if _goes_on(one, known)]
    open_ = [one for one in plans if not _is_done(one, known) and not _goes_on(one, known)]
    prints = Counter(plan.name for _order, _invoice, plan in open_ if isinstance(plan, Print))
    counts = [EffectCount(_("are printed by “%(report)s”") % {"report": name}, n, "good") for name, n in prints.items()]
    skips = [plan.step for _order, _invoice, plan in open_ if isinstance(plan, NoInvoice)]
    named = Counter(step.code for step in skips)
    for code, count in named.most_common(5):
        counts.append(EffectCount(_reason(code), count))
    if under_way:
        counts.append(EffectCount(_("are under way with the same report and go on"), len(under_way)))
    if done:
        counts.append(EffectCount(_("are at Allegro already and stay as they are"), len(done)))
    open_.sort(key=lambda one: isinstance(one[2], NoInvoice))
    rows = tuple(_row(one, known, name(one[0])) for one in open_[:ROWS])
    return Effect(tuple(counts), rows, max(0, len(open_) - ROWS), tuple(_notes(market, len(plans))))


def _known(plans: list[Planned]) -> Known:
    rows = InvoiceDocument.objects.filter(order__in=[order.pk for order, _invoice, _plan in plans])
    return {(row.order_id, row.number): row for row in rows}


def _is_done(planned: Planned, known: Known) -> bool:
    """Allegro knows of it: nothing can be taken back."""
    order, invoice, _plan = planned
    document = known.get((order.pk, invoice.number))
    return document is not None and document.step not in BEFORE_ALLEGRO


def _goes_on(planned: Planned, known: Known) -> bool:
    """On its way to Allegro already, and the same report prints it."""
    order, invoice, plan = planned
    document = known.get((order.pk, invoice.number))
    if document is None or not isinstance(plan, Print) or _is_done(planned, known):
        return False
    return document.state == InvoiceDocument.State.WAITING and document.report_id == plan.report_id


def _row(planned: Planned, known: Known, name: str) -> EffectRow:
    order, invoice, plan = planned
    document = known.get((order.pk, invoice.number))
    if isinstance(plan, Print):
        then, tone = _("is printed by “%(report)s” and attached") % {"report": plan.name}, "good"
    else:
        then, tone = _sentence(plan.step), "idle"
    why = tuple(_sentence(step) for step in plan.trace)
    return EffectRow(
        f"{invoice.number} · {name}", reverse("order", args=[order.pk]), _as_it_is(document), then, why, tone
    )


def _as_it_is(document: InvoiceDocument | None) -> str:
    if document is None:
        return ""
    if document.code and document.code != "invoice_to_print":
        return explain(document.code, in_words(document.params)).title
    return _("is printed by “%(report)s” and attached") % {"report": document.report_name}


def _sentence(step: Step) -> str:
    return explain(step.code, in_words(step.params)).title


def _reason(code: str) -> str:
    """A reason of several invoices, in words that name none of them."""
    return str(_REASONS.get(code) or explain(code).title)


_REASONS: Final = {
    "invoice_form_cancelled": gettext_lazy("belong to a cancelled order"),
    "invoice_form_not_ready": gettext_lazy("belong to an order that is not ready at Allegro"),
    "invoice_not_final": gettext_lazy("are no final invoices"),
    "invoice_cancelled": gettext_lazy("are cancelled in Pohoda"),
    "invoice_without_number": gettext_lazy("have no number yet"),
    "invoice_without_total": gettext_lazy("have no total"),
    "invoice_not_paid": gettext_lazy("wait until they are paid"),
    "invoice_attached_already": gettext_lazy("are at Allegro already"),
    "invoice_totals_differ": gettext_lazy("are held: the total in Pohoda is not Allegro's"),
    "invoice_no_report": gettext_lazy("fit no report"),
    "invoice_too_many": gettext_lazy("are too many for one order"),
    "invoice_of_several_orders": gettext_lazy("were made from several orders"),
    "invoice_total_not_read": gettext_lazy("wait until the order's total in Pohoda is known"),
}


def _notes(market: Market, looked_at: int) -> list[str]:
    if not looked_at:
        return [_("The newest orders have no invoice in Pohoda yet. The settings are used from the first one on.")]
    text = ngettext(
        "We have tried it on the one invoice of the newest 50 orders that Pohoda has.",
        "We have tried it on the %(count)d invoices of the newest 50 orders that Pohoda has.",
        looked_at,
    )
    return [text % {"count": looked_at}, *not_started(market, "invoices")]


PAGE: Final = FlowPage(
    name="instance_invoices",
    part="invoices",
    body="allegro/setup/_invoices.html",
    stored=InvoicesDraft,
    posted=InvoicesDraft,
    effect=effect_of,
    saved=gettext_lazy("Saved. Invoices that are not at Allegro yet are planned again with the new reports."),
)


@open_to(*MEMBERS)
@require_http_methods(["GET", "HEAD", "POST"])
def invoices_page(request: HttpRequest, instance_id: uuid.UUID) -> HttpResponse:
    return respond(request, instance_id, PAGE)
