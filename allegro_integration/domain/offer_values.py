"""What planning offers takes and gives: frozen values, the same for a preview and for the real thing."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final, Literal

from msgspec import Struct

from allegro_integration.domain.offer_settings import OfferSettings
from connectify.domain.money import Money
from connectify.domain.trace import Step

QUANTITY: Final = "quantity"
WHOLE_OFFER: Final = "offer"  # the field of a skip that concerns all of the offer
LinkedBy = Literal["external_id", "ean", ""]


def price_field(marketplace: str) -> str:
    """The name of the field that holds the price on a marketplace."""
    return f"price:{marketplace}"


class Card(Struct, frozen=True, kw_only=True):
    """A stock card of the unit's mirror. `levels` are the prices of its price levels, `fields` its optional fields.

    `kind` is Pohoda's: card, text, service, package, set, product. `price_with_vat` speaks of `price` alone.
    """

    store: str
    code: str
    count: Decimal = Decimal(0)
    reservation: Decimal = Decimal(0)
    received_orders: Decimal = Decimal(0)
    vat_percent: Decimal | None = None
    price: Decimal = Decimal(0)
    price_with_vat: bool = True
    levels: Mapping[str, Decimal] = {}
    is_sales: bool = True
    is_internet: bool = True
    kind: str = "card"
    unit: str = ""
    ean: str = ""
    name: str = ""
    fields: Mapping[str, str] = {}


class MarketPlan(Struct, frozen=True, kw_only=True):
    """One marketplace of the account, the instance it belongs to (id) and that instance's settings."""

    marketplace: str
    instance: str
    currency: str
    settings: OfferSettings


class OfferView(Struct, frozen=True, kw_only=True):
    """One offer as Allegro shows it, the cards it is linked to, and what was last confirmed.

    `cards` are the card of one code in each of the unit's stores. `link_problem` says why there is no link. `rules`
    names Allegro's pricing rule by marketplace, `campaigns` the marketplaces where a campaign holds the price.
    `open_fields` are under way now. `linked_unit` is the card's unit of measure when it was linked ("": not checked).
    """

    offer_id: str
    name: str = ""
    external_id: str = ""
    status: str = "ACTIVE"
    ended_by: str = ""
    ended_by_us: bool = False
    stock: int | None = None
    prices: Mapping[str, Money] = {}
    rules: Mapping[str, str] = {}
    campaigns: frozenset[str] = frozenset()
    is_fulfillment: bool = False
    cards: tuple[Card, ...] = ()
    link: LinkedBy = ""
    link_problem: Step | None = None
    confirmed_quantity: int | None = None
    confirmed_prices: Mapping[str, Money] = {}
    open_fields: frozenset[str] = frozenset()
    linked_unit: str = ""


class AccountSnapshot(Struct, frozen=True, kw_only=True):
    """Both sides as they were when the snapshot was taken.

    `marketplaces`: the primary first; it decides links, filter and quantity, the others bring their price only.
    `outstanding` are sold pieces by offer that Pohoda had not confirmed when its stock was read; offers of one card in
    `offers` share them. `outstanding_elsewhere` are those of all other offers on the same stock, by (store, code), also
    of other accounts. `active_offers` counts all active offers of the account.
    """

    marketplaces: tuple[MarketPlan, ...]
    offers: tuple[OfferView, ...]
    outstanding: Mapping[str, int] = {}
    outstanding_elsewhere: Mapping[tuple[str, str], int] = {}
    active_offers: int = 0
    revision: int = 0
    home_currency: str = "CZK"


class SetQuantity(Struct, frozen=True, gc=False, tag="set_quantity"):
    """At least one piece for sale on an active offer."""

    offer_id: str
    quantity: int


class SetPrice(Struct, frozen=True, gc=False, tag="set_price"):
    """The price on one marketplace, always with two decimals."""

    offer_id: str
    marketplace: str
    amount: Decimal
    currency: str


class End(Struct, frozen=True, gc=False, tag="end"):
    """Nothing is left: one PATCH sets zero, and Allegro ends the offer."""

    offer_id: str


class Restart(Struct, frozen=True, gc=False, tag="restart"):
    """Goods are back: one PATCH sets the quantity and activates the offer."""

    offer_id: str
    quantity: int


Content = SetQuantity | SetPrice | End | Restart


class PlannedChange(Struct, frozen=True, gc=False):
    """One thing to do to one offer. `held` are the guards that hold it; empty: it may go.

    `before` is the price that the guards compared a price with.
    """

    offer_id: str
    instance: str
    content: Content
    field: str
    trace: tuple[Step, ...]
    held: tuple[Step, ...] = ()
    before: Money | None = None


class Skip(Struct, frozen=True, gc=False):
    """Why a field of an offer (or WHOLE_OFFER) is left alone."""

    offer_id: str
    field: str
    code: str
    params: dict[str, str]


class Wanted(Struct, frozen=True, gc=False):
    """What Allegro is to show. None and missing prices: not ours to say.

    `trace` says why, by field: of what changes, or of everything when all is to be explained.
    """

    quantity: int | None
    prices: dict[str, Money]
    trace: dict[str, tuple[Step, ...]]


class OfferPlan(Struct, frozen=True):
    """Changes and skips by offer id and field, what each offer is to show, and alarms of the whole account."""

    changes: tuple[PlannedChange, ...]
    skips: tuple[Skip, ...]
    wanted: dict[str, Wanted]
    alarms: tuple[Step, ...]
    revision: int
