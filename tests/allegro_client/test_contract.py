"""What we read of Allegro's answers on the way back exists in its official file under that very name."""

from __future__ import annotations

import typing
from typing import Any

import msgspec
import pytest

from allegro_integration.client.commands import RawReport, RawTask
from allegro_integration.client.invoices import RawInvoices
from allegro_integration.client.offer_answers import RawEvent, RawListedOffer, RawOffer, RawRatesPage, RawRules
from allegro_integration.client.shipments import RawCarriers, RawShipments
from tests.openapi import specification

pytestmark = pytest.mark.reference

# Structures that several answers share. The list tells rules, but neither who ended an offer nor refusals; its selling
# modes on additional marketplaces have no format. The whole offer tells no rules; its refusals are a code and a text.
LIST = {"RawPublication.endedBy", "RawMarketplacePublication.refusalReasons", "RawSellingMode.format"}
WHOLE = {"RawSellingMode.priceAutomation", "ApiError.message", "ApiError.details", "ApiError.path"}
# Events describe their offer by type; these two words of it are those of an ended offer.
EVENT = {"RawPublication.status", "RawPublication.marketplaces"}
SHIPPING_RATES = "/sale/shipping-rates"


def properties(schema: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """All that an object of the schema may carry, with `*` for the values of a map and the items of a list."""
    if "$ref" in schema:
        return properties(specification()["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]])
    found = dict(schema.get("properties", {}))
    for part in schema.get("allOf", ()):
        found |= properties(part)
    if "items" in schema:
        found |= properties(schema["items"])
    if isinstance(schema.get("additionalProperties"), dict):
        found["*"] = schema["additionalProperties"]
    return found


def structs_in(annotation: Any) -> list[type[msgspec.Struct]]:
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        return [annotation]
    return [found for part in typing.get_args(annotation) for found in structs_in(part)]


def unknown(struct: type[msgspec.Struct], schema: dict[str, Any]) -> set[str]:
    known = properties(schema)
    if "*" in known:
        known = properties(known["*"])
    hints = typing.get_type_hints(struct)
    missing: set[str] = set()
    for field in msgspec.structs.fields(struct):
        if field.encode_name not in known:
            missing.add(f"{struct.__name__}.{field.encode_name}")
            continue
        for inner in structs_in(hints[field.name]):
            missing |= unknown(inner, known[field.encode_name])
    return missing


@pytest.mark.parametrize(
    ("struct", "name", "passed"),
    [
        (RawListedOffer, "OfferListingDto", LIST),
        (RawOffer, "SaleProductOfferResponseV1", WHOLE),
        (RawEvent, "OfferEndedEvent", EVENT),
        (RawReport, "GeneralReport", set()),
        (RawTask, "CommandTask", set()),
        (RawRules, "OfferRules", set()),
        (RawShipments, "CheckoutFormOrderWaybillResponse", set()),
        (RawCarriers, "OrdersShippingCarriersResponse", set()),
        (RawInvoices, "CheckoutFormsOrderInvoices", set()),
    ],
)
def test_every_field_we_read_exists_in_the_official_file(
    reference_dir: object, struct: type[msgspec.Struct], name: str, passed: set[str]
) -> None:
    assert unknown(struct, specification()["components"]["schemas"][name]) - passed == set()


def test_every_field_of_price_lists_we_read_exists_in_the_official_file(reference_dir: object) -> None:
    answer = specification()["paths"][SHIPPING_RATES]["get"]["responses"]["200"]
    (content,) = answer["content"].values()
    assert unknown(RawRatesPage, content["schema"]) == set()


@pytest.mark.parametrize(
    ("name", "key"),
    [("OffersSearchResultDto", "offers"), ("SellerOfferEventsResponse", "offerEvents"), ("TaskReport", "tasks")],
)
def test_the_pages_we_take_apart_have_their_records_there(reference_dir: object, name: str, key: str) -> None:
    assert key in specification()["components"]["schemas"][name]["properties"]
