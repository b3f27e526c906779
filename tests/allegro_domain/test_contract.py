"""Our values against Allegro's official OpenAPI file: what we read exists there, and its examples are understood."""

from __future__ import annotations

import typing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from allegro_integration.client.messages import (
    DeliveryMethods,
    EventStats,
    Marketplaces,
    Me,
    OrderEvent,
)
from allegro_integration.domain.checkout import CheckoutForm
from tests.allegro_domain.forms import raw_form
from tests.openapi import specification, violations

pytestmark = pytest.mark.reference

# Announced by Allegro for 2026-09-01, newer than the saved file.
NEWER = {"CheckoutForm.codBookedPayments"}


def _schema_of(path: str) -> dict[str, Any]:
    answer = specification()["paths"][path]["get"]["responses"]["200"]
    (content,) = answer["content"].values()
    return dict(content["schema"])


def _resolved(schema: dict[str, Any]) -> dict[str, Any]:
    while True:
        if "$ref" in schema:
            schema = specification()["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
        elif "allOf" in schema:
            schema = schema["allOf"][0]
        elif "items" in schema:
            schema = schema["items"]
        else:
            return schema


def _structs_in(annotation: Any) -> list[type[msgspec.Struct]]:
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        return [annotation]
    return [found for part in typing.get_args(annotation) for found in _structs_in(part)]


def _unknown(struct: type[msgspec.Struct], schema: dict[str, Any]) -> list[str]:
    properties = _resolved(schema).get("properties", {})
    hints = typing.get_type_hints(struct)
    missing: list[str] = []
    for field in msgspec.structs.fields(struct):
        name = f"{struct.__name__}.{field.encode_name}"
        if field.encode_name in properties:
            for inner in _structs_in(hints[field.name]):
                missing += _unknown(inner, properties[field.encode_name])
        elif name not in NEWER:
            missing.append(name)
    return missing


class Journal(msgspec.Struct):
    """The journal's page as Allegro words it; ours is read entry by entry."""

    events: tuple[OrderEvent, ...]


@pytest.mark.parametrize(
    ("struct", "path"),
    [
        (CheckoutForm, "/order/checkout-forms/{id}"),
        (Journal, "/order/events"),
        (EventStats, "/order/event-stats"),
        (Me, "/me"),
        (DeliveryMethods, "/sale/delivery-methods"),
        (Marketplaces, "/marketplaces"),
    ],
)
def test_every_field_we_read_exists_in_the_official_file(
    reference_dir: Path, struct: type[msgspec.Struct], path: str
) -> None:
    assert _unknown(struct, _schema_of(path)) == []


def test_the_forms_of_these_tests_are_forms_of_the_official_file(reference_dir: Path) -> None:
    raw = raw_form()
    raw["delivery"]["address"].pop("companyName")
    entry = {
        "method": "GET",
        "path": f"/order/checkout-forms/{raw['id']}",
        "status": 200,
        "response_headers": {"Content-Type": "application/vnd.allegro.public.v1+json"},
        "response_body": msgspec.json.encode(raw).decode(),
    }
    assert violations(entry) == []
