"""Allegro's answers about offers and how they become the values of `offer_messages`. Source: Allegro OpenAPI.

The `Raw…` structures mirror the answers: unknown keys are ignored, enumerations stay plain text, what may be missing or
null is None.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Final

from msgspec import Raw, Struct

from allegro_integration.client.messages import ApiError
from allegro_integration.client.offer_messages import (
    BASE,
    ListedOffer,
    MarketplaceView,
    OfferDetail,
    OfferEvent,
    OfferParts,
    OfferRule,
    ShippingRates,
)
from allegro_integration.domain.values import Instant, Price
from connectify.domain.money import Money

# Allegro's catalogue parameters that carry a GTIN: EAN and ISBN.
_GTIN_PARAMETERS: Final = frozenset({"225693", "245669"})
_GTIN_NAME: Final = re.compile(r"\b(EAN|GTIN|ISBN)\b", re.IGNORECASE)
_GTIN: Final = re.compile(r"\d{8}|\d{12,14}", re.ASCII)


class RawId(Struct, frozen=True):
    id: str | None = None


class RawSure(Struct, frozen=True):
    id: str


class RawAutomation(Struct, frozen=True):
    rule: RawId | None = None


class RawSellingMode(Struct, frozen=True, rename="camel"):
    format: str | None = None
    price: Price | None = None
    price_automation: RawAutomation | None = None


class RawStock(Struct, frozen=True):
    available: int | None = None


class RawMarketplaces(Struct, frozen=True):
    base: RawId | None = None


class RawPublication(Struct, frozen=True, rename="camel"):
    status: str | None = None
    ended_by: str | None = None
    marketplaces: RawMarketplaces | None = None


class RawMarketplacePublication(Struct, frozen=True, rename="camel"):
    state: str | None = None
    refusal_reasons: tuple[ApiError, ...] | None = None


class RawMarketplace(Struct, frozen=True, rename="camel"):
    publication: RawMarketplacePublication | None = None
    selling_mode: RawSellingMode | None = None


class RawImage(Struct, frozen=True):
    url: str | None = None


class RawDelivery(Struct, frozen=True, rename="camel"):
    shipping_rates: RawId | None = None


class RawListedOffer(Struct, frozen=True, rename="camel"):
    id: str
    name: str | None = None
    category: RawId | None = None
    primary_image: RawImage | None = None
    selling_mode: RawSellingMode | None = None
    stock: RawStock | None = None
    publication: RawPublication | None = None
    external: RawId | None = None
    delivery: RawDelivery | None = None
    is_fulfillment: bool | None = None
    additional_marketplaces: dict[str, RawMarketplace] | None = None


class RawOfferPage(Struct, frozen=True, rename="camel"):
    offers: tuple[Raw, ...]
    total_count: int = 0


class RawParameter(Struct, frozen=True):
    id: str | None = None
    name: str | None = None
    values: tuple[str, ...] | None = None


class RawProduct(Struct, frozen=True):
    parameters: tuple[RawParameter, ...] | None = None


class RawProductSetItem(Struct, frozen=True):
    product: RawProduct | None = None


class RawValidation(Struct, frozen=True):
    errors: tuple[ApiError, ...] | None = None


class RawOffer(Struct, frozen=True, rename="camel"):
    id: str
    name: str | None = None
    external: RawId | None = None
    product_set: tuple[RawProductSetItem, ...] | None = None
    parameters: tuple[RawParameter, ...] | None = None
    selling_mode: RawSellingMode | None = None
    stock: RawStock | None = None
    publication: RawPublication | None = None
    validation: RawValidation | None = None
    additional_marketplaces: dict[str, RawMarketplace] | None = None


class RawEventOffer(Struct, frozen=True):
    id: str
    publication: RawPublication | None = None


class RawEvent(Struct, frozen=True, rename="camel"):
    id: str
    type: str
    occurred_at: Instant
    offer: RawEventOffer


class RawEventPage(Struct, frozen=True, rename="camel"):
    offer_events: tuple[Raw, ...]


class RawRule(Struct, frozen=True):
    marketplace: RawSure
    rule: RawSure


class RawRules(Struct, frozen=True):
    rules: tuple[RawRule, ...]


class RawRatesFeatures(Struct, frozen=True, rename="camel"):
    managed_by_allegro: bool | None = None
    is_fulfillment: bool | None = None


class RawRates(Struct, frozen=True):
    id: str
    name: str | None = None
    features: RawRatesFeatures | None = None
    marketplaces: tuple[RawSure, ...] | None = None


class RawRatesPage(Struct, frozen=True, rename="camel"):
    shipping_rates: tuple[RawRates, ...]


def listed(raw: RawListedOffer) -> ListedOffer:
    """One record of the list."""
    publication = raw.publication or RawPublication()
    return ListedOffer(
        id=raw.id,
        name=raw.name or "",
        category=_id(raw.category),
        image=(raw.primary_image.url or "") if raw.primary_image else "",
        external_id=_id(raw.external),
        format=(raw.selling_mode.format or "") if raw.selling_mode else "",
        status=publication.status or "",
        base_marketplace=_base(publication),
        price=_price(raw.selling_mode),
        rule=_rule(raw.selling_mode),
        stock=raw.stock.available if raw.stock else None,
        shipping_rates=_id(raw.delivery.shipping_rates) if raw.delivery else "",
        is_fulfillment=bool(raw.is_fulfillment),
        marketplaces={name: _view(one) for name, one in (raw.additional_marketplaces or {}).items()},
    )


def detailed(raw: RawOffer) -> OfferDetail:
    """One offer in full."""
    publication = raw.publication or RawPublication()
    additional = raw.additional_marketplaces or {}
    base = _base(publication)
    refusals = {
        name: (one.publication.refusal_reasons or ()) if one.publication else () for name, one in additional.items()
    }
    return OfferDetail(
        id=raw.id,
        name=raw.name or "",
        external_id=_id(raw.external),
        ean=_ean(raw),
        status=publication.status or "",
        ended_by=publication.ended_by or "",
        base_marketplace=base,
        stock=raw.stock.available if raw.stock else None,
        prices=_prices(raw, base),
        errors=validation_errors(raw),
        refusals={name: reasons for name, reasons in refusals.items() if reasons},
    )


def validation_errors(raw: RawOffer) -> tuple[ApiError, ...]:
    """What Allegro's validation holds against the offer."""
    return (raw.validation.errors or ()) if raw.validation else ()


