"""Pohoda documents as plain values: what we write, what we read back, and what an import ended as.

Amounts are Decimal; prices are per piece and include VAT; dates are local dates of the accounting unit. Text is as the
buyer typed it: `pohoda_bridge.xml` fits it to the limits of the schema and says so.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Literal

from msgspec import Struct

VatRate = Literal["none", "low", "high", "third", "historyLow", "historyHigh", "historyThird"]


class UnitPin(Struct, frozen=True):
    """Which books a document is for. Checked before a write and in every answer (RELIABILITY M8)."""

    ico: str
    database: str
    year: int
    key: str = ""


class ExternalId(Struct, frozen=True):
    """The buyer's side of a link: `ids` = checkout form id, `system` = `allegro:<env>:<seller>` (DESIGN §4.8)."""

    ids: str
    system: str
    text: str = ""


class Party(Struct, frozen=True):
    """Who pays: a company (ico, dic) or a person (name only)."""

    company: str = ""
    name: str = ""
    street: str = ""
    city: str = ""
    zip: str = ""
    country: str = ""
    ico: str = ""
    dic: str = ""
    ic_dph: str = ""
    phone: str = ""
    email: str = ""


class ShipTo(Struct, frozen=True):
    """Where the parcel goes; a pickup point's name and id stand in `company`."""

    company: str = ""
    name: str = ""
    street: str = ""
    city: str = ""
    zip: str = ""
    country: str = ""
    phone: str = ""
    email: str = ""


class StockRef(Struct, frozen=True):
    """A stock card by (store, code): ids change with the year, this pair does not."""

    store: str
    code: str


class OrderLine(Struct, frozen=True):
    """One line. Without `stock` it is a text line (delivery, services)."""

    text: str
    quantity: Decimal
    unit_price: Decimal
    vat: VatRate
    vat_percent: Decimal | None = None
    unit: str = ""
    code: str = ""
    stock: StockRef | None = None
    note: str = ""


class ForeignCurrency(Struct, frozen=True):
    """`rate` CZK per `amount` units (HUF: per 100). `rate` None leaves it to Pohoda's own rate list."""

    code: str
    rate: Decimal | None = None
    amount: int = 1


class ReceivedOrder(Struct, frozen=True, kw_only=True):
    """A customer order for Pohoda's agenda Přijaté objednávky. `currency` None means the unit's home currency."""

    ext_id: ExternalId
    number_order: str
    date: dt.date
    text: str
    buyer: Party
    lines: tuple[OrderLine, ...]
    ship_to: ShipTo | None = None
    link_to_address: bool = False
    number_series: str = ""
    payment_type: str = ""
    carrier: str = ""
    centre: str = ""
    activity: str = ""
    note: str = ""
    internal_note: str = ""
    is_reserved: bool = True
    date_from: dt.date | None = None
    date_to: dt.date | None = None
    currency: ForeignCurrency | None = None

    @property
    def total(self) -> Decimal:
        """Sum of lines including VAT, in the order's currency."""
        return sum((line.unit_price * line.quantity for line in self.lines), Decimal(0))


class OrderImport(Struct, frozen=True, kw_only=True):
    """One order in one dataPack with deterministic ids (DESIGN §4.8)."""

    pack_id: str
    item_id: str
    pin: UnitPin
    order: ReceivedOrder


class OrderRecord(Struct, frozen=True, kw_only=True):
    """A received order as Pohoda exports it. `total` is Pohoda's own, in `currency` ("" = home); None = not sent."""

    id: int
    number: str
    ext_id: ExternalId | None
    number_order: str
    date: dt.date
    total: Decimal | None
    currency: str = ""
    is_executed: bool = False
    is_cancelled: bool = False


class Detail(Struct, frozen=True):
    """One `rdc:detail` of an answer."""

    state: Literal["ok", "warning", "error"]
    errno: int | None = None
    note: str = ""
    xpath: str = ""
    requested: str = ""
    produced: str = ""


class Imported(Struct, frozen=True, tag="imported"):
    """Pohoda made the record. `alarm` is set when the pack around a good item was in error (RELIABILITY 2.3.2)."""

    id: int
    number: str
    warnings: tuple[Detail, ...] = ()
    alarm: str = ""


class AlreadyThere(Struct, frozen=True, tag="already_there"):
    """Found by external id: Pohoda has it, nothing was written now."""

    record: OrderRecord


class Duplicate(Struct, frozen=True, tag="duplicate"):
    """Pohoda refused the pair of ids as imported before. The record must be looked up."""

    note: str


class Refused(Struct, frozen=True, tag="refused"):
    """Pohoda answered completely that it did not make the record, and why."""

    errno: int | None
    note: str
    details: tuple[Detail, ...] = ()


class NotSent(Struct, frozen=True, tag="not_sent"):
    """Nothing of the document was looked at: no byte left the agent, or Pohoda said at once that the user has no right.

    `code` says why: mserver_off, wrong_unit, denied, …
    """

    code: str
    detail: str = ""


class Unknown(Struct, frozen=True, tag="unknown"):
    """The document may or may not be in Pohoda; only a lookup can tell."""

    code: str
    detail: str = ""


ImportOutcome = Imported | AlreadyThere | Duplicate | Refused | NotSent | Unknown
