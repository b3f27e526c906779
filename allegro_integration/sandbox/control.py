"""The control routes of this sandbox beside the shared ones: sellers, clients, purchases, forms, tokens, clock.

Offers, commands and what was attached to orders: see `control_offers`.
"""

import dataclasses
import json
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from urllib.parse import urlencode

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from allegro_integration.sandbox.buying import PurchaseOrder, make_purchases, one_turn
from allegro_integration.sandbox.context import Json, sandbox_of
from allegro_integration.sandbox.forms import FormProblem, cancel, find_form, go_on, merge, modify_address, put_raw
from allegro_integration.sandbox.oauth import OAuthError, decide_device, grant_code
from allegro_integration.sandbox.sellers import ClientOrder, SellerOrder, all_sellers, put_client, put_seller

CHANGEABLE = {
    "access_lifetime": int,
    "refresh_lifetime": int,
    "refresh_grace": int,
    "code_lifetime": int,
    "user_agent": str,
    "purchases_every": float,
    "command_delay_s": float,
    "scan_delay_s": float,
    "operation_delay_s": float,
    "patch_202": float,
    "campaign_base": str,
    "return_unpaid": bool,
    "metadata_pause_s": float,
}
Handler = Callable[[Request], Awaitable[Any]]
Body = TypeVar("Body")


def controlled(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """Answer what the handler returns as JSON; what cannot be done is a 400 that says why."""

    async def answering(request: Request) -> Response:
        try:
            value = await handler(request)
        except (FormProblem, OAuthError, msgspec.DecodeError, ValueError, LookupError, TypeError) as error:
            return JSONResponse({"error": f"{type(error).__name__}: {error}"}, 400)
        return JSONResponse(value)

    return answering


async def _body(request: Request, shape: type[Body]) -> Body:
    return msgspec.json.decode(await request.body() or b"{}", type=shape)


async def put_form(request: Request) -> Json:
    sandbox, form_id = sandbox_of(request), request.path_params["id"]
    form = await _body(request, dict[str, Any])
    known = find_form(sandbox, form_id)
    sellers = all_sellers(sandbox)
    seller = request.query_params.get("seller") or (known["seller"] if known else sellers[0]["id"])
    with sandbox.state.transaction():
        put_raw(sandbox, form_id, seller, form, request.query_params.get("event", "READY_FOR_PROCESSING"))
    return {"id": form_id, "seller": seller}


async def list_all_forms(request: Request) -> Json:
    sandbox, query = sandbox_of(request), request.query_params
    rows = sandbox.state.rows("SELECT * FROM form WHERE merged_into IS NULL ORDER BY bought_at, id")
    chosen = [row for row in rows if query.get("seller") in (None, row["seller"])]
    return {"forms": [{"id": r["id"], "seller": r["seller"], "form": json.loads(r["data"])} for r in chosen]}


async def cancel_form(request: Request) -> Json:
    sandbox = sandbox_of(request)
    with sandbox.state.transaction():
        cancel(sandbox, request.path_params["id"], request.query_params.get("event", "BUYER_CANCELLED"))
    return {"id": request.path_params["id"]}


async def change_address(request: Request) -> Json:
    sandbox, address = sandbox_of(request), await _body(request, dict[str, str])
    with sandbox.state.transaction():
        modify_address(sandbox, request.path_params["id"], address or {"street": "Změněná 7", "city": "Brno"})
    return {"id": request.path_params["id"]}


async def advance_form(request: Request) -> Json:
    sandbox = sandbox_of(request)
    with sandbox.state.transaction():
        form = go_on(sandbox, request.path_params["id"])
    return {"id": form["id"], "status": form["status"]}


async def merge_forms(request: Request) -> Json:
    sandbox, order = sandbox_of(request), await _body(request, dict[str, list[str]])
    with sandbox.state.transaction():
        return {"id": merge(sandbox, order["forms"])}


async def purchase(request: Request) -> Json:
    return {"ids": make_purchases(sandbox_of(request), await _body(request, PurchaseOrder))}


async def turn(request: Request) -> Json:
    one_turn(sandbox_of(request))
    return {}


async def list_sellers(request: Request) -> Json:
    return {"sellers": all_sellers(sandbox_of(request))}


async def store_seller(request: Request) -> Json:
    sandbox, order = sandbox_of(request), await _body(request, SellerOrder)
    with sandbox.state.transaction():
        put_seller(sandbox, request.path_params["id"], order)
    return {"id": request.path_params["id"]}


async def store_client(request: Request) -> Json:
    sandbox, order = sandbox_of(request), await _body(request, ClientOrder)
    with sandbox.state.transaction():
        put_client(sandbox, request.path_params["id"], order)
    return {"id": request.path_params["id"]}


async def consent(request: Request) -> Json:
    sandbox, asked = sandbox_of(request), await _body(request, dict[str, str])
    with sandbox.state.transaction():
        code = grant_code(sandbox, asked["seller"], asked)
    query = {"code": code, **({"state": asked["state"]} if "state" in asked else {})}
    joiner = "&" if "?" in asked["redirect_uri"] else "?"
    return {**query, "redirect": f"{asked['redirect_uri']}{joiner}{urlencode(query)}"}


async def answer_device(request: Request) -> Json:
    sandbox, order = sandbox_of(request), await _body(request, dict[str, str])
    seller = order.get("seller") or all_sellers(sandbox)[0]["id"]
    if not decide_device(sandbox, request.path_params["user_code"], seller, request.path_params["decision"]):
        raise FormProblem("no device waits under this code")
    return {"seller": seller}


async def expire_tokens(request: Request) -> Json:
    sandbox, order = sandbox_of(request), await _body(request, dict[str, str])
    with sandbox.state.transaction():
        sandbox.state.run("UPDATE access_token SET alive = 0 WHERE seller = ?", order["seller"])
        if request.path_params["how"] == "revoke":
            sandbox.state.run("UPDATE refresh_token SET alive = 0 WHERE seller = ?", order["seller"])
    return {"seller": order["seller"]}


async def move_clock(request: Request) -> Json:
    sandbox, order = sandbox_of(request), await _body(request, dict[str, float])
    sandbox.state.advance_clock(order["advance"])
    return {"now": sandbox.state.now().isoformat()}


async def change_settings(request: Request) -> Json:
    sandbox, order = sandbox_of(request), await _body(request, dict[str, Any])
    chosen: dict[str, Any] = {name: CHANGEABLE[name](value) for name, value in order.items()}
    sandbox.settings = dataclasses.replace(sandbox.settings, **chosen)
    return {name: getattr(sandbox.settings, name) for name in CHANGEABLE}


def route(path: str, handler: Handler, method: str) -> Route:
    return Route(f"/_sandbox/{path}", controlled(handler), methods=[method])


ROUTES = [
    route("forms", list_all_forms, "GET"),
    route("forms/{id}", put_form, "PUT"),
    route("forms/{id}/cancel", cancel_form, "POST"),
    route("forms/{id}/modify-address", change_address, "POST"),
    route("forms/{id}/advance", advance_form, "POST"),
    route("merge", merge_forms, "POST"),
    route("purchases", purchase, "POST"),
    route("turn", turn, "POST"),
    route("sellers", list_sellers, "GET"),
    route("sellers/{id}", store_seller, "PUT"),
    route("clients/{id}", store_client, "PUT"),
    route("consent", consent, "POST"),
    route("device/{user_code}/{decision:str}", answer_device, "POST"),
    route("tokens/{how:str}", expire_tokens, "POST"),
    route("clock", move_clock, "POST"),
    route("settings", change_settings, "PUT"),
]
