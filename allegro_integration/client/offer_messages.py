"""Offers as callers see them, as frozen values: missing texts are empty, enumerations plain text, amounts `Money`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct, field

from allegro_integration.client.messages import ApiError
from allegro_integration.client.records import OddRecord
from allegro_integration.domain.values import Instant
from connectify.domain.money import Money

# Key of the base marketplace's price in answers that do not name the base marketplace.
BASE: Final = ""


class MarketplaceView(Struct, frozen=True):
    """An offer on an additional marketplace. `state` NOT_REQUESTED, PENDING, IN_PROGRESS, APPROVED, REFUSED or new."""

    state: str
    price: Money | None
    rule: str


class ListedOffer(Struct, frozen=True, kw_only=True):
    """One offer of the list. `status` INACTIVE, ACTIVATING, ACTIVE, ENDED; `rule` is the base price's pricing rule.

    `category`, `shipping_rates` and `base_marketplace` are ids, `image` is an address, `format` BUY_NOW, AUCTION or
    ADVERTISEMENT. `marketplaces` are the additional ones by their ids, wanted or not.
    """

    id: str
    name: str
    category: str
    image: str
    external_id: str
    format: str
    status: str
    base_marketplace: str
    price: Money | None
    rule: str
    stock: int | None
    shipping_rates: str
    is_fulfillment: bool
    marketplaces: dict[str, MarketplaceView]


class OfferPage(Struct, frozen=True):
    """A page of GET /sale/offers; `total` counts all that the filters find."""

    offers: tuple[ListedOffer, ...]
    odd: tuple[OddRecord, ...]
    total: int


class OfferDetail(Struct, frozen=True, kw_only=True):
    """An offer in full. `ean` is the first GTIN of its products; `prices` by marketplace, the base one by its own id.

    `ended_by` USER, ADMIN, EXPIRATION, EMPTY_STOCK, PRODUCT_DETACHMENT, ERROR or empty. `errors` are Allegro's
    validation of the whole offer, `refusals` why an additional marketplace does not show it.
    """

    id: str
    name: str
    external_id: str
    ean: str
    status: str
    ended_by: str
    base_marketplace: str
    stock: int | None
    prices: dict[str, Money]
    errors: tuple[ApiError, ...]
    refusals: dict[str, tuple[ApiError, ...]]


class OfferParts(Struct, frozen=True):
    """What an offer has now. `prices` by additional marketplace, that of the base marketplace under `BASE`."""

    stock: int | None
    prices: dict[str, Money]


class OfferEvent(Struct, frozen=True):
    """One entry of the offer journal: a hint that something changed, without the new value. `ended_by` may be empty."""

    id: str
    type: str
    offer_id: str
    occurred_at: Instant
    ended_by: str = ""


class OfferEvents(Struct, frozen=True):
    """A page of the offer journal, oldest first. `cursor` is the id of its last entry, `size` counts the odd too."""

    events: tuple[OfferEvent, ...]
    odd: tuple[OddRecord, ...]
    cursor: str
    size: int


class OfferPatch(Struct, frozen=True, kw_only=True):
    """What to change; all else stays. `price` is the base marketplace's, `prices` are those of additional ones.

    Zero stock ends an active offer. `activate` with a stock above zero brings an ended one back.
    """

    stock: int | None = None
    activate: bool = False
    price: Money | None = None
    prices: Mapping[str, Money] = field(default_factory=dict)

    def content(self) -> dict[str, Any]:
        """As Allegro's merge patch, with the fields that are set alone: an explicit null would clear one."""
        content: dict[str, Any] = {}
        if self.stock is not None:
            if self.stock < 0:
                raise ValueError("a negative stock")
            content["stock"] = {"available": self.stock}
        if self.activate:
            content["publication"] = {"status": "ACTIVE"}
        if self.price is not None:
            content["sellingMode"] = {"price": amount(self.price)}
        if self.prices:
            content["additionalMarketplaces"] = {
                marketplace: {"sellingMode": {"price": amount(price)}} for marketplace, price in self.prices.items()
            }
        if not content:
            raise ValueError("nothing to change")
        return content


class Applied(Struct, frozen=True):
    """The edit is done. `errors` are the validation of an offer that is not active: it could not be activated."""

    errors: tuple[ApiError, ...] = ()


class Accepted(Struct, frozen=True):
    """The edit was taken and is not done: ask at `location` (as it came) after so many seconds, when it told."""

    location: str
    retry_after_s: float | None


class Running(Struct, frozen=True):
    """The edit is not done yet; ask again after so many seconds, when it told."""

    retry_after_s: float | None


class Finished(Struct, frozen=True):
    """The edit is over. What the offer has now must be read."""


class OfferRule(Struct, frozen=True):
    """The pricing rule that owns an offer's price on a marketplace."""

    marketplace: str
    rule: str


class ShippingRates(Struct, frozen=True):
    """A price list of deliveries: an offer is shown on the marketplaces that its price list reaches."""

    id: str
    name: str
    marketplaces: tuple[str, ...]
    is_fulfillment: bool
    managed_by_allegro: bool


def amount(money: Money) -> dict[str, str]:
    """Money as Allegro writes it. How many decimals a marketplace takes is the caller's to know."""
    return {"amount": format(money.amount, "f"), "currency": money.currency}
