"""Reading orders for people: the list with its filters, one order with both sides, and the figures of the home page."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from django.db.models import Case, Count, Q, QuerySet, UUIDField, Value, When
from django.db.models.functions import Cast
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from allegro_integration.explain import RECORD, WAITING
from allegro_integration.models import Market, Order
from allegro_integration.services.orders import CREATE
from allegro_integration.services.retries import may_go_again
from connectify.dashboard.counting import count_up_to
from connectify.dashboard.figures import Figure, Figures
from connectify.dashboard.paging import KeyPage, page_by_key
from connectify.sync.models import Change, Link, Quarantined

PAGE_SIZE: Final = 50
# Orders that a person has to do something about: their code says what. An outage that stops all is not counted here.
YOURS: Final = "yours"
YOUR_CODES: Final = tuple(code for table in (WAITING, RECORD) for code, said in table.items() if said.you_do)
_YOURS: Final = Q(state__in=(Order.State.WAITING, Order.State.SENT), code__in=YOUR_CODES) | Q(state=Order.State.ERROR)
_YOURS_COUNT: Final = Count(Value(1), filter=_YOURS)
_ID: Final = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
FIGURE_STATES: Final = (
    (YOURS, _("for you"), "wait"),
    (Order.State.WAITING, _("waiting"), "wait"),
    (Order.State.ERROR, _("in error"), "bad"),
)


@dataclass(frozen=True)
class OrderFilter:
    """What the address asks for. Unknown values ask for nothing."""

    state: str = ""
    marketplace: str = ""
    instance: uuid.UUID | None = None
    search: str = ""
    code: str = ""
    delivery: str = ""
    payment: str = ""
    since: dt.date | None = None
    until: dt.date | None = None

    @classmethod
    def of(cls, query: QueryDict) -> OrderFilter:
        state = query.get("state", "")
        return cls(
            state=state if state in (YOURS, *Order.State.values) else "",
            marketplace=query.get("marketplace", "")[:40],
            instance=_uuid(query.get("instance", "")),
            search=_text(query, "search", 100),
            code=_text(query, "code", 60),
            delivery=_text(query, "delivery", 64),
            payment=_text(query, "payment", 40),
            since=_day(query.get("since", "")),
            until=_day(query.get("until", "")),
        )

    @property
    def cause_fields(self) -> list[tuple[str, str]]:
        """What a link of the inbox asked for; the filter's form carries it along."""
        fields = (("code", self.code), ("delivery", self.delivery), ("payment", self.payment))
        return [(name, value) for name, value in fields if value]

    @property
    def address(self) -> str:
        """The query of this filter alone, without what is empty."""
        query = QueryDict(mutable=True)
        names = ("search", "instance", "marketplace", "state", "code", "delivery", "payment", "since", "until")
        for name in names:
            if value := getattr(self, name):
                query[name] = str(value)
        return f"{reverse('orders')}?{query.urlencode()}" if query else reverse("orders")

    def apply(self, orders: QuerySet[Order], *, with_state: bool = True) -> QuerySet[Order]:
        if self.state == YOURS and with_state:
            orders = orders.filter(_YOURS).exclude(pk__in=_ignored())
        elif self.state and with_state:
            orders = orders.filter(state=self.state)
        if self.marketplace:
            orders = orders.filter(instance__market__marketplace=self.marketplace)
        if self.instance:
            orders = orders.filter(instance_id=self.instance)
        for name, value in (("code", self.code), ("delivery_method_id", self.delivery), ("payment_type", self.payment)):
            if value:
                orders = orders.filter(**{name: value})
        if self.since:
            orders = orders.filter(bought_at__gte=_midnight(self.since))
        if self.until:
            orders = orders.filter(bought_at__lt=_midnight(self.until + dt.timedelta(days=1)))
        if self.search:
            orders = orders.filter(
                Q(number__istartswith=self.search)
                | Q(pohoda_number__istartswith=self.search)
                | Q(buyer__icontains=self.search)
            )
        return orders


def list_orders(wanted: OrderFilter, *, older_than: str = "", newer_than: str = "") -> KeyPage[Order]:
    """One page, newest first."""
    orders = wanted.apply(Order.objects.select_related("instance__market"))
    return page_by_key(orders, field="bought_at", size=PAGE_SIZE, older_than=older_than, newer_than=newer_than)


