"""Commands over many offers: quantity, price, publication. Registered at once, worked on later, reported per offer."""

import json
import sqlite3
import uuid
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from allegro_integration.sandbox.answers import ApiError, answer
from allegro_integration.sandbox.command_work import FIELDS, read_modification
from allegro_integration.sandbox.context import Json, Sandbox, sandbox_of
from allegro_integration.sandbox.gate import api
from allegro_integration.sandbox.offer_edit import read_json
from allegro_integration.sandbox.offer_patch import dumps_exact
from allegro_integration.sandbox.offer_reading import number
from allegro_integration.sandbox.shops import shop_of
from allegro_integration.sandbox.state import timestamp

MOST_OFFERS = 1000
KINDS = {
    "offer-quantity-change-commands": "quantity",
    "offer-price-change-commands": "price",
    "offer-publication-commands": "publication",
}


def command_path(kind: str, command: str) -> str:
    return next(f"/sale/{name}/{command}" for name, one in KINDS.items() if one == kind)


@api("sale:offers:write")
async def put_command(request: Request, seller: str) -> Response:
    sandbox, command, path = sandbox_of(request), request.path_params["command"], request.url.path
    kind = KINDS[path.split("/")[2]]
    body = read_json(await request.body())
    try:
        uuid.UUID(command)
    except ValueError:
        raise ApiError(400, "ConstraintViolationException", "The command id is not a UUID", "commandId") from None
    read_modification(kind, body, shop_of(sandbox, seller))
    offers = _chosen_offers(body)
    with sandbox.state.transaction():
        if sandbox.state.row("SELECT id FROM command WHERE id = ?", command) is not None:
            raise ApiError(409, "CommandAlreadyExists", f"Command id {command} was already used", "commandId")
        _register(sandbox, seller, kind, command, body, path)
        for place, offer in enumerate(offers):
            sandbox.state.run("INSERT INTO command_task (command, seq, offer) VALUES (?, ?, ?)", command, place, offer)
        row = _own_command(sandbox, command, seller, kind)
    sandbox.settle(sandbox)  # without a delay it is done by now, only the report does not say so yet
    return answer(_report(sandbox, row, hidden=True), 201)


def _register(sandbox: Sandbox, seller: str, kind: str, command: str, body: Json, path: str) -> None:
    """Faults: command_never_completes (`applied`: it works all the same), report_late (`reads` or `seconds`)."""
    now = sandbox.state.now()
    due = now + timedelta(seconds=sandbox.settings.command_delay_s)
    reported, blind = due, 0
    never = sandbox.faults.take("command_never_completes", path, f"PUT {path}", seller)
    late = sandbox.faults.take("report_late", path, f"PUT {path}", seller)
    if late is not None:
        blind = int(late.get("reads", 0 if "seconds" in late else 2))
        reported = due + timedelta(seconds=float(late.get("seconds", 0)))
    sandbox.state.run(
        "INSERT INTO command (id, seller, kind, created_at, due_at, reported_at, blind_reads, body) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        *(command, seller, kind, timestamp(now)),
        timestamp(due) if never is None or never.get("applied") else None,
        timestamp(reported) if never is None else None,
        *(blind, dumps_exact(body)),
    )


@api("sale:offers:write")
async def command_report(request: Request, seller: str) -> Response:
    sandbox, row = _asked_command(request, seller)
    return answer(_report(sandbox, row, hidden=_hidden(sandbox, row)))


