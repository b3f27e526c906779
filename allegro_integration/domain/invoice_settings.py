"""What a customer sets for invoices: which are attached, printed by which report."""

from __future__ import annotations

from msgspec import Struct

from connectify.domain.rules import Condition


class PrintReport(Struct, frozen=True):
    """One of Pohoda's print reports (its id in the unit) and when it is used. Without conditions always."""

    name: str
    report_id: int
    conditions: tuple[Condition, ...] = ()


class InvoiceSettings(Struct, frozen=True, kw_only=True):
    """The first report whose conditions all hold prints the invoice. `kinds` are final documents only."""

    reports: tuple[PrintReport, ...] = ()
    kinds: tuple[str, ...] = ("issuedInvoice",)
    only_paid: bool = False