def count_by_state(wanted: OrderFilter) -> dict[str, int]:
    """How many orders each state would show with the other filters kept, up to counting.MOST and one more.

    Nothing for words that are searched for: that would be a look at every row.
    """
    if wanted.search:
        return {}
    orders = wanted.apply(Order.objects.all(), with_state=False)
    parts = {state: orders.filter(state=state) for state in Order.State.values}
    parts[YOURS] = orders.filter(_YOURS).exclude(pk__in=_ignored())
    return {state: count for state, count in count_up_to(parts).items() if count}


def markets() -> list[Market]:
    """Markets of the tenant, for the filters."""
    return list(Market.objects.select_related("instance").order_by("instance__created_at", "id"))


@dataclass(frozen=True)
class OrderSides:
    """What Allegro and Pohoda each say of an order, and our memory between them."""

    order: Order
    market: Market | None
    link: Link | None
    changes: list[Change] = field(default_factory=list)

    @property
    def may_be_sent_again(self) -> bool:
        """Pohoda stopped it, the buyer still wants it, and a person may say "try again"."""
        created = [change for change in self.changes if change.kind == CREATE]
        return may_go_again(self.order, created[-1] if created else None)

    @property
    def totals_differ(self) -> bool:
        return self.order.pohoda_total is not None and self.order.pohoda_total != self.order.total

    @property
    def difference(self) -> Decimal | None:
        return self.order.pohoda_total - self.order.total if self.order.pohoda_total is not None else None

    @property
    def paid_differs(self) -> bool:
        return self.order.paid is not None and self.order.paid != self.order.total


def find_order(order_id: uuid.UUID) -> OrderSides | None:
    """None when the tenant in force has no such order."""
    orders = Order.objects.select_related("instance", "form__account", "form__raw")
    order = orders.filter(pk=order_id).first()
    if order is None:
        return None
    market = Market.objects.select_related("account", "unit__connection").filter(instance=order.instance).first()
    return OrderSides(
        order,
        market,
        Link.objects.filter(kind="order", here_id=order.pk).first(),
        list(Change.objects.filter(subject_kind="order", subject_id=order.pk).order_by("planned_at")),
    )


def order_figures() -> Figures:
    """Orders of each instance that are not done; one query, which leaves the done ones unread."""
    undone = Q(state__in=(Order.State.WAITING, Order.State.ERROR)) | Q(state=Order.State.SENT, code__in=YOUR_CODES)
    rows = Order.objects.filter(undone).order_by().values_list("instance_id", "state")
    # Taken off apart, so that an index alone answers what is counted.
    ignored = rows.filter(pk__in=_ignored()).annotate(yours=-_YOURS_COUNT, count=Value(0))
    counts: dict[tuple[Any, str], int] = {}
    for instance, state, yours, count in rows.annotate(yours=_YOURS_COUNT, count=Count("*")).union(ignored, all=True):
        counts[(instance, state)] = counts.get((instance, state), 0) + count
        counts[(instance, YOURS)] = counts.get((instance, YOURS), 0) + yours
    found: dict[tuple[uuid.UUID, str], list[Figure]] = {}
    for instance in {instance for instance, _state in counts}:
        found[(instance, "orders")] = [
            Figure(
                label,
                counts[(instance, state)],
                f"{reverse('orders')}?instance={instance}&state={state}",
                tone,
                state == YOURS,
            )
            for state, label, tone in FIGURE_STATES
            if counts.get((instance, state))
        ]
    return found


def _ignored() -> QuerySet[Quarantined, dict[str, Any]]:
    """Ids of orders that a person chose to leave as they are, or has dealt with: nobody is asked about them again."""
    is_order = When(subject_key__regex=_ID, then=Cast("subject_key", UUIDField()))
    rows = Quarantined.objects.filter(subject_kind="order", state=Quarantined.State.IGNORED)
    return rows.annotate(order=Case(is_order)).filter(order__isnull=False).values("order")


def has_orders() -> bool:
    return Order.objects.exists()


def _text(query: QueryDict, name: str, most: int) -> str:
    return query.get(name, "").replace("\x00", "").strip()[:most]


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def _midnight(day: dt.date) -> dt.datetime:
    """In the reader's zone."""
    return timezone.make_aware(dt.datetime.combine(day, dt.time.min))


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
