"""Delivery methods and payment types of an instance: those its orders really have, those mapped, those waited for."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.db.models import Count

from allegro_integration.models import DeliveryMapping, Market, Order, PaymentMapping
from allegro_integration.services.seen import seen_in_orders
from allegro_integration.setup.carriers import methods_of
from connectify.clock import now

DELIVERY: Final = "unmapped_delivery"
PAYMENT: Final = "unmapped_payment"
DAYS: Final = 90
NEWEST: Final = 2000
PAYMENT_TYPES: Final = ("ONLINE", "CASH_ON_DELIVERY", "WIRE_TRANSFER", "SPLIT_PAYMENT", "EXTENDED_TERM")


@dataclass(frozen=True)
class Seen:
    """`orders`: among the newest ones. `waiting`: orders that wait for just this mapping. `value`: what is stored.

    A delivery's value is (carrier, text of the line), a payment's (form of payment,); None: not mapped.
    """

    key: str
    name: str
    orders: int
    waiting: int
    value: tuple[str, ...] | None


@dataclass(frozen=True)
class SeenInInstance:
    """What the page lists, and what it suggests. What is not mapped comes first, what most wait for first of all."""

    deliveries: tuple[Seen, ...]
    payments: tuple[Seen, ...]
    carriers: tuple[str, ...]
    forms: tuple[str, ...]
    texts: tuple[str, ...]


def seen_in(market: Market, *, every_method: bool = False) -> SeenInInstance:
    """Five queries, however many orders. `every_method`: with all methods of the marketplace that were loaded."""
    methods, names, types = _newest(market)
    # What another instance of the unit says is a suggestion: both write into the same Pohoda.
    all_deliveries = list(DeliveryMapping.objects.filter(instance__market__unit=market.unit_id))
    all_payments = list(PaymentMapping.objects.filter(instance__market__unit=market.unit_id))
    deliveries = {row.method_id: row for row in all_deliveries if row.instance_id == market.instance_id}
    payments = {row.payment_type: row for row in all_payments if row.instance_id == market.instance_id}
    wait_method, wait_type = _waiting(market)
    listed = methods_of(market.account, market.marketplace) if every_method else {}
    names = {**listed, **{key: row.method_name for key, row in deliveries.items()}, **names}
    in_pohoda = seen_in_orders(market.unit)
    return SeenInInstance(
        deliveries=_sorted(
            Seen(key, names.get(key, key), methods[key], wait_method[key], _delivery(deliveries.get(key)))
            for key in {*methods, *deliveries, *wait_method, *listed}
        ),
        payments=_sorted(
            Seen(key, key, types[key], wait_type[key], (payments[key].form_of_payment,) if key in payments else None)
            for key in {*types, *payments, *wait_type, *PAYMENT_TYPES}
        ),
        carriers=_values((*in_pohoda.carriers, *(row.carrier for row in all_deliveries))),
        forms=_values((*in_pohoda.payment_types, *(row.form_of_payment for row in all_payments))),
        texts=_values(row.line_text for row in all_deliveries),
    )


def _newest(market: Market) -> tuple[Counter[str], dict[str, str], Counter[str]]:
    """Methods with their names and payment types of the newest orders; the newest name of a method counts."""
    since = now() - dt.timedelta(days=DAYS)
    orders = Order.objects.filter(instance=market.instance, bought_at__gte=since).order_by("-bought_at", "id")
    methods: Counter[str] = Counter()
    types: Counter[str] = Counter()
    names: dict[str, str] = {}
    for method_id, name, type_ in orders.values_list("delivery_method_id", "delivery_method", "payment_type")[:NEWEST]:
        if method_id:
            methods[method_id] += 1
            names.setdefault(method_id, name or method_id)
        if type_:
            types[type_] += 1
    return methods, names, types


def _waiting(market: Market) -> tuple[Counter[str], Counter[str]]:
    """How many orders wait for each method and each type, whatever their age."""
    waiting = Order.objects.filter(instance=market.instance, state=Order.State.WAITING, code__in=(DELIVERY, PAYMENT))
    rows = waiting.order_by().values_list("code", "delivery_method_id", "payment_type").annotate(count=Count("*"))
    methods: Counter[str] = Counter()
    types: Counter[str] = Counter()
    for code, method_id, type_, count in rows:
        if code == DELIVERY and method_id:
            methods[method_id] += count
        elif code == PAYMENT and type_:
            types[type_] += count
    return methods, types


def _delivery(row: DeliveryMapping | None) -> tuple[str, str] | None:
    return (row.carrier, row.line_text) if row is not None else None


def _sorted(rows: Iterable[Seen]) -> tuple[Seen, ...]:
    return tuple(
        sorted(rows, key=lambda row: (row.value is not None, -row.waiting, -row.orders, row.name.casefold(), row.key))
    )


def _values(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({value for value in values if value}, key=str.casefold))
