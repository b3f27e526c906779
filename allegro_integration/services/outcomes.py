"""What an order's own state becomes by what happened to it in Pohoda. Runs in a lease's transaction."""

from __future__ import annotations

from typing import Final

from django.db.models.functions import Now

from allegro_integration.models import Order
from allegro_integration.services.orders import ORDER
from connectify.audit.services import record_event
from connectify.sync import changes
from connectify.sync.models import Change
from connectify.sync.quarantine import solve

# The order of a buyer who changed their mind while it was on its way to Pohoda.
UNWANTED: Final = frozenset({"cancelled_after_import", "merged_after_import"})


def wait(order: Order, code: str, **params: str) -> None:
    save(order, Order.State.WAITING, code, params)


def fail(order: Order, code: str, **params: str) -> None:
    save(order, Order.State.ERROR, code, params)


def wait_or_drop(change: Change, order: Order, code: str, **params: str) -> None:
    """Pohoda does not have it: it goes again, unless the buyer has cancelled or merged it meanwhile."""
    if order.code not in UNWANTED:
        wait(order, code, **params)
        return
    why = order.code.removesuffix("_after_import")
    changes.supersede(change.pk, code=why)
    record_event(type="order.superseded", object_kind=ORDER, object_id=order.pk, data={"code": why, **order.params})
    solve(subject_kind=ORDER, subject_key=str(order.pk))
    save(order, Order.State.SKIPPED if why == "cancelled" else Order.State.SUPERSEDED, why, order.params)


def save(order: Order, state: str, code: str, params: dict[str, str]) -> None:
    order.state, order.code, order.params = state, code, params
    order.updated_at = Now()
    order.save(update_fields=["pohoda_number", "pohoda_total", "state", "code", "params", "updated_at"])
