"""Offers a seller's buyers can buy from."""

from decimal import ROUND_HALF_UP, Decimal

import msgspec

from allegro_integration.sandbox.context import Sandbox
from connectify.sandbox.catalogue import Good, load_catalogue

CENT = Decimal("0.01")


class SandboxOffer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`prices` per marketplace incl. VAT in its currency; `vat` in per cent, None where the offer says none."""

    id: str
    name: str
    prices: dict[str, Decimal]
    external: str | None = None
    vat: str | None = None


def put_offers(sandbox: Sandbox, seller: str, offers: list[SandboxOffer]) -> None:
    """Replace the offers of a seller, in a transaction."""
    sandbox.state.run("DELETE FROM offer WHERE seller = ?", seller)
    for offer in offers:
        text = msgspec.json.encode(offer).decode()
        sandbox.state.run("INSERT OR REPLACE INTO offer (id, seller, data) VALUES (?, ?, ?)", offer.id, seller, text)


def offers_of(sandbox: Sandbox, seller: str) -> list[SandboxOffer]:
    rows = sandbox.state.rows("SELECT data FROM offer WHERE seller = ? ORDER BY id", seller)
    return [msgspec.json.decode(row["data"], type=SandboxOffer) for row in rows]


def catalogue_offers(seller: str) -> list[SandboxOffer]:
    """One offer for each good of the shared catalogue; external ids are its codes."""
    start = 10_000_000_000 + int(seller) % 1_000_000 * 1_000 if seller.isdigit() else 20_000_000_000
    return [_offer(str(start + number), good) for number, good in enumerate(load_catalogue(), 1)]


def _offer(offer_id: str, good: Good) -> SandboxOffer:
    forints = (good.price_czk * 16 / 5).quantize(Decimal(1), ROUND_HALF_UP) * 5
    prices = {
        "allegro-cz": good.price_czk,
        "allegro-business-cz": good.price_czk,
        "allegro-sk": good.price_eur,
        "allegro-pl": (good.price_czk * Decimal("0.172")).quantize(CENT, ROUND_HALF_UP),
        "allegro-hu": forints,
    }
    return SandboxOffer(offer_id, good.name, prices, good.code, f"{good.vat}.00")
