"""What Pohoda has of our orders, as the mirror knows it: the order's state and the invoices made from it.

An order is found by its external id (account and checkout form), never by a number. An invoice belongs to an order when
one of the two names the other as its linked document; only an invoice without such a link is found by the order number
that stands on it.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from django.db import connection

from allegro_integration.domain.order_facts import LinkedDocument, OrderFacts
from allegro_integration.models import Account, Market, Order
from connectify.sync import due
from connectify.sync.models import Link
from connectify.tenants.context import require_tenant_id
from pohoda_bridge.server.mirror.models import Invoice, Mirrored, OrderState
from pohoda_bridge.server.models import Unit

CHUNK: Final = 1000
_LINKED: Final = """
WITH s AS (SELECT id, unit_id, record_id, number, number_order, date, links FROM {states}
           WHERE tenant_id = %(tenant)s AND {of_states} AND missed < {gone}),
     i AS (SELECT id, unit_id, record_id, number_order, date, links FROM {invoices}
           WHERE tenant_id = %(tenant)s AND {of_invoices} AND missed < {gone})
SELECT s.id, i.id FROM s CROSS JOIN LATERAL jsonb_array_elements(s.links) l
  JOIN i ON i.unit_id = s.unit_id AND i.record_id = (l ->> 'id')::bigint WHERE l ->> 'agenda' = 'issuedInvoice'
UNION
SELECT s.id, i.id FROM i CROSS JOIN LATERAL jsonb_array_elements(i.links) l
  JOIN s ON s.unit_id = i.unit_id AND s.record_id = (l ->> 'id')::bigint WHERE l ->> 'agenda' = 'receivedOrder'
UNION
SELECT s.id, i.id FROM i JOIN s ON s.unit_id = i.unit_id AND s.number = i.number_order AND s.date <= i.date
  WHERE i.number_order <> '' AND NOT i.links @> '[{{"agenda": "receivedOrder"}}]'
UNION
SELECT s.id, i.id FROM i JOIN s ON s.unit_id = i.unit_id AND s.number_order = i.number_order
  WHERE i.number_order <> '' AND NOT i.links @> '[{{"agenda": "receivedOrder"}}]'
"""
_CHOSEN: Final = "id = ANY(%(ids)s)"
_OF_UNIT: Final = "unit_id = %(unit)s"
_OF_THEIR_UNITS: Final = "unit_id IN (SELECT unit_id FROM {states} WHERE id = ANY(%(ids)s))"


@dataclass(frozen=True)
class InPohoda:
    """One order in the mirror, with its invoices by their ids."""

    state: OrderState
    invoices: tuple[Invoice, ...] = ()

    @property
    def facts(self) -> OrderFacts:
        state = self.state
        return OrderFacts(
            executed=state.is_executed,
            delivered=state.is_delivered,
            reserved=state.is_reserved,
            cancelled=state.is_cancelled,
            quantity=state.quantity,
            delivered_quantity=state.delivered,
            carrier=state.carrier,
            payment_type=state.payment_type,
            labels=tuple(state.labels),
            fields=state.fields,
            links=tuple(LinkedDocument(link["agenda"], link.get("number", "")) for link in state.links),
        )


def in_pohoda(orders: Collection[Order], markets: Mapping[uuid.UUID, Market]) -> dict[uuid.UUID, InPohoda]:
    """By order id; an order that the mirror does not know is left out. A few queries, however many orders."""
    states = _states(orders, markets)
    invoices: dict[uuid.UUID, list[Invoice]] = {}
    pairs = _pairs(states={state.pk for state in states.values()})
    found = Invoice.objects.in_bulk({invoice for _, invoice in pairs})
    for state_id, invoice_id in sorted(pairs, key=lambda pair: found[pair[1]].record_id):
        invoices.setdefault(state_id, []).append(found[invoice_id])
    return {order: InPohoda(state, tuple(invoices.get(state.pk, ()))) for order, state in states.items()}


def markets_of(account: Account) -> dict[uuid.UUID, Market]:
    """Active markets of an account by their instance."""
    rows = Market.objects.filter(account=account, active=True).select_related("instance", "account", "unit")
    return {market.instance_id: market for market in rows}


def _states(orders: Collection[Order], markets: Mapping[uuid.UUID, Market]) -> dict[uuid.UUID, OrderState]:
    """One state for each order: the one that the order's link names, else the newest that is not cancelled."""
    rows = OrderState.objects.filter(
        unit__in={market.unit_id for market in markets.values()},
        ext_ids__in=[order.number for order in orders],
        missed__lt=Mirrored.GONE_FROM,
    )
    known: dict[tuple[uuid.UUID, str, str], list[OrderState]] = {}
    for row in rows:
        known.setdefault((row.unit_id, row.ext_system, row.ext_ids), []).append(row)
    ids = [order.pk for order in orders]
    linked = dict(Link.objects.filter(kind="order", here_id__in=ids).values_list("here_id", "there_id"))
    found = {}
    for order in orders:
        market = markets.get(order.instance_id)
        mine = known.get((market.unit_id, market.account.ext_system, order.number)) if market else None
        if mine:
            found[order.pk] = max(mine, key=lambda row: _nearness(row, linked.get(order.pk, "")))
    return found


