"""The reading side of offers: the list, one offer, its parts, the journal, shipping rates and pricing rules."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from allegro_integration.sandbox.answers import ApiError, answer
from allegro_integration.sandbox.context import Json, Sandbox, sandbox_of
from allegro_integration.sandbox.gate import api
from allegro_integration.sandbox.offer_journal import OFFER_EVENT_TYPES, read_offer_events
from allegro_integration.sandbox.offer_views import FIRST_DAY, listed, parts, whole
from allegro_integration.sandbox.offers import SandboxOffer, decode_offer, find_offer
from allegro_integration.sandbox.sale import MARKETPLACES
from allegro_integration.sandbox.shops import Shop, default_rules, shop_of

STATUSES = ("INACTIVE", "ACTIVATING", "ACTIVE", "ENDED")
SORTS = {
    "": "CAST(id AS INTEGER) DESC",
    "stock.available": "json_extract(data, '$.stock'), id",
    "-stock.available": "json_extract(data, '$.stock') DESC, id",
    "sellingMode.price.amount": "CAST(json_extract(data, '$.prices.\"{market}\"') AS REAL), id",
    "-sellingMode.price.amount": "CAST(json_extract(data, '$.prices.\"{market}\"') AS REAL) DESC, id",
    "stock.sold": "COALESCE(json_extract(data, '$.sold.\"{market}\"'), 0), id",
    "-stock.sold": "COALESCE(json_extract(data, '$.sold.\"{market}\"'), 0) DESC, id",
}
LAST_ROW = 10_000_000
MOST_EXTERNAL_IDS = 100


@api("sale:offers:read")
async def list_offers(request: Request, seller: str) -> Response:
    sandbox, query = sandbox_of(request), request.query_params
    limit = number(query.get("limit", "20"), "limit", 1, 1000)
    offset = number(query.get("offset", "0"), "offset", 0, LAST_ROW - 1)
    if offset + limit > LAST_ROW:
        raise ApiError(400, "ParameterValidationException", f"offset + limit must not exceed {LAST_ROW}", "offset")
    shop = shop_of(sandbox, seller)
    market = query.get("publication.marketplace", shop.base)
    order = SORTS.get(query.get("sort", ""))
    if order is None or market not in MARKETPLACES:
        raise ApiError(400, "ParameterValidationException", "Unknown sort or marketplace", "sort")
    where, values = _conditions(request, shop)
    # all parts of the statements are constants of this module, values are bound
    total = sandbox.state.row(f"SELECT count(*) AS total FROM offer WHERE {where}", *values)  # noqa: S608
    ordered = order.replace("{market}", market)
    select = f"SELECT data FROM offer WHERE {where} ORDER BY {ordered} LIMIT ? OFFSET ?"  # noqa: S608
    rows = [listed(shop, decode_offer(row["data"])) for row in sandbox.state.rows(select, *values, limit, offset)]
    return answer({"offers": rows, "count": len(rows), "totalCount": total["total"] if total else 0})


def _conditions(request: Request, shop: Shop) -> tuple[str, list[object]]:
    query = request.query_params
    where, values = ["seller = ?"], [shop.seller]
    lists = {"offer.id": "id", "external.id": "json_extract(data, '$.external')"}
    lists["publication.status"] = "json_extract(data, '$.status')"
    for name, column in lists.items():
        if wanted := query.getlist(name):
            where.append(f"{column} IN ({','.join('?' * len(wanted))})")
            values += wanted
    if len(query.getlist("external.id")) > MOST_EXTERNAL_IDS:
        raise ApiError(400, "ParameterValidationException", "Too many values of external.id", "external.id")
    if not set(query.getlist("publication.status")) <= set(STATUSES):
        raise ApiError(400, "ParameterValidationException", "Unknown status", "publication.status")
    if (rates := query.get("delivery.shippingRates.id")) is not None:
        first = shop.shipping_sets()[0].id
        where.append("COALESCE(NULLIF(json_extract(data, '$.shipping'), ''), ?) = ?")
        values += [first, rates]
    marketplace = query.get("publication.marketplace")
    if marketplace is not None and marketplace != shop.base:
        reaching = [one.id for one in shop.shipping_sets() if marketplace in one.marketplaces] or [""]
        first = shop.shipping_sets()[0].id
        where.append(f"COALESCE(NULLIF(json_extract(data, '$.shipping'), ''), ?) IN ({','.join('?' * len(reaching))})")
        values += [first, *reaching]
    return " AND ".join(where), list(values)


@api("sale:offers:read")
async def one_offer(request: Request, seller: str) -> Response:
    sandbox = sandbox_of(request)
    offer = own_offer(sandbox, request.path_params["id"], seller)
    return answer(whole(shop_of(sandbox, seller), offer))


@api("sale:offers:read")
async def offer_parts(request: Request, seller: str) -> Response:
    sandbox, wanted = sandbox_of(request), request.query_params.getlist("include")
    if not wanted or not set(wanted) <= {"stock", "price"}:
        raise ApiError(400, "ParameterValidationException", "include is stock or price", "include")
    offer = own_offer(sandbox, request.path_params["id"], seller)
    return answer(parts(shop_of(sandbox, seller), offer, wanted))


@api("sale:offers:read", refuses_in="application/json")
async def offer_events(request: Request, seller: str) -> Response:
    sandbox, query = sandbox_of(request), request.query_params
    limit = number(query.get("limit", "100"), "limit", 1, 1000)
    types = query.getlist("type")
    if unknown := [one for one in types if one not in OFFER_EVENT_TYPES]:
        raise ApiError(400, "ParameterValidationException", f"Unknown event type {unknown[0]}", "type")
    events = read_offer_events(sandbox, seller, query.get("from"), types, limit)
    if events is None:
        raise ApiError(400, "ParameterValidationException", "Unknown event id", "from")
    return answer({"offerEvents": events})


@api("sale:settings:read")
async def shipping_rates(request: Request, seller: str) -> Response:
    wanted = request.query_params.get("marketplace")
    sets = shop_of(sandbox_of(request), seller).shipping_sets()
    shown: list[Json] = [
        {
            "id": one.id,
            "name": one.name,
            "features": {"managedByAllegro": one.managed, "isFulfillment": one.managed},
            "marketplaces": [{"id": name} for name in one.marketplaces],
        }
        for one in sets
        if wanted is None or wanted in one.marketplaces
    ]
    return answer({"shippingRates": shown})


@api("sale:offers:read")
async def pricing_rules(request: Request, seller: str) -> Response:
    return answer({"rules": default_rules(shop_of(sandbox_of(request), seller))})


@api("sale:offers:read")
async def rules_of_offer(request: Request, seller: str) -> Response:
    offer = own_offer(sandbox_of(request), request.path_params["id"], seller)
    at = offer.updated_at or FIRST_DAY
    rules = [{"marketplace": {"id": m}, "rule": {"id": rule}, "updatedAt": at} for m, rule in offer.rules.items()]
    return answer({"rules": rules, "updatedAt": at})


def own_offer(sandbox: Sandbox, offer_id: str, seller: str) -> SandboxOffer:
    """The seller's offer; 404 where there is none, 403 where it is somebody else's."""
    if not offer_id.isdigit():
        raise ApiError(400, "ParameterValidationException", "An offer id is a number", "offerId")
    found = find_offer(sandbox, offer_id)
    if found is None:
        raise ApiError(404, "NotFoundException", f"Offer {offer_id} not found")
    if found[0] != seller:
        raise ApiError(403, "AccessDenied", f"Offer {offer_id} belongs to somebody else")
    return found[1]


def number(text: str, name: str, least: int, most: int, refused: int = 400) -> int:
    """A number of the query; any other text is refused with that status."""
    if not text.isdigit() or not least <= int(text) <= most:
        raise ApiError(refused, "ParameterValidationException", f"{name} must be from {least} to {most}", name)
    return int(text)


ROUTES = [
    Route("/sale/offers", list_offers, methods=["GET"]),
    Route("/sale/product-offers/{id}", one_offer, methods=["GET"]),
    Route("/sale/product-offers/{id}/parts", offer_parts, methods=["GET"]),
    Route("/sale/offer-events", offer_events, methods=["GET"]),
    Route("/sale/shipping-rates", shipping_rates, methods=["GET"]),
    Route("/sale/price-automation/rules", pricing_rules, methods=["GET"]),
    Route("/sale/price-automation/offers/{id}/rules", rules_of_offer, methods=["GET"]),
]
