"""Which invoices of Pohoda are attached to which orders, printed by which report. Runs in a lease's transaction.

A document is one invoice number of one order, for ever. Until Allegro knows of it, a newer plan changes it; afterwards
nothing can be taken back, so a change in Pohoda is a task for a person.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from allegro_integration.client.strict_json import NotAsExpected, NotJson, read
from allegro_integration.domain.checkout import CheckoutForm
from allegro_integration.domain.invoice_settings import InvoiceSettings
from allegro_integration.domain.invoices import InvoiceFacts, InvoiceView, NoInvoice, Print, plan_invoice
from allegro_integration.models import InvoiceDocument, Market, Order
from allegro_integration.services.in_pohoda import InPohoda, in_pohoda
from allegro_integration.services.invoices.documents import (
    CHANGED,
    RECORD,
    State,
    StepOf,
    ask_person,
    change_of,
    drop_change,
    save,
    start_again,
    went_on,
)
from allegro_integration.services.invoices.settings import invoice_settings
from allegro_integration.services.orders import ORDER
from connectify.audit.services import record_event
from connectify.domain.change import ChangeState
from connectify.domain.errors import NeedsUser
from connectify.domain.trace import Step
from connectify.sync import due
from pohoda_bridge.server.mirror.models import Invoice

BEFORE_ALLEGRO: Final = (StepOf.FOUND, StepOf.PRINTING, StepOf.PRINTED)
Plan = Print | NoInvoice


@dataclass
class InvoicePlanner:
    """Plans the invoices of an account's orders."""

    markets: Mapping[uuid.UUID, Market]
    settings: dict[uuid.UUID, InvoiceSettings | NeedsUser] = field(default_factory=dict)
    to_print: set[uuid.UUID] = field(default_factory=set)  # units

    def plan_all(self, orders: Collection[Order], books: Mapping[uuid.UUID, InPohoda]) -> int:
        """Stores documents. → how many are new."""
        known: dict[uuid.UUID, dict[str, InvoiceDocument]] = {}
        rows = InvoiceDocument.objects.select_for_update(of=("self",)).filter(order__in=[one.pk for one in orders])
        for document in rows.order_by("id"):
            known.setdefault(document.order_id, {})[document.number] = document
        forms = _forms([order for order in orders if order.pk in books and books[order.pk].invoices])
        new = 0
        for order in orders:
            if order.pk in books:
                new += self._plan_order(order, books[order.pk], known.get(order.pk, {}), forms.get(order.pk))
        for unit in sorted(self.to_print):
            due.nudge("pohoda.unit", unit)
        return new

    def _plan_order(
        self, order: Order, book: InPohoda, known: dict[str, InvoiceDocument], form: CheckoutForm | None
    ) -> int:
        market, new = self.markets[order.instance_id], 0
        for invoice in standing(book.invoices):
            view = view_of(order, book, invoice, form, attached=sum(1 for one in known.values() if one.allegro_id))
            plan = self._plan(market, view, order, book, invoice)
            document = known.get(invoice.number)
            if document is None:
                document = _found(order, invoice, plan)
                new += 1
            else:
                _revise(document, order, invoice, plan)
            if (document.state, document.step) == (State.WAITING, StepOf.FOUND):
                self.to_print.add(market.unit_id)
        there = {invoice.number for invoice in book.invoices}
        for number, document in known.items():
            if number not in there and document.step in BEFORE_ALLEGRO and document.state != State.SUPERSEDED:
                if _is_on_its_way(document):
                    _changed_afterwards(document, order, None)
                else:
                    _take_back(document, State.SUPERSEDED, Step("invoice_gone", {"number": number}))
        return new

    def _plan(self, market: Market, view: InvoiceView, order: Order, book: InPohoda, invoice: Invoice) -> Plan:
        if market.instance_id not in self.settings:
            try:
                self.settings[market.instance_id] = invoice_settings(market)
            except NeedsUser as error:
                self.settings[market.instance_id] = error
        settings = self.settings[market.instance_id]
        if isinstance(settings, NeedsUser):
            return NoInvoice(Step(settings.code, {"detail": settings.detail[:200]}))
        return decide(view, settings, order, book, invoice)


def preview(
    market: Market, settings: InvoiceSettings, *, limit: int = 50
) -> list[tuple[Order, Invoice, Print | NoInvoice]]:
    """What these settings would do to the invoices of the newest orders that Pohoda has. Stores nothing."""
    newest = Order.objects.filter(instance=market.instance).exclude(pohoda_number="").select_related("form")
    orders = list(newest.order_by("-bought_at", "-id")[:limit])
    books, forms = in_pohoda(orders, {market.instance_id: market}), _forms(orders)
    return [
        (order, invoice, decide(view_of(order, book, invoice, forms.get(order.pk)), settings, order, book, invoice))
        for order in orders
        if (book := books.get(order.pk))
        for invoice in standing(book.invoices)
    ]


def standing(invoices: Iterable[Invoice]) -> list[Invoice]:
    """One for each number: a deleted one stays in the mirror for a while beside the one made anew under its number."""
    chosen: dict[str, Invoice] = {}
    for invoice in sorted(invoices, key=lambda one: (not one.is_cancelled, one.record_id)):
        chosen[invoice.number] = invoice
    return sorted(chosen.values(), key=lambda one: one.record_id)


def decide(view: InvoiceView, settings: InvoiceSettings, order: Order, book: InPohoda, invoice: Invoice) -> Plan:
    """The plan, and what only the rows know: an invoice of several orders, and totals that nobody has compared."""
    if sum(1 for link in invoice.links if link["agenda"] == "receivedOrder") > 1:
        return NoInvoice(Step("invoice_of_several_orders", {"number": invoice.number}))
    plan = plan_invoice(view, settings)
    if isinstance(plan, Print) and _pohoda_total(order, book) is None:
        return NoInvoice(Step("invoice_total_not_read", {"number": invoice.number}))
    return plan