@api("sale:offers:write")
async def command_tasks(request: Request, seller: str) -> Response:
    """Fault tasks_missing: `offers` (ids) or the last `count` (1) of them are not shown this time."""
    query = request.query_params
    limit = number(query.get("limit", "100"), "limit", 1, 1000, 422)
    offset = number(query.get("offset", "0"), "offset", 0, 999, 422)
    sandbox, row = _asked_command(request, seller)
    tasks = sandbox.state.rows("SELECT * FROM command_task WHERE command = ? ORDER BY seq", row["id"])
    hidden = _hidden(sandbox, row)
    shown = [_task(one, row["kind"], hidden) for one in tasks]
    targets = (request.url.path, f"GET {request.url.path}", seller)
    if (params := sandbox.faults.take("tasks_missing", *targets)) is not None:
        gone = params.get("offers") or [task["offer"]["id"] for task in shown[-int(params.get("count", 1)) :]]
        shown = [task for task in shown if task["offer"]["id"] not in gone]
    return answer({"tasks": shown[offset : offset + limit]})


def _chosen_offers(body: Json) -> list[str]:
    criteria = body.get("offerCriteria")
    try:
        if not criteria or any(one["type"] != "CONTAINS_OFFERS" for one in criteria):
            raise ApiError(422, "ConstraintViolationException", "Unknown criteria", "offerCriteria")
        offers = list(dict.fromkeys(str(offer["id"]) for one in criteria for offer in one["offers"]))
    except (KeyError, TypeError):
        raise ApiError(400, "JsonMappingException", "Criteria have a type and offers", "offerCriteria") from None
    if not 1 <= len(offers) <= MOST_OFFERS:
        raise ApiError(422, "ConstraintViolationException", f"From 1 to {MOST_OFFERS} offers", "offerCriteria")
    return offers


def _asked_command(request: Request, seller: str) -> tuple[Sandbox, sqlite3.Row]:
    sandbox = sandbox_of(request)
    kind = KINDS[request.url.path.split("/")[2]]
    return sandbox, _own_command(sandbox, request.path_params["command"], seller, kind)


def _own_command(sandbox: Sandbox, command: str, seller: str, kind: str) -> sqlite3.Row:
    row = sandbox.state.row("SELECT * FROM command WHERE id = ? AND seller = ? AND kind = ?", command, seller, kind)
    if row is None:
        raise ApiError(404, "CommandNotFoundException", f"Command {command} not found")
    return row


def _hidden(sandbox: Sandbox, row: sqlite3.Row) -> bool:
    """Whether the results are still kept back; counts down the reads that see nothing."""
    if row["completed_at"] is None or row["reported_at"] is None:
        return True
    if row["blind_reads"] > 0:
        sandbox.state.run("UPDATE command SET blind_reads = blind_reads - 1 WHERE id = ?", row["id"])
        return True
    return bool(row["reported_at"] > timestamp(sandbox.state.now()))


def _report(sandbox: Sandbox, row: sqlite3.Row, hidden: bool) -> Json:
    counts: dict[str, int] = {}
    if not hidden:
        found = "SELECT status, count(*) AS many FROM command_task WHERE command = ? GROUP BY status"
        counts = {one["status"]: one["many"] for one in sandbox.state.rows(found, row["id"])}
    failed, success = counts.get("FAIL", 0), counts.get("SUCCESS", 0)
    return {
        "id": row["id"],
        "createdAt": row["created_at"],
        "completedAt": None if hidden else row["completed_at"],
        "taskCount": {"failed": failed, "success": success, "total": sum(counts.values())},
    }


def _task(row: sqlite3.Row, kind: str, hidden: bool) -> Json:
    error: dict[str, Any] | None = json.loads(row["error"]) if row["error"] and not hidden else None
    return {
        "offer": {"id": row["offer"]},
        "field": FIELDS[kind],
        "status": "NEW" if hidden else row["status"],
        "message": error["message"] if error else "",
        "errors": [error] if error else [],
    }


ROUTES = [
    route
    for name in KINDS
    for route in (
        Route(f"/sale/{name}/{{command}}", put_command, methods=["PUT"]),
        Route(f"/sale/{name}/{{command}}", command_report, methods=["GET"]),
        Route(f"/sale/{name}/{{command}}/tasks", command_tasks, methods=["GET"]),
    )
]
