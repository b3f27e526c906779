"""Control routes of offers, commands and what was attached to orders: what the seller and Allegro itself do to them.

GET  /_sandbox/sellers/{id}/offers     {"offers": [SandboxOffer with `buyers`: per marketplace visible, state, reasons,
                                       price, currency, available, campaign, rule]}
PUT  /_sandbox/sellers/{id}/offers     [SandboxOffer]; replaces all of them (`buyers` is passed over)
POST /_sandbox/offers/{id}             OfferOrder; changes an offer as the seller (or Allegro) would, answers it
GET  /_sandbox/commands?seller=        {"commands": [id, seller, kind, created_at, completed_at, body, tasks]}
GET  /_sandbox/orders/{id}/invoices    {"invoices": [id, number, name, created_at, uploaded_at, scan, sha256, size,
                                       file (base64 or null)], "shipments": [...]}
"""

import base64
import hashlib
import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType
from msgspec.structs import replace
from starlette.requests import Request

from allegro_integration.sandbox.answers import ApiError
from allegro_integration.sandbox.context import Json, Sandbox, sandbox_of
from allegro_integration.sandbox.control import route
from allegro_integration.sandbox.invoices import invoices_of, scan_status
from allegro_integration.sandbox.offer_changes import Cause, change_offer
from allegro_integration.sandbox.offer_rules import activated, ended, with_price, with_stock
from allegro_integration.sandbox.offers import Reason, SandboxOffer, find_offer, offers_of, put_offers
from allegro_integration.sandbox.shipments import shipments_of
from allegro_integration.sandbox.shops import Shop, buyers_see, shop_of, visibility
from allegro_integration.sandbox.state import timestamp


class RuleOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`id` null takes the rule off."""

    marketplace: str
    id: str | None = None


class CampaignOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`price` null ends the campaign; without a marketplace the base one."""

    price: Decimal | None = None
    marketplace: str | None = None


class RefusalOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Without a marketplace all additional ones."""

    code: str
    message: str = ""
    marketplace: str | None = None


class OfferOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of POST /_sandbox/offers/{id}; what is left out stays.

    `prices` per marketplace, null takes one away; `status` ACTIVE, INACTIVE or ENDED (by `ended_by`, usually USER);
    `refuse` null lifts all refusals; `defect` blocks each edit with its code, null mends it; `busy_s` an edit of
    somebody else's goes on for so many seconds; `by` is named in the ledger.
    """

    stock: int | UnsetType = UNSET
    prices: dict[str, Decimal | None] = {}
    status: str | UnsetType = UNSET
    ended_by: str = "USER"
    external: str | UnsetType | None = UNSET
    ean: str | UnsetType | None = UNSET
    name: str | UnsetType = UNSET
    shipping: str | UnsetType | None = UNSET
    rule: RuleOrder | UnsetType = UNSET
    campaign: CampaignOrder | UnsetType = UNSET
    refuse: RefusalOrder | UnsetType | None = UNSET
    defect: Reason | UnsetType | None = UNSET
    fulfillment: bool | UnsetType = UNSET
    busy_s: float | UnsetType = UNSET
    by: str = "seller"


async def list_offers(request: Request) -> Json:
    sandbox, seller = sandbox_of(request), request.path_params["id"]
    shop = shop_of(sandbox, seller)
    return {"offers": [_told(shop, offer) for offer in offers_of(sandbox, seller)]}


async def store_offers(request: Request) -> Json:
    sandbox = sandbox_of(request)
    given = msgspec.json.decode(await request.body(), type=list[dict[str, Any]])
    plain = [{name: value for name, value in one.items() if name != "buyers"} for one in given]
    offers = msgspec.convert(plain, list[SandboxOffer])
    with sandbox.state.transaction():
        put_offers(sandbox, request.path_params["id"], offers)
    return {"count": len(offers)}


async def change(request: Request) -> Json:
    sandbox, offer_id = sandbox_of(request), request.path_params["id"]
    order = msgspec.json.decode(await request.body(), type=OfferOrder)
    found = find_offer(sandbox, offer_id)
    if found is None:
        raise LookupError(f"no offer {offer_id}")
    seller, offer = found
    shop = shop_of(sandbox, seller)
    try:
        after = _ordered(sandbox, shop, offer, order)
    except ApiError as error:
        raise ValueError(error.message) from None
    with sandbox.state.transaction():
        stored = change_offer(sandbox, shop, offer, after, Cause(order.by))
    return _told(shop, stored)


