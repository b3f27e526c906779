"""Every change of an offer goes through here: it is kept, journalled, and its effects reach the ledger."""

from dataclasses import dataclass
from decimal import Decimal

from msgspec.structs import replace

from allegro_integration.sandbox.context import Json, Sandbox
from allegro_integration.sandbox.offer_journal import changed_prices, journal_offer
from allegro_integration.sandbox.offers import SandboxOffer, save_offer
from allegro_integration.sandbox.shops import Shop, currency_of
from allegro_integration.sandbox.state import timestamp


@dataclass(frozen=True)
class Cause:
    """Who changed an offer: `by` command, patch, purchase, cancellation, seller or allegro; `id` of what did it.

    `quantity` and `prices` are what was written, so that the ledger shows also what was written in vain.
    """

    by: str
    id: str = ""
    quantity: bool = False
    prices: tuple[tuple[str, Decimal], ...] = ()


def change_offer(sandbox: Sandbox, shop: Shop, before: SandboxOffer, after: SandboxOffer, cause: Cause) -> SandboxOffer:
    """Store `after` in place of `before`, in a transaction, with its events and effects."""
    after = replace(after, updated_at=timestamp(sandbox.state.now()))
    save_offer(sandbox, shop.seller, after)
    journal_offer(sandbox, shop, before, after)
    told: Json = {"seller": shop.seller, "external": after.external, "by": cause.by, "id": cause.id}
    applied = sandbox.state.applied
    if cause.quantity or before.stock != after.stock:
        applied("offer.quantity", after.id, {**told, "quantity": after.stock, "was": before.stock})
    written = dict(cause.prices)
    for marketplace in dict.fromkeys([*written, *changed_prices(before, after)]):
        _price_applied(sandbox, told, before, after, marketplace, written.get(marketplace))
    if before.status != after.status and after.status == "ENDED":
        applied("offer.ended", after.id, {**told, "ended_by": after.ended_by, "quantity": after.stock})
    if before.status != after.status and after.status == "ACTIVE":
        applied("offer.activated", after.id, {**told, "was": before.ended_by or before.status, "quantity": after.stock})
    fields = ("external", "shipping", "after_sales", "rules", "campaigns", "refused", "ean", "name")
    if changed := [name for name in fields if getattr(before, name) != getattr(after, name)]:
        applied("offer.changed", after.id, {**told, "fields": changed})
    return after


def _price_applied(
    sandbox: Sandbox, told: Json, before: SandboxOffer, after: SandboxOffer, marketplace: str, asked: Decimal | None
) -> None:
    now, was = after.prices.get(marketplace), before.prices.get(marketplace)
    price = {"marketplace": marketplace, "currency": currency_of(marketplace), "was": None if was is None else str(was)}
    if asked is not None and asked != now:
        held = {**told, **price, "amount": str(asked), "kept": str(now)}
        sandbox.state.applied("offer.price_held", after.id, held)
    else:
        campaign = after.campaigns.get(marketplace)
        shown = None if campaign is None else str(campaign)
        effect = {**told, **price, "amount": None if now is None else str(now), "campaign": shown}
        sandbox.state.applied("offer.price", after.id, effect)
