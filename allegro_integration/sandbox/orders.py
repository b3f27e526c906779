"""The order endpoints: journal, list of forms, one form, the seller's status."""

import json
import sqlite3
import uuid
from datetime import UTC, datetime, timedelta

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from allegro_integration.sandbox.answers import ApiError, answer
from allegro_integration.sandbox.context import Json, Sandbox, sandbox_of
from allegro_integration.sandbox.forms import find_form, set_fulfillment
from allegro_integration.sandbox.gate import api
from allegro_integration.sandbox.journal import EVENT_TYPES, latest_event, read_events
from allegro_integration.sandbox.state import timestamp

FORM_STATUSES = ("BOUGHT", "FILLED_IN", "READY_FOR_PROCESSING", "CANCELLED")
FULFILLMENTS = (
    "NEW",
    "PROCESSING",
    "READY_FOR_SHIPMENT",
    "READY_FOR_PICKUP",
    "SENT",
    "PICKED_UP",
    "CANCELLED",
    "SUSPENDED",
    "RETURNED",
)
SORTS = {
    "lineItems.boughtAt": "bought_at ASC",
    "-lineItems.boughtAt": "bought_at DESC",
    "updatedAt": "updated_at ASC",
    "-updatedAt": "updated_at DESC",
}
DATE_FILTERS = {
    "lineItems.boughtAt.gte": "bought_at >= ?",
    "lineItems.boughtAt.lte": "bought_at <= ?",
    "updatedAt.gte": "updated_at >= ?",
    "updatedAt.lte": "updated_at <= ?",
}
PATH_FILTERS = {
    "fulfillment.status": ("$.fulfillment.status", FULFILLMENTS),
    "fulfillment.provider.id": ("$.fulfillment.provider.id", ("SELLER", "ALLEGRO")),
    "fulfillment.shipmentSummary.lineItemsSent": (
        "$.fulfillment.shipmentSummary.lineItemsSent",
        ("NONE", "SOME", "ALL"),
    ),
    "payment.id": ("$.payment.id", ()),
    "delivery.method.id": ("$.delivery.method.id", ()),
    "buyer.login": ("$.buyer.login", ()),
    "marketplace.id": ("$.marketplace.id", ()),
    "status": ("$.status", FORM_STATUSES),
}
READABLE = timedelta(days=365)
WINDOW = 10_000


@api("orders:read")
async def order_events(request: Request, seller: str) -> Response:
    sandbox, query = sandbox_of(request), request.query_params
    limit = _number(query.get("limit", "100"), "limit", 1, 1000)
    types = query.getlist("type")
    if unknown := [one for one in types if one not in EVENT_TYPES]:
        raise ApiError(422, "ParameterValidationException", f"Unknown event type {unknown[0]}", "type")
    events = read_events(sandbox, seller, query.get("from"), types, limit)
    if events is None:
        raise ApiError(422, "ParameterValidationException", "Unknown event id", "from")
    if (params := sandbox.faults.take("wrong_seller", request.url.path, seller)) is not None:
        for event in events:
            event["order"]["seller"] = {"id": str(params.get("seller", "99999999"))}
    return answer({"events": events})


@api("orders:read")
async def order_event_stats(request: Request, seller: str) -> Response:
    latest = latest_event(sandbox_of(request), seller)
    return answer({"latestEvent": latest} if latest else {})


@api("orders:read")
async def list_forms(request: Request, seller: str) -> Response:
    sandbox, query = sandbox_of(request), request.query_params
    limit = _number(query.get("limit", "100"), "limit", 1, 100)
    offset = _number(query.get("offset", "0"), "offset", 0, WINDOW)
    if offset + limit > WINDOW:
        raise ApiError(422, "ParameterValidationException", f"offset + limit must not exceed {WINDOW}", "offset")
    order = SORTS.get(query.get("sort", "-lineItems.boughtAt"))
    if order is None:
        raise ApiError(400, "ParameterValidationException", "Unknown sort", "sort")
    where, values = _conditions(sandbox, request, seller)
    with sandbox.state.transaction():
        # all parts of the statement are constants of this module, values are bound
        select = f"SELECT id, hidden_reads FROM form WHERE {where} ORDER BY {order}, id"  # noqa: S608
        found = sandbox.state.rows(select, *values)
        visible = [row["id"] for row in found if row["hidden_reads"] == 0]
        for row in found:
            if row["hidden_reads"]:
                sandbox.state.run("UPDATE form SET hidden_reads = hidden_reads - 1 WHERE id = ?", row["id"])
    page = (find_form(sandbox, form_id) for form_id in visible[offset : offset + limit])
    forms = [_shown(sandbox, request, row) for row in page if row is not None]
    return answer({"checkoutForms": forms, "count": len(forms), "totalCount": len(visible)})


