"""One order on its way into Pohoda: the job that carries it, what each answer means. Runs in a lease's transaction."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final, assert_never

import msgspec
from django.conf import settings
from django.db.models.functions import Now

from allegro_integration.models import Market, Order
from allegro_integration.services.orders import CREATE, FULFILMENT, ORDER
from connectify.audit.services import record_event
from connectify.domain.change import ChangeState, Evidence
from connectify.sync import changes, due
from connectify.sync.models import Change, Link, Payload
from connectify.sync.payloads import store_payload
from connectify.sync.quarantine import put, solve
from pohoda_bridge.documents import (
    AlreadyThere,
    Duplicate,
    Imported,
    NotSent,
    OrderImport,
    OrderRecord,
    ReceivedOrder,
    Refused,
    UnitPin,
    Unknown,
)
from pohoda_bridge.protocol import FindOrder, FoundOrders, Health, ImportOrder, JobFailed, OrderImported
from pohoda_bridge.server.jobs import LIVE, operation_name, queue_job, result_of
from pohoda_bridge.server.models import Job, Unit
from pohoda_bridge.xml.errors import DocumentError
from pohoda_bridge.xml.ids import item_id, pack_id
from pohoda_bridge.xml.order_writer import write_order

XML: Final = "text/xml"
IMPORT: Final = operation_name(ImportOrder)
LOOKUP_EXPIRES_S: Final = 300
RETRY_NOT_SENT_S: Final = 60
WRITE_PRIORITY, BARRIER_PRIORITY, READ_PRIORITY = 1, 2, 5


def queue_import(change: Change, unit: Unit, pin: UnitPin) -> None:
    """Builds the dataPack and queues its job. An order that cannot be written as a document waits for a person."""
    order = Order.objects.get(pk=change.subject_id)
    content = msgspec.convert(change.content, type=ReceivedOrder)
    try:
        document = _document(content, order, unit, pin)
        written = write_order(document, encoding=unit.encoding)
    except DocumentError as error:
        changes.hold(change.pk, code="document")
        _fail(order, "document", detail=str(error)[:300])
        return
    operation = ImportOrder(pin=pin, ext_id=content.ext_id, pack_id=document.pack_id, item_id=document.item_id)
    queue_job(unit=unit, operation=operation, body=written.document, change=change, priority=WRITE_PRIORITY)
    notes = [msgspec.to_builtins(note) for note in written.notes]
    sent = store_payload(written.document, XML)
    record_event(type="order.queued", object_kind=ORDER, object_id=order.pk, data={"notes": notes}, sent=sent)


def note_handed(job: Job) -> None:
    """The timeline's line for a hand-out: what left for the agent, in the transaction that hands it out."""
    if job.change is None or job.change.kind != CREATE:
        return
    sent = store_payload(bytes(job.body), XML)
    record_event(
        type="order.handed",
        object_kind=ORDER,
        object_id=job.change.subject_id,
        data={"attempt": job.change.attempt, "agent": str(job.handed_agent_id or "")},
        sent=sent,
    )


def without_live_job(planned: list[Change], *, limit: int) -> list[Change]:
    """Planned creations that no job carries yet: the others wait for the agent, however long its PC is off."""
    carried = set(
        Job.objects.filter(change__in=[change.pk for change in planned], operation=IMPORT, state__in=LIVE).values_list(
            "change_id", flat=True
        )
    )
    return [change for change in planned if change.pk not in carried][:limit]


def _document(content: ReceivedOrder, order: Order, unit: Unit, pin: UnitPin) -> OrderImport:
    _, environment, seller = content.ext_id.system.split(":", 2)
    return OrderImport(
        pack_id=pack_id(
            unit=unit.key or unit.ico,
            environment=environment,
            seller=seller,
            kind=CREATE,
            form_id=content.ext_id.ids,
            generation=order.generation,
        ),
        item_id=item_id(form_id=content.ext_id.ids, generation=order.generation),
        pin=pin,
        order=content,
    )


def queue_lookup(change: Change, unit: Unit, pin: UnitPin) -> None:
    """Asks Pohoda through the same mServer whether it has the order: the barrier after an UNKNOWN, and the check of the
    total after a success."""
    content = msgspec.convert(change.content, type=ReceivedOrder)
    queue_job(
        unit=unit,
        operation=FindOrder(pin=pin, ext_id=content.ext_id),
        change=change,
        priority=BARRIER_PRIORITY if change.state == ChangeState.UNKNOWN else READ_PRIORITY,
        expires_in_s=LOOKUP_EXPIRES_S,
    )


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
        case Health():
            return
        case _:
            assert_never(result)


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
            _confirmed(change, order, id=outcome.id, number=outcome.number, warnings=data["outcome"]["warnings"])
        case AlreadyThere(record=record):
            changes.confirm(change.pk, evidence=Evidence.LOOKUP, proof={"id": record.id, "number": record.number})
            _confirmed(change, order, id=record.id, number=record.number, warnings=[])
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
            _fail(order, "pohoda_refused", errno=errno, note=outcome.note)
        case NotSent(code=code, detail=detail):
            changes.back_to_planned(
                change.pk, evidence=Evidence.NOT_SENT, code=code, detail=detail, retry_in_s=RETRY_NOT_SENT_S
            )
            _wait(order, code, detail=detail)
        case Unknown(code=code, detail=detail):
            _unknown(change, order, code, detail)
        case _:
            assert_never(outcome)


