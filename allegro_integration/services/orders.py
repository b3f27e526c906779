"""Orders: what a form that was read means for our order of it. Runs inside a lease's transaction."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

import msgspec
from django.db.models.functions import Now

from allegro_integration.domain.checkout import CheckoutForm
from allegro_integration.domain.explain import Waiting
from allegro_integration.domain.forms import FormState, form_state
from allegro_integration.domain.orders import PlannedOrder, plan_order
from allegro_integration.models import InboxForm, Market, Order
from allegro_integration.services.order_settings import mappings_of, settings_of
from connectify.audit.services import record_event
from connectify.clock import now
from connectify.domain.change import ChangeState
from connectify.domain.errors import NeedsUser
from connectify.sync import due
from connectify.sync.changes import hold, plan_change, supersede
from connectify.sync.models import Change, Payload
from connectify.sync.quarantine import put, solve
from pohoda_bridge.server.jobs import cancel_waiting

CREATE: Final = "order.create"
FULFILMENT: Final = "order.fulfillment"
ORDER: Final = "order"


def take_form(inbox: InboxForm, form: CheckoutForm, payload: Payload) -> Order | None:
    """Decides what a freshly read form means for our order of it. Returns the order when there is one."""
    market = (
        Market.objects.filter(account=inbox.account, marketplace=inbox.marketplace, active=True)
        .select_related("instance", "unit", "account")
        .first()
    )
    order = Order.objects.select_for_update().filter(form=inbox).first()
    state = form_state(form)
    if state is FormState.CANCELLED:
        solve(subject_kind="form", subject_key=f"{inbox.account_id}:{inbox.form_id}")
        return _cancel(order)
    if order is None and state is FormState.NOT_READY:
        return None
    if market is None:
        _wait_for_instance(inbox, form)
        return None
    solve(subject_kind="form", subject_key=f"{inbox.account_id}:{inbox.form_id}")
    order = _remember(order, inbox, form, market, payload)
    if state is FormState.FULFILLED_BY_ALLEGRO:
        planned = _skip(order, "fulfilled_by_allegro")
    elif _is_before_start(market, order):
        planned = _skip(order, "before_start", since=market.instance.settings["orders_since"])
    else:
        planned = plan(order, form, market)
    if is_on_its_way(order):
        # What the form says now is not what is on its way: once that is settled, the form counts as new again.
        InboxForm.objects.filter(pk=inbox.pk).update(content_sha256="")
    return planned


def _skip(order: Order, code: str, **params: str) -> Order:
    """Not ours to create. What was planned before this was known does not go; what went is a person's to compare."""
    change = Change.objects.filter(kind=CREATE, subject_id=order.pk).order_by("-planned_at").first()
    if change and change.state in (ChangeState.PLANNED, ChangeState.HELD):
        supersede(change.pk, code=code)
        record_event(type="order.superseded", object_kind=ORDER, object_id=order.pk, data={"code": code})
    elif change and change.state not in (ChangeState.SUPERSEDED, ChangeState.REFUSED):
        return _changed_after_sending(order, change)
    solve(subject_kind=ORDER, subject_key=str(order.pk))
    return _set_state(order, Order.State.SKIPPED, code, **params)


def is_on_its_way(order: Order) -> bool:
    """Whether nobody knows yet what became of the document that left."""
    under_way = (ChangeState.INTENT, ChangeState.UNKNOWN, ChangeState.QUARANTINED)
    return Change.objects.filter(kind=CREATE, subject_id=order.pk, state__in=under_way).exists()


def _is_before_start(market: Market, order: Order) -> bool:
    since = market.instance.settings.get("orders_since", "")
    return bool(since) and order.bought_at < msgspec.convert(since, type=dt.datetime)


