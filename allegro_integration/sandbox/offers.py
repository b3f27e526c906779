"""Offers as a seller has them: what they are, how they are kept, and those of the shared catalogue."""

import uuid
from decimal import ROUND_HALF_UP, Decimal

import msgspec

from allegro_integration.sandbox.context import Sandbox
from connectify.sandbox.catalogue import Good, load_catalogue

CENT = Decimal("0.01")
STANDARD, HOME_ONLY, MANAGED = "Standardní doprava", "Jen domácí doprava", "Allegro One Fulfillment"


class Reason(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why Allegro refuses something: `code` for programs, `message` for people."""

    code: str
    message: str = ""


class SandboxOffer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`prices` per marketplace incl. VAT in its currency; `vat` in per cent, None where the offer says none.

    `status` INACTIVE, ACTIVATING (until `active_at`), ACTIVE or ENDED (by `ended_by`); `stock` in pieces, common to all
    marketplaces; `shipping` the id of a shipping-rate set ("" the seller's first); `rules` pricing rules and
    `campaigns` prices held by a campaign, both per marketplace; `refused` marketplaces Allegro does not admit it to;
    `defect` an old fault of the offer that blocks each edit; `busy_until` an edit in progress. Times are ISO, UTC.
    """

    id: str
    name: str
    prices: dict[str, Decimal]
    external: str | None = None
    vat: str | None = None
    ean: str | None = None
    category: str = "257150"
    stock: int = 20
    sold: dict[str, int] = {}
    status: str = "ACTIVE"
    ended_by: str | None = None
    shipping: str | None = ""
    after_sales: dict[str, str] = {}
    rules: dict[str, str] = {}
    campaigns: dict[str, Decimal] = {}
    refused: dict[str, Reason] = {}
    defect: Reason | None = None
    fulfillment: bool = False
    busy_until: str | None = None
    active_at: str | None = None
    created_at: str | None = None
    updated_at: str | None = None
    started_at: str | None = None
    ended_at: str | None = None


def put_offers(sandbox: Sandbox, seller: str, offers: list[SandboxOffer]) -> None:
    """Replace the offers of a seller, in a transaction."""
    sandbox.state.run("DELETE FROM offer WHERE seller = ?", seller)
    for offer in offers:
        save_offer(sandbox, seller, offer)


def save_offer(sandbox: Sandbox, seller: str, offer: SandboxOffer) -> None:
    text = msgspec.json.encode(offer).decode()
    sandbox.state.run("INSERT OR REPLACE INTO offer (id, seller, data) VALUES (?, ?, ?)", offer.id, seller, text)


def offers_of(sandbox: Sandbox, seller: str) -> list[SandboxOffer]:
    rows = sandbox.state.rows("SELECT data FROM offer WHERE seller = ? ORDER BY id", seller)
    return [decode_offer(row["data"]) for row in rows]


def find_offer(sandbox: Sandbox, offer_id: str) -> tuple[str, SandboxOffer] | None:
    """The seller and the offer."""
    row = sandbox.state.row("SELECT seller, data FROM offer WHERE id = ?", offer_id)
    return None if row is None else (str(row["seller"]), decode_offer(row["data"]))


def decode_offer(text: str) -> SandboxOffer:
    return msgspec.json.decode(text, type=SandboxOffer)


def shipping_id(seller: str, name: str) -> str:
    """The id of a seller's shipping-rate set, the same for the same seller and name."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"shipping:{seller}:{name}"))


def catalogue_offers(seller: str, goods: int | None = None) -> list[SandboxOffer]:
    """One offer for each good of the shared catalogue; external ids are its codes, with few exceptions.

    By their place in the catalogue some are without an external id (13th, 27th, ... known by EAN alone), drafts (17th),
    ended by the seller (20th), with domestic delivery alone (9th), without a price in euro (16th) or with the exchange
    rule instead of a price of their own on allegro-sk (11th). What is sold out is ended by that.
    """
    start = 10_000_000_000 + int(seller) % 1_000_000 * 1_000 if seller.isdigit() else 20_000_000_000
    return [_offer(seller, str(start + number), number, good) for number, good in enumerate(load_catalogue(goods), 1)]


def _offer(seller: str, offer_id: str, number: int, good: Good) -> SandboxOffer:
    forints = (good.price_czk * 16 / 5).quantize(Decimal(1), ROUND_HALF_UP) * 5
    prices = {
        "allegro-cz": good.price_czk,
        "allegro-business-cz": good.price_czk,
        "allegro-sk": good.price_eur,
        "allegro-pl": (good.price_czk * Decimal("0.172")).quantize(CENT, ROUND_HALF_UP),
        "allegro-hu": forints,
    }
    if number % 23 == 16:
        del prices["allegro-sk"]
    stock = max(1, good.stock - 2) if good.stock and number % 3 == 0 else good.stock
    status, ended_by = ("ENDED", "EMPTY_STOCK") if not stock else ("ACTIVE", None)
    if number % 42 == 20:
        status, ended_by = "ENDED", "USER"
    elif number % 42 == 17:
        status, ended_by = "INACTIVE", None
    return SandboxOffer(
        offer_id,
        good.name,
        prices,
        external=None if number % 14 == 13 else good.code,
        vat=f"{good.vat}.00",
        ean=good.ean,
        stock=stock,
        status=status,
        ended_by=ended_by,
        shipping=shipping_id(seller, HOME_ONLY if number % 21 == 9 else STANDARD),
        rules={"allegro-sk": exchange_rule(seller)} if number % 31 == 11 else {},
    )


def exchange_rule(seller: str) -> str:
    """The id of the seller's rule that converts the base price by the day's rate."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"exchange:{seller}").hex[:24]
