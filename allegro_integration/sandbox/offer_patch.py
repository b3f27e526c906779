"""PATCH /sale/product-offers/{id}: done at once, or accepted and worked on under an operation."""

import json
from datetime import datetime, timedelta

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from allegro_integration.sandbox.answers import ApiError, answer
from allegro_integration.sandbox.context import Json, Sandbox, dumps, random_uuid, sandbox_of
from allegro_integration.sandbox.gate import api
from allegro_integration.sandbox.offer_changes import change_offer
from allegro_integration.sandbox.offer_edit import apply_edit, read_edit, read_json
from allegro_integration.sandbox.offer_reading import own_offer
from allegro_integration.sandbox.offer_views import whole
from allegro_integration.sandbox.offers import SandboxOffer, find_offer
from allegro_integration.sandbox.shops import Shop, shop_of
from allegro_integration.sandbox.state import timestamp

IN_PROGRESS = "ERR_YOU_CANT_CHANGE_ITEM_EDIT_IN_PROGRESS"


@api("sale:offers:write")
async def patch_offer(request: Request, seller: str) -> Response:
    sandbox, offer_id = sandbox_of(request), request.path_params["id"]
    offer, shop = own_offer(sandbox, offer_id, seller), shop_of(sandbox, seller)
    body = read_json(await request.body())
    refuse_busy(sandbox, offer, request.url.path, seller)
    with sandbox.state.transaction():
        turn = sandbox.state.next_number("patch")
        draw = sandbox.random(f"patch:{turn}")
        if draw.random() >= sandbox.settings.patch_202:
            return answer(whole(shop, apply_patch(sandbox, shop, offer, body, f"patch-{turn}")))
        _applied(sandbox, shop, offer, body)  # what is wrong with it is said at once
        operation, now = random_uuid(draw), sandbox.state.now()
        sandbox.state.run(
            "INSERT INTO operation (id, offer, seller, created_at, due_at, body) VALUES (?, ?, ?, ?, ?, ?)",
            *(operation, offer_id, seller, timestamp(now)),
            *(timestamp(now + timedelta(seconds=sandbox.settings.operation_delay_s)), dumps_exact(body)),
        )
    where = f"{request.url.scheme}://{request.url.netloc}/sale/product-offers/{offer_id}/operations/{operation}"
    return answer(whole(shop, offer), 202, {"Location": where, "Retry-After": _pause(sandbox)})


@api("sale:offers:read")
async def operation_status(request: Request, seller: str) -> Response:
    sandbox, asked = sandbox_of(request), request.path_params
    row = sandbox.state.row(
        "SELECT * FROM operation WHERE id = ? AND offer = ? AND seller = ?", asked["operation"], asked["id"], seller
    )
    if row is None:
        return Response(status_code=404)
    if row["state"] == "FAILED":
        return answer(json.loads(row["error"]), 422)
    if row["state"] == "DONE":
        where = f"{request.url.scheme}://{request.url.netloc}/sale/product-offers/{asked['id']}"
        return Response(status_code=303, headers={"Location": where})
    operation = {"id": row["id"], "status": "IN_PROGRESS", "startedAt": row["created_at"]}
    told = {"offer": {"id": asked["id"]}, "operation": operation}
    return answer(told, 202, {"Location": str(request.url), "Retry-After": _pause(sandbox)})


def refuse_busy(sandbox: Sandbox, offer: SandboxOffer, *targets: str) -> None:
    """409 while an earlier edit goes on: ours, or one of Allegro's own (fault edit_in_progress, control `busy_s`)."""
    now = timestamp(sandbox.state.now())
    waiting = sandbox.state.row("SELECT id FROM operation WHERE offer = ? AND state = 'WAITING'", offer.id)
    busy = waiting is not None or (offer.busy_until is not None and offer.busy_until > now)
    if busy or sandbox.faults.take("edit_in_progress", *targets, offer.id) is not None:
        raise ApiError(409, IN_PROGRESS, f"Offer {offer.id} is being edited, try again later")


def apply_patch(sandbox: Sandbox, shop: Shop, offer: SandboxOffer, body: Json, patch_id: str) -> SandboxOffer:
    """Apply a merge patch, in a transaction. Raises ApiError."""
    after = _applied(sandbox, shop, offer, body)
    return change_offer(sandbox, shop, offer, after, read_edit(shop, offer, body).cause("patch", patch_id))


def finish_operations(sandbox: Sandbox, now: datetime) -> None:
    """Work off the operations that are due, in a transaction."""
    due = "SELECT * FROM operation WHERE state = 'WAITING' AND due_at <= ? ORDER BY due_at, id"
    for row in sandbox.state.rows(due, timestamp(now)):
        found = find_offer(sandbox, row["offer"])
        state, error = "DONE", None
        try:
            if found is not None:
                apply_patch(sandbox, shop_of(sandbox, row["seller"]), found[1], read_json(row["body"]), row["id"])
        except ApiError as refused:
            state, error = "FAILED", dumps({"errors": [refused.described()]})
        sandbox.state.run("UPDATE operation SET state = ?, error = ? WHERE id = ?", state, error, row["id"])


def dumps_exact(body: Json) -> str:
    """JSON with decimal numbers written as they were sent."""
    return json.dumps(body, ensure_ascii=False, default=str)


def _applied(sandbox: Sandbox, shop: Shop, offer: SandboxOffer, body: Json) -> SandboxOffer:
    now = sandbox.state.now()
    delay = sandbox.settings.operation_delay_s
    active_at = timestamp(now + timedelta(seconds=delay)) if delay > 0 else None
    held = sandbox.settings.campaign_base == "old"
    return apply_edit(shop, offer, read_edit(shop, offer, body), timestamp(now), active_at, held)


def _pause(sandbox: Sandbox) -> str:
    return str(max(1, round(sandbox.settings.operation_delay_s)))


ROUTES = [
    Route("/sale/product-offers/{id}", patch_offer, methods=["PATCH"]),
    Route("/sale/product-offers/{id}/operations/{operation}", operation_status, methods=["GET"]),
]
