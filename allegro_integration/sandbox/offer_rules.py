"""What an offer may become: pure rules of stock, prices and publication. Each raises ApiError where Allegro refuses."""

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from msgspec.structs import replace

from allegro_integration.sandbox.answers import ApiError
from allegro_integration.sandbox.offers import CENT, SandboxOffer
from allegro_integration.sandbox.sale import MARKETPLACES
from allegro_integration.sandbox.shops import BUSINESS, Shop, currency_of

STEPS = {"CZK": Decimal(1), "HUF": Decimal(5)}
UNITS_PER_EURO = {"EUR": Decimal(1), "CZK": Decimal("24.35"), "PLN": Decimal("4.26"), "HUF": Decimal("390")}
STOCK_LIMIT = 100_000
KEPT_ENDED = ("ADMIN", "PRODUCT_DETACHMENT")


def with_stock(offer: SandboxOffer, pieces: int, now: str) -> SandboxOffer:
    """Pieces for sale; none left ends an offer that is sold."""
    if not 0 <= pieces <= STOCK_LIMIT:
        raise ApiError(422, "IncorrectStockAvailable", f"Stock must be from 0 to {STOCK_LIMIT}", "stock.available")
    offer = replace(offer, stock=pieces)
    if pieces == 0 and offer.status in ("ACTIVE", "ACTIVATING"):
        return ended(offer, "EMPTY_STOCK", now)
    return offer


def ended(offer: SandboxOffer, by: str, now: str) -> SandboxOffer:
    return replace(offer, status="ENDED", ended_by=by, ended_at=now, active_at=None)


def activated(offer: SandboxOffer, now: str, active_at: str | None = None) -> SandboxOffer:
    """Sold again, or from `active_at` on."""
    if offer.stock < 1:
        code = "AvailableStockMustEqualToOneOrBeGreaterThanOne"
        raise ApiError(422, code, "An offer without pieces cannot be activated", "stock.available")
    if offer.status == "ENDED" and offer.ended_by in KEPT_ENDED:
        raise ApiError(422, "OfferCannotBeActivated", f"The offer was ended by {offer.ended_by}", "publication.status")
    if offer.status == "ACTIVE":
        return offer
    if active_at is not None:
        return replace(offer, status="ACTIVATING", ended_by=None, ended_at=None, active_at=active_at)
    return replace(offer, status="ACTIVE", ended_by=None, ended_at=None, active_at=None, started_at=now)


def with_status(offer: SandboxOffer, status: str, now: str, active_at: str | None = None) -> SandboxOffer:
    """The status a seller asks for."""
    if status == "ACTIVE":
        return activated(offer, now, active_at)
    if status == "ENDED" and offer.status != "INACTIVE":
        return offer if offer.status == "ENDED" else ended(offer, "USER", now)
    if status == offer.status:
        return offer
    raise ApiError(422, "IncorrectPublicationStatus", f"{offer.status} cannot become {status}", "publication.status")


def with_price(
    shop: Shop, offer: SandboxOffer, marketplace: str, amount: Decimal, held_base: bool = False
) -> SandboxOffer:
    """A price of the seller's. A rule keeps its own; `held_base`: a campaign keeps the offer's price as well."""
    if marketplace in offer.rules or (held_base and marketplace in offer.campaigns):
        return offer
    prices = {**offer.prices, marketplace: amount}
    prices |= {name: amount for name, parent in BUSINESS.items() if parent == marketplace}
    if marketplace == shop.base:
        prices |= {name: converted(shop, name, amount) for name in offer.rules if name != shop.base}
    return replace(offer, prices=prices)


def converted(shop: Shop, marketplace: str, base_price: Decimal) -> Decimal:
    """The base price by the day's rate, in the steps of the marketplace."""
    currency = currency_of(marketplace)
    exact = base_price / UNITS_PER_EURO[currency_of(shop.base)] * UNITS_PER_EURO[currency]
    step = STEPS.get(currency, CENT)
    return max(step, (exact / step).quantize(Decimal(1), ROUND_HALF_UP) * step)


def read_price(value: Any, marketplace: str, path: str) -> Decimal:
    """The amount of `{"amount": "12.34", "currency": "EUR"}`, as that marketplace takes it."""
    if marketplace not in MARKETPLACES or marketplace in BUSINESS:
        raise ApiError(422, "MarketplaceNotSupported", f"No price can be set for {marketplace}", path)
    if not isinstance(value, dict) or not isinstance(value.get("amount"), (str, int, float)):
        raise ApiError(422, "InvalidPrice", "A price has an amount and a currency", path)
    currency = currency_of(marketplace)
    if value.get("currency") != currency:
        raise ApiError(422, "InvalidCurrency", f"{marketplace} sells in {currency}", f"{path}.currency")
    try:
        amount = Decimal(str(value["amount"]))
    except InvalidOperation:
        raise ApiError(422, "InvalidPrice", "The amount is not a number", f"{path}.amount") from None
    check_amount(amount, currency, f"{path}.amount")
    return amount


def check_amount(amount: Decimal, currency: str, path: str) -> None:
    if not amount.is_finite() or amount <= 0:
        raise ApiError(422, "PriceMustBeGreaterThanZero", "A price is greater than zero", path)
    if amount % STEPS.get(currency, CENT):
        text = {"CZK": "whole crowns", "HUF": "forints ending in 0 or 5"}.get(currency, "two decimals")
        raise ApiError(422, "InvalidPricePrecision", f"Prices in {currency} are given in {text}", path)
