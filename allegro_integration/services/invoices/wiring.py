"""What the flow of invoices registers when Django starts."""

from __future__ import annotations

from allegro_integration.services.invoices.documents import CHANGED, FILE, INVOICE, RECORD, retry_document
from connectify.sync.changes import register_kind
from connectify.sync.quarantine import on_retry


def register() -> None:
    """Idempotent."""
    for kind in (RECORD, FILE):
        register_kind(kind, direction="invoices")
    on_retry(INVOICE, retry_document, not_for=(CHANGED,))
