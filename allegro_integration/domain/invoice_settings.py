"""What a customer sets for invoices: which are attached, printed by which report."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from msgspec import Struct

from connectify.domain.facts import Problem
from connectify.domain.rules import Condition

# Final documents by Pohoda's names (invoice.xsd, invoiceTypeType) that are read from it. Proformas and advances are
# never attached; stored settings may name a kind that nothing is read of.
KINDS: Final = ("issuedInvoice",)


class PrintReport(Struct, frozen=True):
    """One of Pohoda's print reports (its id in the unit) and when it is used. Without conditions always."""

    name: str
    report_id: int
    conditions: tuple[Condition, ...] = ()


class InvoiceSettings(Struct, frozen=True, kw_only=True):
    """The first report whose conditions all hold prints the invoice. `kinds` are final documents only."""

    reports: tuple[PrintReport, ...] = ()
    kinds: tuple[str, ...] = KINDS
    only_paid: bool = False


def check_kinds(kinds: Collection[str], *, kept: Collection[str] = ()) -> tuple[Problem, ...]:
    """Why these kinds of documents cannot be chosen: "kind_missing", "kind_unknown". Empty: they can.

    What was stored before, `kept`, may stay.
    """
    if not kinds:
        return (Problem("kind_missing", {}),)
    unknown = sorted(set(kinds) - {*KINDS, *kept})
    return (Problem("kind_unknown", {"kinds": ", ".join(unknown)[:200]}),) if unknown else ()
