"""Which of Pohoda's invoices are attached to which orders, by which report; and whether a PDF is the right one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from msgspec import Struct

from allegro_integration.domain.invoice_settings import InvoiceSettings
from allegro_integration.domain.order_facts import FIELD, OrderFacts, order_facts
from connectify.domain.facts import Catalogue, FactDefinition, Kind
from connectify.domain.price_steps import show
from connectify.domain.rules import Decision, FactValue, Rule, decide
from connectify.domain.trace import Step

MOST_AT_ALLEGRO: Final = 10

SKIPS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "invoice_form_cancelled": (),
        "invoice_form_not_ready": ("status",),
        "invoice_not_final": ("number", "kind"),
        "invoice_cancelled": ("number",),
        "invoice_without_number": (),
        "invoice_without_total": ("number",),
        "invoice_not_paid": ("number",),
        "invoice_attached_already": ("number",),
        "invoice_totals_differ": ("number",),
        "invoice_no_report": ("number",),
        "invoice_too_many": ("number", "limit"),
    }
)
"""Why an invoice is not attached."""

PROBLEMS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "pdf_without_text": (),
        "pdf_without_number": ("number",),
        "pdf_without_total": ("number", "total", "currency"),
        "pdf_without_currency": ("number", "currency"),
        "pdf_without_ico": ("number", "ico"),
    }
)
"""Why a printed PDF is not the invoice it should be."""

TRACE: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({"invoice_report_chosen": ("report", "report_id")})

_SIGNS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {"CZK": ("CZK", "Kč"), "EUR": ("EUR", "€"), "HUF": ("HUF", "Ft"), "PLN": ("PLN", "zł")}
)


class InvoiceFacts(Struct, frozen=True, kw_only=True):
    """An invoice in Pohoda. `kind` is Pohoda's invoice type, `currency` "" the unit's own."""

    number: str
    kind: str = "issuedInvoice"
    sym_var: str = ""
    total: Decimal | None = None
    currency: str = ""
    is_cancelled: bool = False
    is_paid: bool = False
    is_locked: bool = False
    fields: Mapping[str, str] = {}


class InvoiceView(Struct, frozen=True, kw_only=True):
    """An invoice and the order it belongs to.

    `attached` are the numbers of the invoices that Allegro has for the order, `attached_count` how many there are (also
    those without a number). `totals_differ`: the order's total in Pohoda is not Allegro's, so its invoice is held.
    `invoice_wanted`: the buyer asked for one. `marketplace` and `country` (of the buyer) may choose the report.
    """

    form_id: str
    invoice: InvoiceFacts
    order: OrderFacts = OrderFacts()
    form_status: str = "READY_FOR_PROCESSING"
    attached: frozenset[str] = frozenset()
    attached_count: int = 0
    totals_differ: bool = False
    invoice_wanted: bool = True
    marketplace: str = ""
    country: str = ""


class Print(Struct, frozen=True, tag="print"):
    """Print the invoice with this report and attach it."""

    report_id: int
    name: str
    trace: tuple[Step, ...]


class NoInvoice(Struct, frozen=True, tag="no_invoice"):
    """Why the invoice is not attached."""

    step: Step
    trace: tuple[Step, ...] = ()


INVOICE_CATALOGUE: Final = Catalogue.of(
    FactDefinition("invoice_kind", Kind.TEXT, "fact_invoice_kind"),
    FactDefinition("currency", Kind.TEXT, "fact_currency"),
    FactDefinition("paid", Kind.BOOL, "fact_paid"),
    FactDefinition("locked", Kind.BOOL, "fact_locked"),
    FactDefinition("total", Kind.NUMBER, "fact_total"),
    FactDefinition("invoice_wanted", Kind.BOOL, "fact_invoice_wanted"),
    FactDefinition("marketplace", Kind.TEXT, "fact_marketplace"),
    FactDefinition("country", Kind.TEXT, "fact_country"),
    FactDefinition("carrier", Kind.TEXT, "fact_carrier"),
    FactDefinition("payment_type", Kind.TEXT, "fact_payment_type"),
    FactDefinition("labels", Kind.LIST, "fact_labels"),
)
"""The facts a print report's conditions may use; `order_facts.with_fields` adds the invoice's optional fields."""


def plan_invoice(view: InvoiceView, settings: InvoiceSettings) -> Print | NoInvoice:
    """The report that prints the invoice, or why it is not attached."""
    refused = _refusal(view, settings)
    if refused is not None:
        return NoInvoice(refused)
    decision = _choose(view, settings)
    if decision is None:
        return NoInvoice(Step("invoice_no_report", {"number": view.invoice.number}))
    report = settings.reports[int(decision.outcome)]
    chosen = Step("invoice_report_chosen", {"report": report.name, "report_id": str(report.report_id)})
    return Print(report.report_id, report.name, (*decision.trace[:-1], chosen))


def invoice_facts(view: InvoiceView) -> dict[str, FactValue]:
    """The facts of an invoice by the keys of INVOICE_CATALOGUE. `currency` is "" in the unit's own."""
    invoice = view.invoice
    order = order_facts(view.order)
    facts: dict[str, FactValue] = {
        "invoice_kind": invoice.kind,
        "currency": invoice.currency,
        "paid": invoice.is_paid,
        "locked": invoice.is_locked,
        "total": invoice.total,
        "invoice_wanted": view.invoice_wanted,
        "marketplace": view.marketplace,
        "country": view.country,
        "carrier": order["carrier"],
        "payment_type": order["payment_type"],
        "labels": order["labels"],
    }
    for name, value in invoice.fields.items():
        facts[f"{FIELD}{name}"] = value
    return facts


