"""What goes back from Pohoda for one order, for its page: the seller's state with its reasons, and its invoices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from allegro_integration.explain_words import fulfilment_in_words, in_words
from allegro_integration.models import InvoiceDocument, Order
from connectify.dashboard.explanations import explain


def way_back(order: Order, invoices: Sequence[InvoiceDocument]) -> dict[str, Any]:
    """The template's part of an order page."""
    return {
        "fulfilment": fulfilment_in_words(order.fulfilment),
        "fulfilment_wanted": fulfilment_in_words(order.fulfilment_wanted),
        "status_why": explain(order.fulfilment_code, in_words(order.fulfilment_params))
        if order.fulfilment_code
        else None,
        "status_reasons": _reasons(order.fulfilment_trace),
        "invoices": [_invoice(invoice, order) for invoice in invoices],
    }


def _invoice(invoice: InvoiceDocument, order: Order) -> dict[str, Any]:
    return {
        "invoice": invoice,
        "currency": invoice.currency or order.currency,
        "why": explain(invoice.code, in_words(invoice.params)) if invoice.code else None,
        "reasons": _reasons(invoice.trace),
    }


def _reasons(trace: list[dict[str, Any]]) -> list[str]:
    return [explain(step["code"], in_words(step.get("params") or {})).title for step in trace]
