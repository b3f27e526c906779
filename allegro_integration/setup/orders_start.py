"""What another start of an instance's orders would do: orders that are taken from now on, and ones left alone."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from allegro_integration.domain.settings import OrderSettings
from allegro_integration.explain_words import in_words
from allegro_integration.models import Market, Order
from allegro_integration.services.markets import crossing, start_of
from allegro_integration.services.order_preview import not_left, preview_settings
from allegro_integration.setup.flow_pages import not_started
from allegro_integration.setup.orders_shown import label_of, rows_of
from connectify.dashboard.effects import Effect, EffectCount, EffectRow
from connectify.dashboard.explanations import explain


def moved_start(market: Market, since: dt.datetime | None, wanted: OrderSettings, *, limit: int) -> Effect:
    """Counts are of all orders concerned, rows of the newest. Empty when the start stays where it is."""
    if since == start_of(market):
        return Effect()
    taken, left_alone = crossing(market, since)
    taken, left_alone = not_left(taken), not_left(left_alone)
    begins, ceases = taken.count(), left_alone.count()
    counts = (
        EffectCount(_("left alone so far: from now on they are taken"), begins, "wait"),
        EffectCount(_("wait now: from now on they are left alone"), ceases, "wait"),
    )
    rows = [*_taken(market, taken, wanted, limit), *_left_alone(left_alone, limit)][:limit]
    return Effect(
        tuple(one for one in counts if one.count), tuple(rows), begins + ceases - len(rows), _notes(market, begins)
    )


def _taken(market: Market, orders: QuerySet[Order], wanted: OrderSettings, limit: int) -> list[EffectRow]:
    rows, _more = rows_of(preview_settings(market, None, wanted, taken=orders, limit=limit), limit=limit)
    return [replace(row, before=_why_left_alone()) for row in rows]


def _left_alone(orders: QuerySet[Order], limit: int) -> list[EffectRow]:
    return [
        EffectRow(
            label_of(order),
            reverse("order", args=[order.pk]),
            _("waits: %(why)s") % {"why": explain(order.code, in_words(order.params)).title},
            _why_left_alone(),
        )
        for order in orders.order_by("-bought_at", "-id")[:limit]
    ]


def _why_left_alone() -> str:
    return _("left alone: bought before the start")


def _notes(market: Market, begins: int) -> tuple[Any, ...]:
    if not begins:
        return ()
    warning = _(
        "Orders that are taken from now on are created in Pohoda. If somebody has written them there by hand, they"
        " would be there twice: choose a later start then."
    )
    return (warning, *not_started(market, "orders"))
