"""Delivery methods and carriers of the sandbox."""

from decimal import Decimal
from functools import cache
from importlib.resources import files

import msgspec

from allegro_integration.sandbox.context import Json

CARRIERS = ("DPD", "PPL", "GLS", "CESKA_POSTA", "ZASILKOVNA", "INPOST", "FOXPOST", "DHL", "OTHER")


class DeliveryMethod(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`cost` is what the buyer pays for one parcel, in `currency`."""

    id: str
    name: str
    marketplaces: list[str]
    destination_country: str
    cash_on_delivery: bool
    pickup: bool
    cost: Decimal
    currency: str


@cache
def delivery_methods() -> tuple[DeliveryMethod, ...]:
    text = files("allegro_integration.sandbox").joinpath("delivery.json").read_bytes()
    return tuple(msgspec.json.decode(text, type=list[DeliveryMethod]))


def describe_method(method: DeliveryMethod) -> Json:
    """One entry of GET /sale/delivery-methods."""
    rate = {"min": "0.00", "max": "1000000.00", "currency": method.currency}
    return {
        "id": method.id,
        "name": method.name,
        "marketplaces": method.marketplaces,
        "paymentPolicy": "CASH_ON_DELIVERY" if method.cash_on_delivery else "IN_ADVANCE",
        "allegroEndorsed": method.pickup,
        "dispatchCountry": "CZ",
        "destinationCountry": method.destination_country,
        "shippingRatesConstraints": {
            "allowed": True,
            "maxQuantityPerPackage": {"max": 999_999},
            "maxPackageWeight": {"supported": True, "min": "1.000", "max": "30.000", "unit": "KILOGRAM"},
            "firstItemRate": rate,
            "shippingTime": {"default": {"from": "PT24H", "to": "PT72H"}, "customizable": True},
        },
    }
