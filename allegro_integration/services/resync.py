"""Read and plan again because a person asks, or a partner's program: an instance, one flow, one order, one offer.

Nothing is sent here. What is marked is read and planned by the next turns of the account and of its unit, which are
nudged; what has changed goes as any other change does, held, paused and switched off where anything is. So it is
harmless to repeat, and no order gets into Pohoda twice: its one creation decides, and Pohoda is asked before it goes
again. Runs inside the tenant's transaction.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any, Final

from django.db.models.functions import Now

from allegro_integration.models import Account, InboxForm, Market, Offer, Order
from allegro_integration.services.in_pohoda import mark_instance
from allegro_integration.services.inbox import hint_forms
from allegro_integration.services.offers import ledger
from allegro_integration.services.offers.planning import plan_all_again
from allegro_integration.services.orders import CREATE, ORDER
from allegro_integration.services.retries import may_go_again, retry_order
from allegro_integration.services.verification import look_up_again
from connectify.audit.services import record_audit, record_event
from connectify.clock import now
from connectify.domain.change import ChangeState
from connectify.instances.models import Instance
from connectify.sync import changes, due
from connectify.sync.directions import kinds_of
from connectify.sync.models import Change
from connectify.users.models import User
from pohoda_bridge.protocol import Agenda
from pohoda_bridge.server.mirror.subscriptions import read_whole

S: Final = ChangeState
ACCOUNT: Final = "allegro.account"
UNIT: Final = "pohoda.unit"
# What each flow reads of Pohoda. The orders' flow reads nothing there: each order is looked up by itself.
AGENDAS: Final[Mapping[str, tuple[Agenda, ...]]] = {
    "orders": (),
    "offers": ("stock",),
    "statuses": ("orders",),
    "invoices": ("orders", "invoices"),
}
SWEEP_BACK: Final = dt.timedelta(days=30)
# As far before it was connected as the first cycle of an account looks: older orders were entered by hand.
BEFORE_CONNECTED: Final = dt.timedelta(hours=6)
FORMS_AT_ONCE: Final = 5000
NOT_SENT: Final = (None, S.PLANNED, S.HELD, S.REFUSED)


class UnknownFlow(LookupError):
    """There is no flow of this name."""


def resync_instance(*, instance: Instance, actor: User | None, reason: str = "") -> None:
    """All of its flows."""
    market = _market(instance)
    for direction in AGENDAS:
        _mark_flow(market, direction)
    _nudge(market.account_id, market.unit_id)
    _audit(actor, "instance.resynced", "instance", instance.pk, reason, {"flows": list(AGENDAS)})


def resync_flow(*, instance: Instance, direction: str, actor: User | None, reason: str = "") -> None:
    """One of "orders", "offers", "statuses", "invoices". Raises UnknownFlow."""
    if direction not in AGENDAS:
        raise UnknownFlow(direction)
    market = _market(instance)
    _mark_flow(market, direction)
    _nudge(market.account_id, market.unit_id)
    _audit(actor, "flow.resynced", "instance", instance.pk, reason, {"flow": direction})


def resync_order(*, order: Order, actor: User | None, reason: str = "") -> None:
    """The form is read again at Allegro, the order looked up or sent again to Pohoda, its status and invoices planned.

    What Pohoda refused, or what was given up, goes again as if a person had said "send again"; what the buyer does not
    want any more stays where it is.
    """
    order = Order.objects.select_for_update(of=("self",)).select_related("form__account").get(pk=order.pk)
    market = Market.objects.select_related("unit").get(instance=order.instance_id)
    creation = Change.objects.filter(kind=CREATE, subject_id=order.pk).order_by("-planned_at").first()
    if may_go_again(order, creation):
        retry_order(order=order, actor=actor)
        creation = Change.objects.get(pk=creation.pk) if creation else None
    if creation is not None and creation.state == S.CONFIRMED:
        look_up_again(creation)
    _read_form_again(order, creation)
    Order.objects.filter(pk=order.pk).update(needs_plan=True)
    _without_delay(Change.objects.filter(subject_kind=ORDER, subject_id=order.pk))
    read_whole(unit=market.unit, agendas=("orders", "invoices"))
    _nudge(market.account_id, market.unit_id)
    record_event(type="order.resynced", object_kind=ORDER, object_id=order.pk, data={"reason": reason[:300]})
    _audit(actor, "order.resynced", ORDER, order.pk, reason, {"number": order.number})


def resync_offer(*, offer: Offer, actor: User | None, reason: str = "") -> None:
    """The offer is read again at Allegro, the stock in Pohoda, and what it is to show is planned anew.

    A value that Allegro refused goes again, if it is still wanted.
    """
    offer = Offer.objects.select_for_update(of=("self",)).get(pk=offer.pk)
    for known in ledger.latest({offer.pk: offer.offer_id}).values():
        if known.state in ledger.STOPPED:
            changes.retry_by_person(known.id, actor=actor)
    _without_delay(Change.objects.filter(subject_kind="offer", subject_id=offer.pk))
    Offer.objects.filter(pk=offer.pk).update(
        needs_reading=True, needs_plan=True, detail_read_at=None, not_before=None, refusals=0
    )
    market = (
        Market.objects.filter(account=offer.account_id, active=True).select_related("unit").order_by("role").first()
    )
    if market is not None:
        read_whole(unit=market.unit, agendas=("stock",))
        due.nudge(UNIT, market.unit_id)
    due.nudge(ACCOUNT, offer.account_id)
    record_event(type="offer.resynced", object_kind="offer", object_id=offer.pk, data={"reason": reason[:300]})
    _audit(actor, "offer.resynced", "offer", offer.pk, reason, {"offer": offer.offer_id})


# --- what is marked -------------------------------------------------------------------------------------------------


def _mark_flow(market: Market, direction: str) -> None:
    if direction == "orders":
        _mark_orders(market)
    elif direction == "offers":
        _mark_offers(market)
    else:
        mark_instance(market)
    read_whole(unit=market.unit, agendas=AGENDAS[direction])
    _without_delay(Change.objects.filter(instance=market.instance_id, kind__in=kinds_of(direction)))


def _mark_orders(market: Market) -> None:
    """The list of forms is read back to when the account was connected, and finds what differs from what we know.

    Orders that did not go yet are read and planned again, whatever the list says of them.
    """
    waiting = Order.objects.filter(instance=market.instance_id, state__in=(Order.State.WAITING, Order.State.ERROR))
    unsent = waiting.exclude(pohoda_number__gt="")
    unsent.update(planned_settings_version=0)
    forms = set(waiting.order_by("-bought_at").values_list("form__form_id", flat=True)[:FORMS_AT_ONCE])
    hint_forms(market.account, forms, found_by="resync")
    _at_once(market.account, forms)
    markets = Market.objects.filter(account=market.account_id, active=True).select_related("instance")
    connected = max((one.instance.created_at for one in markets), default=now())
    account = Account.objects.select_for_update().get(pk=market.account_id)
    since = max(now() - SWEEP_BACK, connected - BEFORE_CONNECTED)
    account.sweep_from = min(since, account.sweep_from or since)
    account.save(update_fields=["sweep_from"])


def _mark_offers(market: Market) -> None:
    """The whole list is read from its first page, and every offer planned."""
    Account.objects.filter(pk=market.account_id).update(offers_listing_at=Now(), offers_offset=0)
    plan_all_again(market.account_id)


def _read_form_again(order: Order, creation: Change | None) -> None:
    """What has not gone yet is planned again even when the form says what it said before."""
    account = order.form.account
    hint_forms(account, {order.form.form_id}, found_by=order.form.found_by)
    _at_once(account, {order.form.form_id})
    superseded = order.state == Order.State.SUPERSEDED
    if not superseded and (creation.state if creation else None) in NOT_SENT:
        InboxForm.objects.filter(pk=order.form_id).update(content_sha256="")


def _at_once(account: Account, form_ids: set[str]) -> None:
    """A reading that failed a moment ago waits no longer."""
    rows = InboxForm.objects.filter(account=account, form_id__in=form_ids, state=InboxForm.State.TO_READ)
    rows.update(next_read_at=Now())


def _without_delay(rows: Any) -> None:
    """What waits for its next try, or for its next look-up, is due."""
    rows.filter(state__in=(S.PLANNED, S.UNKNOWN), next_at__gt=Now()).update(next_at=Now())


def _market(instance: Instance) -> Market:
    return Market.objects.select_related("account", "unit", "instance").get(instance=instance)


def _nudge(account_id: uuid.UUID, unit_id: uuid.UUID) -> None:
    due.nudge(UNIT, unit_id)
    due.nudge(ACCOUNT, account_id)


def _audit(
    actor: User | None, action: str, object_kind: str, object_id: uuid.UUID, reason: str, after: dict[str, Any]
) -> None:
    record_audit(
        actor=actor,
        action=action,
        object_kind=object_kind,
        object_id=object_id,
        reason=reason.strip()[:300],
        after=after,
    )
