"""Statuses and parcel numbers on their way to Allegro: each an effect on a checkout form that is read first."""

from __future__ import annotations

import uuid
from typing import Any, Final

from django.db.models.functions import Now

from allegro_integration.client.calls import OnSent
from allegro_integration.client.shipments import Shipment
from allegro_integration.domain.statuses import plan_status
from allegro_integration.models import Market, Order
from allegro_integration.services.effect_runs import wait
from allegro_integration.services.form_decisions import Decision, Drop, Go, Later, Points, Seen
from allegro_integration.services.form_effects import FormEffect, ask_person
from allegro_integration.services.in_pohoda import in_pohoda
from allegro_integration.services.inbox import hint_forms
from allegro_integration.services.orders import ORDER
from allegro_integration.services.statuses.planning import PARCEL, PARCEL_TASK, STATUS, view_of
from allegro_integration.services.statuses.settings import status_settings
from connectify.audit.services import record_event
from connectify.domain.change import ChangeState
from connectify.domain.errors import NeedsUser, Rejected
from connectify.sync import changes, due
from connectify.sync.models import Change, Quarantined
from connectify.sync.quarantine import solve
from connectify.users.models import User

STATUS_TASK: Final = "order_status"
# Statuses that tell the buyer of a parcel: they wait for its number.
SAY_SENT: Final = frozenset({"SENT", "PICKED_UP"})
SETTINGS_S: Final = 300
PARCEL_S: Final = 300
_POINTS: Final = Points(
    intent="P4.s03.intent",
    sent=("P4.s04.sent", "P4.s05.applied"),
    answered="P4.s06.answered",
    confirmed="P4.s07.confirmed",
)


class StatusEffect(FormEffect):
    """The seller's status of an order. The form as it is now is decided anew before each try."""

    kind = STATUS
    points = _POINTS

    def decide(self, change: Change, seen: Seen) -> Decision:
        if seen.form is None:
            return Drop("gone")
        order = Order.objects.select_related("form", "instance").get(pk=change.subject_id)
        market = Market.objects.select_related("instance", "account", "unit").get(instance=order.instance)
        book = in_pohoda([order], {market.instance_id: market}).get(order.pk)
        if book is None:
            return Drop("status_not_in_pohoda")
        try:
            settings = status_settings(market)
        except NeedsUser as error:
            return Later(error.code, SETTINGS_S)
        plan = plan_status(view_of(order, book, seen.form), settings)
        if plan.change is None or plan.change.status != change.content["status"]:
            return Drop(plan.skip.code if plan.skip else "replanned")
        return Go()

    def send(self, change: Change, seen: Seen, on_sent: OnSent) -> dict[str, str]:
        revision = (seen.form.revision if seen.form else None) or ""
        self.api.set_fulfillment(change.content["form_id"], change.content["status"], revision or None, on_sent=on_sent)
        return {"status": change.content["status"], "revision": revision}

    def proof_of(self, change: Change, seen: Seen) -> dict[str, str] | None:
        if seen.form is None or seen.fulfilment != change.content["status"]:
            return None
        return {"status": seen.fulfilment, "revision": seen.form.revision or ""}

    def confirmed(self, change: Change, proof: dict[str, str]) -> None:
        status = proof["status"]
        Order.objects.filter(pk=change.subject_id).update(fulfilment=status, fulfilment_sent=status, needs_plan=True)
        solve(subject_kind=STATUS_TASK, subject_key=str(change.subject_id))
        self.note(change, "order.status_set", {"fulfilment": status})

    def dropped(self, change: Change, seen: Seen, code: str) -> None:
        _look_again(self, change, seen)

    def stopped(self, change: Change, code: str, detail: str) -> None:
        status = change.content["status"]
        self.note(change, "order.status_refused", {"fulfilment": status, "detail": detail[:300]})
        ask_person(
            change, subject_kind=STATUS_TASK, subject_key=str(change.subject_id), code="status_refused",
            fulfilment=status, number=change.content["form_id"], detail=detail[:300] or code,
        )  # fmt: skip


