"""What does not belong to one order: who the seller is, marketplaces, delivery methods, carriers."""

import json

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from allegro_integration.sandbox.answers import ApiError, answer
from allegro_integration.sandbox.context import Json, sandbox_of
from allegro_integration.sandbox.delivery import CARRIERS, delivery_methods, describe_method
from allegro_integration.sandbox.gate import api

MARKETPLACES = {
    "allegro-pl": ("PLN", "pl-PL", "PL"),
    "allegro-cz": ("CZK", "cs-CZ", "CZ"),
    "allegro-sk": ("EUR", "sk-SK", "SK"),
    "allegro-hu": ("HUF", "hu-HU", "HU"),
    "allegro-business-cz": ("CZK", "cs-CZ", "CZ"),
}
ME_FIELDS = ("id", "login", "email", "firstName", "lastName", "company", "baseMarketplace", "features")


@api("profile:read")
async def me(request: Request, seller: str) -> Response:
    sandbox = sandbox_of(request)
    row = sandbox.state.row("SELECT data FROM seller WHERE id = ?", seller)
    if row is None:
        raise ApiError(403, "AccessDenied", "The user of this token does not exist any more")
    known: Json = json.loads(row["data"])
    shown = {name: known[name] for name in ME_FIELDS if name in known}
    if (params := sandbox.faults.take("wrong_seller", request.url.path, seller)) is not None:
        shown["id"] = str(params.get("seller", "99999999"))
    return answer(shown)


@api()
async def marketplaces(request: Request, seller: str) -> Response:
    return answer({"marketplaces": [_marketplace(name) for name in MARKETPLACES]})


def _marketplace(name: str) -> Json:
    currency, language, country = MARKETPLACES[name]
    return {
        "id": name,
        "languages": {"offerCreation": [{"code": language}], "offerDisplay": [{"code": language}]},
        "currencies": {"base": {"code": currency}, "additional": []},
        "shippingCountries": [{"code": country}],
    }


@api()
async def list_delivery_methods(request: Request, seller: str) -> Response:
    wanted = request.query_params.get("marketplace")
    chosen = [method for method in delivery_methods() if wanted is None or wanted in method.marketplaces]
    return answer({"deliveryMethods": [describe_method(method) for method in chosen]})


@api()
async def list_carriers(request: Request, seller: str) -> Response:
    carriers = [
        {"id": name} if name == "OTHER" else {"id": name, "name": name.replace("_", " ").title()} for name in CARRIERS
    ]
    return answer({"carriers": carriers}, headers={"Cache-Control": "max-age=3600"})


ROUTES = [
    Route("/me", me, methods=["GET"]),
    Route("/marketplaces", marketplaces, methods=["GET"]),
    Route("/sale/delivery-methods", list_delivery_methods, methods=["GET"]),
    Route("/order/carriers", list_carriers, methods=["GET"]),
]
