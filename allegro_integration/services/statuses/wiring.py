"""What the flow of statuses registers when Django starts."""

from __future__ import annotations

from allegro_integration.services.in_pohoda import invoices_changed, orders_changed
from allegro_integration.services.statuses.planning import PARCEL, PARCEL_TASK, STATUS
from allegro_integration.services.statuses.sending import STATUS_TASK, retry_parcel, retry_status
from connectify.sync.changes import register_kind
from connectify.sync.quarantine import on_retry
from pohoda_bridge.server.mirror.listeners import on_changed


def register() -> None:
    """Idempotent. The listeners serve the invoices as well: what changed in Pohoda marks its orders."""
    for kind in (STATUS, PARCEL):
        register_kind(kind, direction="statuses")
    on_changed("orders", orders_changed)
    on_changed("invoices", invoices_changed)
    on_retry(STATUS_TASK, retry_status)
    on_retry(PARCEL_TASK, retry_parcel)
