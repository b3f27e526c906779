"""What statuses and parcel numbers orders should have at Allegro. Runs in a lease's transaction.

One status change of an order is open at a time; a newer plan takes the place of one that has not left. What Allegro or
its look-ups still have to settle is planned again afterwards.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
from django.db.models import Case, F, Q, Value, When

from allegro_integration.domain.checkout import CheckoutForm
from allegro_integration.domain.status_settings import StatusSettings
from allegro_integration.domain.statuses import AddParcel, OrderView, SetStatus, StatusPlan, plan_status
from allegro_integration.models import InboxForm, Market, Order
from allegro_integration.services.form_decisions import fulfilment_of
from allegro_integration.services.in_pohoda import InPohoda, in_pohoda
from allegro_integration.services.orders import ORDER
from allegro_integration.services.statuses.settings import status_settings
from connectify.audit.services import record_event
from connectify.domain.change import ChangeState
from connectify.domain.errors import NeedsUser
from connectify.domain.trace import Step
from connectify.sync import changes
from connectify.sync.models import Change
from connectify.sync.quarantine import solve

STATUS: Final = "order.status"
PARCEL: Final = "order.parcel"
PARCEL_TASK: Final = "order_parcel"
NOT_LEFT: Final = (ChangeState.PLANNED, ChangeState.HELD)
UNDER_WAY: Final = (ChangeState.INTENT, ChangeState.UNKNOWN)
STOPPED: Final = (ChangeState.REFUSED, ChangeState.QUARANTINED)
PLANNED_FIELDS: Final = (
    "fulfilment_wanted", "fulfilment_code", "fulfilment_params", "fulfilment_trace", "fulfilment_revision"
)  # fmt: skip


@dataclass
class StatusPlanner:
    """Plans orders of an account's markets; `known` are the last changes of these orders by kind and order."""

    markets: Mapping[uuid.UUID, Market]
    settings: dict[uuid.UUID, StatusSettings | NeedsUser] = field(default_factory=dict)
    known: dict[tuple[str, uuid.UUID], Change] = field(default_factory=dict)

    def plan_all(self, orders: Collection[Order], books: Mapping[uuid.UUID, InPohoda]) -> int:
        """Stores plans and changes. → how many changes are new."""
        self._remember(orders)
        before = {order.pk: _planned(order) for order in orders}
        new = sum(self._plan(order, books[order.pk]) for order in orders if order.pk in books)
        Order.objects.bulk_update([order for order in orders if _planned(order) != before[order.pk]], PLANNED_FIELDS)
        return new

    def _remember(self, orders: Collection[Order]) -> None:
        rows = Change.objects.filter(
            kind__in=(STATUS, PARCEL), subject_kind=ORDER, subject_id__in=[order.pk for order in orders]
        )
        for change in rows.order_by("revision", "planned_at", "id"):
            self.known[(change.kind, change.subject_id)] = change

    def _plan(self, order: Order, book: InPohoda) -> int:
        market = self.markets[order.instance_id]
        settings = self._settings_of(market)
        if isinstance(settings, NeedsUser):
            _explain(order, Step(settings.code, {"detail": settings.detail[:200]}))
            return 0
        plan = plan_status(view_of(order, book), settings)
        order.fulfilment_trace = msgspec.to_builtins(plan.trace)
        new = self._parcel(order, market, plan)
        if plan.change is None:
            self._unwanted(order, plan.skip)
            _explain(order, plan.skip)
            return new
        order.fulfilment_wanted, order.fulfilment_code, order.fulfilment_params = plan.change.status, "", {}
        return new + self._status(order, market, plan.change)

    def _settings_of(self, market: Market) -> StatusSettings | NeedsUser:
        if market.instance_id not in self.settings:
            try:
                self.settings[market.instance_id] = status_settings(market)
            except NeedsUser as error:
                # One instance's settings: the account's other instances go on.
                self.settings[market.instance_id] = error
        return self.settings[market.instance_id]

    def _unwanted(self, order: Order, skip: Step | None) -> None:
        last = self.known.get((STATUS, order.pk))
        if last is not None and last.state in NOT_LEFT:
            changes.supersede(last.pk, code=skip.code if skip else "replanned")

    def _status(self, order: Order, market: Market, wanted: SetStatus) -> int:
        last = self.known.get((STATUS, order.pk))
        if last is not None:
            same = last.content["status"] == wanted.status
            if last.state in UNDER_WAY or (same and last.state in (*NOT_LEFT, *STOPPED)):
                # On its way, waiting, or refused as it is: then only a person sends the same again.
                return 0
            if last.state in NOT_LEFT:
                changes.supersede(last.pk, code="replanned")
        order.fulfilment_revision += 1
        content = {"form_id": wanted.form_id, "status": wanted.status, "revision": wanted.revision}
        key = f"{market.account.ext_system}:{order.number}:status:{order.fulfilment_revision}"
        _plan_change(order, market, STATUS, key, content, order.fulfilment_revision)
        data = {"fulfilment": wanted.status, "trace": order.fulfilment_trace}
        record_event(type="order.status_planned", object_kind=ORDER, object_id=order.pk, data=data)
        return 1

    def _parcel(self, order: Order, market: Market, plan: StatusPlan) -> int:
        wanted, last = plan.parcel, self.known.get((PARCEL, order.pk))
        if last is not None and last.state in NOT_LEFT and last.content["waybill"] != (wanted and wanted.waybill):
            changes.supersede(last.pk, code="replanned")
        if wanted is None and last is not None and last.state in (*NOT_LEFT, *STOPPED):
            # Pohoda no longer names a number: nothing is left of the task, nor of what waited for it.
            solve(subject_kind=PARCEL_TASK, subject_key=str(order.pk))
        if wanted is None or (last is not None and last.state in UNDER_WAY):
            return 0
        content = {"form_id": wanted.form_id, **_carried(wanted)}
        if last is not None and last.state in STOPPED and {**last.content, "round": 0} == {**content, "round": 0}:
            return 0
        same = last is not None and last.content["waybill"] == wanted.waybill and last.state in (*NOT_LEFT, *STOPPED)
        revision = last.revision + (0 if same else 1) if last is not None else 1
        key = f"{market.account.ext_system}:{order.number}:parcel:{wanted.waybill}:{revision}"
        change = _plan_change(order, market, PARCEL, key, content, revision)
        return int(last is None or change.pk != last.pk)