def _remember(order: Order | None, inbox: InboxForm, form: CheckoutForm, market: Market, payload: Payload) -> Order:
    total = form.summary.total_to_pay
    paid = form.payment.paid_amount if form.payment else None
    method = form.delivery.method if form.delivery else None
    facts: dict[str, Any] = {
        "buyer": _buyer_name(form)[:200],
        "total": total.amount,
        "currency": total.currency,
        "paid": paid.amount if paid else None,
        "delivery_method": ((method.name if method else "") or "")[:200],
        "delivery_method_id": ((method.id if method else "") or "")[:64],
        "payment_type": (form.payment.type if form.payment else "")[:40],
    }
    is_first = order is None
    if order is None:
        bought = [line.bought_at for line in form.line_items if line.bought_at]
        order = Order(
            tenant_id=inbox.tenant_id,
            instance=market.instance,
            form=inbox,
            number=inbox.form_id,
            bought_at=min(bought) if bought else (form.updated_at or now()),
        )
    for name, value in facts.items():
        setattr(order, name, value)
    order.updated_at = Now()
    order.save()
    if is_first:
        record_event(type="order.seen", object_kind=ORDER, object_id=order.pk, data={"found_by": inbox.found_by})
    data = {"status": form.status, "revision": form.revision or ""}
    record_event(type="order.read", object_kind=ORDER, object_id=order.pk, data=data, received=payload)
    return order


def _buyer_name(form: CheckoutForm) -> str:
    company = form.invoice.address.company if form.invoice and form.invoice.address else None
    person = " ".join(part for part in (form.buyer.first_name, form.buyer.last_name) if part)
    return (company.name if company else None) or form.buyer.company_name or person or form.buyer.login


def plan(order: Order, form: CheckoutForm, market: Market) -> Order:
    """Plans the Pohoda order, or says why it waits. An order that Pohoda has is never planned again (DESIGN §5)."""
    change = Change.objects.filter(kind=CREATE, key=change_key(order, market)).first()
    if change and change.state not in (ChangeState.PLANNED, ChangeState.HELD, ChangeState.REFUSED):
        order.planned_settings_version = market.instance.settings_version
        order.save(update_fields=["planned_settings_version"])
        return _changed_after_sending(order, change)
    order.planned_settings_version = market.instance.settings_version
    try:
        order_settings = settings_of(market)
    except NeedsUser as error:
        # One instance's settings: the account's other instances go on.
        return _set_state(order, Order.State.WAITING, error.code, detail=error.detail[:200])
    result = plan_order(form, order_settings, mappings_of(market, form))
    if isinstance(result, Waiting):
        if change and change.state in (ChangeState.PLANNED, ChangeState.HELD):
            hold(change.pk, code=result.code)
        if (order.state, order.code) != (Order.State.WAITING, result.code):
            data = {"code": result.code, "params": result.params}
            record_event(type="order.waiting", object_kind=ORDER, object_id=order.pk, data=data)
        return _set_state(order, Order.State.WAITING, result.code, **result.params)
    return _plan_create(order, result, market)


def _plan_create(order: Order, planned: PlannedOrder, market: Market) -> Order:
    trace = msgspec.to_builtins(planned.trace)
    notes = msgspec.to_builtins(planned.notes)
    earlier = Change.objects.filter(kind=CREATE, key=change_key(order, market))
    before = earlier.values_list("content_sha256", flat=True).first()
    change = plan_change(
        instance=market.instance,
        kind=CREATE,
        key=change_key(order, market),
        subject_kind=ORDER,
        subject_id=order.pk,
        resource_kind="pohoda.unit",
        resource_id=market.unit_id,
        content=msgspec.to_builtins(planned.order),
        trace=[*trace, *notes],
    )
    if before is not None and before != change.content_sha256:
        # A job that waits carries the document of the older content.
        cancel_waiting(change.pk)
    due.nudge("pohoda.unit", market.unit_id)
    if change.state == ChangeState.REFUSED:
        # The very document that Pohoda refused: it goes again only when a person says so.
        order.save(update_fields=["planned_settings_version"])
        return order
    data = {"trace": trace, "notes": notes, "total": f"{planned.order.total:f}", "currency": order.currency}
    record_event(type="order.planned", object_kind=ORDER, object_id=order.pk, data=data)
    return _set_state(order, Order.State.WAITING, "queued")


