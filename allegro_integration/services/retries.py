"""A person says "try again": what that means for an order and for a form that were put aside."""

from __future__ import annotations

import uuid

from allegro_integration.models import InboxForm, Order
from allegro_integration.services.inbox import hint_forms
from allegro_integration.services.orders import CREATE, ORDER
from allegro_integration.services.outcomes import UNWANTED
from connectify.audit.services import record_event
from connectify.domain.change import ChangeState
from connectify.domain.errors import Rejected
from connectify.sync import changes, due
from connectify.sync.models import Change, Quarantined
from connectify.users.models import User

STOPPED = (ChangeState.REFUSED, ChangeState.QUARANTINED)


def retry_order(*, order: Order, actor: User | None) -> None:
    """Sends a refused or given-up order again, under the same ids: Pohoda is asked for it first, so it cannot be twice.

    Raises Rejected("nothing_to_retry") for an order that Pohoda did not stop.
    """
    if order.state in (Order.State.SKIPPED, Order.State.SUPERSEDED) or order.code in UNWANTED:
        raise Rejected("not_wanted_any_more", number=order.number)
    change = Change.objects.filter(kind=CREATE, subject_id=order.pk, state__in=STOPPED).order_by("-planned_at").first()
    if change is None:
        raise Rejected("nothing_to_retry", number=order.number)
    changes.retry_by_person(change.pk, actor=actor)
    record_event(type="order.retried", object_kind=ORDER, object_id=order.pk, data={"code": order.code})
    order.state, order.code, order.params = Order.State.WAITING, "queued", {}
    order.save(update_fields=["state", "code", "params"])
    due.nudge("pohoda.unit", change.resource_id)


def retry_quarantined_order(row: Quarantined, actor: User | None) -> None:
    """The quarantine's own "try again", for an order."""
    retry_order(order=Order.objects.select_for_update().get(pk=uuid.UUID(row.subject_key)), actor=actor)


def retry_quarantined_form(row: Quarantined, actor: User | None) -> None:
    """Reads the form again; what it is now decides."""
    account_id, form_id = row.subject_key.split(":", 1)
    inbox = InboxForm.objects.select_related("account").get(account_id=account_id, form_id=form_id)
    # Read before means known content: without it the same content would count as nothing new.
    InboxForm.objects.filter(pk=inbox.pk).update(content_sha256="")
    hint_forms(inbox.account, {form_id}, found_by=inbox.found_by)
    due.nudge("allegro.account", inbox.account_id)
