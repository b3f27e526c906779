"""What each answer of the agent means for the change and its order. Runs in a lease's transaction."""

from __future__ import annotations

from typing import Any, assert_never

import msgspec
from django.conf import settings

from allegro_integration.models import Market, Order
from allegro_integration.services.imports import XML
from allegro_integration.services.inbox import hint_forms
from allegro_integration.services.orders import FULFILMENT, ORDER, is_on_its_way
from allegro_integration.services.outcomes import UNWANTED, fail, save, wait, wait_or_drop
from allegro_integration.services.verification import ask_later, compare_total, not_found
from connectify.audit.services import record_event
from connectify.domain.change import ChangeState, Evidence
from connectify.sync import changes, due
from connectify.sync.models import Change, Link, Payload
from connectify.sync.payloads import store_payload
from connectify.sync.quarantine import put, solve
from pohoda_bridge.documents import (
    AlreadyThere,
    Detail,
    Duplicate,
    Imported,
    NotSent,
    ReceivedOrder,
    Refused,
    Unknown,
)
from pohoda_bridge.protocol import FindOrder, FoundOrders, Health, JobFailed, ListRead, OrderImported, ReportPrinted
from pohoda_bridge.server.jobs import operation_name, result_of
from pohoda_bridge.server.models import Job
from pohoda_bridge.xml.warnings import escalates


def settle_job(job: Job) -> None:
    """Takes a finished job's result. The job's change decides what a lookup was for."""
    if job.change is None:
        return
    change = Change.objects.select_for_update().get(pk=job.change_id)
    order = Order.objects.select_for_update().get(pk=change.subject_id)
    result = result_of(job)
    answer = store_payload(bytes(job.answer), XML) if job.answer else None
    match result:
        case OrderImported():
            _settle_import(change, order, result, answer)
        case FoundOrders():
            _settle_lookup(change, order, result, answer)
        case JobFailed():
            _settle_failure(change, order, result)
        case Health() | ListRead() | ReportPrinted():
            return
        case _:
            assert_never(result)
    _read_again_if_changed(order)


def _read_again_if_changed(order: Order) -> None:
    """The buyer changed the order while it was on its way: now its form decides (again, or a person is told)."""
    if order.form.content_sha256 == "" and not is_on_its_way(order):
        hint_forms(order.form.account, {order.form.form_id}, found_by=order.form.found_by)
        due.nudge("allegro.account", order.form.account_id)


def _settle_import(change: Change, order: Order, result: OrderImported, answer: Payload | None) -> None:
    outcome = result.outcome
    data = {"outcome": msgspec.to_builtins(outcome)}
    record_event(type="order.answered", object_kind=ORDER, object_id=order.pk, data=data, received=answer)
    if change.state != ChangeState.INTENT:
        # Settled before by a lookup: the late answer is evidence in the timeline, and nothing more.
        return
    match outcome:
        case Imported():
            proof = {"id": outcome.id, "number": outcome.number, "alarm": outcome.alarm}
            changes.confirm(change.pk, evidence=Evidence.ANSWER, proof=proof)
            confirmed(change, order, id=outcome.id, number=outcome.number, warnings=data["outcome"]["warnings"])
            _show_changed_values(order, outcome, answer)
        case AlreadyThere(record=record):
            changes.confirm(change.pk, evidence=Evidence.LOOKUP, proof={"id": record.id, "number": record.number})
            confirmed(change, order, id=record.id, number=record.number, warnings=[])
            compare_total(change, order, record)
        case Duplicate(note=note):
            _unknown(change, order, "duplicate", note)
        case Refused():
            changes.refuse(change.pk, code="pohoda_refused", detail=outcome.note, proof=data)
            errno = "" if outcome.errno is None else str(outcome.errno)
            record_event(
                type="order.refused", object_kind=ORDER, object_id=order.pk, data={"errno": errno, "note": outcome.note}
            )
            put(
                instance=order.instance, subject_kind=ORDER, subject_key=str(order.pk), code="pohoda_refused",
                params={"errno": errno, "note": outcome.note}, payload=answer,
            )  # fmt: skip
            fail(order, "pohoda_refused", errno=errno, note=outcome.note)
            # Something may have changed while it was on its way (a link to a stock card): planned once more.
            Order.objects.filter(pk=order.pk).update(planned_settings_version=0)
            due.nudge("allegro.account", order.form.account_id)
        case NotSent(code=code, detail=detail):
            _not_sent(change, order, code, detail)
        case Unknown(code=code, detail=detail):
            _unknown(change, order, code, detail)
        case _:
            assert_never(outcome)


def _show_changed_values(order: Order, outcome: Imported, answer: Payload | None) -> None:
    """Pohoda took the order and changed what matters: never accepted in silence (RELIABILITY I3)."""
    changed = [detail for detail in outcome.warnings if escalates(detail)]
    values = "; ".join(_changed_value(detail) for detail in changed) or outcome.alarm
    if not values or order.code in UNWANTED:
        return
    put(
        instance=order.instance, subject_kind=ORDER, subject_key=str(order.pk), code="value_changed_in_pohoda",
        params={"values": values[:500], "number": outcome.number}, payload=answer,
    )  # fmt: skip
    save(order, order.state, "value_changed_in_pohoda", {"values": values[:500]})