def view_of(
    order: Order, book: InPohoda, invoice: Invoice, form: CheckoutForm | None, *, attached: int = 0
) -> InvoiceView:
    total = _pohoda_total(order, book)
    return InvoiceView(
        form_id=order.number,
        invoice=InvoiceFacts(
            number=invoice.number,
            kind=invoice.kind,
            sym_var=invoice.sym_var,
            total=invoice.total,
            currency=invoice.currency,
            is_cancelled=invoice.is_cancelled,
            is_paid=invoice.is_paid,
            is_locked=invoice.is_locked,
            fields=invoice.fields,
        ),
        order=book.facts,
        form_status=order.form.status,
        attached_count=attached,
        totals_differ=total is not None and (total != order.total or order.code == "pohoda_total_differs"),
        invoice_wanted=bool(form and form.invoice and form.invoice.required),
        marketplace=order.form.marketplace,
        country=_country(form) if form else "",
    )


def _pohoda_total(order: Order, book: InPohoda) -> Any:
    """Pohoda's own total of the order, as compared after the import or as exported; None while it is not known."""
    return order.pohoda_total if order.pohoda_total is not None else book.state.total


def _country(form: CheckoutForm) -> str:
    """Of the invoice's address, else of the buyer's profile, else where the parcel goes."""
    address = form.invoice.address if form.invoice else None
    delivery = form.delivery.address if form.delivery else None
    named = (address and address.country_code, form.buyer.address and form.buyer.address.country_code)
    return next((one for one in (*named, delivery and delivery.country_code) if one), "")


def _forms(orders: Collection[Order]) -> dict[uuid.UUID, CheckoutForm]:
    """The checkout forms as they were read last, in one query."""
    rows = Order.objects.filter(pk__in=[order.pk for order in orders], form__raw__isnull=False)
    found = {}
    for order_id, body in rows.values_list("pk", "form__raw__body"):
        try:
            found[order_id] = read(bytes(body), CheckoutForm)
        except (NotJson, NotAsExpected):
            continue
    return found


def _found(order: Order, invoice: Invoice, plan: Plan) -> InvoiceDocument:
    document = InvoiceDocument(order=order, tenant_id=order.tenant_id, number=invoice.number)
    _carry(document, invoice)
    _explain(document, plan)
    document.save()
    data: dict[str, Any] = {"number": invoice.number, "total": _plain(invoice.total), "trace": document.trace}
    if isinstance(plan, NoInvoice):
        data |= {"code": plan.step.code, "params": plan.step.params}
    record_event(type="order.invoice_found", object_kind=ORDER, object_id=order.pk, data=data)
    return document


def _revise(document: InvoiceDocument, order: Order, invoice: Invoice, plan: Plan) -> None:
    """An invoice known before: what its record and the settings say now."""
    changed = (document.total, document.currency) != (invoice.total, invoice.currency)
    if document.step not in BEFORE_ALLEGRO or _is_on_its_way(document):
        if changed or invoice.is_cancelled:
            _changed_afterwards(document, order, invoice)
        return
    if isinstance(plan, NoInvoice):
        if (document.state, document.code) != (State.SKIPPED, plan.step.code):
            _take_back(document, State.SKIPPED, plan.step, trace=plan.trace)
        return
    changed = changed or document.record_id != invoice.record_id or document.report_id != plan.report_id
    if changed or document.state in (State.SKIPPED, State.SUPERSEDED):
        drop_change(document, RECORD, code="replanned")
        went_on(document)
        _carry(document, invoice)
        start_again(document)
        _explain(document, plan)
        document.save()


def _is_on_its_way(document: InvoiceDocument) -> bool:
    """Printed, and nobody knows yet whether Allegro has its record."""
    change = change_of(document, RECORD) if document.step == StepOf.PRINTED else None
    return change is not None and change.state in (ChangeState.INTENT, ChangeState.UNKNOWN)


def _changed_afterwards(document: InvoiceDocument, order: Order, invoice: Invoice | None) -> None:
    params = {"number": document.number, "total": _plain(invoice and invoice.total), "order": order.number}
    if (document.code, document.params) == (CHANGED, params):
        return
    ask_person(document, CHANGED, params)
    save(document, document.state, CHANGED, params)


def _take_back(
    document: InvoiceDocument, state: str, step: Step, *, trace: tuple[Step, ...] = ()
) -> None:  # fmt: skip
    """Not wanted any more, and Allegro has nothing of it."""
    drop_change(document, RECORD, code=step.code)
    went_on(document)
    document.step, document.job_id, document.trace = StepOf.FOUND, None, msgspec.to_builtins(trace)
    save(document, state, step.code, step.params)
    data = {"number": document.number, "code": step.code, "params": step.params}
    record_event(type="order.invoice_dropped", object_kind=ORDER, object_id=document.order_id, data=data)


def _carry(document: InvoiceDocument, invoice: Invoice) -> None:
    document.record_id, document.total, document.currency = invoice.record_id, invoice.total, invoice.currency


def _explain(document: InvoiceDocument, plan: Plan) -> None:
    document.trace = msgspec.to_builtins(plan.trace)
    if isinstance(plan, Print):
        document.state, document.code, document.params = State.WAITING, "invoice_to_print", {}
        document.report_id, document.report_name = plan.report_id, plan.name[:100]
    else:
        document.state, document.code, document.params = State.SKIPPED, plan.step.code, plan.step.params


def _plain(total: Any) -> str:
    return "" if total is None else f"{total:.2f}"
