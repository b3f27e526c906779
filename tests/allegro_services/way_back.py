"""A shop's way back: a real Allegro sandbox; the mirror's rows and the agent's prints by hand; flows as they run."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from typing import Any

from django.db.models.functions import Now
from reportlab.pdfgen import canvas

from allegro_integration.client.api import AllegroApi
from allegro_integration.connections import AccountConnection
from allegro_integration.models import InvoiceDocument, Market, Order
from allegro_integration.pipelines import invoices as invoice_pipeline
from allegro_integration.pipelines import statuses as status_pipeline
from allegro_integration.sandbox.sellers import DEFAULT_SELLER
from allegro_integration.services import in_pohoda, inbox, orders
from allegro_integration.services.orders import ORDER
from allegro_integration.services.statuses.planning import note_form
from connectify.audit.selectors import timeline
from connectify.domain.change import ChangeState
from connectify.instances.models import Instance
from connectify.instances.services import arm
from connectify.sync import due
from connectify.sync.leases import Lease, release, take
from connectify.sync.models import Change, DirectionState, Link, Quarantined
from connectify.sync.quarantine import retry
from pohoda_bridge.protocol import JobFailed, JobResult, PrintReport, ReportPrinted, ResultReport, encode
from pohoda_bridge.server.jobs import order_of
from pohoda_bridge.server.mirror.models import Invoice, OrderState
from pohoda_bridge.server.models import Job
from tests.allegro_client.conftest import Allegro
from tests.allegro_services.shop import Shop

ACCOUNT, UNIT = "allegro.account", "pohoda.unit"
BEGAN = dt.datetime(2026, 11, 23, 10, 0, tzinfo=dt.UTC)
DAY = dt.date(2026, 11, 23)
AS_NEW: dict[str, Any] = {"is_executed": False, "is_delivered": False, "links": [], "fields": {}, "carrier": ""}
SETTINGS = {
    "statuses": {"parcel_field": "VPrBalik", "carriers": {"PPL": "PPL"}},
    "invoices": {"reports": [{"name": "Faktura", "report_id": 200}]},
}


def pdf(text: str) -> bytes:
    """One page that says this, line by line."""
    file = io.BytesIO()
    page = canvas.Canvas(file)
    for at, line in enumerate(text.splitlines()):
        page.drawString(50, 800 - 20 * at, line)
    page.save()
    return file.getvalue()


class WayBack:
    """`allegro` is the sandbox that the shop's account sells at, `api` the client its runs use."""

    def __init__(self, shop: Shop, allegro: Allegro, api: AllegroApi) -> None:
        self.shop, self.allegro, self.api = shop, allegro, api
        for kind, resource_id in ((ACCOUNT, shop.market.account_id), (UNIT, shop.market.unit_id)):
            due.schedule(kind=kind, resource_id=resource_id, interval_s=300)
        self.configure(**SETTINGS)
        for direction in ("statuses", "invoices"):
            arm(instance=shop.market.instance, direction=direction, actor=None)
        self._invoices = 0

    def connect(self, account: Any, *, observer: Any = None) -> AccountConnection:
        return AccountConnection(self.api, None)  # type: ignore[arg-type]

    def configure(self, **settings: Any) -> None:
        instance = Instance.objects.get(pk=self.shop.market.instance_id)
        instance.settings = {**instance.settings, **settings}
        instance.save()
        in_pohoda.mark_where_settings_moved(self.market.account)

    @property
    def market(self) -> Market:
        return Market.objects.select_related("instance", "account", "unit").get(pk=self.shop.market.pk)

    # --- Allegro ----------------------------------------------------------------------------------------------------

    def buy(self, form: dict[str, Any] | None = None) -> Order:
        """A purchase (or this very form) that the inbox knows and that Pohoda has confirmed."""
        if form is not None:
            form_id = str(form["id"])
            self.allegro.control("PUT", f"forms/{form_id}?seller={DEFAULT_SELLER}", form)
        else:
            (form_id,) = self.allegro.purchase(marketplace="allegro-cz")
        self.read(form_id)
        order = Order.objects.get(number=form_id)
        order.state, order.code, order.pohoda_number = Order.State.SENT, "", f"26OP{form_id[:5]}"
        order.pohoda_total = order.total
        order.save()
        return order

    def read(self, form_id: str) -> None:
        """The intake reads the form."""
        row = self.shop.hint(form_id)
        form, raw = self.api.checkout_form(form_id)
        payload, is_new, _ = inbox.store_form(row, form, raw)
        if is_new:
            orders.take_form(row, form, payload)
        note_form(row, form, is_new=is_new)

    def set_at_allegro(self, order: Order, status: Any) -> None:
        """Somebody else sets the status."""
        form, _ = self.api.checkout_form(order.number)
        self.api.set_fulfillment(order.number, status, form.revision)

    def status(self, order: Order) -> str:
        form, _ = self.api.checkout_form(order.number)
        return (form.fulfillment.status or "") if form.fulfillment else ""

    def effects(self, kind: str, order: Order) -> list[dict[str, Any]]:
        return [one for one in self.allegro.effects(kind) if one["key"] == order.number]

    # --- Pohoda -----------------------------------------------------------------------------------------------------

    def state(self, order: Order, **facts: Any) -> OrderState:
        """The mirror's row of the order with these facts, and what its listener does."""
        known = OrderState.objects.filter(ext_ids=order.number).first()
        record_id = known.record_id if known else 1000 + OrderState.objects.count()
        row, _ = OrderState.objects.update_or_create(
            unit=self.market.unit, record_id=record_id,
            defaults={
                "fingerprint": b"x" * 16, "began_at": BEGAN, "ext_system": self.market.account.ext_system,
                "ext_ids": order.number, "number": order.pohoda_number, "number_order": order.number.replace("-", ""),
                "date": DAY, "total": order.total, "currency": "", "quantity": 1, **AS_NEW, **facts,
            },
        )  # fmt: skip
        Link.objects.update_or_create(
            kind="order", here_id=order.pk, defaults={"there_system": "pohoda", "there_id": str(record_id)}
        )
        in_pohoda.orders_changed(self.market.unit, [row.pk], [])
        return row

    def invoice(self, order: Order, **facts: Any) -> Invoice:
        """An invoice made from the order, which the mirror must know; and what its listener does."""
        self._invoices += 1
        state = OrderState.objects.filter(ext_ids=order.number).first() or self.state(order)
        link = {"agenda": "receivedOrder", "id": state.record_id, "number": state.number}
        row = Invoice.objects.create(
            **{
                "unit": self.market.unit, "record_id": 500 + self._invoices, "fingerprint": b"x" * 16,
                "began_at": BEGAN, "number": f"26010{self._invoices:04d}", "kind": "issuedInvoice", "date": DAY,
                "total": order.total, "links": [link], **facts,
            }
        )  # fmt: skip
        self.changed(row)
        return row

    def changed(self, invoice: Invoice, **facts: Any) -> None:
        """The accountant changed it, and an export brought that."""
        if facts:
            Invoice.objects.filter(pk=invoice.pk).update(**facts)
        in_pohoda.invoices_changed(self.market.unit, [invoice.pk], [])

    # --- the agent --------------------------------------------------------------------------------------------------

    def jobs(self) -> list[Job]:
        return list(Job.objects.filter(operation="print_report", state=Job.State.WAITING).order_by("created_at"))

    def operation(self, job: Job) -> PrintReport:
        operation = order_of(job).operation
        assert isinstance(operation, PrintReport)
        return operation

    def text_of(self, job: Job) -> str:
        document = InvoiceDocument.objects.get(job_id=job.pk)
        amount = f"{document.total:.2f}".replace(".", ",")
        return f"Faktura {document.number}\nICO {self.market.unit.ico}\nCelkem {amount} CZK"

    def print_all(self, text: str | None = None) -> list[Job]:
        """The agent prints what waits, and the run takes it."""
        self.prints()
        jobs = self.jobs()
        for job in jobs:
            self.printed(job, pdf(self.text_of(job) if text is None else text))
        self.prints()
        return jobs

    def printed(self, job: Job, data: bytes) -> None:
        self.finish(job, ReportPrinted(file_name="x.pdf", size=len(data)), data)

    def failed(self, job: Job, code: str) -> None:
        self.finish(job, JobFailed(code=code, detail="words of Pohoda"), b"")

    def finish(self, job: Job, result: JobResult, data: bytes) -> None:
        report = ResultReport(job=str(job.pk), agent="a", epoch=0, result=result, body_sha256="")
        Job.objects.filter(pk=job.pk).update(
            state=Job.State.DONE, report=encode(report), answer=data, done_at=Now(), handed_at=Now()
        )

    # --- runs -------------------------------------------------------------------------------------------------------

    def run(self, kind: str, work: Callable[[Lease], dict[str, int]]) -> dict[str, int]:
        resource_id = self.shop.market.account_id if kind == ACCOUNT else self.shop.market.unit_id
        lease = take(kind, resource_id)
        assert lease is not None
        try:
            return work(lease)
        finally:
            release(lease, next_in_s=300, failures=0)

    def push(self) -> dict[str, int]:
        return self.run(ACCOUNT, status_pipeline.push)

    def prints(self) -> dict[str, int]:
        return self.run(UNIT, invoice_pipeline.print_invoices)

    def attach(self) -> dict[str, int]:
        return self.run(ACCOUNT, invoice_pipeline.push)

    def attach_all(self, order: Order, **facts: Any) -> InvoiceDocument:
        """An invoice from Pohoda to the order at Allegro, up to the scan."""
        invoice = self.invoice(order, **facts)
        self.push()
        self.print_all()
        self.attach()
        return self.document(invoice)

    def time_passes(self) -> None:
        """Everything that waits for a later moment is due."""
        Change.objects.filter(state__in=(ChangeState.PLANNED, ChangeState.UNKNOWN)).update(next_at=BEGAN)
        InvoiceDocument.objects.update(next_at=BEGAN)

    # --- what is seen -----------------------------------------------------------------------------------------------

    def order(self, order: Order) -> Order:
        return Order.objects.get(pk=order.pk)

    def document(self, invoice: Invoice) -> InvoiceDocument:
        return InvoiceDocument.objects.get(number=invoice.number)

    def changes(self, kind: str, order: Order) -> list[tuple[str, str]]:
        """(state, code) of the order's changes of this kind, oldest first."""
        rows = Change.objects.filter(kind=kind, subject_id=order.pk).order_by("planned_at", "revision")
        return [(row.state, row.code) for row in rows]

    def change(self, kind: str, order: Order) -> Change:
        return Change.objects.filter(kind=kind, subject_id=order.pk).latest("planned_at", "revision")

    def story(self, order: Order) -> list[str]:
        return [event.type for event in timeline(ORDER, order.pk)]

    def task(self, subject_kind: str) -> tuple[str, str]:
        row = Quarantined.objects.get(subject_kind=subject_kind)
        return row.code, row.state

    def try_again(self, subject_kind: str) -> None:
        retry(quarantined=Quarantined.objects.get(subject_kind=subject_kind), actor=None)

    def direction(self, name: str) -> tuple[str, str]:
        row = DirectionState.objects.get(instance=self.shop.market.instance, direction=name)
        return row.state, row.code


def facts(document: InvoiceDocument) -> tuple[str, str, str]:
    """(step, state, code) as they are now."""
    document.refresh_from_db()
    return document.step, document.state, document.code
