"""Every address of the site that can be looked at, from its own declarations: a new page is in by itself.

Addresses that name a record are filled in by the names of their parameters, so a new kind of record must be told here.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.contrib import admin
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from allegro_integration.models import DeliveryMapping, Market, Offer, Order, PaymentMapping
from connectify.api.models import ApiKey
from connectify.dashboard.access import CLOSED, PROGRAM, STAFF, audience_of
from connectify.tenants.models import Invitation, Membership
from pohoda_bridge.server.models import Agent

# Not a page: whatever no other address takes.
NOT_PAGES: Final = frozenset({"api_nothing"})
# What a link carries that is sent by mail; the pages behind answer without a company.
OUTSIDE: Final = {"uidb36": "0", "key": "set-password", "token": "x" * 43}
# The administration's: what a page is asked with, without which it shows nothing, and parts that name no record.
ASKED: Final = {"admin:turn_switch": "?scope=direction:orders", "admin:search": "?s=a"}
OF_SUPPORT: Final = {"app_label": "allegro", "content_type_id": "0"}


@dataclass(frozen=True)
class Address:
    """`name` is the URL name, with its namespace. `is_api`: a program asks, with a key."""

    name: str
    path: str
    is_api: bool


def addresses(known: Mapping[str, Any], *, of_staff: bool = False) -> Iterator[Address]:
    """Those open to anybody but staff, or the administration's. `known`: values by names of parameters.

    Raises KeyError for a parameter that is not known. The administration's: in the scope of the company.
    """
    for name, parameters, view in _patterns(get_resolver()):
        who = audience_of(view, name) or frozenset()
        if name in NOT_PAGES or name in CLOSED or (STAFF in who) is not of_staff:
            continue
        found = {**OUTSIDE, **known, **(_of_support(name, known) if of_staff else {})}
        values = {parameter: found[parameter] for parameter in parameters}
        yield Address(name, reverse(name, kwargs=values) + ASKED.get(name, ""), PROGRAM in who)


def _of_support(name: str, known: Mapping[str, Any]) -> dict[str, Any]:
    """Values of the administration's parameters: of each model the known row, or the first one."""
    for model in admin.site._registry:
        if name.startswith(f"admin:{model._meta.app_label}_{model._meta.model_name}_"):
            return {"object_id": known.get(f"{model._meta.model_name}_id") or _first(model)}
    return {**OF_SUPPORT, "object_id": "0"}


def _patterns(resolver: URLResolver, namespace: str = "") -> Iterator[tuple[str, frozenset[str], Any]]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            for name, parameters, view in _patterns(entry, inner):
                yield name, parameters | frozenset(entry.pattern.regex.groupindex), view
        elif isinstance(entry, URLPattern) and entry.name:
            yield f"{namespace}{entry.name}", frozenset(entry.pattern.regex.groupindex), entry.callback


def records_of(market: Market, *, order: Order, offer: Offer, payload: uuid.UUID) -> dict[str, Any]:
    """Values of every parameter, of one company. In its scope."""
    return {
        "instance_id": market.instance_id,
        "account_id": market.account_id,
        "unit_id": market.unit_id,
        "agent_id": _first(Agent),
        "order_id": order.pk,
        "payload_id": payload,
        "document_id": payload,
        "offer_id": offer.pk,
        "membership_id": _first(Membership),
        "invitation_id": _first(Invitation),
        "key_id": _first(ApiKey),
        "method_id": DeliveryMapping.objects.order_by("pk").values_list("method_id", flat=True)[0],
        "payment_type": PaymentMapping.objects.order_by("pk").values_list("payment_type", flat=True)[0],
        "direction": "orders",
        "source": "quarantined",
        "act": "retry",
    }


def _first(model: Any) -> uuid.UUID:
    return model.objects.order_by("pk").values_list("pk", flat=True)[0]