def _conditions(sandbox: Sandbox, request: Request, seller: str) -> tuple[str, list[str]]:
    where = ["seller = ?", "merged_into IS NULL", "bought_at >= ?"]
    values = [seller, timestamp(sandbox.state.now() - READABLE)]
    query = request.query_params
    for name, condition in DATE_FILTERS.items():
        if name in query:
            where.append(condition)
            values.append(_moment(query[name], name))
    for name, (path, allowed) in PATH_FILTERS.items():
        wanted = query.getlist(name)
        if not wanted:
            continue
        if allowed and not set(wanted) <= set(allowed):
            raise ApiError(400, "ParameterValidationException", f"Unknown value of {name}", name)
        where.append(f"json_extract(data, '{path}') IN ({','.join('?' * len(wanted))})")
        values += wanted
    return " AND ".join(where), values


@api("orders:read")
async def one_form(request: Request, seller: str) -> Response:
    sandbox, form_id = sandbox_of(request), request.path_params["id"]
    try:
        uuid.UUID(form_id)
    except ValueError:
        raise ApiError(422, "ConstraintViolationException", "The id is not a UUID", "id") from None
    row = find_form(sandbox, form_id, seller)
    hidden = sandbox.faults.take("form_404_until", request.url.path) is not None
    if row is not None and row["hidden_reads"] > 0:
        hidden = True
        sandbox.state.run("UPDATE form SET hidden_reads = hidden_reads - 1 WHERE id = ?", form_id)
    if row is None or hidden:
        raise ApiError(404, "CheckoutFormNotFoundException", f"Checkout form {form_id} not found")
    return answer(_shown(sandbox, request, row))


@api("orders:write")
async def put_fulfillment(request: Request, seller: str) -> Response:
    sandbox = sandbox_of(request)
    try:
        status = json.loads(await request.body())["status"]
    except (ValueError, KeyError, TypeError):
        raise ApiError(422, "VALIDATION_ERROR", "The body must be an object with a status", "status") from None
    if status not in FULFILLMENTS or status == "RETURNED":
        raise ApiError(422, "VALIDATION_ERROR", f"Status {status} cannot be set", "status")
    row = find_form(sandbox, request.path_params["id"], seller)
    if row is None:
        raise ApiError(404, "CheckoutFormNotFoundException", "Checkout form not found")
    revision = request.query_params.get("checkoutForm.revision")
    if revision is not None and revision != json.loads(row["data"]).get("revision"):
        raise ApiError(409, "ConflictException", "Provided revision is outdated", "checkoutForm.revision")
    with sandbox.state.transaction():
        set_fulfillment(sandbox, row, status)
    return Response(status_code=204)


def _shown(sandbox: Sandbox, request: Request, row: sqlite3.Row) -> Json:
    form: Json = json.loads(row["data"])
    if (params := sandbox.faults.take("unknown_enum", request.url.path, row["seller"])) is not None:
        *parents, last = str(params.get("path", "payment.type")).split(".")
        place = form
        for name in parents:
            place = place.setdefault(name, {})
        place[last] = params.get("value", "SOMETHING_NEW")
    return form


def _number(text: str, name: str, least: int, most: int) -> int:
    try:
        number = int(text)
    except ValueError:
        raise ApiError(400, "ParameterValidationException", f"{name} must be a number", name) from None
    if not least <= number <= most:
        raise ApiError(422, "ParameterValidationException", f"{name} must be from {least} to {most}", name)
    return number


def _moment(text: str, name: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ApiError(400, "ParameterValidationException", f"{name} must be a date and time", name) from None
    if moment.tzinfo is None:
        raise ApiError(400, "ParameterValidationException", f"{name} must say its time zone", name)
    return timestamp(moment.astimezone(UTC))


ROUTES = [
    Route("/order/events", order_events, methods=["GET"]),
    Route("/order/event-stats", order_event_stats, methods=["GET"]),
    Route("/order/checkout-forms", list_forms, methods=["GET"]),
    Route("/order/checkout-forms/{id}", one_form, methods=["GET"]),
    Route("/order/checkout-forms/{id}/fulfillment", put_fulfillment, methods=["PUT"]),
]
