"""The tab of orders: how orders of an instance are written in Pohoda, and what a change would do."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, Final, cast

import msgspec
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from allegro_integration.domain.settings import OrderSettings
from allegro_integration.models import Market
from allegro_integration.services.markets import save_orders
from allegro_integration.services.order_preview import OrderPreview, preview_settings
from allegro_integration.services.order_settings import settings_of
from allegro_integration.setup.flow_pages import FlowPage, respond
from allegro_integration.setup.frame import require_shown
from allegro_integration.setup.orders_form import OrdersDraft
from allegro_integration.setup.orders_shown import counts_of, rows_of
from allegro_integration.setup.orders_start import moved_start
from allegro_integration.setup.store_words import order_notes, unknown_store
from connectify.dashboard.access import MEMBERS, open_to
from connectify.dashboard.effects import Effect
from connectify.domain.errors import NeedsUser
from connectify.users.models import User

ROWS: Final = 15


def effect_of(market: Market, content: dict[str, Any]) -> Effect:
    """What these settings would make of the newest orders, and which ones they begin or cease to take."""
    account = market.account
    own = {"environment": account.environment, "seller_id": account.seller_id}
    wanted = msgspec.convert({**content["orders"], **own}, type=OrderSettings, strict=False)
    since = msgspec.convert(content["orders_since"], type=dt.datetime) if content["orders_since"] else None
    previews = [one for one in preview_settings(market, _stored(market), wanted) if not _is_before(one, since)]
    moved = moved_start(market, since, wanted, limit=ROWS)
    rows, more = rows_of(previews, limit=ROWS - len(moved.rows))
    notes = [*moved.notes, *(_notes(previews, len(rows)) if previews or not moved.rows else ())]
    if wanted.store == market.instance.settings.get("orders", {}).get("store"):
        notes += unknown_store(market.unit, wanted.store)  # another one was chosen among those that there are
    notes += order_notes(market, wanted.store)
    return Effect((*moved.counts, *counts_of(previews)), (*moved.rows, *rows), moved.more + more, tuple(notes))


def _is_before(preview: OrderPreview, since: dt.datetime | None) -> bool:
    """Whether the order is one that is left alone from now on."""
    return since is not None and preview.order.bought_at < since and not preview.has_left


def _stored(market: Market) -> OrderSettings | None:
    try:
        return settings_of(market)
    except NeedsUser:
        return None


def _notes(previews: list[OrderPreview], changed: int) -> list[str]:
    if not previews:
        return [_("There is no order of this instance yet. The settings are used from the first one on.")]
    looked = ngettext(
        "We have tried it on the newest order.", "We have tried it on the newest %(count)d orders.", len(previews)
    )
    notes = [looked % {"count": len(previews)}]
    if not changed:
        notes.append(_("Their documents would be the same as now."))
    elif any(one.has_left for one in previews):
        notes.append(
            _("Orders that have left stay as they are: their rows show how the next ones like them would look.")
        )
    return notes


def save(request: HttpRequest, market: Market, part: str, content: dict[str, Any]) -> None:
    """Raises Rejected: "effect_not_shown", "settings_changed"."""
    require_shown(request, market, part, content)
    since = content["orders_since"]
    save_orders(
        market=market,
        content=content["orders"],
        since=msgspec.convert(since, type=dt.datetime) if since else None,
        actor=cast(User, request.user),
        read_version=market.instance.settings_version,
    )


PAGE: Final = FlowPage(
    name="instance_orders",
    part="orders",
    body="allegro/setup/_orders.html",
    stored=OrdersDraft,
    posted=OrdersDraft,
    effect=effect_of,
    saved=gettext_lazy("Saved. Orders that wait are planned again with the new settings at once."),
    save=save,
)


@open_to(*MEMBERS)
@require_http_methods(["GET", "HEAD", "POST"])
def orders_page(request: HttpRequest, instance_id: uuid.UUID) -> HttpResponse:
    return respond(request, instance_id, PAGE)
