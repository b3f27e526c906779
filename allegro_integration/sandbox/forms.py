"""Checkout forms: storing, and everything that can happen to one. All functions run inside a transaction."""

import json
import sqlite3
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from allegro_integration.sandbox.context import Json, Sandbox, dumps, random_uuid
from allegro_integration.sandbox.journal import flush_delayed, journal
from allegro_integration.sandbox.state import timestamp
from allegro_integration.sandbox.stock_flow import pieces_back, pieces_bought

STAGES = ("BOUGHT", "FILLED_IN", "READY_FOR_PROCESSING")
NOT_YET = {"BOUGHT": ("payment", "delivery", "invoice"), "FILLED_IN": ("delivery",)}


class FormProblem(Exception):
    """What was asked cannot happen to this form."""


def find_form(sandbox: Sandbox, form_id: str, seller: str | None = None) -> sqlite3.Row | None:
    """The row of a form that exists now (not merged away), of one seller where given."""
    row = sandbox.state.row("SELECT * FROM form WHERE id = ? AND merged_into IS NULL", form_id)
    return row if row is not None and seller in (None, row["seller"]) else None


def save_form(sandbox: Sandbox, form_id: str, seller: str, form: Json, complete: Json | None = None) -> None:
    """Store a form as it is shown; `complete` is what it becomes when it is READY_FOR_PROCESSING."""
    lines = form.get("lineItems")
    lines = [line for line in lines if isinstance(line, dict)] if isinstance(lines, list) else []
    bought = [line["boughtAt"] for line in lines if isinstance(line.get("boughtAt"), str)]
    marketplace = form.get("marketplace")
    sandbox.state.run(
        "INSERT INTO form (id, seller, status, marketplace, bought_at, updated_at, data, complete) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET status = excluded.status, "
        "data = excluded.data, marketplace = excluded.marketplace, bought_at = excluded.bought_at, "
        "updated_at = excluded.updated_at, "
        "complete = excluded.complete, merged_into = NULL",
        form_id,
        seller,
        form.get("status"),
        marketplace.get("id") if isinstance(marketplace, dict) else None,
        _comparable(sandbox, max(bought, default=form.get("updatedAt"))),
        _comparable(sandbox, form.get("updatedAt")),
        dumps(form),
        dumps(complete) if complete else None,
    )


def create_purchase(sandbox: Sandbox, seller: str, complete: Json, until: str = STAGES[-1]) -> None:
    """Let a purchase appear and go on until a stage, with an event for each stage on its way; its pieces are taken."""
    first = _at_stage(sandbox, complete, STAGES[0])
    save_form(sandbox, complete["id"], seller, first, complete)
    if (params := sandbox.faults.take("form_404_until", seller)) is not None:
        sandbox.state.run("UPDATE form SET hidden_reads = ? WHERE id = ?", int(params.get("reads", 2)), complete["id"])
    journal(sandbox, seller, STAGES[0], first)
    pieces_bought(sandbox, seller, complete)
    while first["status"] != until:
        first = advance(sandbox, complete["id"])
    flush_delayed(sandbox)
    sandbox.state.applied("purchase.created", complete["id"], describe(seller, first))


def put_raw(sandbox: Sandbox, form_id: str, seller: str, form: Json, event: str) -> None:
    """Store any form as it is, and journal it unless `event` is "none"."""
    existed = find_form(sandbox, form_id) is not None
    save_form(sandbox, form_id, seller, form)
    if event != "none":
        journal(sandbox, seller, event, form)
        flush_delayed(sandbox)
    kind = "purchase.changed" if existed else "purchase.created"
    sandbox.state.applied(kind, form_id, {**describe(seller, form), "raw": True})


def advance(sandbox: Sandbox, form_id: str) -> Json:
    """The next stage: BOUGHT, FILLED_IN, READY_FOR_PROCESSING."""
    row = _existing(sandbox, form_id)
    if row["complete"] is None or row["status"] not in STAGES[:-1]:
        raise FormProblem(f"a form in {row['status']} does not go on by itself")
    complete = json.loads(row["complete"])
    stage = STAGES[STAGES.index(row["status"]) + 1]
    form = _at_stage(sandbox, complete, stage)
    hidden = row["hidden_reads"]
    save_form(sandbox, form_id, row["seller"], form, complete)
    sandbox.state.run("UPDATE form SET hidden_reads = ? WHERE id = ?", hidden, form_id)
    journal(sandbox, row["seller"], stage, form)
    return form


def go_on(sandbox: Sandbox, form_id: str) -> Json:
    """The buyer takes the next step of a purchase that stopped on its way."""
    form = advance(sandbox, form_id)
    sandbox.state.applied("purchase.advanced", form_id, {"status": form["status"]})
    return form


def cancel(sandbox: Sandbox, form_id: str, event: str = "BUYER_CANCELLED") -> None:
    def cancelled(form: Json) -> None:
        form["status"] = "CANCELLED"

    row = _existing(sandbox, form_id)
    change_form(sandbox, row, cancelled, event, buyer=True)
    if row["status"] in NOT_YET and row["complete"] is not None and sandbox.settings.return_unpaid:
        pieces_back(sandbox, row["seller"], json.loads(row["complete"]))
    sandbox.state.applied(
        "purchase.cancelled", form_id, {"seller": row["seller"], "was": row["status"], "event": event}
    )