def _nearness(row: OrderState, linked: str) -> tuple[bool, bool, int]:
    return str(row.record_id) == linked, not row.is_cancelled, row.record_id


# --- what the mirror's changes mean for our orders -------------------------------------------------------------------


def orders_changed(unit: Unit, rows: list[uuid.UUID], gone: list[uuid.UUID]) -> None:
    """The mirror's orders changed: ours are planned again. Runs in the absorbing transaction."""
    _mark(unit, {*rows, *gone})


def invoices_changed(unit: Unit, rows: list[uuid.UUID], gone: list[uuid.UUID]) -> None:
    """The mirror's invoices changed: the orders they belong to are planned again."""
    _mark(unit, {state for state, _ in _pairs(invoices={*rows, *gone}, unit=unit, with_gone=True)})


def _mark(unit: Unit, states: set[uuid.UUID]) -> None:
    if not states:
        return
    ids = sorted(states)
    accounts = {
        market.account.ext_system: market.account
        for market in Market.objects.filter(unit=unit, active=True).select_related("account")
    }
    for system, account in accounts.items():
        marked = 0
        for start in range(0, len(ids), CHUNK):
            numbers = OrderState.objects.filter(pk__in=ids[start : start + CHUNK], ext_system=system).values("ext_ids")
            # Without regard to the mark as it is: who plans just now has read what was before.
            marked += Order.objects.filter(form__account=account, number__in=numbers).update(needs_plan=True)
        if marked:
            due.nudge("allegro.account", account.pk)


def mark_instance(instance_id: uuid.UUID) -> int:
    """Settings of statuses or invoices changed: all orders of the instance are planned again. → how many."""
    market = Market.objects.filter(instance=instance_id).first()
    if market is None:
        return 0
    marked = Order.objects.filter(instance=instance_id).update(needs_plan=True)
    due.nudge("allegro.account", market.account_id)
    return marked


def _pairs(
    *,
    states: Iterable[uuid.UUID] | None = None,
    invoices: Iterable[uuid.UUID] | None = None,
    unit: Unit | None = None,
    with_gone: bool = False,
) -> set[tuple[uuid.UUID, uuid.UUID]]:
    """(order state, invoice) that belong together, of these states or of these invoices of a unit."""
    chosen = sorted(states if states is not None else invoices or ())
    if not chosen:
        return set()
    table = OrderState._meta.db_table
    sql = _LINKED.format(
        states=table,
        invoices=Invoice._meta.db_table,
        of_states=_CHOSEN if states is not None else _OF_UNIT,
        of_invoices=_OF_THEIR_UNITS.format(states=table) if states is not None else _CHOSEN,
        gone=32767 if with_gone else Mirrored.GONE_FROM,
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, {"ids": chosen, "unit": unit.pk if unit else None, "tenant": require_tenant_id()})
        return set(cursor.fetchall())
