"""The order's events on the way back to Allegro, as steps: statuses, parcel numbers, invoices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from connectify.dashboard.explanations import Explanation

# Event type → (tone, sentence).
STEPS: Final[Mapping[str, tuple[str, Explanation]]] = {
    "order.status_planned": ("idle", Explanation(_("Status to be set at Allegro: %(fulfilment)s"))),
    "order.status_set": ("good", Explanation(_("Status set at Allegro: %(fulfilment)s"))),
    "order.status_refused": ("bad", Explanation(_("Allegro did not take the status: %(fulfilment)s"))),
    "order.parcel_added": ("good", Explanation(_("Parcel number added at Allegro: %(waybill)s"))),
    "order.parcel_known": ("idle", Explanation(_("Allegro already has a parcel number: %(waybill)s"))),
    "order.parcel_refused": ("bad", Explanation(_("Allegro did not take the parcel number %(waybill)s"))),
    "order.invoice_found": ("idle", Explanation(_("Invoice %(number)s found in Pohoda"))),
    "order.invoice_dropped": ("idle", Explanation(_("Invoice %(number)s is not attached"))),
    "order.invoice_stopped": ("bad", Explanation(_("Invoice %(number)s does not go on without a person"))),
    "order.invoice_retried": ("idle", Explanation(_("Invoice %(number)s tried again by a person"))),
    "order.invoice_queued": ("idle", Explanation(_("Pohoda is asked to print the invoice %(number)s"))),
    "order.invoice_print_failed": ("wait", Explanation(_("The invoice %(number)s could not be printed"))),
    "order.invoice_printed": ("idle", Explanation(_("Invoice %(number)s printed and checked"))),
    "order.invoice_created": ("idle", Explanation(_("Invoice %(number)s announced to Allegro"))),
    "order.invoice_known": ("idle", Explanation(_("Allegro already has the invoice %(number)s"))),
    "order.invoice_uploaded": ("good", Explanation(_("Invoice %(number)s attached at Allegro"))),
    "order.invoice_accepted": ("good", Explanation(_("Invoice %(number)s accepted by Allegro"))),
}


def details(type_: str, data: Mapping[str, Any]) -> list[str]:
    """What a step says beside its sentence."""
    match type_:
        case "order.invoice_queued":
            return [str(_("Print report: %(report)s (%(report_id)s)")) % _named(data, "report", "report_id")]
        case "order.parcel_added":
            return [str(_("Carrier: %(carrier)s")) % _named(data, "carrier")]
    return [str(data["detail"])] if data.get("detail") else []


def _named(data: Mapping[str, Any], *names: str) -> dict[str, str]:
    return {name: str(data.get(name) or "–") for name in names}
