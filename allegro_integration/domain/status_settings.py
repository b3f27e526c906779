"""What a customer sets for order statuses and parcel numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from connectify.domain.rules import TRUE, Condition, Rule

OTHER: Final = "OTHER"  # Allegro's carrier for which the seller gives a name

DEFAULT_RULES: Final = (
    Rule("transport", (Condition("transport", "is", (TRUE,)),), "SENT"),
    Rule("executed", (Condition("executed", "is", (TRUE,)),), "SENT"),
    Rule("issue_slip", (Condition("issue_slip", "is", (TRUE,)),), "READY_FOR_SHIPMENT"),
    Rule("invoiced", (Condition("invoiced", "is", (TRUE,)),), "READY_FOR_SHIPMENT"),
)
"""A shipment or an executed order is sent; with an issue slip or an invoice it is ready to be sent."""


class StatusSettings(Struct, frozen=True, kw_only=True):
    """Rules from facts of the order to Allegro's fulfilment statuses; the first that holds decides.

    `parcel_field` is the optional field of the order that holds the parcel number, `carriers` gives Allegro's carrier
    id for the name of a carrier in Pohoda.
    """

    rules: tuple[Rule, ...] = DEFAULT_RULES
    parcel_field: str = ""
    carriers: Mapping[str, str] = {}
    default_carrier: str = OTHER
