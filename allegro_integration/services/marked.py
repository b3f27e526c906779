"""Orders whose Pohoda side or status changed: their statuses and invoices are planned, a batch in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from allegro_integration.models import Account, Order
from allegro_integration.services.in_pohoda import in_pohoda, markets_of
from allegro_integration.services.invoices.planning import InvoicePlanner
from allegro_integration.services.statuses.planning import StatusPlanner

BATCH: Final = 200
NOT_OURS: Final = (Order.State.SKIPPED, Order.State.SUPERSEDED)


@dataclass(frozen=True)
class Batch:
    """How many orders were looked at, and how many changes and invoice documents are new."""

    orders: int
    changes: int = 0
    documents: int = 0

    @property
    def is_full(self) -> bool:
        return self.orders == BATCH


def plan_batch(account: Account) -> Batch:
    """Plans marked orders and takes their marks away. A mark that comes meanwhile waits for this commit and stays."""
    markets = markets_of(account)
    marked = Order.objects.filter(instance__in=list(markets), needs_plan=True).select_related("form")
    batch = list(marked.select_for_update(skip_locked=True, of=("self",)).order_by("id")[:BATCH])
    if not batch:
        return Batch(0)
    Order.objects.filter(pk__in=[order.pk for order in batch]).update(needs_plan=False)
    orders = [order for order in batch if order.state not in NOT_OURS]
    books = in_pohoda(orders, markets)
    changes = StatusPlanner(markets).plan_all(orders, books)
    documents = InvoicePlanner(markets).plan_all(orders, books)
    return Batch(len(batch), changes, documents)
