"""What an account's offers are planned with: its unit, its marketplaces, and the settings of each instance."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import msgspec

from allegro_integration.domain.marketplaces import MARKETPLACES
from allegro_integration.domain.offer_settings import OfferSettings
from allegro_integration.domain.offer_values import MarketPlan
from allegro_integration.models import Account, Market
from connectify.domain.errors import NeedsUser
from connectify.instances.models import Instance
from pohoda_bridge.server.models import Unit

OFFERS: Final = "offers"


@dataclass(frozen=True)
class Scope:
    """`markets`: the one that carries the offers first, then those that bring their price only."""

    account: Account
    unit: Unit
    markets: tuple[Market, ...]
    plans: tuple[MarketPlan, ...]
    home_currency: str
    end_when_refused: bool

    @property
    def settings(self) -> OfferSettings:
        """Of the instance that carries the offers: it decides links, filter and quantity."""
        return self.plans[0].settings


def carrying_markets(account: Account, *, wished: Collection[uuid.UUID] = ()) -> tuple[Market, ...]:
    """The account's active markets, the carrying one first; none when no instance does offer work.

    A secondary instance of shared offers does none (DESIGN §1): its market's price goes with the primary. Nor does one
    that has no settings for offers yet, unless it is one of the `wished` instances, which are about to get some.
    """
    markets = list(
        Market.objects.filter(account=account, active=True)
        .select_related("instance", "unit")
        .order_by("role", "marketplace", "pk")
    )
    taking_part = [one for one in markets if OFFERS in one.instance.settings or one.instance_id in wished]
    first = next((one for one in taking_part if may_carry(one)), None)
    if first is None:
        return ()
    return (first, *(one for one in taking_part if one is not first and one.unit_id == first.unit_id))


def is_carried(account: Account) -> bool:
    """Whether one of the account's instances carries its offers or could: they are read before there are settings for
    them, so that the first preview of settings has offers to show.
    """
    return any(may_carry(one) for one in Market.objects.filter(account=account, active=True))


def may_carry(market: Market) -> bool:
    """Whether the market can carry offers; one of shared offers beside the primary brings its price alone."""
    return market.role == Market.Role.PRIMARY or market.assortment == Market.Assortment.SEPARATE


def scope_of(account: Account, wished: Mapping[uuid.UUID, OfferSettings] = MappingProxyType({})) -> Scope | None:
    """None for an account that carries no offers. Raises NeedsUser("settings_unreadable").

    `wished` are settings of some instances (id → settings) in place of the stored ones, for a preview: the scope as it
    would be once they are saved.
    """
    markets = carrying_markets(account, wished=wished)
    if not markets:
        return None
    first = markets[0]
    stored = first.instance.settings
    return Scope(
        account=account,
        unit=first.unit,
        markets=markets,
        plans=tuple(
            market_plan(market, wished.get(market.instance_id) or offer_settings(market.instance)) for market in markets
        ),
        home_currency=str(stored.get("orders", {}).get("home_currency", "CZK")),
        end_when_refused=bool(stored.get(OFFERS, {}).get("end_when_refused", True)),
    )


def with_settings(scope: Scope, settings: Mapping[str, OfferSettings]) -> Scope:
    """The scope with other settings of some instances (id → settings), for a preview."""
    plans = tuple(
        msgspec.structs.replace(plan, settings=settings.get(plan.instance, plan.settings)) for plan in scope.plans
    )
    return dataclasses.replace(scope, plans=plans)


def market_plan(market: Market, settings: OfferSettings) -> MarketPlan:
    """The marketplace as the planner takes it. An unknown one has no currency; the planner says so."""
    place = MARKETPLACES.get(market.marketplace)
    return MarketPlan(
        marketplace=market.marketplace,
        instance=str(market.instance_id),
        currency=place.currency if place else "",
        settings=settings,
    )


def offer_settings(instance: Instance) -> OfferSettings:
    """Raises NeedsUser("settings_unreadable") when what was stored does not parse any more."""
    return parse_settings(instance.settings.get(OFFERS, {}), instance=str(instance.pk))


def parse_settings(stored: dict[str, Any], *, instance: str = "") -> OfferSettings:
    """Settings as they are stored or as a form would store them. Raises NeedsUser("settings_unreadable")."""
    try:
        return msgspec.convert(stored, type=OfferSettings, strict=False)
    except msgspec.ValidationError as error:
        raise NeedsUser("settings_unreadable", str(error), instance=instance) from error
