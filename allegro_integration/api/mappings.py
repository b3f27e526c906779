"""Delivery methods and payment types: what they are in Pohoda, and which were seen and are not mapped yet."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, ClassVar, Final

import msgspec
from django.db.models import Count, Max, Q, Value
from django.utils.translation import gettext as _
from rest_framework.request import Request

from allegro_integration.models import DeliveryMapping, Market, Order, PaymentMapping
from allegro_integration.services.mappings import LONGEST, folded, map_delivery, map_payment
from connectify.api.endpoint import ApiView, required
from connectify.api.operations import operation
from connectify.api.problems import Problem, invalid
from connectify.dashboard.explanations import explain
from connectify.domain.errors import Rejected

_WAITS: Final = Q(state=Order.State.WAITING)


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery method of Allegro's. Not `mapped`: it was seen on orders and has no counterpart yet."""

    method_id: str
    method_name: str
    carrier: str
    line_text: str
    mapped: bool
    orders: Annotated[int, msgspec.Meta(description="How many orders of the instance have it.")]
    waiting: Annotated[int, msgspec.Meta(description="How many of them wait.")]


class Payment(msgspec.Struct, frozen=True, kw_only=True):
    """A payment type of Allegro's. Not `mapped`: it was seen on orders and has no counterpart yet."""

    payment_type: str
    form_of_payment: str
    mapped: bool
    orders: int
    waiting: int


class Deliveries(msgspec.Struct, frozen=True):
    """What is mapped and what was seen: those without a counterpart first."""

    data: list[Delivery]


class Payments(msgspec.Struct, frozen=True):
    """What is mapped and what was seen: those without a counterpart first."""

    data: list[Payment]


