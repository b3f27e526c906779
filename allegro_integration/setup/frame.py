"""What the pages of one instance share: finding it, its tabs, and saving only what was shown."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, cast

from django.http import Http404, HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from allegro_integration.models import Market
from allegro_integration.services.instance_settings import save_part
from connectify.dashboard.access import SETTERS
from connectify.dashboard.effects import seal, was_shown
from connectify.domain.errors import Rejected
from connectify.users.models import User

# URL name → label, in the order of the tabs.
TABS: Final[tuple[tuple[str, Promise], ...]] = (
    ("instance", pgettext_lazy("tab", "Instance")),
    ("instance_orders", pgettext_lazy("tab", "Orders")),
    ("instance_mappings", pgettext_lazy("tab", "Delivery and payment")),
    ("instance_offers", pgettext_lazy("tab", "Pieces")),
    ("instance_prices", pgettext_lazy("tab", "Prices")),
    ("instance_statuses", pgettext_lazy("tab", "Order states")),
    ("instance_invoices", pgettext_lazy("tab", "Invoices")),
)


@dataclass(frozen=True)
class Tab:
    label: str
    url: str
    is_here: bool


def find_market(instance_id: uuid.UUID) -> Market:
    """The instance's market with its account and unit. Raises Http404 when the tenant in force has no such one."""
    markets = Market.objects.select_related("instance", "account__connection", "unit__connection")
    market = markets.filter(instance_id=instance_id).first()
    if market is None:
        raise Http404
    return market


def frame(request: HttpRequest, market: Market, tab: str) -> dict[str, Any]:
    """The template's part that all tabs share (allegro/setup/_frame.html)."""
    return {
        "market": market,
        "instance": market.instance,
        "tabs": list(_tabs(market, tab)),
        "may_set": request.membership.role in SETTERS,  # type: ignore[attr-defined]
    }


def _tabs(market: Market, here: str) -> Iterator[Tab]:
    for name, label in TABS:
        with contextlib.suppress(NoReverseMatch):
            yield Tab(str(label), reverse(name, args=[market.instance_id]), name == here)


def seal_of(market: Market, part: str, content: dict[str, Any]) -> str:
    """Goes into the form beside the effect that is shown."""
    return seal(place=_place(market, part), content=content, version=market.instance.settings_version)


def save_shown(request: HttpRequest, market: Market, part: str, content: dict[str, Any]) -> None:
    """Saves settings whose effect was shown. Raises Rejected: "effect_not_shown", "settings_changed".

    Either way the caller shows the effect (again) with the settings as they are now.
    """
    require_shown(request, market, part, content)
    version = market.instance.settings_version
    save_part(market=market, part=part, content=content, actor=cast(User, request.user), read_version=version)


def require_shown(request: HttpRequest, market: Market, part: str, content: dict[str, Any]) -> None:
    """Raises Rejected("effect_not_shown") unless the effect of exactly this was on the screen."""
    version, sealed = market.instance.settings_version, request.POST.get("shown", "")
    if not was_shown(place=_place(market, part), content=content, version=version, sealed=sealed):
        raise Rejected("effect_not_shown")


def _place(market: Market, part: str) -> str:
    return f"{market.instance_id}:{part}"
