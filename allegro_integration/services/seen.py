"""What is really there in a unit, for suggestions in forms: stores, optional fields, carriers. Bounded look-ups."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from pohoda_bridge.server.mirror import selectors
from pohoda_bridge.server.mirror.models import Invoice, Mirrored, OrderState
from pohoda_bridge.server.models import Unit

NEWEST: Final = 500


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
    return _sorted(one.store for one in selectors.stores_of(unit))


@dataclass(frozen=True)
class StoreSeen:
    """`units` = names of the units that have it, "" where there is one unit alone."""

    store: str
    units: str


def stores_of_all(units: Sequence[Unit]) -> list[StoreSeen]:
    """Every store that has a stock card in one of the units, by name; one query, the units' connections read before."""
    found: dict[str, dict[uuid.UUID, str]] = {}
    names = {unit.pk: unit.connection.name for unit in units}
    for unit_id, one in selectors.stores_of_all(units):
        found.setdefault(one.store.strip(), {})[unit_id] = names[unit_id]
    of = {store: ", ".join(sorted(owners.values())) if len(units) > 1 else "" for store, owners in found.items()}
    return [StoreSeen(store, of[store]) for store in _sorted(of)]


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
