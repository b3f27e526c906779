"""An offer as Allegro shows it to its seller: a row of the list, the whole of it, and the parts that change most."""

import uuid
from decimal import Decimal

from allegro_integration.sandbox.context import Json
from allegro_integration.sandbox.offers import SandboxOffer
from allegro_integration.sandbox.shops import Shop, currency_of, visibility

GTIN = "225693"
SERVICES = ("impliedWarranty", "returnPolicy", "warranty")
FIRST_DAY = "2025-03-01T08:00:00.000Z"


def listed(shop: Shop, offer: SandboxOffer) -> Json:
    """One row of GET /sale/offers."""
    additional: Json = {}
    for marketplace, (state, _) in visibility(shop, offer).items():
        additional[marketplace] = {
            "publication": {"state": state},
            "sellingMode": _listed_price(offer, marketplace),
            "stats": {"watchersCount": 0, "visitsCount": 0},
            "stock": {"sold": offer.sold.get(marketplace, 0)},
        }
    publication: Json = {"status": offer.status, "marketplaces": _marketplaces(shop, offer)}
    for name, moment in (("startedAt", offer.started_at), ("endedAt", offer.ended_at)):
        if moment:
            publication[name] = moment
    row: Json = {
        "id": offer.id,
        "name": offer.name,
        "category": {"id": offer.category},
        "primaryImage": {"url": f"https://images.allegro.example/{offer.id}.jpg"},
        "sellingMode": {"format": "BUY_NOW", **(_listed_price(offer, shop.base) or {})},
        "stock": {"available": offer.stock, "sold": offer.sold.get(shop.base, 0)},
        "stats": {"watchersCount": 0, "visitsCount": 0},
        "publication": publication,
        "afterSalesServices": _services(offer),
        "delivery": _shipping(shop, offer),
        "b2b": {"buyableOnlyByBusiness": False},
        "isFulfillment": offer.fulfillment,
        "additionalMarketplaces": additional,
    }
    return {**row, "external": {"id": offer.external}} if offer.external else row


# Longer than usual: one flat document.
def whole(shop: Shop, offer: SandboxOffer) -> Json:
    """GET /sale/product-offers/{id}, as far as a shop needs it."""
    additional: Json = {}
    for marketplace, (state, reasons) in visibility(shop, offer).items():
        told = [{"code": one.code, "userMessage": one.message, "parameters": {}} for one in reasons]
        publication = {"publication": {"state": state, "refusalReasons": told}}
        price = _price(offer, marketplace)
        additional[marketplace] = {"sellingMode": price, **publication} if price else publication
    created = offer.created_at or FIRST_DAY
    error = [_problem(offer)] if offer.defect else []
    shown: Json = {
        "id": offer.id,
        "name": offer.name,
        "category": {"id": offer.category},
        "productSet": [_product(offer)],
        "stock": {"available": offer.stock, "unit": "UNIT"},
        "sellingMode": {"format": "BUY_NOW", **(_price(offer, shop.base) or {})},
        "additionalMarketplaces": additional,
        "publication": {
            "status": offer.status,
            "republish": False,
            "marketplaces": _marketplaces(shop, offer),
            **({"endedBy": offer.ended_by} if offer.status == "ENDED" else {}),
        },
        "delivery": {"handlingTime": "PT24H", **_shipping(shop, offer)},
        "afterSalesServices": _services(offer),
        "payments": {"invoice": "VAT"},
        "b2b": {"buyableOnlyByBusiness": False},
        "language": "cs-CZ",
        "parameters": [],
        "images": [f"https://images.allegro.example/{offer.id}.jpg"],
        "validation": {"errors": error, "warnings": [], "validatedAt": offer.updated_at or created},
        "createdAt": created,
        "updatedAt": offer.updated_at or created,
    }
    if offer.vat:
        shown["taxSettings"] = {"rates": [{"rate": offer.vat, "countryCode": "CZ"}], "subject": "GOODS"}
    return {**shown, "external": {"id": offer.external}} if offer.external else shown


def parts(shop: Shop, offer: SandboxOffer, wanted: list[str]) -> Json:
    """GET /sale/product-offers/{id}/parts."""
    shown: Json = {"id": offer.id}
    if "stock" in wanted:
        shown["stock"] = {"available": offer.stock}
    if "price" in wanted:
        shown["sellingMode"] = _price(offer, shop.base) or {}
        prices = {name: _price(offer, name) for name in visibility(shop, offer)}
        shown["additionalMarketplaces"] = {name: {"sellingMode": price} for name, price in prices.items() if price}
    return shown


def money(amount: Decimal, marketplace: str) -> Json:
    return {"amount": f"{amount:.2f}", "currency": currency_of(marketplace)}


def _price(offer: SandboxOffer, marketplace: str) -> Json | None:
    amount = offer.prices.get(marketplace)
    return None if amount is None else {"price": money(amount, marketplace)}


def _listed_price(offer: SandboxOffer, marketplace: str) -> Json | None:
    price = _price(offer, marketplace)
    rule = offer.rules.get(marketplace)
    return {**(price or {}), "priceAutomation": {"rule": {"id": rule}}} if rule else price


def _marketplaces(shop: Shop, offer: SandboxOffer) -> Json:
    reached = shipping.marketplaces if (shipping := shop.shipping_of(offer)) else ()
    return {"base": {"id": shop.base}, "additional": [{"id": name} for name in reached if name != shop.base]}


def _shipping(shop: Shop, offer: SandboxOffer) -> Json:
    shipping = shop.shipping_of(offer)
    return {"shippingRates": {"id": shipping.id}} if shipping else {}


def _services(offer: SandboxOffer) -> Json:
    return {name: {"id": offer.after_sales[name]} for name in SERVICES if name in offer.after_sales}


def _product(offer: SandboxOffer) -> Json:
    parameters = [{"id": GTIN, "name": "EAN (GTIN)", "values": [offer.ean], "valuesIds": None}]
    product = {
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"product:{offer.ean or offer.id}")),
        "publication": {"status": "LISTED"},
        "parameters": parameters if offer.ean else [],
    }
    return {"quantity": {"value": 1}, "product": product, "responsiblePerson": None, "responsibleProducer": None}


def _problem(offer: SandboxOffer) -> Json:
    assert offer.defect is not None
    return {
        "code": offer.defect.code,
        "details": None,
        "message": offer.defect.message,
        "path": None,
        "userMessage": offer.defect.message,
        "metadata": {},
    }