def modify_address(sandbox: Sandbox, form_id: str, address: Json) -> None:
    """The buyer changes fields of the delivery address."""
    now = timestamp(sandbox.state.now())

    def moved(form: Json) -> None:
        if not isinstance(form.get("delivery"), dict):
            raise FormProblem("the form has no delivery yet")
        form["delivery"]["address"] = {**(form["delivery"].get("address") or {}), **address, "modifiedAt": now}

    row = _existing(sandbox, form_id)
    change_form(sandbox, row, moved, "BUYER_MODIFIED", buyer=True)
    sandbox.state.applied("purchase.modified", form_id, {"seller": row["seller"], "address": address})


def set_fulfillment(sandbox: Sandbox, row: sqlite3.Row, status: str, by: str = "") -> str:
    """Set the seller's status; the revision moves, updatedAt does not. Returns the new revision.

    `by` "waybill": the seller's setting did it when a parcel number was added.
    """

    def fulfilled(form: Json) -> None:
        current = form.get("fulfillment")
        form["fulfillment"] = {**(current if isinstance(current, dict) else {}), "status": status}

    revision = change_form(sandbox, row, fulfilled, "FULFILLMENT_STATUS_CHANGED", buyer=False)
    effect = {"seller": row["seller"], "status": status, "revision": revision}
    sandbox.state.applied("fulfillment.set", row["id"], {**effect, "by": by} if by else effect)
    return revision


def merge(sandbox: Sandbox, form_ids: list[str]) -> str:
    """Pay purchases together: a new form with all their lines; the old ones are gone. Returns the new id."""
    rows = [_existing(sandbox, form_id) for form_id in form_ids]
    if len({row["seller"] for row in rows}) != 1 or len(rows) < 2:
        raise FormProblem("merge two or more forms of one seller")
    forms = [json.loads(row["complete"] or row["data"]) for row in rows]
    number = sandbox.state.next_number("merge")
    merged = {**forms[-1], "id": random_uuid(sandbox.random(f"merge:{number}")), "status": STAGES[-1]}
    merged["lineItems"] = [line for form in forms for line in form["lineItems"]]
    total = sum(
        (Decimal(line["price"]["amount"]) * line["quantity"] for line in merged["lineItems"]),
        Decimal(merged["delivery"]["cost"]["amount"]),
    )
    currency = merged["summary"]["totalToPay"]["currency"]
    merged["summary"] = {"totalToPay": {"amount": f"{total:.2f}", "currency": currency}}
    if "paidAmount" in merged["payment"]:
        merged["payment"] = {**merged["payment"], "paidAmount": dict(merged["summary"]["totalToPay"])}
    form = _at_stage(sandbox, merged, STAGES[-1])
    for row in rows:
        sandbox.state.run("UPDATE form SET merged_into = ? WHERE id = ?", merged["id"], row["id"])
    save_form(sandbox, merged["id"], rows[0]["seller"], form, merged)
    journal(sandbox, rows[0]["seller"], STAGES[-1], form)
    flush_delayed(sandbox)
    sandbox.state.applied("purchase.merged", merged["id"], {**describe(rows[0]["seller"], form), "from": form_ids})
    return str(merged["id"])


def change_form(sandbox: Sandbox, row: sqlite3.Row, change: Any, event: str, buyer: bool) -> str:
    """Apply `change(form)` in place, move the revision (and updatedAt where the buyer did it) and journal it."""
    form = json.loads(row["data"])
    change(form)
    form["revision"] = _revision(sandbox)
    if buyer:
        form["updatedAt"] = timestamp(sandbox.state.now())
    sandbox.state.run(
        "UPDATE form SET data = ?, status = ?, updated_at = ? WHERE id = ?",
        *(dumps(form), form.get("status"), _comparable(sandbox, form.get("updatedAt")), row["id"]),
    )
    journal(sandbox, row["seller"], event, form)
    flush_delayed(sandbox)
    return str(form["revision"])


def describe(seller: str, form: Json) -> Json:
    """What a checker compares: status, marketplace, total and lines of a form, as far as it has them."""
    lines = [line for line in form.get("lineItems") or [] if isinstance(line, dict)]
    return {
        "seller": seller,
        "status": form.get("status"),
        "marketplace": (form.get("marketplace") or {}).get("id"),
        "total": (form.get("summary") or {}).get("totalToPay"),
        "lines": [
            {
                "id": line.get("id"),
                "external": ((line.get("offer") or {}).get("external") or {}).get("id"),
                "quantity": line.get("quantity"),
                "price": line.get("price"),
            }
            for line in lines
        ],
    }


def _at_stage(sandbox: Sandbox, complete: Json, stage: str) -> Json:
    form = {name: value for name, value in complete.items() if name not in NOT_YET.get(stage, ())}
    if stage == "FILLED_IN" and "payment" in form:
        unpaid = {name: value for name, value in form["payment"].items() if name not in ("finishedAt", "paidAmount")}
        form["payment"] = unpaid
    return {**form, "status": stage, "revision": _revision(sandbox), "updatedAt": timestamp(sandbox.state.now())}


def _comparable(sandbox: Sandbox, moment: Any) -> str:
    """A moment as the lists compare it; now, where a raw form has none that can be read."""
    try:
        return timestamp(datetime.fromisoformat(moment).astimezone(UTC))
    except (TypeError, ValueError):
        return timestamp(sandbox.state.now())


def _revision(sandbox: Sandbox) -> str:
    number = sandbox.state.next_number("revision")
    return f"{sandbox.random(f'revision:{number}').getrandbits(32):08x}"


def _existing(sandbox: Sandbox, form_id: str) -> sqlite3.Row:
    row = find_form(sandbox, form_id)
    if row is None:
        raise FormProblem(f"no form {form_id}")
    return row