class DeliveryIs(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Names of Pohoda's; blanks around them are left out. Without a name the method keeps the one it was seen with.

    The line takes the method's name where it has no text; without a carrier it needs a text.
    """

    carrier: Annotated[
        str, msgspec.Meta(max_length=LONGEST["carrier"], description="As in Pohoda's agenda of carriers.")
    ]
    line_text: Annotated[str, msgspec.Meta(max_length=LONGEST["line_text"])] = ""
    method_name: Annotated[str, msgspec.Meta(max_length=200)] = ""


class PaymentIs(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A name of Pohoda's; blanks around it are left out."""

    form_of_payment: Annotated[
        str,
        msgspec.Meta(
            min_length=1,
            max_length=LONGEST["form_of_payment"],
            description="As in Pohoda's agenda of forms of payment.",
        ),
    ]


PLACES: Final[dict[str, dict[str, Any]]] = {
    "method_id": {
        "schema": {"type": "string", "minLength": 1, "maxLength": 64},
        "description": "Allegro's id of the delivery method.",
    },
    "payment_type": {
        "schema": {"type": "string", "minLength": 1, "maxLength": 40},
        "description": "As Allegro names it, for example ONLINE.",
    },
}
DELIVERY: Final = {
    "method_id": "1f2e",
    "method_name": "Allegro Z-BOX",
    "carrier": "Zásilkovna",
    "line_text": "Allegro Z-BOX",
    "mapped": True,
    "orders": 12,
    "waiting": 12,
}
PAYMENT: Final = {
    "payment_type": "ONLINE",
    "form_of_payment": "Allegro online",
    "mapped": True,
    "orders": 48,
    "waiting": 0,
}


class DeliveryList(ApiView):
    @operation(
        "settings:read",
        tag="Mappings",
        summary="Delivery methods of an instance",
        description="Those that are mapped, and those that orders have and nobody has mapped.",
        answer=Deliveries,
        example={"data": [DELIVERY]},
    )
    def get(self, request: Request, instance_id: uuid.UUID) -> Deliveries:
        return Deliveries(_deliveries(find_market(instance_id)))


class DeliveryOne(ApiView):
    places: ClassVar = PLACES

    @operation(
        "settings:write",
        tag="Mappings",
        summary="Map a delivery method",
        description="Orders that wait for it are planned anew at once. The same again changes nothing.",
        body=DeliveryIs,
        body_example={"carrier": "Zásilkovna", "line_text": "Allegro Z-BOX"},
        answer=Delivery,
        example=DELIVERY,
    )
    def put(self, request: Request, instance_id: uuid.UUID, method_id: str, body: DeliveryIs) -> Delivery:
        market = find_market(instance_id, lock=True)
        _check_length(method_id, 64)
        known = next((one for one in _deliveries(market) if one.method_id == method_id), None)
        name = folded(body.method_name) or (known.method_name if known else "")
        if not name:
            text = _("The method was not seen yet: say its name.")
            raise invalid("method_name", "required", text)
        with _field_named():
            map_delivery(
                instance=market.instance,
                method_id=method_id,
                method_name=name,
                carrier=body.carrier,
                line_text=body.line_text,
                actor=self.caller.actor,
            )
        return next(one for one in _deliveries(market) if one.method_id == method_id)


class PaymentList(ApiView):
    @operation(
        "settings:read",
        tag="Mappings",
        summary="Payment types of an instance",
        description="Those that are mapped, and those that orders have and nobody has mapped.",
        answer=Payments,
        example={"data": [PAYMENT]},
    )
    def get(self, request: Request, instance_id: uuid.UUID) -> Payments:
        return Payments(_payments(find_market(instance_id)))


class PaymentOne(ApiView):
    places: ClassVar = PLACES

    @operation(
        "settings:write",
        tag="Mappings",
        summary="Map a payment type",
        description="Orders that wait for it are planned anew at once. The same again changes nothing.",
        body=PaymentIs,
        body_example={"form_of_payment": "Allegro online"},
        answer=Payment,
        example=PAYMENT,
    )
    def put(self, request: Request, instance_id: uuid.UUID, payment_type: str, body: PaymentIs) -> Payment:
        market = find_market(instance_id, lock=True)
        _check_length(payment_type, 40)
        with _field_named():
            map_payment(
                instance=market.instance,
                payment_type=payment_type,
                form_of_payment=body.form_of_payment,
                actor=self.caller.actor,
            )
        return next(one for one in _payments(market) if one.payment_type == payment_type)


def find_market(instance_id: uuid.UUID, *, lock: bool = False) -> Market:
    """Raises Problem("not_found")."""
    rows = Market.objects.select_related("instance", "account__connection", "unit__connection")
    if lock:
        rows = rows.select_for_update(of=("self", "instance"))
    market: Market = required(rows.filter(instance=instance_id).first())
    return market


@contextmanager
def _field_named() -> Iterator[None]:
    """What the services refuse is a wrong value of the body."""
    try:
        yield
    except Rejected as error:
        said = explain(error.code, error.params).title
        raise invalid(str(error.params["field"]), error.code, said) from error


def _check_length(name: str, most: int) -> None:
    if len(name) > most:
        raise Problem("not_found")


def _deliveries(market: Market) -> list[Delivery]:
    mapped = {row.method_id: row for row in DeliveryMapping.objects.filter(instance=market.instance)}
    seen = _seen(market, "delivery_method_id", "delivery_method")
    found = []
    for method_id in {**mapped, **seen}:
        row, (name, orders, waiting) = mapped.get(method_id), seen.get(method_id, ("", 0, 0))
        found.append(
            Delivery(
                method_id=method_id,
                method_name=row.method_name if row else name,
                carrier=row.carrier if row else "",
                line_text=row.line_text if row else "",
                mapped=row is not None,
                orders=orders,
                waiting=waiting,
            )
        )
    return sorted(found, key=lambda one: (one.mapped, one.method_name, one.method_id))


def _payments(market: Market) -> list[Payment]:
    rows = PaymentMapping.objects.filter(instance=market.instance)
    mapped = {row.payment_type: row.form_of_payment for row in rows}
    seen = _seen(market, "payment_type", "payment_type")
    found = []
    for name in {**mapped, **seen}:
        _name, orders, waiting = seen.get(name, ("", 0, 0))
        found.append(
            Payment(
                payment_type=name,
                form_of_payment=mapped.get(name, ""),
                mapped=name in mapped,
                orders=orders,
                waiting=waiting,
            )
        )
    return sorted(found, key=lambda one: (one.mapped, one.payment_type))


def _seen(market: Market, key: str, name: str) -> dict[str, tuple[str, int, int]]:
    """What the instance's orders have: key → (name, orders, waiting ones)."""
    rows = Order.objects.filter(instance=market.instance).exclude(**{key: ""}).order_by().values_list(key)
    counted = rows.annotate(called=Max(name), count=Count("*"), waits=Count(Value(1), filter=_WAITS))
    return {one: (called, count, waits) for one, called, count, waits in counted}