def preview(market: Market, settings: StatusSettings, *, limit: int = 50) -> list[tuple[Order, StatusPlan]]:
    """What these settings would do to the newest orders that Pohoda has. Stores nothing."""
    newest = Order.objects.filter(instance=market.instance).exclude(pohoda_number="").select_related("form")
    orders = list(newest.order_by("-bought_at", "-id")[:limit])
    books = in_pohoda(orders, {market.instance_id: market})
    return [(order, plan_status(view_of(order, books[order.pk]), settings)) for order in orders if order.pk in books]


def view_of(order: Order, book: InPohoda, form: CheckoutForm | None = None) -> OrderView:
    """Both sides of an order; `form` is the checkout form where it was read just now."""
    return OrderView(
        form_id=order.number,
        revision=(form.revision or "") if form else order.form.revision,
        facts=book.facts,
        form_status=form.status if form else order.form.status,
        known_status=fulfilment_of(form) if form else order.fulfilment,
        confirmed_status=order.fulfilment_sent,
        parcel_sent=bool(order.parcel),
    )


def note_form(row: InboxForm, form: CheckoutForm, *, is_new: bool) -> None:
    """A form was read: the seller's status as Allegro shows it. What changed since the last time is planned again."""
    status = fulfilment_of(form)
    changed = Q() if is_new else ~Q(fulfilment=status)
    first = When(fulfilment="", then=F("needs_plan"))
    Order.objects.filter(changed, form=row).update(fulfilment=status, needs_plan=Case(first, default=Value(True)))


def _plan_change(
    order: Order, market: Market, kind: str, key: str, content: dict[str, Any], revision: int
) -> Change:  # fmt: skip
    return changes.plan_change(
        instance=market.instance,
        kind=kind,
        key=key,
        subject_kind=ORDER,
        subject_id=order.pk,
        resource_kind="allegro.account",
        resource_id=market.account_id,
        content=content,
        trace=order.fulfilment_trace,
        revision=revision,
    )


def _carried(parcel: AddParcel) -> dict[str, str]:
    return {"carrier_id": parcel.carrier_id, "carrier_name": parcel.carrier_name, "waybill": parcel.waybill}


def _explain(order: Order, skip: Step | None) -> None:
    order.fulfilment_wanted = ""
    order.fulfilment_code, order.fulfilment_params = (skip.code, skip.params) if skip else ("", {})


def _planned(order: Order) -> tuple[Any, ...]:
    return tuple(getattr(order, name) for name in PLANNED_FIELDS)
