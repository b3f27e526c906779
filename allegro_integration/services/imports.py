"""One order on its way into Pohoda: the job that carries it. Runs in a lease's transaction."""

from __future__ import annotations

from typing import Final, cast

import msgspec

from allegro_integration.models import Order
from allegro_integration.services import outcomes
from allegro_integration.services.orders import CREATE, ORDER
from connectify.audit.services import record_event
from connectify.domain.change import ChangeState
from connectify.sync import changes
from connectify.sync.models import Change
from connectify.sync.payloads import store_payload
from connectify.sync.quarantine import put
from pohoda_bridge.documents import OrderImport, ReceivedOrder, UnitPin
from pohoda_bridge.protocol import FindOrder, ImportOrder
from pohoda_bridge.server.jobs import LIVE, operation_name, order_of, queue_job
from pohoda_bridge.server.models import Job, Unit
from pohoda_bridge.xml.errors import DocumentError
from pohoda_bridge.xml.ids import item_id, pack_id
from pohoda_bridge.xml.order_writer import write_order

XML: Final = "text/xml"
IMPORT: Final = operation_name(ImportOrder)
LOOKUP_EXPIRES_S: Final = 300
# Whether an order got in is found out before the next one goes.
BARRIER_PRIORITY, WRITE_PRIORITY, READ_PRIORITY = 1, 2, 5


def queue_import(change: Change, unit: Unit, pin: UnitPin) -> None:
    """Builds the dataPack and queues its job. An order that cannot be written as a document waits for a person."""
    order = Order.objects.get(pk=change.subject_id)
    content = msgspec.convert(change.content, type=ReceivedOrder)
    try:
        document = _document(content, order, unit, pin)
        written = write_order(document, encoding=unit.encoding)
    except DocumentError as error:
        changes.hold(change.pk, code="document", detail=str(error)[:300])
        put(
            instance=order.instance, subject_kind=ORDER, subject_key=str(order.pk), code="document",
            params={"number": order.number, "detail": str(error)[:300]},
        )  # fmt: skip
        outcomes.fail(order, "document", detail=str(error)[:300])
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
    sent = Job.objects.filter(change=change, operation=IMPORT, handed_at__isnull=False).order_by("-created_at").first()
    if sent is not None:
        # The books it was sent to, whatever year is current by now: absence elsewhere proves nothing.
        pin = cast(ImportOrder, order_of(sent).operation).pin
    queue_job(
        unit=unit,
        operation=FindOrder(pin=pin, ext_id=content.ext_id),
        change=change,
        priority=BARRIER_PRIORITY if change.state == ChangeState.UNKNOWN else READ_PRIORITY,
        expires_in_s=LOOKUP_EXPIRES_S,
    )
