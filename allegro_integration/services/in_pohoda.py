"""What Pohoda has of our orders, as the mirror knows it: the order's state and the invoices made from it.

An order is found by its external id (account and checkout form), never by a number. An invoice belongs to an order when
one of the two names the other as its linked document; only an invoice without such a link is found by the order number
that stands on it.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection

from allegro_integration.domain.order_facts import LinkedDocument, OrderFacts
from allegro_integration.models import Account, Market, Order
from connectify.domain.fingerprint import fingerprint
from connectify.sync import due
from connectify.sync.models import Link
from connectify.tenants.context import require_tenant_id
from pohoda_bridge.server.mirror.models import Invoice, Mirrored, OrderState
from pohoda_bridge.server.models import Unit

CHUNK: Final = 1000
PLANNED_WITH: Final = "orders.planned_with"
INVOICE: Final = "issuedInvoice"
# One pass over a unit's rows with lists to look in, never a join of two long tables.
_INVOICES: Final = """
SELECT id FROM {table} i WHERE tenant_id = %(tenant)s AND unit_id = %(unit)s AND missed < %(gone)s AND (
  record_id = ANY(%(records)s::bigint[]) OR (number_order <> '' AND number_order = ANY(%(numbers)s::text[])) OR EXISTS (
    SELECT 1 FROM jsonb_array_elements(i.links) l
    WHERE l ->> 'agenda' = 'receivedOrder' AND (l ->> 'id')::bigint = ANY(%(others)s::bigint[])))
"""
_STATES: Final = """
SELECT id FROM {table} s WHERE tenant_id = %(tenant)s AND unit_id = %(unit)s AND (
  record_id = ANY(%(records)s::bigint[]) OR number = ANY(%(numbers)s::text[]) OR number_order = ANY(%(numbers)s::text[])
  OR EXISTS (SELECT 1 FROM jsonb_array_elements(s.links) l
    WHERE l ->> 'agenda' = 'issuedInvoice' AND (l ->> 'id')::bigint = ANY(%(others)s::bigint[])))
"""


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
    invoices = _invoices(list(states.values()))
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


def _invoices(states: list[OrderState]) -> dict[uuid.UUID, list[Invoice]]:
    """The invoices of these orders by the state's id, each by its record id."""
    found: dict[uuid.UUID, list[Invoice]] = {}
    for unit in {state.unit_id for state in states}:
        mine = [state for state in states if state.unit_id == unit]
        ids = _ids(
            _INVOICES,
            Invoice,
            unit,
            records=[one for state in mine for one in _linked(state.links, INVOICE)],
            numbers=[number for state in mine for number in (state.number, state.number_order) if number],
            others=[state.record_id for state in mine],
        )
        owners = _Owners(mine)
        for invoice in Invoice.objects.filter(pk__in=ids).order_by("record_id"):
            for state in owners.of(invoice):
                found.setdefault(state.pk, []).append(invoice)
    return found


class _Owners:
    """Which of one unit's orders an invoice was made from."""

    def __init__(self, states: list[OrderState]) -> None:
        self._by_record = {state.record_id: [state] for state in states}
        self._by_invoice: dict[int, list[OrderState]] = {}
        self._by_number: dict[str, list[OrderState]] = {}
        for state in states:
            for invoice in _linked(state.links, INVOICE):
                self._by_invoice.setdefault(invoice, []).append(state)
            for number in {state.number, state.number_order}:
                self._by_number.setdefault(number, []).append(state)

    def of(self, invoice: Invoice) -> list[OrderState]:
        """By the links of either side; only without any by the number that stands on the invoice."""
        named = _linked(invoice.links, "receivedOrder")
        found = [state for one in named for state in self._by_record.get(one, ())]
        found += self._by_invoice.get(invoice.record_id, ())
        if not named and invoice.number_order:
            found += [one for one in self._by_number.get(invoice.number_order, ()) if _is_numbered(invoice, one)]
        return list({state.pk: state for state in found}.values())


