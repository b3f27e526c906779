"""Looking again at what Pohoda confirmed: its own total, and whether the order is still there (RELIABILITY I3, M10)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Final

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from allegro_integration.models import Market, Order
from allegro_integration.services.order_settings import settings_of
from allegro_integration.services.orders import CREATE, ORDER
from allegro_integration.services.outcomes import UNWANTED, fail, save
from connectify.audit.services import record_event
from connectify.domain.change import ChangeState
from connectify.sync.models import Change, Link
from connectify.sync.quarantine import put, reopen, solve
from pohoda_bridge.documents import OrderRecord
from pohoda_bridge.protocol import FindOrder
from pohoda_bridge.server.jobs import LIVE, operation_name
from pohoda_bridge.server.models import Job, Unit

LOOKUP: Final = operation_name(FindOrder)
# In a link's memory: a person wants to know now whether the order is there.
ASKED: Final = "asked"


def compare_total(change: Change, order: Order, record: OrderRecord) -> None:
    """Pohoda's own total must be Allegro's to the haléř (DESIGN §5)."""
    order.pohoda_total = None if record.total is None else record.total.quantize(Decimal("0.01"))
    found = "" if record.total is None else f"{record.total:f}"
    sums = {"allegro": f"{order.total:f}", "pohoda": found, "currency": order.currency}
    home = settings_of(Market.objects.select_related("instance", "account").get(instance=order.instance)).home_currency
    differs = record.total != order.total or (record.currency or home) != order.currency
    if differs and order.code not in UNWANTED:
        _differs(order, record, sums)
    elif order.code in ("missing_in_pohoda", "pohoda_total_differs"):
        # A person has mended it in Pohoda, or put the right backup back.
        solve(subject_kind=ORDER, subject_key=str(order.pk))
        save(order, Order.State.SENT, "", {})
    else:
        save(order, order.state, order.code, order.params)
    if record.total is None:
        # Nothing to compare yet: asking at once would get the same answer.
        ask_later(change, settings.POHODA_RECHECK_S)
    Link.objects.filter(kind="order", here_id=order.pk).update(
        confirmed={"content_sha256": change.content_sha256, "total": found}, confirmed_at=Now()
    )


def _differs(order: Order, record: OrderRecord, sums: dict[str, str]) -> None:
    if (order.code, order.params) != ("pohoda_total_differs", sums):
        record_event(type="order.total_differs", object_kind=ORDER, object_id=order.pk, data=sums)
        put(
            instance=order.instance, subject_kind=ORDER, subject_key=str(order.pk), code="pohoda_total_differs",
            params={**sums, "number": record.number},
        )  # fmt: skip
    reopen(subject_kind=ORDER, subject_key=str(order.pk))
    fail(order, "pohoda_total_differs", **sums)


def not_found(change: Change, order: Order) -> None:
    """Confirmed and not to be found: deleted, another year, a restored backup. One look proves nothing, the second one
    in a row calls a person (DESIGN §5): the order is never created again by itself."""
    link = Link.objects.select_for_update().get(kind="order", here_id=order.pk)
    missed = int(link.confirmed.get("missed", 0)) + 1
    kept = {name: value for name, value in link.confirmed.items() if name != ASKED}
    Link.objects.filter(pk=link.pk).update(confirmed={**kept, "missed": missed}, confirmed_at=Now())
    ask_later(change, settings.BRIDGE_RETRY_S if missed == 1 else settings.POHODA_RECHECK_S)
    if missed > 1 and order.code == "missing_in_pohoda":
        reopen(subject_kind=ORDER, subject_key=str(order.pk))
    if missed == 1 or order.code in {"missing_in_pohoda", *UNWANTED}:
        return
    put(
        instance=order.instance, subject_kind=ORDER, subject_key=str(order.pk), code="missing_in_pohoda",
        params={"number": order.number, "pohoda_number": order.pohoda_number},
    )  # fmt: skip
    record_event(
        type="order.missing", object_kind=ORDER, object_id=order.pk, data={"pohoda_number": order.pohoda_number}
    )
    fail(order, "missing_in_pohoda", pohoda_number=order.pohoda_number)


def ask_later(change: Change, after_s: float) -> None:
    """A look that proved nothing is repeated, not at once: that would only keep the agent busy."""
    Change.objects.filter(pk=change.pk).update(next_at=Now() + dt.timedelta(seconds=after_s))


def look_up_again(change: Change) -> None:
    """The unit's next turn asks Pohoda for this confirmed order, however long ago it was confirmed."""
    Change.objects.filter(pk=change.pk).update(next_at=Now())
    for link in Link.objects.select_for_update().filter(kind="order", here_id=change.subject_id):
        Link.objects.filter(pk=link.pk).update(confirmed={**link.confirmed, ASKED: True})


def to_verify(unit: Unit, *, limit: int) -> list[Change]:
    """Confirmed creations to be looked up: the total was not read yet, the last look missed it, or it is long ago.

    What was settled POHODA_WATCH_DAYS ago is left alone, unless a person asks for it.
    """
    links = Link.objects.filter(kind="order")
    stale = links.filter(confirmed_at__lte=Now() - dt.timedelta(seconds=settings.POHODA_RECHECK_S))
    unread = Order.objects.filter(Q(state=Order.State.SENT) | Q(code__in=UNWANTED), pohoda_total__isnull=True)
    wanted = Q(subject_id__in=unread.exclude(pohoda_number="").values("pk"))
    wanted |= Q(subject_id__in=stale.values("here_id"))
    wanted |= Q(subject_id__in=links.filter(confirmed__missed=1).values("here_id"))
    asked = Q(subject_id__in=links.filter(**{f"confirmed__{ASKED}": True}).values("here_id"))
    recent = Q(settled_at__gte=Now() - dt.timedelta(days=settings.POHODA_WATCH_DAYS))
    confirmed = Change.objects.filter(
        asked | (wanted & recent),
        kind=CREATE,
        resource_id=unit.pk,
        state=ChangeState.CONFIRMED,
        next_at__lte=Now(),
    )
    return list(confirmed.exclude(Exists(_lookup_under_way())).order_by("next_at", "settled_at")[:limit])


def _lookup_under_way() -> QuerySet[Job]:
    """One that waits, that the agent has, or whose answer is about to be settled."""
    states = [*LIVE, Job.State.DONE]
    return Job.objects.filter(change=OuterRef("pk"), operation=LOOKUP, state__in=states, settled_at=None)
