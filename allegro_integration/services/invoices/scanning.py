"""What Allegro's scan says of an uploaded invoice: asked until it is accepted or rejected."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.conf import settings
from django.db.models.functions import Now

from allegro_integration.client.api import AllegroApi
from allegro_integration.client.errors import NotFound
from allegro_integration.client.invoices import ListedInvoice
from allegro_integration.models import Account, InvoiceDocument, Order
from allegro_integration.services.form_effects import scan_wait
from allegro_integration.services.invoices.documents import State, StepOf, fail, note, save, went_on
from connectify.clock import now
from connectify.domain.crashpoints import crashpoint
from connectify.sync.leases import Lease

ACCEPTED: Final = "ACCEPTED"
REJECTED: Final = "REJECTED"
ASKS_BEFORE_TASK: Final = 150  # about a day


def documents_to_ask(account: Account, *, limit: int) -> list[InvoiceDocument]:
    rows = InvoiceDocument.objects.filter(
        order__form__account=account, state=State.WAITING, step=StepOf.UPLOADED, next_at__lte=Now()
    )
    return list(rows.select_related("order__instance").order_by("next_at", "id")[:limit])


def next_ask_in_s(account: Account) -> float | None:
    """Seconds until the next uploaded document is to be asked about; None: there is none."""
    waiting = InvoiceDocument.objects.filter(
        order__form__account=account, state=State.WAITING, step=StepOf.UPLOADED
    )  # fmt: skip
    first = waiting.order_by("next_at").values_list("next_at", flat=True).first()
    return None if first is None else max(0.0, (first - now()).total_seconds())


def ask(lease: Lease, api: AllegroApi, document: InvoiceDocument) -> int:
    """One document. → 1 when Allegro has accepted it."""
    lease.require(settings.ALLEGRO_CALL_S)
    try:
        listed = api.invoices(document.order.number)
    except NotFound:
        listed = ()
    mine = next((one for one in listed if one.id == document.allegro_id), None)
    with lease.transaction():
        rows = InvoiceDocument.objects.select_for_update(of=("self",)).select_related("order__instance")
        accepted = _settle(rows.get(pk=document.pk), mine)
    if accepted:
        crashpoint("P5.s13.scan_accepted")
    return int(accepted)


def _settle(document: InvoiceDocument, mine: ListedInvoice | None) -> bool:
    if document.step != StepOf.UPLOADED or document.state != State.WAITING:
        return False
    if mine is None:
        fail(document, "invoice_lost", {})
        return False
    document.scan = mine.scan[:20]
    if mine.scan == REJECTED or mine.verification == REJECTED:
        fail(document, "invoice_rejected", {})
        return False
    if mine.scan == ACCEPTED:
        document.step, document.accepted_at = StepOf.ACCEPTED, Now()
        went_on(document)
        save(document, State.SENT, "")
        note(document, "order.invoice_accepted", verification=mine.verification)
        # What changed in Pohoda in the meantime is said again, now of an invoice that is attached.
        Order.objects.filter(pk=document.order_id).update(needs_plan=True)
        return True
    asks = int(document.params.get("asks", 0)) + 1
    document.next_at = Now() + dt.timedelta(seconds=scan_wait(asks))
    if asks >= ASKS_BEFORE_TASK:
        fail(document, "invoice_scan_too_long", {})
    else:
        save(document, State.WAITING, "invoice_scanned", {"asks": str(asks)})
    return False