def _is_numbered(invoice: Invoice, state: OrderState) -> bool:
    """Pohoda's own numbers come again in later years; ours never do."""
    is_own = invoice.number_order == state.number and state.date <= invoice.date
    is_own = is_own and state.date.year == invoice.date.year
    return is_own or invoice.number_order == state.number_order


def _linked(links: Iterable[Mapping[str, Any]], agenda: str) -> list[int]:
    """Their record ids; a link that names a number alone (a document of another year) leads to no record."""
    return [int(link["id"]) for link in links if link["agenda"] == agenda and int(link["id"])]


def _ids(
    sql: str, model: type[Invoice] | type[OrderState], unit: uuid.UUID, *, records: list[int], numbers: list[str],
    others: list[int],
) -> list[uuid.UUID]:  # fmt: skip
    values = {
        "tenant": require_tenant_id(), "unit": unit, "gone": Mirrored.GONE_FROM, "records": records,
        "numbers": numbers, "others": others,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(sql.format(table=model._meta.db_table), values)
        return [row[0] for row in cursor.fetchall()]


# --- what the mirror's changes mean for our orders -------------------------------------------------------------------


def orders_changed(unit: Unit, rows: list[uuid.UUID], gone: list[uuid.UUID]) -> None:
    """The mirror's orders changed: ours are planned again. Runs in the absorbing transaction."""
    _mark(unit, {*rows, *gone})


def invoices_changed(unit: Unit, rows: list[uuid.UUID], gone: list[uuid.UUID]) -> None:
    """The mirror's invoices changed: the orders they belong to are planned again."""
    ids = sorted({*rows, *gone})
    records: list[int] = []
    numbers: list[str] = []
    others: list[int] = []
    for start in range(0, len(ids), CHUNK):
        chosen = Invoice.objects.filter(pk__in=ids[start : start + CHUNK])
        for record_id, number_order, links in chosen.values_list("record_id", "number_order", "links"):
            named = _linked(links, "receivedOrder")
            records += named
            others.append(record_id)
            if number_order and not named:
                numbers.append(number_order)
    if others:
        _mark(unit, set(_ids(_STATES, OrderState, unit.pk, records=records, numbers=numbers, others=others)))


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
            chosen = OrderState.objects.filter(pk__in=ids[start : start + CHUNK], ext_system=system)
            forms = list(chosen.values_list("ext_ids", flat=True))
            # Without regard to the mark as it is: who plans just now has read what was before.
            mine = Order.objects.filter(form__account=account, form__form_id__in=forms)
            marked += mine.update(needs_plan=True) if forms else 0
        if marked:
            due.nudge("allegro.account", account.pk)


def mark_where_settings_moved(account: Account) -> int:
    """Orders of instances whose settings of statuses or invoices are not those of the last plan. → how many.

    The first plan of an instance marks nothing: its orders are marked by what Pohoda says of them.
    """
    marked = 0
    for market in Market.objects.filter(account=account, active=True).select_related("instance"):
        settings = market.instance.settings
        digest = fingerprint([settings.get("statuses", {}), settings.get("invoices", {})])
        link, is_first = Link.objects.get_or_create(
            kind=PLANNED_WITH,
            here_id=market.instance_id,
            defaults={
                "there_system": account.ext_system,
                "there_id": str(market.instance_id),
                "confirmed": {"is": digest},
            },
        )
        if not is_first and link.confirmed.get("is") != digest:
            Link.objects.filter(pk=link.pk).update(confirmed={"is": digest})
            marked += Order.objects.filter(instance=market.instance_id).update(needs_plan=True)
    return marked


def mark_instance(market: Market) -> None:
    """All orders of the instance are planned again in the next turn of its account."""
    named = {"there_system": market.account.ext_system, "there_id": str(market.instance_id), "confirmed": {"is": ""}}
    Link.objects.update_or_create(kind=PLANNED_WITH, here_id=market.instance_id, defaults=named)