def _choose(view: InvoiceView, settings: InvoiceSettings) -> Decision | None:
    """The first report whose conditions hold; the outcome is its place in the settings."""
    rules = (Rule(report.name, report.conditions, str(at)) for at, report in enumerate(settings.reports))
    return decide(rules, invoice_facts(view))


def _refusal(view: InvoiceView, settings: InvoiceSettings) -> Step | None:
    invoice = view.invoice
    named = {"number": invoice.number}
    if view.form_status == "CANCELLED":
        return Step("invoice_form_cancelled")
    if view.form_status != "READY_FOR_PROCESSING":
        return Step("invoice_form_not_ready", {"status": view.form_status})
    if not invoice.number.strip():
        return Step("invoice_without_number")
    if invoice.kind not in settings.kinds:
        return Step("invoice_not_final", {**named, "kind": invoice.kind})
    if invoice.is_cancelled:
        return Step("invoice_cancelled", named)
    if invoice.number in view.attached:
        return Step("invoice_attached_already", named)
    if view.totals_differ:
        return Step("invoice_totals_differ", named)
    if invoice.total is None:
        return Step("invoice_without_total", named)
    if settings.only_paid and not invoice.is_paid:
        return Step("invoice_not_paid", named)
    if max(view.attached_count, len(view.attached)) >= MOST_AT_ALLEGRO:
        return Step("invoice_too_many", {**named, "limit": str(MOST_AT_ALLEGRO)})
    return None


def check_pdf_text(text: str, *, number: str, total: Decimal, currency: str = "", ico: str = "") -> tuple[Step, ...]:
    """What speaks against a PDF being this invoice; empty: nothing.

    The number must stand there whole, not as a part of a longer one, and so must the total, with any of the usual
    separators of thousands and decimals. `currency` ("" for the unit's own) and `ico` are looked for where given.
    """
    plain = " ".join(unicodedata.normalize("NFKC", text).split())
    if not plain:
        return (Step("pdf_without_text"),)
    problems: list[Step] = []
    if not _whole(" ".join(number.split())).search(plain):
        problems.append(Step("pdf_without_number", {"number": number}))
    if not _amount(total).search(plain):
        problems.append(Step("pdf_without_total", {"number": number, "total": show(total), "currency": currency}))
    if currency and not any(_named(sign, plain) for sign in _SIGNS.get(currency, (currency,))):
        problems.append(Step("pdf_without_currency", {"number": number, "currency": currency}))
    if ico and not _whole(ico).search(plain):
        problems.append(Step("pdf_without_ico", {"number": number, "ico": ico}))
    return tuple(problems)


def _whole(word: str) -> re.Pattern[str]:
    """The word where it is not a part of a longer one, also not of one with dashes, slashes or decimal points in it."""
    return re.compile(rf"(?<!\w)(?<!\w[-/])(?<!\d\.){re.escape(word)}(?!\w)(?![-/]\w)(?!\.\d)")


def _named(sign: str, plain: str) -> bool:
    return bool(re.search(rf"(?<![^\W\d]){re.escape(sign)}(?![^\W\d])", plain))


def _amount(total: Decimal) -> re.Pattern[str]:
    """The amount as people print it: 1234.50, 1 234,50, 1.234,50; whole amounts also as 1 234 or 1 234,-."""
    whole, _, cents = f"{abs(total):.2f}".partition(".")
    head = len(whole) % 3 or 3
    groups = [whole[:head], *(whole[at : at + 3] for at in range(head, len(whole), 3))]
    digits = "[ .,']?".join(groups)
    # A first group of three digits may be the tail of a longer number; a shorter one only of a fraction.
    before = r"(?<!\d)(?<!\d[ .,'])" if head == 3 else r"(?<!\d)(?<!\d[.,'])"
    decimals = f"[.,]{cents}"
    if cents == "00":
        return re.compile(
            rf"{before}{digits}(?:{decimals}(?!\d)|(?:[.,](?:-{{1,2}}|–))|(?![.,']\d)(?! \d{{3}}(?!\d))(?!\d))"
        )
    return re.compile(rf"{before}{digits}{decimals}(?!\d)")
