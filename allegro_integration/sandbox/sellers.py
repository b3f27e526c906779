"""Sellers and client applications the sandbox knows."""

import json

import msgspec

from allegro_integration.sandbox.context import Json, Sandbox, dumps
from allegro_integration.sandbox.offers import SandboxOffer, catalogue_offers, put_offers
from allegro_integration.sandbox.settings import SCOPES

DEFAULT_SELLER = "44300012"


class SellerOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of PUT /_sandbox/sellers/{id}. Without `offers` the seller gets (or keeps) the shared catalogue.

    `sent_on_waybill`: an order is SENT by itself once it has a parcel number.
    """

    login: str = "dilna-a-domov"
    email: str = "prodejce@dilna.example"
    base_marketplace: str = "allegro-cz"
    marketplaces: tuple[str, ...] = ("allegro-cz", "allegro-sk")
    company: str | None = "Dílna a domov s.r.o."
    tax_id: str | None = "CZ12345678"
    sent_on_waybill: bool = False
    offers: tuple[SandboxOffer, ...] | None = None


class ClientOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of PUT /_sandbox/clients/{id}. No redirect URIs: any is taken."""

    secret: str
    redirect_uris: tuple[str, ...] = ()
    scopes: tuple[str, ...] = SCOPES


def put_seller(sandbox: Sandbox, seller: str, order: SellerOrder) -> None:
    known = find_seller(sandbox, seller) is not None
    data: Json = {
        "id": seller,
        "login": order.login,
        "email": order.email,
        "firstName": "Karel",
        "lastName": "Prodejce",
        "baseMarketplace": {"id": order.base_marketplace},
        "features": [],
        "marketplaces": list(order.marketplaces),
        "sent_on_waybill": order.sent_on_waybill,
    }
    if order.company:
        data["company"] = {"name": order.company, "taxId": order.tax_id}
    sandbox.state.run("INSERT OR REPLACE INTO seller VALUES (?, ?)", seller, dumps(data))
    if order.offers is not None:
        put_offers(sandbox, seller, list(order.offers))
    elif not known:
        put_offers(sandbox, seller, catalogue_offers(seller, sandbox.settings.goods))


def find_seller(sandbox: Sandbox, seller: str) -> Json | None:
    row = sandbox.state.row("SELECT data FROM seller WHERE id = ?", seller)
    return None if row is None else json.loads(row["data"])


def all_sellers(sandbox: Sandbox) -> list[Json]:
    return [json.loads(row["data"]) for row in sandbox.state.rows("SELECT data FROM seller ORDER BY id")]


def put_client(sandbox: Sandbox, client: str, order: ClientOrder) -> None:
    sandbox.state.run(
        "INSERT OR REPLACE INTO client VALUES (?, ?, ?, ?)",
        *(client, order.secret, dumps(list(order.redirect_uris)), dumps(list(order.scopes))),
    )


def prepare(sandbox: Sandbox) -> None:
    """The client of the settings, and a seller where there is none yet."""
    settings = sandbox.settings
    with sandbox.state.transaction():
        put_client(sandbox, settings.client_id, ClientOrder(settings.client_secret, settings.redirect_uris))
        if settings.default_seller and not all_sellers(sandbox):
            put_seller(sandbox, DEFAULT_SELLER, SellerOrder())
