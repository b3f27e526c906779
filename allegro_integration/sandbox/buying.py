"""Buyers at work: purchases on order, and purchases by themselves while the demo runs."""

import asyncio
import contextlib
import random
import sqlite3

import msgspec

from allegro_integration.sandbox.context import Sandbox
from allegro_integration.sandbox.forms import (
    STAGES,
    FormProblem,
    cancel,
    create_purchase,
    find_form,
    go_on,
    modify_address,
)
from allegro_integration.sandbox.offers import SandboxOffer, find_offer, offers_of
from allegro_integration.sandbox.purchases import ANYTHING, NothingToBuy, Wish, make_form
from allegro_integration.sandbox.sellers import all_sellers, find_seller
from allegro_integration.sandbox.shops import seen_on, shop_of


class PurchaseOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of POST /_sandbox/purchases. Without a marketplace each purchase draws one of the seller's.

    The same `seed` makes the same purchases; without one each call makes others. `until`: the stage they stop at.
    """

    seller: str
    marketplace: str | None = None
    count: int = 1
    seed: int | None = None
    until: str = STAGES[-1]
    same_buyer: bool = False
    wish: Wish = ANYTHING


def make_purchases(sandbox: Sandbox, order: PurchaseOrder) -> list[str]:
    """Create purchases in one transaction and return their form ids."""
    seller = find_seller(sandbox, order.seller)
    if seller is None or order.until not in STAGES:
        raise FormProblem("unknown seller or stage")
    offers, ids = {offer.id: offer for offer in offers_of(sandbox, order.seller)}, []
    shown = _shown_on(sandbox, order, list(offers.values()))
    same: dict[str, object] = {}
    with sandbox.state.transaction():
        call = order.seed if order.seed is not None else f"call {sandbox.state.next_number('purchase call')}"
        for number in range(order.count):
            draw = sandbox.random(f"purchase:{order.seller}:{call}:{number}")
            marketplace = order.marketplace or draw.choice(seller["marketplaces"])
            sold = [offers[one] for one in shown[marketplace]]
            form = make_form(draw, marketplace, sold, sandbox.state.now(), order.wish)
            if find_form(sandbox, form["id"]) is not None:
                raise FormProblem("this seed was used already")
            if order.same_buyer:
                same = same or {name: form[name] for name in ("buyer", "delivery", "invoice")}
                form["delivery"]["address"] = same["delivery"]["address"]  # type: ignore[index]
                form.update(buyer=same["buyer"], invoice=same["invoice"])
            create_purchase(sandbox, order.seller, form, order.until)
            ids.append(str(form["id"]))
            for line in form["lineItems"]:
                found = find_offer(sandbox, line["offer"]["id"])
                offers |= {found[1].id: found[1]} if found else {}
    return ids


def _shown_on(sandbox: Sandbox, order: PurchaseOrder, offers: list[SandboxOffer]) -> dict[str, list[str]]:
    """Offer ids by marketplace: what buyers find there. Where a marketplace is named, all that has a price on it."""
    if order.marketplace is not None:
        return {order.marketplace: [offer.id for offer in offers if offer.status == "ACTIVE"]}
    shop = shop_of(sandbox, order.seller)
    shown: dict[str, list[str]] = {name: [] for name in shop.marketplaces}
    for offer in offers:
        for name in seen_on(shop, offer):
            shown.setdefault(name, []).append(offer.id)
    return shown


async def buy_for_ever(sandbox: Sandbox) -> None:
    """A purchase every `purchases_every` seconds; now and then one stays unpaid for a turn, is cancelled or moved."""
    while True:
        await asyncio.sleep(sandbox.settings.purchases_every or 1.0)
        if sandbox.settings.purchases_every > 0:
            one_turn(sandbox)


def one_turn(sandbox: Sandbox) -> None:
    """What one turn of the shop's life brings; the same turns for the same seed."""
    with sandbox.state.transaction():
        turn = sandbox.state.next_number("turn")
        waiting = sandbox.state.rows(
            "SELECT id FROM form WHERE complete IS NOT NULL AND status IN ('BOUGHT', 'FILLED_IN')"
        )
        for row in waiting:
            if go_on(sandbox, row["id"])["status"] != STAGES[-1]:
                go_on(sandbox, row["id"])
    draw = sandbox.random(f"turn:{turn}")
    sellers = all_sellers(sandbox)
    if not sellers:
        return
    until = "BOUGHT" if draw.random() < 0.1 else STAGES[-1]
    order = PurchaseOrder(seller=draw.choice(sellers)["id"], seed=1_000_000 + turn, until=until)
    with contextlib.suppress(NothingToBuy):
        make_purchases(sandbox, order)
    _change_of_mind(sandbox, draw)


def _change_of_mind(sandbox: Sandbox, draw: random.Random) -> None:
    chance = draw.random()
    young: sqlite3.Row | None = sandbox.state.row(
        "SELECT id FROM form WHERE status = 'READY_FOR_PROCESSING' AND merged_into IS NULL AND complete IS NOT NULL "
        "AND json_extract(data, '$.fulfillment.status') = 'NEW' ORDER BY bought_at DESC LIMIT 1"
    )
    if young is None or chance >= 0.05:
        return
    with sandbox.state.transaction():
        if chance < 0.03:
            cancel(sandbox, young["id"])
        else:
            modify_address(sandbox, young["id"], {"street": f"Nová {draw.randrange(1, 99)}"})
