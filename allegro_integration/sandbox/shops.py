"""What a shop lends to its offers: base marketplace, shipping-rate sets, and what buyers see because of them."""

from dataclasses import dataclass
from decimal import Decimal

from allegro_integration.sandbox.context import Json, Sandbox
from allegro_integration.sandbox.offers import (
    HOME_ONLY,
    MANAGED,
    STANDARD,
    Reason,
    SandboxOffer,
    exchange_rule,
    shipping_id,
)
from allegro_integration.sandbox.sale import MARKETPLACES
from allegro_integration.sandbox.sellers import find_seller

BUSINESS = {"allegro-business-cz": "allegro-cz"}  # Allegro copies the price of the country's main marketplace
NO_PRICE = "VQR001_CURRENCY_NOT_AVAILABLE"
NO_DELIVERY = "VQR003_DELIVERY_TO_OPERATIONAL_COUNTRY_NOT_AVAILABLE"


@dataclass(frozen=True)
class ShippingSet:
    id: str
    name: str
    marketplaces: tuple[str, ...]
    managed: bool = False


@dataclass(frozen=True)
class Shop:
    """`base` is where the account was registered; `marketplaces` all it sells on."""

    seller: str
    base: str
    marketplaces: tuple[str, ...]
    sent_on_waybill: bool = False

    def shipping_sets(self) -> tuple[ShippingSet, ...]:
        everywhere = _with_business(tuple(dict.fromkeys((self.base, *self.marketplaces))))
        return (
            ShippingSet(shipping_id(self.seller, STANDARD), STANDARD, everywhere),
            ShippingSet(shipping_id(self.seller, HOME_ONLY), HOME_ONLY, _with_business((self.base,))),
            ShippingSet(shipping_id(self.seller, MANAGED), MANAGED, everywhere, managed=True),
        )

    def shipping_of(self, offer: SandboxOffer) -> ShippingSet | None:
        """The set an offer is sent by; None where it has none."""
        sets = self.shipping_sets()
        if offer.shipping == "":
            return sets[0]
        return next((one for one in sets if one.id == offer.shipping), None)


def _with_business(marketplaces: tuple[str, ...]) -> tuple[str, ...]:
    business = (name for name, parent in BUSINESS.items() if parent in marketplaces)
    return tuple(dict.fromkeys((*marketplaces, *business)))


def shop_of(sandbox: Sandbox, seller: str) -> Shop:
    known = find_seller(sandbox, seller)
    if known is None:
        return Shop(seller, "allegro-cz", ("allegro-cz",))
    base = known["baseMarketplace"]["id"]
    return Shop(seller, base, tuple(known["marketplaces"]), bool(known.get("sent_on_waybill")))


def currency_of(marketplace: str) -> str:
    return MARKETPLACES[marketplace][0]


def visibility(shop: Shop, offer: SandboxOffer) -> dict[str, tuple[str, list[Reason]]]:
    """For each additional marketplace the state of publication and the reasons of a refusal.

    The shipping-rate set and a price in the currency decide; where the seller does not sell it was never asked for.
    """
    reached = shipping.marketplaces if (shipping := shop.shipping_of(offer)) else ()
    states: dict[str, tuple[str, list[Reason]]] = {}
    for marketplace in MARKETPLACES:
        if marketplace == shop.base:
            continue
        parent = BUSINESS.get(marketplace, marketplace)
        reasons = [offer.refused[marketplace]] if marketplace in offer.refused else []
        if marketplace not in reached:
            reasons.append(Reason(NO_DELIVERY, f"No delivery to the country of {marketplace}"))
        if parent not in offer.prices:
            reasons.append(Reason(NO_PRICE, f"No price in {currency_of(marketplace)}"))
        if parent not in (shop.base, *shop.marketplaces) and marketplace not in reached:
            states[marketplace] = ("NOT_REQUESTED", [])
        elif reasons:
            states[marketplace] = ("REFUSED", reasons)
        else:
            states[marketplace] = ("PENDING" if offer.status == "INACTIVE" else "APPROVED", [])
    return states


def seen_on(shop: Shop, offer: SandboxOffer) -> tuple[str, ...]:
    """The marketplaces whose buyers find the offer now, the base first."""
    if offer.status != "ACTIVE":
        return ()
    approved = (name for name, (state, _) in visibility(shop, offer).items() if state == "APPROVED")
    return (shop.base, *approved)


def visible_price(offer: SandboxOffer, marketplace: str) -> Decimal | None:
    """What a buyer pays: a campaign's price goes before the offer's own."""
    return offer.campaigns.get(marketplace, offer.prices.get(marketplace))


def buyers_see(shop: Shop, offer: SandboxOffer) -> Json:
    """Per marketplace: whether the offer is shown, the price a buyer pays, its currency and the pieces left."""
    shown = seen_on(shop, offer)
    states = visibility(shop, offer)
    seen: Json = {}
    for marketplace in MARKETPLACES:
        price = visible_price(offer, marketplace)
        state, reasons = states.get(marketplace, ("APPROVED" if offer.status == "ACTIVE" else offer.status, []))
        seen[marketplace] = {
            "visible": marketplace in shown,
            "state": state,
            "reasons": [reason.code for reason in reasons],
            "price": None if price is None else f"{price:.2f}",
            "currency": currency_of(marketplace),
            "available": offer.stock if marketplace in shown else 0,
            "campaign": marketplace in offer.campaigns,
            "rule": offer.rules.get(marketplace),
        }
    return seen


def default_rules(shop: Shop) -> list[Json]:
    """The pricing rules of a seller as GET /sale/price-automation/rules lists them."""
    at = "2025-01-15T08:00:00.000Z"
    rule = {"id": exchange_rule(shop.seller), "type": "EXCHANGE_RATE", "name": "Kurz ECB", "default": True}
    return [{**rule, "updatedAt": at}]