def _changed_value(detail: Detail) -> str:
    element = detail.xpath.rsplit("/", 1)[-1].rpartition(":")[2]
    change = f"{detail.requested} → {detail.produced}" if detail.requested or detail.produced else detail.note
    return f"{element}: {change}" if element else change


def _unknown(change: Change, order: Order, code: str, detail: str) -> None:
    changes.mark_unknown(change.pk, code=code, detail=detail)
    record_event(type="order.unknown", object_kind=ORDER, object_id=order.pk, data={"code": code, "detail": detail})
    wait(order, "checking_pohoda", cause=code)


def _settle_lookup(change: Change, order: Order, result: FoundOrders, answer: Payload | None) -> None:
    if not result.complete:
        ask_later(change, settings.BRIDGE_RETRY_S)
        return
    found = [record for record in result.records if not record.is_cancelled]
    data = {"found": [record.number for record in found]}
    record_event(type="order.looked_up", object_kind=ORDER, object_id=order.pk, data=data, received=answer)
    if change.state == ChangeState.CONFIRMED:
        if found:
            compare_total(change, order, found[0])
        else:
            not_found(change, order)
        return
    if change.state != ChangeState.UNKNOWN:
        return
    if found:
        record = found[0]
        changes.confirm(change.pk, evidence=Evidence.LOOKUP, proof={"id": record.id, "number": record.number})
        confirmed(change, order, id=record.id, number=record.number, warnings=[])
        compare_total(change, order, record)
    elif _lookups_in_vain(change) >= settings.SYNC_ATTEMPTS or change.code == "duplicate":
        # Refused as a duplicate, and nothing to be found: only a person can tell what happened to the first one.
        code = "duplicate_not_found" if change.code == "duplicate" else "too_many_attempts"
        changes.quarantine(change.pk, code=code, detail=change.detail)
        record_event(type="order.quarantined", object_kind=ORDER, object_id=order.pk, data={"code": code})
        put(
            instance=order.instance, subject_kind=ORDER, subject_key=str(order.pk), code=code,
            params={"number": order.number, "attempts": change.attempt}, payload=answer,
        )  # fmt: skip
        fail(order, code)
    else:
        changes.back_to_planned(change.pk, evidence=Evidence.LOOKUP, code="not_in_pohoda", detail="", retry_in_s=0)
        wait_or_drop(change, order, "queued")


def _lookups_in_vain(change: Change) -> int:
    """Tries whose outcome nobody knew. Those that never left (mServer off for a night) do not count."""
    return Job.objects.filter(change=change, operation=operation_name(FindOrder), state=Job.State.DONE).count()


def _settle_failure(change: Change, order: Order, result: JobFailed) -> None:
    """A lookup that did not work is asked again; a write never ends here unless the agent refused the job itself."""
    if change.state == ChangeState.INTENT:
        _not_sent(change, order, result.code, result.detail)
    else:
        ask_later(change, settings.BRIDGE_RETRY_S)


def _not_sent(change: Change, order: Order, code: str, detail: str) -> None:
    retry_in_s = settings.BRIDGE_RETRY_S
    changes.back_to_planned(change.pk, evidence=Evidence.NOT_SENT, code=code, detail=detail, retry_in_s=retry_in_s)
    wait_or_drop(change, order, code, detail=detail[:200])


def confirmed(change: Change, order: Order, *, id: int, number: str, warnings: list[Any]) -> None:
    market = Market.objects.select_related("account", "unit").get(instance=order.instance)
    year = msgspec.convert(change.content, type=ReceivedOrder).date.year
    there_system, there_id = f"pohoda:{market.unit.ico}:{year}", str(id)
    _take_over(there_system, there_id, order)
    Link.objects.update_or_create(
        kind="order",
        here_id=order.pk,
        defaults={
            "there_system": there_system,
            "there_id": there_id,
            "there_number": number,
            "confirmed": {"content_sha256": change.content_sha256},
        },
    )
    record_event(
        type="order.confirmed",
        object_kind=ORDER,
        object_id=order.pk,
        data={"number": number, "id": id, "warnings": warnings},
    )
    order.pohoda_number = number
    if order.code in UNWANTED:
        save(order, order.state, order.code, {**order.params, "pohoda_number": number})
    else:
        solve(subject_kind=ORDER, subject_key=str(order.pk))
        save(order, Order.State.SENT, "", {})
    changes.plan_change(
        instance=order.instance,
        kind=FULFILMENT,
        key=f"{market.account.ext_system}:{order.number}:PROCESSING",
        subject_kind=ORDER,
        subject_id=order.pk,
        resource_kind="allegro.account",
        resource_id=market.account_id,
        content={"form_id": order.number, "status": "PROCESSING"},
    )
    due.nudge("allegro.account", market.account_id)


def _take_over(there_system: str, there_id: str, order: Order) -> None:
    """A restored backup makes Pohoda give out ids again: the order that had this one is looked for at once."""
    earlier = Link.objects.select_for_update().filter(kind="order", there_system=there_system, there_id=there_id)
    for link in earlier.exclude(here_id=order.pk):
        link.there_id = f"{there_id} until {link.pk}"
        link.confirmed = {"missed": 1, **link.confirmed}
        link.save(update_fields=["there_id", "confirmed"])
