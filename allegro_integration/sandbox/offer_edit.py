"""A merge patch of an offer: read whole, refused whole where one field is wrong, applied whole."""

import json
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from allegro_integration.sandbox.answers import ApiError
from allegro_integration.sandbox.context import Json
from allegro_integration.sandbox.offer_changes import Cause
from allegro_integration.sandbox.offer_rules import read_price, with_price, with_status, with_stock
from allegro_integration.sandbox.offer_views import SERVICES
from allegro_integration.sandbox.offers import SandboxOffer
from allegro_integration.sandbox.shops import Shop

BASE_AS_ADDITIONAL = "BaseMarketplaceInAdditionalMarketplacesException"


@dataclass(frozen=True)
class Edit:
    """What a patch asks for; None is a field that was not sent. `content` holds plain fields of the offer."""

    stock: int | None = None
    status: str | None = None
    prices: dict[str, Decimal] = field(default_factory=dict)
    content: dict[str, Any] = field(default_factory=dict)

    def cause(self, by: str, id: str) -> Cause:
        return Cause(by, id, self.stock is not None, tuple(self.prices.items()))


def read_json(body: bytes) -> Json:
    try:
        value = json.loads(body, parse_float=Decimal)
    except ValueError:
        raise ApiError(400, "JsonMappingException", "The body is not JSON") from None
    if not isinstance(value, dict):
        raise ApiError(400, "JsonMappingException", "The body is not an object")
    return value


def read_edit(shop: Shop, offer: SandboxOffer, body: Json) -> Edit:
    """The fields this sandbox knows; others are passed over, as Allegro does with names it does not know."""
    if "language" in body and body["language"] is None:
        raise ApiError(400, "JsonMappingException", "language must not be null", "language")
    stock = _object(body, "stock").get("available")
    if stock is not None and (isinstance(stock, bool) or not isinstance(stock, int)):
        raise ApiError(400, "JsonMappingException", "stock.available is not a number", "stock.available")
    return Edit(
        stock, _object(body, "publication").get("status"), _read_prices(shop, body), _read_content(shop, offer, body)
    )


def apply_edit(
    shop: Shop, offer: SandboxOffer, edit: Edit, now: str, active_at: str | None = None, held_base: bool = False
) -> SandboxOffer:
    """The offer after the edit. Raises ApiError: the whole offer is validated, whichever field is changed.

    Ending alone is not validated: an offer with an old fault can still be taken off sale.
    """
    if offer.defect is not None and edit != Edit(status="ENDED"):
        raise ApiError(422, offer.defect.code, offer.defect.message)
    if offer.fulfillment and edit.stock is not None:
        raise ApiError(422, "FulfillmentStockReadOnly", "Allegro's warehouse counts this stock", "stock.available")
    after = replace(offer, **edit.content)
    for marketplace, amount in edit.prices.items():
        after = with_price(shop, after, marketplace, amount, held_base)
    if edit.stock is not None:
        restarted = edit.status == "ACTIVE" and edit.stock == 0
        after = replace(after, stock=0) if restarted else with_stock(after, edit.stock, now)
    return with_status(after, edit.status, now, active_at) if edit.status is not None else after


def _read_prices(shop: Shop, body: Json) -> dict[str, Decimal]:
    prices: dict[str, Decimal] = {}
    if (price := _object(body, "sellingMode").get("price")) is not None:
        prices[shop.base] = read_price(price, shop.base, "sellingMode.price")
    for marketplace, given in _object(body, "additionalMarketplaces").items():
        path = f"additionalMarketplaces.{marketplace}.sellingMode.price"
        if marketplace == shop.base:
            raise ApiError(422, BASE_AS_ADDITIONAL, "The base marketplace is not an additional one", path)
        price = _object(given, "sellingMode").get("price") if isinstance(given, dict) else None
        if price is not None:
            prices[marketplace] = read_price(price, marketplace, path)
    return prices


def _read_content(shop: Shop, offer: SandboxOffer, body: Json) -> dict[str, Any]:
    content: dict[str, Any] = {}
    if "external" in body:
        external = (body["external"] or {}).get("id")
        if external is not None and (not isinstance(external, str) or len(external) > 100):
            raise ApiError(422, "ConstraintViolationException", "At most 100 characters", "external.id")
        content["external"] = external or None
    if isinstance(body.get("name"), str):
        content["name"] = body["name"]
    if "shippingRates" in _object(body, "delivery"):
        content["shipping"] = _shipping(shop, body["delivery"]["shippingRates"])
    given = _object(body, "afterSalesServices")
    if given:
        kept = {name: value for name, value in offer.after_sales.items() if name not in given}
        chosen = {name: given[name]["id"] for name in SERVICES if isinstance(given.get(name), dict)}
        content["after_sales"] = kept | chosen
    return content


def _shipping(shop: Shop, given: Any) -> str | None:
    if given is None:
        return None
    for one in shop.shipping_sets():
        if isinstance(given, dict) and (given.get("id") == one.id or given.get("name") == one.name):
            return one.id
    raise ApiError(422, "ShippingRatesNotFoundException", "No such shipping rates", "delivery.shippingRates")


def _object(body: Json, name: str) -> Json:
    value = body.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ApiError(400, "JsonMappingException", f"{name} is not an object", name)
    return value
