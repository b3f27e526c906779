"""From an order's facts in Pohoda to its fulfilment status and parcel number at Allegro: pure, and explained.

No echo (what we wrote, or what Allegro shows already, is not written again) and never backwards. CANCELLED and
SUSPENDED come from an explicit rule only; CANCELLED is the seller's label, it refunds nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from msgspec import Struct

from allegro_integration.domain.order_facts import FIELD, OrderFacts, order_facts
from allegro_integration.domain.status_settings import OTHER, StatusSettings
from connectify.domain.rules import FactValue, decide
from connectify.domain.trace import Step

ORDERED: Final = ("NEW", "PROCESSING", "READY_FOR_SHIPMENT", "READY_FOR_PICKUP", "SENT", "PICKED_UP")
ASIDE: Final = ("CANCELLED", "SUSPENDED")
WRITABLE: Final = frozenset(ORDERED + ASIDE)
"""The outcomes that rules of statuses may have."""
MAX_WAYBILL: Final = 64
MAX_CARRIER_NAME: Final = 30
_RANK: Final = {status: rank for rank, status in enumerate(ORDERED)}

SKIPS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "status_form_cancelled": (),
        "status_form_not_ready": ("status",),
        "status_no_rule": (),
        "status_not_writable": ("fulfilment",),
        "status_same": ("fulfilment",),
        "status_written_before": ("fulfilment", "known"),
        "status_backwards": ("fulfilment", "known"),
        "status_returned": (),
        "status_set_by_person": ("fulfilment", "known"),
        "status_not_understood": ("known",),
    }
)
"""Why no status is written."""

PARCELS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "parcel_number": ("waybill", "carrier", "carrier_id"),
        "parcel_too_long": ("waybill", "limit"),
        "parcel_without_carrier": ("waybill",),
        "parcel_from_allegro": ("waybill",),
    }
)
"""What a status plan's trace says of the parcel number."""

NOTES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({"status_cancels_nothing": ()})


class SetStatus(Struct, frozen=True, tag="set_status"):
    """The seller's status of an order; `revision` is the checkout form's, so that a changed form refuses it."""

    form_id: str
    status: str
    revision: str


class AddParcel(Struct, frozen=True, tag="add_parcel"):
    """A parcel number. `carrier_name` only with the carrier OTHER. Goes before the status that says it was sent."""

    form_id: str
    carrier_id: str
    carrier_name: str
    waybill: str


class OrderView(Struct, frozen=True, kw_only=True):
    """One order on both sides.

    `form_status` is the checkout form's, `known_status` the fulfilment status that Allegro shows, `confirmed_status`
    the one that we wrote last and Allegro confirmed. `parcel_sent`: Allegro has a parcel number, ours or any other.
    """

    form_id: str
    revision: str
    facts: OrderFacts
    form_status: str = "READY_FOR_PROCESSING"
    known_status: str = ""
    confirmed_status: str = ""
    parcel_sent: bool = False


class StatusPlan(Struct, frozen=True):
    """What to write, or why no status is written; and how the rules decided."""

    change: SetStatus | None
    parcel: AddParcel | None
    skip: Step | None
    trace: tuple[Step, ...]


def plan_status(view: OrderView, settings: StatusSettings) -> StatusPlan:
    """The status and parcel number to write for one order."""
    refused = _form_skip(view)
    if refused is not None:
        return StatusPlan(None, None, refused, ())
    facts = order_facts(view.facts)
    trace: list[Step] = []
    parcel = _parcel(view, facts, settings, trace)
    decision = decide(settings.rules, facts)
    if decision is None:
        return StatusPlan(None, parcel, Step("status_no_rule"), tuple(trace))
    trace += decision.trace
    skip = _status_skip(view, decision.outcome)
    if skip is not None:
        return StatusPlan(None, parcel, skip, tuple(trace))
    if decision.outcome == "CANCELLED":
        trace.append(Step("status_cancels_nothing"))
    return StatusPlan(SetStatus(view.form_id, decision.outcome, view.revision), parcel, None, tuple(trace))


def _form_skip(view: OrderView) -> Step | None:
    if view.form_status == "CANCELLED":
        return Step("status_form_cancelled")
    if view.form_status != "READY_FOR_PROCESSING":
        return Step("status_form_not_ready", {"status": view.form_status})
    if view.known_status == "RETURNED":
        return Step("status_returned")
    return None


def _status_skip(view: OrderView, status: str) -> Step | None:
    """Why this status must not be written; None when it may."""
    known = view.known_status or "NEW"
    if status not in WRITABLE:
        return Step("status_not_writable", {"fulfilment": status})
    if status == known:
        return Step("status_same", {"fulfilment": status})
    if status == view.confirmed_status:
        return Step("status_written_before", {"fulfilment": status, "known": known})
    if known not in WRITABLE:
        return Step("status_not_understood", {"known": known})
    if known in ASIDE and known != view.confirmed_status:
        return Step("status_set_by_person", {"fulfilment": status, "known": known})
    reached = max(_RANK.get(known, -1), _RANK.get(view.confirmed_status, -1))
    if status in _RANK and _RANK[status] <= reached:
        return Step("status_backwards", {"fulfilment": status, "known": known})
    return None


def _parcel(
    view: OrderView, facts: Mapping[str, FactValue], settings: StatusSettings, trace: list[Step]
) -> AddParcel | None:
    """The order's first parcel number, unless Allegro has one."""
    if not settings.parcel_field or view.parcel_sent:
        return None
    found = facts.get(f"{FIELD}{settings.parcel_field}")
    waybill = _first_number(found) if isinstance(found, str) else ""
    if not waybill:
        return None
    if len(waybill) > MAX_WAYBILL:
        trace.append(Step("parcel_too_long", {"waybill": waybill, "limit": str(MAX_WAYBILL)}))
        return None
    carrier = view.facts.carrier.strip()
    carrier_id = settings.carriers.get(carrier, settings.default_carrier)
    if carrier_id == "ALLEGRO":
        trace.append(Step("parcel_from_allegro", {"waybill": waybill}))
        return None
    name = carrier[:MAX_CARRIER_NAME].strip() if carrier_id == OTHER else ""
    if carrier_id == OTHER and not name:
        trace.append(Step("parcel_without_carrier", {"waybill": waybill}))
        return None
    trace.append(Step("parcel_number", {"waybill": waybill, "carrier": carrier, "carrier_id": carrier_id}))
    return AddParcel(view.form_id, carrier_id, name, waybill)


def _first_number(text: str) -> str:
    """The first of several numbers, which people separate by blanks, commas, semicolons or lines."""
    parts = text.replace(",", " ").replace(";", " ").split()
    return parts[0] if parts else ""