def parts(raw: RawOffer) -> OfferParts:
    """Stock and prices alone."""
    return OfferParts(raw.stock.available if raw.stock else None, _prices(raw, BASE))


def event(raw: RawEvent) -> OfferEvent:
    """One entry of the journal."""
    ended_by = (raw.offer.publication.ended_by or "") if raw.offer.publication else ""
    return OfferEvent(raw.id, raw.type, raw.offer.id, raw.occurred_at, ended_by)


def rules(raw: RawRules) -> tuple[OfferRule, ...]:
    """Which marketplaces of an offer a pricing rule owns."""
    return tuple(OfferRule(one.marketplace.id, one.rule.id) for one in raw.rules)


def shipping_rates(raw: RawRatesPage) -> tuple[ShippingRates, ...]:
    """The seller's price lists of deliveries."""
    return tuple(
        ShippingRates(
            one.id,
            one.name or "",
            tuple(place.id for place in one.marketplaces or ()),
            is_fulfillment=bool(one.features and one.features.is_fulfillment),
            managed_by_allegro=bool(one.features and one.features.managed_by_allegro),
        )
        for one in raw.shipping_rates
    )


def _id(reference: RawId | None) -> str:
    return (reference.id or "") if reference else ""


def _base(publication: RawPublication) -> str:
    return _id(publication.marketplaces.base) if publication.marketplaces else ""


def _price(mode: RawSellingMode | None) -> Money | None:
    if mode is None or mode.price is None:
        return None
    return Money(Decimal(mode.price.amount), mode.price.currency)


def _rule(mode: RawSellingMode | None) -> str:
    return _id(mode.price_automation.rule) if mode and mode.price_automation else ""


def _view(raw: RawMarketplace) -> MarketplaceView:
    state = (raw.publication.state or "") if raw.publication else ""
    return MarketplaceView(state, _price(raw.selling_mode), _rule(raw.selling_mode))


def _prices(raw: RawOffer, base: str) -> dict[str, Money]:
    found = {base: _price(raw.selling_mode)}
    found |= {name: _price(one.selling_mode) for name, one in (raw.additional_marketplaces or {}).items()}
    return {name: price for name, price in found.items() if price is not None}


def _ean(raw: RawOffer) -> str:
    """The first GTIN of the products, else of the offer itself (offers without a product)."""
    products = (item.product for item in raw.product_set or () if item.product is not None)
    of_products = (one for product in products for one in product.parameters or ())
    return next(_gtins(of_products), "") or next(_gtins(raw.parameters or ()), "")


def _gtins(parameters: Iterable[RawParameter]) -> Iterator[str]:
    for one in parameters:
        if one.id in _GTIN_PARAMETERS or _GTIN_NAME.search(one.name or ""):
            yield from (value for value in one.values or () if _GTIN.fullmatch(value))
