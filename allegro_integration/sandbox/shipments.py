"""Parcels of an order: numbers with their carriers. They can be added and listed, never changed or removed."""

import json
import re
import sqlite3
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from allegro_integration.sandbox.answers import ApiError, answer
from allegro_integration.sandbox.context import Json, Sandbox, dumps, random_uuid, sandbox_of
from allegro_integration.sandbox.delivery import CARRIERS
from allegro_integration.sandbox.forms import find_form, set_fulfillment
from allegro_integration.sandbox.gate import api
from allegro_integration.sandbox.offer_edit import read_json
from allegro_integration.sandbox.shops import shop_of
from allegro_integration.sandbox.state import timestamp

WAYBILL = re.compile(r"^[A-Za-z0-9][A-Za-z0-9 ./*-]{3,63}$")
ORDERS_OF_A_WAYBILL = 10
NAME_LENGTH = 30


@api("orders:read")
async def list_shipments(request: Request, seller: str) -> Response:
    sandbox = sandbox_of(request)
    form = own_form(sandbox, request, seller)
    return answer({"shipments": shipments_of(sandbox, form["id"])})


@api("orders:write")
async def add_shipment(request: Request, seller: str) -> Response:
    sandbox = sandbox_of(request)
    form, body = own_form(sandbox, request, seller), read_json(await request.body())
    carrier, waybill = _check_carrier(body), str(body.get("waybill") or "")
    if not WAYBILL.match(waybill):
        raise ApiError(400, "CarrierWaybillValidationException", f"{carrier} has no such numbers", "waybill")
    used = "SELECT count(DISTINCT form) AS orders FROM shipment WHERE waybill = ? AND form <> ?"
    known = sandbox.state.row(used, waybill, form["id"])
    if known is not None and known["orders"] >= ORDERS_OF_A_WAYBILL:
        raise ApiError(409, "WaybillUsageExceeded", "The number is used in too many orders", "waybill")
    lines = _chosen_lines(form, body)
    with sandbox.state.transaction():
        count = sandbox.state.next_number("shipment")
        shipment: Json = {
            "id": random_uuid(sandbox.random(f"shipment:{count}")),
            "waybill": waybill,
            "carrierId": carrier,
            "lineItems": [{"id": one} for one in lines],
            "createdAt": timestamp(sandbox.state.now()),
        }
        if carrier == "OTHER":
            shipment["carrierName"] = body["carrierName"]
        _store(sandbox, form, shipment)
    return answer(shipment, 201)


def shipments_of(sandbox: Sandbox, form_id: str) -> list[Json]:
    rows = sandbox.state.rows("SELECT data FROM shipment WHERE form = ? ORDER BY rowid", form_id)
    return [json.loads(row["data"]) for row in rows]


def own_form(sandbox: Sandbox, request: Request, seller: str) -> sqlite3.Row:
    """The row of the order in the path; 404 unless it is the seller's."""
    row = find_form(sandbox, request.path_params["id"], seller)
    if row is None:
        raise ApiError(404, "CheckoutFormNotFoundException", "Checkout form not found")
    return row


def _check_carrier(body: Json) -> str:
    carrier = body.get("carrierId")
    if carrier not in CARRIERS:
        raise ApiError(400, "CarrierNotSupported", f"Unknown carrier {carrier}", "carrierId")
    name = body.get("carrierName")
    if carrier == "OTHER" and (not isinstance(name, str) or not 1 <= len(name) <= NAME_LENGTH):
        raise ApiError(400, "CarrierNameInvalid", f"OTHER needs a name of 1 to {NAME_LENGTH} characters", "carrierName")
    return str(carrier)


def _chosen_lines(form: sqlite3.Row, body: Json) -> list[str]:
    """Ids of the line items in the parcel; all of the order where none are named."""
    all_lines = _lines(json.loads(form["data"]))
    try:
        named = [str(one["id"]) for one in body.get("lineItems") or []]
    except (TypeError, KeyError):
        raise ApiError(422, "LineItemInvalid", "Line items have an id", "lineItems") from None
    if not set(named) <= set(all_lines):
        raise ApiError(422, "LineItemNotFound", "A line item is not of this order", "lineItems")
    return named or all_lines


def _lines(form: Any) -> list[str]:
    return [str(line["id"]) for line in form.get("lineItems") or [] if isinstance(line, dict) and "id" in line]


def _store(sandbox: Sandbox, form: sqlite3.Row, shipment: Json) -> None:
    seller, state = form["seller"], sandbox.state
    state.run(
        "INSERT INTO shipment (id, form, seller, waybill, data) VALUES (?, ?, ?, ?, ?)",
        *(shipment["id"], form["id"], seller, shipment["waybill"], dumps(shipment)),
    )
    data = json.loads(form["data"])
    sent = {line["id"] for one in shipments_of(sandbox, form["id"]) for line in one["lineItems"]}
    summary = "ALL" if sent >= set(_lines(data)) else "SOME"
    data["fulfillment"] = {**(data.get("fulfillment") or {}), "shipmentSummary": {"lineItemsSent": summary}}
    state.run("UPDATE form SET data = ? WHERE id = ?", dumps(data), form["id"])
    told = {name: shipment[name] for name in ("id", "carrierId", "waybill")}
    lines = [line["id"] for line in shipment["lineItems"]]
    state.applied("shipment.added", form["id"], {"seller": seller, **told, "lines": lines, "summary": summary})
    changed = find_form(sandbox, form["id"])
    if changed is not None and shop_of(sandbox, seller).sent_on_waybill:
        set_fulfillment(sandbox, changed, "SENT", by="waybill")


ROUTES = [
    Route("/order/checkout-forms/{id}/shipments", list_shipments, methods=["GET"]),
    Route("/order/checkout-forms/{id}/shipments", add_shipment, methods=["POST"]),
]
