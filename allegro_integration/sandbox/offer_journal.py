"""The journal of offers: what changed about the active ones, kept for 24 hours, ids without values."""

import json
from datetime import timedelta

from allegro_integration.sandbox.context import Json, Sandbox, dumps
from allegro_integration.sandbox.offers import SandboxOffer
from allegro_integration.sandbox.shops import Shop, seen_on, visibility
from allegro_integration.sandbox.state import timestamp

KEPT = timedelta(hours=24)
LISTED = ("ACTIVE", "ACTIVATING")
OFFER_EVENT_TYPES = (
    "OFFER_ACTIVATED",
    "OFFER_CHANGED",
    "OFFER_ENDED",
    "OFFER_STOCK_CHANGED",
    "OFFER_PRICE_CHANGED",
    "OFFER_ARCHIVED",
    "OFFER_BID_PLACED",
    "OFFER_BID_CANCELED",
    "OFFER_TRANSLATION_UPDATED",
    "OFFER_VISIBILITY_CHANGED",
    "OFFER_DELIVERY_COUNTRIES_BLOCKED",
)
CONTENT = ("name", "category", "external", "ean", "vat", "after_sales")


def journal_offer(sandbox: Sandbox, shop: Shop, before: SandboxOffer, after: SandboxOffer) -> None:
    """Write the events of one change, in a transaction. Drafts and ended offers have none but their own end."""
    if not {before.status, after.status} & set(LISTED):
        return
    named: Json = {"id": after.id, "external": {"id": after.external} if after.external else {}}
    events: list[tuple[str, Json]] = []
    if before.stock != after.stock:
        events.append(("OFFER_STOCK_CHANGED", named))
    if moved := changed_prices(before, after):
        kinds = [{"id": name, "changeType": _change_type(after, name)} for name in moved]
        events.append(("OFFER_PRICE_CHANGED", {**named, "marketplaces": kinds}))
    if any(getattr(before, name) != getattr(after, name) for name in CONTENT):
        events.append(("OFFER_CHANGED", named))
    if after.status == "ACTIVE" and before.status != "ACTIVE":
        events.append(("OFFER_ACTIVATED", named))
    if after.status == "ENDED":
        events.append(("OFFER_ENDED", {**named, "publication": {"endedBy": after.ended_by or "UNKNOWN"}}))
    elif shown := _visibility_change(shop, before, after):
        events.append(("OFFER_VISIBILITY_CHANGED", {**named, "publication": shown}))
    for kind, offer in events:
        _write(sandbox, shop.seller, kind, offer)


def changed_prices(before: SandboxOffer, after: SandboxOffer) -> list[str]:
    """The marketplaces whose own price (not that of a campaign) is another one now."""
    names = [*after.prices, *(name for name in before.prices if name not in after.prices)]
    return [name for name in names if before.prices.get(name) != after.prices.get(name)]


def read_offer_events(
    sandbox: Sandbox, seller: str, after: str | None, types: list[str], limit: int
) -> list[Json] | None:
    """Events after the one with the id `after`, oldest first; None when that id was never given out."""
    state, position = sandbox.state, 0
    if after is not None:
        known = state.row("SELECT seq FROM offer_event WHERE id = ? AND seller = ?", after, seller)
        if known is None:
            return None
        position = known["seq"]
    rows = state.rows(
        "SELECT id, type, occurred_at, data FROM offer_event WHERE seller = ? AND seq > ? AND occurred_at >= ? "
        "AND type IN (SELECT value FROM json_each(?)) ORDER BY seq LIMIT ?",
        *(seller, position, timestamp(state.now() - KEPT), dumps(types or list(OFFER_EVENT_TYPES)), limit),
    )
    return [
        {"id": r["id"], "type": r["type"], "occurredAt": r["occurred_at"], "offer": json.loads(r["data"])} for r in rows
    ]


def _change_type(offer: SandboxOffer, marketplace: str) -> str:
    return "AUTOMATIC" if marketplace in offer.rules else "MANUAL"


def _visibility_change(shop: Shop, before: SandboxOffer, after: SandboxOffer) -> Json | None:
    was, shown = seen_on(shop, before), seen_on(shop, after)
    updated = [name for name in (shop.base, *visibility(shop, after)) if (name in was) != (name in shown)]
    if not updated:
        return None
    states = ((name, state) for name, (state, _) in visibility(shop, after).items())
    additional = [{"id": name, "status": state} for name, state in states if state in ("APPROVED", "REFUSED")]
    return {"marketplaces": {"base": shop.base, "additional": additional}, "updatedMarketplaces": updated}


def _write(sandbox: Sandbox, seller: str, kind: str, offer: Json) -> None:
    number = sandbox.state.next_number("offer event")
    sandbox.state.run(
        "INSERT INTO offer_event (id, seller, type, occurred_at, data) VALUES (?, ?, ?, ?, ?)",
        *(f"OE{3_000_000 + 7 * number:010d}", seller, kind, timestamp(sandbox.state.now()), dumps(offer)),
    )