def change_key(order: Order, market: Market) -> str:
    """Names the creation for ever: the buyer's side, never our own ids (RELIABILITY decision 5)."""
    return f"{market.account.ext_system}:{order.number}:{order.generation}"


def _changed_after_sending(order: Order, change: Change) -> Order:
    """The buyer changed something after the order left for Pohoda. XML cannot change an order there: a person must."""
    if change.state == ChangeState.CONFIRMED and order.code != "changed_after_import":
        data: dict[str, Any] = {"pohoda_number": order.pohoda_number}
        record_event(type="order.changed_after_import", object_kind=ORDER, object_id=order.pk, data=data)
        put(
            instance=order.instance, subject_kind=ORDER, subject_key=str(order.pk),
            code="changed_after_import", params={"number": order.number, "pohoda_number": order.pohoda_number},
        )  # fmt: skip
    return order


def _cancel(order: Order | None) -> Order | None:
    """Cancelled before it left: skipped. Cancelled after it left: a person is told, Pohoda's order stays as it is."""
    if order is None or order.code in ("cancelled", "cancelled_after_import"):
        return order
    change = Change.objects.filter(kind=CREATE, subject_id=order.pk).order_by("-planned_at").first()
    if change is None or change.state in (ChangeState.SUPERSEDED, ChangeState.REFUSED):
        solve(subject_kind=ORDER, subject_key=str(order.pk))
        return _set_state(order, Order.State.SKIPPED, "cancelled")
    if change.state in (ChangeState.PLANNED, ChangeState.HELD):
        supersede(change.pk, code="cancelled")
        record_event(type="order.superseded", object_kind=ORDER, object_id=order.pk, data={"code": "cancelled"})
        return _set_state(order, Order.State.SKIPPED, "cancelled")
    put(
        instance=order.instance, subject_kind=ORDER, subject_key=str(order.pk), code="cancelled_after_import",
        params={"number": order.number, "pohoda_number": order.pohoda_number},
    )  # fmt: skip
    return _set_state(order, Order.State.ERROR, "cancelled_after_import")


def supersede_merged(account_id: Any, form_ids: tuple[str, ...], *, by: str) -> None:
    """The buyer paid several purchases together: their forms are replaced by `by` (RELIABILITY A31)."""
    for order in Order.objects.filter(form__account_id=account_id, form__form_id__in=form_ids):
        change = Change.objects.filter(kind=CREATE, subject_id=order.pk).order_by("-planned_at").first()
        if change and change.state in (ChangeState.PLANNED, ChangeState.HELD):
            supersede(change.pk, code="merged")
        elif change and change.state not in (ChangeState.SUPERSEDED, ChangeState.REFUSED):
            put(
                instance=order.instance, subject_kind=ORDER, subject_key=str(order.pk), code="merged_after_import",
                params={"number": order.number, "by": by},
            )  # fmt: skip
            _set_state(order, Order.State.ERROR, "merged_after_import", by=by)
            continue
        record_event(type="order.superseded", object_kind=ORDER, object_id=order.pk, data={"code": "merged", "by": by})
        _set_state(order, Order.State.SUPERSEDED, "merged", by=by)


def _wait_for_instance(inbox: InboxForm, form: CheckoutForm) -> None:
    total = form.summary.total_to_pay
    put(
        instance=None, subject_kind="form", subject_key=f"{inbox.account_id}:{inbox.form_id}", code="no_instance",
        params={
            "form_id": inbox.form_id, "marketplace": inbox.marketplace, "buyer": _buyer_name(form)[:200],
            "total": f"{total.amount:f}", "currency": total.currency,
        },
    )  # fmt: skip


def _set_state(order: Order, state: str, code: str, **params: str) -> Order:
    order.state, order.code, order.params = state, code, params
    order.updated_at = Now()
    order.save(update_fields=["state", "code", "params", "planned_settings_version", "updated_at"])
    return order
