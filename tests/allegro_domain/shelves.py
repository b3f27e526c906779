"""Factories of what planning offers takes: cards, offers, settings and snapshots that agree with each other."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from allegro_integration.domain.offer_settings import OfferSettings
from allegro_integration.domain.offers import (
    AccountSnapshot,
    Card,
    MarketPlan,
    OfferPlan,
    OfferView,
    PlannedChange,
    SetPrice,
    Skip,
    plan_offers,
)
from connectify.domain.money import Money
from connectify.domain.price_steps import AddVat, FromLevel, RoundTo, ToCurrency

CZ, SK, HU = "allegro-cz", "allegro-sk", "allegro-hu"
CZK_STEPS = (FromLevel("A", with_vat=False), AddVat(), RoundTo(Decimal(1)))
EUR_STEPS = (FromLevel("A", with_vat=False), AddVat(), ToCurrency("EUR", Decimal(25)), RoundTo(Decimal("0.01")))


def czk(amount: str) -> Money:
    return Money(Decimal(amount), "CZK")


def eur(amount: str) -> Money:
    return Money(Decimal(amount), "EUR")


def settings(**more: Any) -> OfferSettings:
    """Quantity from the store HLAVNI, price from level A without VAT in whole crowns."""
    return OfferSettings(**{"stores": ("HLAVNI",), "price_steps": CZK_STEPS, **more})


def card(count: str = "10", level: str = "100", **more: Any) -> Card:
    """Ten pieces of SKU-1 for 100 CZK without VAT, so 121 CZK."""
    values: dict[str, Any] = {
        "store": "HLAVNI",
        "code": "SKU-1",
        "count": Decimal(count),
        "vat_percent": Decimal(21),
        "levels": {"A": Decimal(level)},
        "unit": "ks",
    }
    return Card(**{**values, **more})


def offer(offer_id: str = "1", **more: Any) -> OfferView:
    """An active offer that shows what its card says: ten pieces for 121 CZK."""
    values: dict[str, Any] = {
        "offer_id": offer_id,
        "name": f"Zboží {offer_id}",
        "external_id": "SKU-1",
        "stock": 10,
        "prices": {CZ: czk("121.00")},
        "cards": (card(),),
        "link": "external_id",
    }
    return OfferView(**{**values, **more})


def market(marketplace: str = CZ, instance: str = "cz", currency: str = "CZK", **more: Any) -> MarketPlan:
    return MarketPlan(marketplace=marketplace, instance=instance, currency=currency, settings=settings(**more))


def snapshot(*offers: OfferView, markets: tuple[MarketPlan, ...] = (), **more: Any) -> AccountSnapshot:
    return AccountSnapshot(marketplaces=markets or (market(),), offers=offers, **more)


def plan(*offers: OfferView, markets: tuple[MarketPlan, ...] = (), **more: Any) -> OfferPlan:
    return plan_offers(snapshot(*offers, markets=markets, **more))


def only_change(planned: OfferPlan) -> PlannedChange:
    """The plan's only change. Fails when there is another one or a skip."""
    assert planned.skips == ()
    (change,) = planned.changes
    return change


def only_skip(planned: OfferPlan) -> Skip:
    """The plan's only skip. Fails when there is another one or a change."""
    assert planned.changes == ()
    (skip,) = planned.skips
    return skip


def prices(planned: OfferPlan) -> dict[str, Decimal]:
    """The prices to send, by marketplace."""
    found = (change.content for change in planned.changes)
    return {content.marketplace: content.amount for content in found if isinstance(content, SetPrice)}


def held(change: PlannedChange) -> list[str]:
    return [step.code for step in change.held]
