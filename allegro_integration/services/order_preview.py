"""What other settings or mappings would make of orders: both plans side by side, shown and not stored."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import msgspec
from django.db.models import Exists, OuterRef, Q, QuerySet

from allegro_integration.client.strict_json import NotAsExpected, NotJson, read
from allegro_integration.domain.checkout import CheckoutForm
from allegro_integration.domain.explain import Waiting
from allegro_integration.domain.orders import PlannedOrder, plan_order
from allegro_integration.domain.settings import DeliveryMapping, OrderMappings, OrderSettings, PaymentMapping
from allegro_integration.models import Market, Order
from allegro_integration.services.order_settings import mappings_of
from allegro_integration.services.orders import CREATE
from connectify.domain.change import ChangeState
from connectify.sync.models import Change

NEWEST: Final = 50
Outcome = PlannedOrder | Waiting
# The states in which a newer plan still takes the place of the one that is there.
_NOT_LEFT: Final = (ChangeState.PLANNED, ChangeState.HELD, ChangeState.REFUSED)


@dataclass(frozen=True)
class Tables:
    """Changes of the mapping tables: what is mapped to what, None for a mapping that goes."""

    deliveries: dict[str, tuple[str, str] | None]
    payments: dict[str, str | None]


@dataclass(frozen=True)
class OrderPreview:
    """`before`: the plan with what is stored, None where that cannot be read. `has_left`: it stays as it is."""

    order: Order
    has_left: bool
    before: Outcome | None
    after: Outcome


def preview_settings(
    market: Market,
    stored: OrderSettings | None,
    wanted: OrderSettings,
    *,
    taken: QuerySet[Order] | None = None,
    limit: int = NEWEST,
) -> list[OrderPreview]:
    """The newest orders with the settings as stored and as wanted; or of `taken`, which are left alone so far."""
    orders = taken
    if orders is None:
        orders = Order.objects.filter(instance=market.instance, state__in=_planned_states())
    forms = _forms(orders.order_by("-bought_at", "-id"), limit)
    mappings = mappings_of(market, *(form for _order, form in forms))
    return _previews(forms, (stored, mappings), (wanted, mappings))


def preview_mappings(
    market: Market, settings: OrderSettings, tables: Tables, *, limit: int = NEWEST
) -> list[OrderPreview]:
    """The newest orders that have not left and that these mappings concern, as they are and as they would be."""
    concerned = Q(delivery_method_id__in=tables.deliveries) | Q(payment_type__in=tables.payments)
    waiting = Order.objects.filter(
        concerned, instance=market.instance, state__in=(Order.State.WAITING, Order.State.ERROR), pohoda_number=""
    )
    forms = _forms(waiting.order_by("-bought_at", "-id"), limit)
    mappings = mappings_of(market, *(form for _order, form in forms))
    previews = _previews(forms, (settings, mappings), (settings, _changed(mappings, tables)))
    return [one for one in previews if not one.has_left]


def _planned_states() -> tuple[str, ...]:
    """Skipped and superseded orders are not planned, whatever the settings say."""
    return (Order.State.WAITING, Order.State.SENT, Order.State.ERROR)


def _forms(orders: QuerySet[Order], limit: int) -> list[tuple[Order, CheckoutForm]]:
    """Each with its checkout form as it was read last; one that cannot be read is left out."""
    found = []
    for order in orders.filter(form__raw__isnull=False).select_related("form__raw")[:limit]:
        try:
            found.append((order, read(bytes(order.form.raw.body), CheckoutForm)))
        except (NotJson, NotAsExpected):
            continue
    return found


def _previews(
    forms: list[tuple[Order, CheckoutForm]],
    before: tuple[OrderSettings | None, OrderMappings],
    after: tuple[OrderSettings, OrderMappings],
) -> list[OrderPreview]:
    left = _left([order for order, _form in forms])
    stored, mappings = before
    return [
        OrderPreview(
            order,
            order.pk in left,
            plan_order(form, stored, mappings) if stored is not None else None,
            plan_order(form, *after),
        )
        for order, form in forms
    ]


def _left(orders: Collection[Order]) -> set[uuid.UUID]:
    """Orders that Pohoda has or that are on their way: they are never planned again."""
    gone = Change.objects.filter(kind=CREATE, subject_id__in=[order.pk for order in orders])
    left = set(gone.exclude(state__in=(*_NOT_LEFT, ChangeState.SUPERSEDED)).values_list("subject_id", flat=True))
    return left | {order.pk for order in orders if order.pohoda_number}


def not_left(orders: QuerySet[Order]) -> QuerySet[Order]:
    """Of these, the orders that a newer plan still decides on."""
    gone = Change.objects.filter(kind=CREATE, subject_id=OuterRef("pk"))
    return orders.filter(~Exists(gone.exclude(state__in=(*_NOT_LEFT, ChangeState.SUPERSEDED))), pohoda_number="")


def _changed(mappings: OrderMappings, tables: Tables) -> OrderMappings:
    deliveries = dict(mappings.deliveries)
    for method_id, mapped in tables.deliveries.items():
        deliveries.pop(method_id, None)
        if mapped is not None:
            deliveries[method_id] = DeliveryMapping(method_id, carrier=mapped[0], text=mapped[1])
    payments = [one for one in mappings.payments if one.type not in tables.payments]
    payments += [PaymentMapping(type_, form) for type_, form in tables.payments.items() if form is not None]
    return msgspec.structs.replace(mappings, deliveries=deliveries, payments=tuple(payments))