def _unknown(change: Change, order: Order, code: str, detail: str) -> None:
    changes.mark_unknown(change.pk, code=code, detail=detail)
    record_event(type="order.unknown", object_kind=ORDER, object_id=order.pk, data={"code": code, "detail": detail})
    _wait(order, "checking_pohoda", cause=code)


def _settle_lookup(change: Change, order: Order, result: FoundOrders, answer: Payload | None) -> None:
    if not result.complete:
        return
    found = [record for record in result.records if not record.is_cancelled]
    data = {"found": [record.number for record in found]}
    record_event(type="order.looked_up", object_kind=ORDER, object_id=order.pk, data=data, received=answer)
    if change.state == ChangeState.CONFIRMED:
        if found:
            compare_total(change, order, found[0])
        else:
            _missing(order)
        return
    if change.state != ChangeState.UNKNOWN:
        return
    if found:
        record = found[0]
        changes.confirm(change.pk, evidence=Evidence.LOOKUP, proof={"id": record.id, "number": record.number})
        _confirmed(change, order, id=record.id, number=record.number, warnings=[])
        compare_total(change, order, record)
    elif change.attempt >= settings.SYNC_ATTEMPTS or change.code == "duplicate":
        # Refused as a duplicate, and nothing to be found: only a person can tell what happened to the first one.
        code = "duplicate_not_found" if change.code == "duplicate" else "too_many_attempts"
        changes.quarantine(change.pk, code=code, detail=change.detail)
        record_event(type="order.quarantined", object_kind=ORDER, object_id=order.pk, data={"code": code})
        put(
            instance=order.instance, subject_kind=ORDER, subject_key=str(order.pk), code=code,
            params={"number": order.number, "attempts": change.attempt}, payload=answer,
        )  # fmt: skip
        _fail(order, code)
    else:
        changes.back_to_planned(change.pk, evidence=Evidence.LOOKUP, code="not_in_pohoda", detail="", retry_in_s=0)
        _wait(order, "queued")


def _settle_failure(change: Change, order: Order, result: JobFailed) -> None:
    """A lookup that did not work is asked again; a write never ends here unless the agent refused the job itself."""
    if change.state == ChangeState.INTENT:
        changes.back_to_planned(
            change.pk, evidence=Evidence.NOT_SENT, code=result.code, detail=result.detail, retry_in_s=RETRY_NOT_SENT_S
        )
        _wait(order, result.code, detail=result.detail[:200])


def _confirmed(change: Change, order: Order, *, id: int, number: str, warnings: list[Any]) -> None:
    market = Market.objects.select_related("account", "unit").get(instance=order.instance)
    year = msgspec.convert(change.content, type=ReceivedOrder).date.year
    Link.objects.update_or_create(
        kind="order",
        here_id=order.pk,
        defaults={
            "there_system": f"pohoda:{market.unit.ico}:{year}",
            "there_id": str(id),
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
    solve(subject_kind=ORDER, subject_key=str(order.pk))
    order.pohoda_number = number
    order.state, order.code, order.params = Order.State.SENT, "", {}
    order.updated_at = Now()
    order.save(update_fields=["pohoda_number", "state", "code", "params", "updated_at"])
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


def compare_total(change: Change, order: Order, record: OrderRecord) -> None:
    """Pohoda's own total must be Allegro's to the haléř (DESIGN §5)."""
    order.pohoda_total = None if record.total is None else record.total.quantize(Decimal("0.01"))
    found = "" if record.total is None else f"{record.total:f}"
    order.updated_at = Now()
    if record.total != order.total:
        sums = {"allegro": f"{order.total:f}", "pohoda": found, "currency": order.currency}
        record_event(type="order.total_differs", object_kind=ORDER, object_id=order.pk, data=sums)
        put(
            instance=order.instance, subject_kind=ORDER, subject_key=str(order.pk), code="pohoda_total_differs",
            params={**sums, "number": record.number},
        )  # fmt: skip
        order.state, order.code, order.params = Order.State.ERROR, "pohoda_total_differs", sums
    order.save(update_fields=["pohoda_total", "state", "code", "params", "updated_at"])
    Link.objects.filter(kind="order", here_id=order.pk).update(
        confirmed={"content_sha256": change.content_sha256, "total": found}
    )


def _missing(order: Order) -> None:
    """Confirmed and not to be found: deleted, another year, a restored backup. A person decides (DESIGN §5)."""
    put(
        instance=order.instance, subject_kind=ORDER, subject_key=str(order.pk), code="missing_in_pohoda",
        params={"number": order.number, "pohoda_number": order.pohoda_number},
    )  # fmt: skip
    _fail(order, "missing_in_pohoda", pohoda_number=order.pohoda_number)


def to_verify(unit: Unit, *, limit: int) -> list[Change]:
    """Confirmed creations whose total in Pohoda has not been read yet."""
    unverified = Order.objects.filter(pohoda_total__isnull=True, state=Order.State.SENT).exclude(pohoda_number="")
    return list(
        Change.objects.filter(
            kind=CREATE, resource_id=unit.pk, state=ChangeState.CONFIRMED, subject_id__in=unverified.values("pk")
        ).order_by("settled_at")[:limit]
    )


def _wait(order: Order, code: str, **params: str) -> None:
    order.state, order.code, order.params = Order.State.WAITING, code, params
    order.updated_at = Now()
    order.save(update_fields=["state", "code", "params", "updated_at"])


def _fail(order: Order, code: str, **params: str) -> None:
    order.state, order.code, order.params = Order.State.ERROR, code, params
    order.updated_at = Now()
    order.save(update_fields=["state", "code", "params", "updated_at"])
