"""What an order and its documents in Pohoda say, as facts that rules of statuses and invoices decide on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Final

from msgspec import Struct

from connectify.domain.facts import Catalogue, FactDefinition, Kind
from connectify.domain.rules import FactValue

FIELD: Final = "field:"  # before the name of one of Pohoda's optional fields
INVOICE: Final = "issuedInvoice"
ISSUE_SLIP: Final = "issueSlip"
SHIPMENT: Final = "shipments"


class LinkedDocument(Struct, frozen=True):
    """A document in Pohoda that hangs on the order: `agenda` as Pohoda's XML names it."""

    agenda: str
    number: str = ""


class OrderFacts(Struct, frozen=True, kw_only=True):
    """A received order in Pohoda. `quantity` and `delivered_quantity` are sums over its stock lines."""

    executed: bool = False
    delivered: bool = False
    reserved: bool = False
    cancelled: bool = False
    quantity: Decimal = Decimal(0)
    delivered_quantity: Decimal = Decimal(0)
    carrier: str = ""
    payment_type: str = ""
    labels: tuple[str, ...] = ()
    fields: Mapping[str, str] = {}
    links: tuple[LinkedDocument, ...] = ()

    def numbers(self, agenda: str) -> tuple[str, ...]:
        """The numbers of the linked documents of one agenda."""
        return tuple(link.number for link in self.links if link.agenda == agenda)


ORDER_CATALOGUE: Final = Catalogue.of(
    FactDefinition("executed", Kind.BOOL, "fact_executed"),
    FactDefinition("delivered", Kind.BOOL, "fact_delivered"),
    FactDefinition("reserved", Kind.BOOL, "fact_reserved"),
    FactDefinition("cancelled", Kind.BOOL, "fact_cancelled"),
    FactDefinition("delivered_share", Kind.NUMBER, "fact_delivered_share"),
    FactDefinition("invoiced", Kind.BOOL, "fact_invoiced"),
    FactDefinition("issue_slip", Kind.BOOL, "fact_issue_slip"),
    FactDefinition("transport", Kind.BOOL, "fact_transport"),
    FactDefinition("carrier", Kind.TEXT, "fact_carrier"),
    FactDefinition("payment_type", Kind.TEXT, "fact_payment_type"),
    FactDefinition("labels", Kind.LIST, "fact_labels"),
)
"""The facts of every order; `with_fields` adds the optional fields of a unit."""


def with_fields(catalogue: Catalogue, names: Iterable[str]) -> Catalogue:
    """The catalogue and the unit's optional fields ("VPrBalik" becomes the fact "field:VPrBalik")."""
    return catalogue.extended(FactDefinition(f"{FIELD}{name}", Kind.TEXT, name) for name in names)


def order_facts(order: OrderFacts) -> dict[str, FactValue]:
    """The facts of an order by the keys of ORDER_CATALOGUE. `delivered_share` is percent, empty without stock lines."""
    linked = {link.agenda for link in order.links}
    facts: dict[str, FactValue] = {
        "executed": order.executed,
        "delivered": order.delivered,
        "reserved": order.reserved,
        "cancelled": order.cancelled,
        "delivered_share": _share(order),
        "invoiced": INVOICE in linked,
        "issue_slip": ISSUE_SLIP in linked,
        "transport": SHIPMENT in linked,
        "carrier": order.carrier,
        "payment_type": order.payment_type,
        "labels": order.labels,
    }
    for name, value in order.fields.items():
        facts[f"{FIELD}{name}"] = value
    return facts


def _share(order: OrderFacts) -> Decimal | None:
    if order.quantity <= 0:
        return None
    return (order.delivered_quantity * 100 / order.quantity).quantize(Decimal("0.01"))
