"""What was put aside is tried again: because a person says so, or because what stopped it has changed."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Final

from allegro_integration.client.strict_json import read
from allegro_integration.domain.checkout import CheckoutForm
from allegro_integration.models import Account, InboxForm, Market, Order
from allegro_integration.services.inbox import hint_forms
from allegro_integration.services.orders import CREATE, FULFILMENT, ORDER, plan
from allegro_integration.services.outcomes import UNWANTED
from allegro_integration.services.verification import look_up_again
from connectify.audit.services import record_audit, record_event
from connectify.domain.change import ChangeState
from connectify.domain.errors import Rejected
from connectify.sync import changes, due
from connectify.sync.models import Change, Quarantined
from connectify.sync.quarantine import solve
from connectify.users.models import User

STOPPED: Final = (ChangeState.REFUSED, ChangeState.QUARANTINED)
# Of an order that is in Pohoda: whether it still is, and what it sums up to there.
LOOKED_UP: Final = frozenset({"pohoda_total_differs", "missing_in_pohoda"})
# Of an order that is in Pohoda as well, and only a person changes it there.
DEALT_WITH_BY_PERSON: Final = frozenset(
    {"value_changed_in_pohoda", "changed_after_import", "cancelled_after_import", "merged_after_import"}
)
NO_DOCUMENT: Final = (ChangeState.HELD, "document")


def retry_order(*, order: Order, actor: User | None) -> None:
    """Sends a refused or given-up order again, under the same ids: Pohoda is asked for it first, so it cannot be twice.

    Raises Rejected: "nothing_to_retry" for an order that Pohoda did not stop, "not_wanted_any_more".
    """
    _refuse_unwanted(order)
    change = _last_creation(order)
    if change is None or not is_stopped(change):
        raise Rejected("nothing_to_retry", number=order.number)
    changes.retry_by_person(change.pk, actor=actor)
    record_event(type="order.retried", object_kind=ORDER, object_id=order.pk, data={"code": order.code})
    order.state, order.code, order.params = Order.State.WAITING, "queued", {}
    order.save(update_fields=["state", "code", "params"])
    due.nudge("pohoda.unit", change.resource_id)


def is_stopped(change: Change | None) -> bool:
    """Whether only a person makes this creation go again."""
    return change is not None and (change.state in STOPPED or (change.state, change.code) == NO_DOCUMENT)


def is_wanted(order: Order) -> bool:
    """Whether the buyer still wants it as an order of its own: neither cancelled, nor left alone, nor merged."""
    return order.state not in (Order.State.SKIPPED, Order.State.SUPERSEDED) and order.code not in UNWANTED


def may_go_again(order: Order, creation: Change | None) -> bool:
    """Whether `retry_order` would send it, `creation` being its last one."""
    return is_stopped(creation) and is_wanted(order)


def recreate_order(*, order: Order, actor: User | None, reason: str) -> Order:
    """A person approves a second creation under new ids (DESIGN decision 8), because Pohoda refuses the first ones as a
    duplicate and a lookup found nothing. Audited with the reason; the generation rises and the order is planned anew.

    Raises Rejected: "reason_missing"; "nothing_to_retry" for an order that did not end as duplicate_not_found.
    """
    order = Order.objects.select_for_update().get(pk=order.pk)
    _refuse_unwanted(order)
    if not reason.strip():
        raise Rejected("reason_missing", number=order.number)
    change = _last_creation(order)
    if change is None or (change.state, change.code) != (ChangeState.QUARANTINED, "duplicate_not_found"):
        raise Rejected("nothing_to_retry", number=order.number)
    changes.retry_by_person(change.pk, actor=actor)
    changes.supersede(change.pk, code="recreated")
    order.generation += 1
    order.save(update_fields=["generation"])
    record_audit(
        actor=actor, action="order.recreated", object_kind=ORDER, object_id=order.pk, reason=reason.strip(),
        before={"generation": order.generation - 1}, after={"generation": order.generation},
    )  # fmt: skip
    data = {"code": change.code, "generation": order.generation}
    record_event(type="order.retried", object_kind=ORDER, object_id=order.pk, data=data)
    solve(subject_kind=ORDER, subject_key=str(order.pk))
    market = Market.objects.select_related("instance", "unit", "account").get(instance=order.instance)
    return plan(order, read(bytes(order.form.raw.body), CheckoutForm), market)


def _refuse_unwanted(order: Order) -> None:
    if not is_wanted(order):
        raise Rejected("not_wanted_any_more", number=order.number)


def _last_creation(order: Order) -> Change | None:
    return Change.objects.filter(kind=CREATE, subject_id=order.pk).order_by("-planned_at").first()


def retry_quarantined_order(row: Quarantined, actor: User | None) -> None:
    """The quarantine's own "try again", for an order: sent again, looked up again, or marked again at Allegro.

    Raises Rejected: "nothing_to_retry", "not_wanted_any_more".
    """
    order = Order.objects.select_for_update().get(pk=uuid.UUID(row.subject_key))
    creation = _last_creation(order)
    if creation is None or creation.state != ChangeState.CONFIRMED:
        retry_order(order=order, actor=actor)
    elif row.code in LOOKED_UP:
        look_up_again(creation)
        due.nudge("pohoda.unit", creation.resource_id)
    else:
        _mark_again(order, actor)


def _mark_again(order: Order, actor: User | None) -> None:
    """The mark "being processed" at Allegro, which it did not take."""
    mark = Change.objects.filter(kind=FULFILMENT, subject_id=order.pk).order_by("-planned_at").first()
    if mark is None or mark.state not in (*STOPPED, ChangeState.HELD):
        raise Rejected("nothing_to_retry", number=order.number)
    changes.retry_by_person(mark.pk, actor=actor)
    due.nudge("allegro.account", mark.resource_id)


def retry_quarantined_event(row: Quarantined, actor: User | None) -> None:
    """An entry of the journal that was not understood: the list of orders is read at once, and finds its order."""
    account_id, _event_id = row.subject_key.split(":", 1)
    Account.objects.filter(pk=uuid.UUID(account_id)).update(swept_at=None)
    due.nudge("allegro.account", uuid.UUID(account_id))


def retry_quarantined_form(row: Quarantined, actor: User | None) -> None:
    """Reads the form again; what it is now decides."""
    account_id, form_id = row.subject_key.split(":", 1)
    inbox = InboxForm.objects.select_related("account").get(account_id=account_id, form_id=form_id)
    # Read before means known content: without it the same content would count as nothing new.
    InboxForm.objects.filter(pk=inbox.pk).update(content_sha256="")
    hint_forms(inbox.account, {form_id}, found_by=inbox.found_by)
    due.nudge("allegro.account", inbox.account_id)


def plan_refused_anew(account: Account, offer_ids: Collection[str]) -> None:
    """These offers are linked to a card now: an order that Pohoda refused may get another document of it."""
    if offer_ids:
        refused = Order.objects.filter(form__account=account, state=Order.State.ERROR, code="pohoda_refused")
        refused.filter(form__sold_lines__offer_id__in=offer_ids).update(planned_settings_version=0)