class ParcelEffect(FormEffect):
    """A parcel number. It can never be changed or removed, so any number that is there already ends it."""

    kind = PARCEL
    points = _POINTS
    calls = 3

    def look(self, change: Change) -> Seen:
        form = self.read_form(change)
        return Seen(form, self.api.shipments(change.content["form_id"]) if form else ())

    def decide(self, change: Change, seen: Seen) -> Decision:
        if seen.form is None:
            return Drop("gone")
        if seen.is_cancelled:
            return Drop("status_form_cancelled")
        return Drop("parcel_there_already") if seen.more else Go()

    def send(self, change: Change, seen: Seen, on_sent: OnSent) -> dict[str, str]:
        content = change.content
        shipment = self.api.add_shipment(
            content["form_id"], carrier_id=content["carrier_id"], carrier_name=content["carrier_name"],
            waybill=content["waybill"], on_sent=on_sent,
        )  # fmt: skip
        return {"id": shipment, "waybill": content["waybill"]}

    def proof_of(self, change: Change, seen: Seen) -> dict[str, str] | None:
        found = _same(change.content["waybill"], seen.more)
        return {"id": found.id, "waybill": found.waybill} if found else None

    def confirmed(self, change: Change, proof: dict[str, str]) -> None:
        Order.objects.filter(pk=change.subject_id).update(parcel=proof["waybill"][:64], needs_plan=True)
        _release(change.subject_id)
        solve(subject_kind=PARCEL_TASK, subject_key=str(change.subject_id))
        data = {"waybill": proof["waybill"], "carrier": change.content["carrier_id"]}
        self.note(change, "order.parcel_added", data)

    def dropped(self, change: Change, seen: Seen, code: str) -> None:
        if seen.more:
            there = _same(change.content["waybill"], seen.more) or seen.more[0]
            Order.objects.filter(pk=change.subject_id).update(parcel=there.waybill[:64])
            _release(change.subject_id)
            solve(subject_kind=PARCEL_TASK, subject_key=str(change.subject_id))
            record_event(
                type="order.parcel_known", object_kind=ORDER, object_id=change.subject_id,
                data={"waybill": there.waybill},
            )  # fmt: skip
        _look_again(self, change, seen)

    def stopped(self, change: Change, code: str, detail: str) -> None:
        waybill = change.content["waybill"]
        self.note(change, "order.parcel_refused", {"waybill": waybill, "detail": detail[:300]})
        ask_person(
            change, subject_kind=PARCEL_TASK, subject_key=str(change.subject_id), code="parcel_refused",
            waybill=waybill, carrier=change.content["carrier_id"], number=change.content["form_id"],
            detail=detail[:300] or code,
        )  # fmt: skip


def without_parcel_under_way(planned: list[Change]) -> list[Change]:
    """Statuses that may go now: one that says that the order was sent waits for its parcel number (PITFALLS 29).

    What waits is looked at again later, or as soon as its number is there. A number that Allegro did not take holds it
    as long as its task is open: a person may ignore it, and it is solved when Pohoda no longer names the number.
    """
    says_sent = [change.subject_id for change in planned if change.content["status"] in SAY_SENT]
    without = Order.objects.filter(pk__in=says_sent, parcel="").values("pk")
    under_way = (ChangeState.PLANNED, ChangeState.INTENT, ChangeState.UNKNOWN)
    open_parcels = Change.objects.filter(kind=PARCEL, subject_id__in=without, state__in=under_way)
    waiting = {str(one) for one in open_parcels.values_list("subject_id", flat=True)}
    tasks = Quarantined.objects.filter(subject_kind=PARCEL_TASK, subject_key__in=[str(one) for one in says_sent])
    waiting |= set(tasks.filter(state=Quarantined.State.OPEN).values_list("subject_key", flat=True))
    chosen = []
    for change in planned:
        if change.content["status"] in SAY_SENT and str(change.subject_id) in waiting:
            wait(change, "status_waits_for_parcel", PARCEL_S)
        else:
            chosen.append(change)
    return chosen


def _release(order_id: uuid.UUID) -> None:
    """The status that waited for the parcel number may go."""
    Change.objects.filter(kind=STATUS, subject_id=order_id, state=ChangeState.PLANNED).update(next_at=Now())


def retry_status(row: Quarantined, actor: User | None) -> None:
    """A person wants a refused status tried again."""
    _retry(row, STATUS, actor)


def retry_parcel(row: Quarantined, actor: User | None) -> None:
    """A person wants a refused parcel number tried again, most likely after mending the carrier."""
    _retry(row, PARCEL, actor)


def _retry(row: Quarantined, kind: str, actor: User | None) -> None:
    change = Change.objects.filter(kind=kind, subject_id=row.subject_key).order_by("-revision", "-planned_at").first()
    if change is None or change.state not in (ChangeState.REFUSED, ChangeState.QUARANTINED, ChangeState.HELD):
        raise Rejected("nothing_to_retry")
    changes.retry_by_person(change.pk, actor=actor)
    due.nudge("allegro.account", change.resource_id)


def _look_again(effect: FormEffect, change: Change, seen: Seen) -> None:
    """What Allegro shows now decides anew; an order that is cancelled or gone is read by the intake as well."""
    known: dict[str, Any] = {"fulfilment": seen.fulfilment} if seen.form else {}
    Order.objects.filter(pk=change.subject_id).update(needs_plan=True, **known)
    if seen.form is None or seen.is_cancelled:
        hint_forms(effect.account, {change.content["form_id"]}, found_by="status")


def _same(waybill: str, shipments: tuple[Shipment, ...]) -> Shipment | None:
    wanted = _bare(waybill)
    return next((one for one in shipments if _bare(one.waybill) == wanted), None)


def _bare(waybill: str) -> str:
    return "".join(waybill.split()).upper()