async def list_commands(request: Request) -> Json:
    sandbox, seller = sandbox_of(request), request.query_params.get("seller")
    rows = sandbox.state.rows("SELECT * FROM command ORDER BY created_at, rowid")
    names = ("id", "seller", "kind", "created_at", "completed_at")
    commands = []
    for row in rows:
        if seller in (None, row["seller"]):
            told = {name: row[name] for name in names}
            commands.append({**told, "body": json.loads(row["body"]), "tasks": _tasks(sandbox, row["id"])})
    return {"commands": commands}


async def attached(request: Request) -> Json:
    sandbox, form = sandbox_of(request), request.path_params["id"]
    invoices = []
    for row in invoices_of(sandbox, form):
        told = {name: row[name] for name in ("id", "number", "name", "created_at", "uploaded_at")}
        content = row["content"]
        known = content is not None
        invoices.append(
            {
                **told,
                "scan": scan_status(sandbox, row),
                "sha256": hashlib.sha256(content).hexdigest() if known else None,
                "size": len(content) if known else None,
                "file": base64.b64encode(content).decode() if known else None,
            }
        )
    return {"invoices": invoices, "shipments": shipments_of(sandbox, form)}


def _ordered(sandbox: Sandbox, shop: Shop, offer: SandboxOffer, order: OfferOrder) -> SandboxOffer:
    now = sandbox.state.now()
    plain = {name: getattr(order, name) for name in ("external", "ean", "name", "shipping", "defect", "fulfillment")}
    after = replace(offer, **{name: value for name, value in plain.items() if value is not UNSET})
    for marketplace, price in order.prices.items():
        if price is None:
            after = replace(after, prices={name: kept for name, kept in after.prices.items() if name != marketplace})
        else:
            after = with_price(shop, after, marketplace, price)
    if order.busy_s is not UNSET:
        after = replace(after, busy_until=timestamp(now + timedelta(seconds=order.busy_s)))
    after = _hindered(shop, after, order)
    if order.stock is not UNSET:
        after = with_stock(after, order.stock, timestamp(now))
    return _published(after, order, timestamp(now))


def _hindered(shop: Shop, offer: SandboxOffer, order: OfferOrder) -> SandboxOffer:
    """Rules, campaigns and refusals."""
    if order.rule is not UNSET:
        rules = {name: rule for name, rule in offer.rules.items() if name != order.rule.marketplace}
        offer = replace(offer, rules=rules | ({order.rule.marketplace: order.rule.id} if order.rule.id else {}))
    if order.campaign is not UNSET:
        marketplace, price = order.campaign.marketplace or shop.base, order.campaign.price
        campaigns = {name: held for name, held in offer.campaigns.items() if name != marketplace}
        offer = replace(offer, campaigns=campaigns | ({marketplace: price} if price is not None else {}))
    if order.refuse is None:
        offer = replace(offer, refused={})
    elif order.refuse is not UNSET:
        reason = Reason(order.refuse.code, order.refuse.message)
        places = [order.refuse.marketplace] if order.refuse.marketplace else list(visibility(shop, offer))
        offer = replace(offer, refused={**offer.refused, **dict.fromkeys(places, reason)})
    return offer


def _published(offer: SandboxOffer, order: OfferOrder, now: str) -> SandboxOffer:
    if order.status is UNSET:
        return offer
    if order.status == "ACTIVE":
        return activated(offer, now)
    if order.status == "ENDED":
        return ended(offer, order.ended_by, now)
    if order.status == "INACTIVE":
        return replace(offer, status="INACTIVE", ended_by=None)
    raise ValueError(f"unknown status {order.status}")


def _told(shop: Shop, offer: SandboxOffer) -> Json:
    return {**msgspec.to_builtins(offer), "buyers": buyers_see(shop, offer)}


def _tasks(sandbox: Sandbox, command: str) -> list[Json]:
    rows = sandbox.state.rows("SELECT * FROM command_task WHERE command = ? ORDER BY seq", command)
    return [
        {"offer": r["offer"], "status": r["status"], "error": json.loads(r["error"]) if r["error"] else None}
        for r in rows
    ]


ROUTES = [
    route("sellers/{id}/offers", list_offers, "GET"),
    route("sellers/{id}/offers", store_offers, "PUT"),
    route("offers/{id}", change, "POST"),
    route("commands", list_commands, "GET"),
    route("orders/{id}/invoices", attached, "GET"),
]
