"""The order journal: events of a seller in the order they were written, kept for 60 days."""

import json
import uuid
from datetime import timedelta

from allegro_integration.sandbox.context import Json, Sandbox, dumps
from allegro_integration.sandbox.state import timestamp

KEPT = timedelta(days=60)
EVENT_TYPES = (
    "BOUGHT",
    "FILLED_IN",
    "READY_FOR_PROCESSING",
    "BUYER_CANCELLED",
    "FULFILLMENT_STATUS_CHANGED",
    "BUYER_MODIFIED",
    "AUTO_CANCELLED",
)
ORDER_LINE_FIELDS = ("id", "offer", "quantity", "originalPrice", "price", "boughtAt")
BUYER_FIELDS = ("id", "email", "login", "guest", "preferences")


def journal(sandbox: Sandbox, seller: str, event_type: str, form: Json) -> None:
    """Write an event of a form, in a transaction.

    Faults, by seller: journal_gap, journal_duplicate, journal_disorder (the event waits until the next one is written).
    """
    event = {"seller": seller, "type": event_type, "at": timestamp(sandbox.state.now()), "form": _excerpt(seller, form)}
    if sandbox.faults.take("journal_gap", seller) is not None:
        excerpt = event["form"]
        untold = {"seller": seller, "type": event_type, "lines": excerpt["lineItems"]}
        sandbox.state.applied("journal.lost", excerpt["checkoutForm"].get("id", ""), untold)
        return
    if sandbox.faults.take("journal_disorder", seller) is not None:
        sandbox.delayed_events.append(event)
        return
    _write(sandbox, event)
    if sandbox.faults.take("journal_duplicate", seller) is not None:
        _write(sandbox, event)
    flush_delayed(sandbox)


def flush_delayed(sandbox: Sandbox) -> None:
    """Write the events that disorder held back, newest first; they keep the time they happened at."""
    while sandbox.delayed_events:
        _write(sandbox, sandbox.delayed_events.pop())


def read_events(sandbox: Sandbox, seller: str, after: str | None, types: list[str], limit: int) -> list[Json] | None:
    """Events after the one with the id `after` (exclusive), oldest first; None when that id was never given out."""
    state, position = sandbox.state, 0
    if after is not None:
        known = state.row("SELECT seq FROM event WHERE id = ? AND seller = ?", after, seller)
        if known is None:
            return None
        position = known["seq"]
    wanted = types or list(EVENT_TYPES)
    rows = state.rows(
        "SELECT id, type, occurred_at, data FROM event WHERE seller = ? AND seq > ? AND occurred_at >= ? "
        "AND type IN (SELECT value FROM json_each(?)) ORDER BY seq LIMIT ?",
        *(seller, position, timestamp(state.now() - KEPT), dumps(wanted), limit),
    )
    return [
        {"id": r["id"], "order": json.loads(r["data"]), "type": r["type"], "occurredAt": r["occurred_at"]} for r in rows
    ]


def latest_event(sandbox: Sandbox, seller: str) -> Json | None:
    row = sandbox.state.row("SELECT id, occurred_at FROM event WHERE seller = ? ORDER BY seq DESC LIMIT 1", seller)
    return None if row is None else {"id": row["id"], "occurredAt": row["occurred_at"]}


def _write(sandbox: Sandbox, event: Json) -> None:
    number = sandbox.state.next_number("event")
    event_id = str(uuid.uuid4()) if sandbox.settings.event_ids == "uuid" else str(1_700_000_000_000_000 + 97 * number)
    sandbox.state.run(
        "INSERT INTO event (id, seller, type, occurred_at, data) VALUES (?, ?, ?, ?, ?)",
        *(event_id, event["seller"], event["type"], event["at"], dumps(event["form"])),
    )


def _excerpt(seller: str, form: Json) -> Json:
    buyer, lines = form.get("buyer") or {}, form.get("lineItems") or []
    order: Json = {
        "seller": {"id": seller},
        "buyer": {name: buyer[name] for name in BUYER_FIELDS if name in buyer},
        "lineItems": [_line_excerpt(line) for line in lines],
        "checkoutForm": {name: form[key] for name, key in (("id", "id"), ("revision", "revision")) if key in form},
    }
    if form.get("marketplace"):
        order["marketplace"] = form["marketplace"]
    return order


def _line_excerpt(line: Json) -> Json:
    excerpt = {name: line[name] for name in ORDER_LINE_FIELDS if name in line}
    offer = excerpt.get("offer")
    if isinstance(offer, dict):
        excerpt["offer"] = {name: offer[name] for name in ("id", "name", "external") if name in offer}
    return excerpt
