"""The price of an offer on one marketplace: from the card by the settings' steps, in a step the marketplace accepts."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from allegro_integration.domain.marketplaces import Marketplace
from allegro_integration.domain.offer_settings import OfferSettings
from allegro_integration.domain.offer_values import Card
from connectify.domain.money import Money
from connectify.domain.price_steps import NoPrice, Priced, PriceSource, calculate, round_to, show
from connectify.domain.trace import Step

_CENTS: Final = Decimal("0.01")


def price_source(card: Card, home_currency: str) -> PriceSource:
    """The prices that a card offers to the steps."""
    return PriceSource(card.levels, card.price, card.price_with_vat, card.vat_percent, home_currency)


def wanted_price(
    source: PriceSource, settings: OfferSettings, place: Marketplace, currency: str, *, explain: bool = True
) -> Priced | NoPrice:
    """The price with two decimals. Where the steps leave one that Allegro would refuse, it is rounded, halves up."""
    priced = calculate(source, settings.price_steps, currency=currency, explain=explain)
    if isinstance(priced, NoPrice):
        return priced
    amount, trace = priced.amount.amount, priced.trace
    fitting = round_to(amount, place.price_step)
    if fitting != amount and explain:
        shown = {"marketplace": place.id, "step": f"{place.price_step:f}", "price": show(fitting)}
        trace = (*trace, Step("price_fits_market", shown))
    return Priced(Money(fitting.quantize(_CENTS), currency), trace)


def price_card(cards: Iterable[Card], stores: tuple[str, ...]) -> Card | None:
    """The card whose price counts: that of the first store in the settings' order."""
    by_store = {card.store: card for card in reversed(tuple(cards))}
    for store in stores:
        if store in by_store:
            return by_store[store]
    return None if stores else next(iter(reversed(by_store.values())), None)
