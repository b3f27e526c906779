"""What is really there in a unit, for suggestions in forms: stores, optional fields, carriers. Bounded look-ups."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from pohoda_bridge.server.mirror.models import Invoice, Mirrored, OrderState
from pohoda_bridge.server.mirror.selectors import stores_of
from pohoda_bridge.server.models import Unit

NEWEST: Final = 500
MOST_UNITS: Final = 2


@dataclass(frozen=True)
class SeenInOrders:
    """Values of the unit's newest orders, sorted. `fields` are names of optional fields that are filled in."""

    fields: tuple[str, ...]
    carriers: tuple[str, ...]
    payment_types: tuple[str, ...]
    labels: tuple[str, ...]


@dataclass(frozen=True)
class SeenInInvoices:
    fields: tuple[str, ...]
    kinds: tuple[str, ...]
    currencies: tuple[str, ...]


def stores(unit: Unit) -> tuple[str, ...]:
    """Every store that has a stock card."""
    return _sorted(one.store for one in stores_of(unit))


def stores_of_all(units: Sequence[Unit]) -> tuple[str, ...]:
    """Every store that has a stock card in one of the first units; one query each."""
    return _sorted(one.store for unit in units[:MOST_UNITS] for one in stores_of(unit))


def seen_in_orders(unit: Unit) -> SeenInOrders:
    """One query over the newest orders."""
    newest = OrderState.objects.filter(unit=unit, missed__lt=Mirrored.GONE_FROM).order_by("-record_id")
    rows = list(newest.values_list("fields", "carrier", "payment_type", "labels")[:NEWEST])
    return SeenInOrders(
        fields=_sorted(name for row in rows for name in row[0]),
        carriers=_sorted(row[1] for row in rows),
        payment_types=_sorted(row[2] for row in rows),
        labels=_sorted(label for row in rows for label in row[3]),
    )


def seen_in_invoices(unit: Unit) -> SeenInInvoices:
    """One query over the newest invoices."""
    newest = Invoice.objects.filter(unit=unit, missed__lt=Mirrored.GONE_FROM).order_by("-record_id")
    rows = list(newest.values_list("fields", "kind", "currency")[:NEWEST])
    return SeenInInvoices(
        fields=_sorted(name for row in rows for name in row[0]),
        kinds=_sorted(row[1] for row in rows),
        currencies=_sorted(row[2] for row in rows),
    )


def _sorted(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({value.strip() for value in values if value and value.strip()}, key=str.casefold))
