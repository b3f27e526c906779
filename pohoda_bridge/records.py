"""What Pohoda's exports say of stock cards, received orders and invoices, as plain values.

Amounts and quantities are Decimal. Dates are local dates of the accounting unit. `fields` are the optional parameters
(VPr…, RefVPr…) as text: true/false for yes and no, the entry's text for a list. Nothing here does I/O.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from msgspec import Struct, field

from pohoda_bridge.documents import ExternalId


class DocumentLink(Struct, frozen=True, kw_only=True):
    """Another document made from or joined to this one; `agenda` as Pohoda names it, e.g. `issuedInvoice`.

    `id` is 0 where the link names the number alone.
    """

    agenda: str
    id: int
    number: str


class StockRecord(Struct, frozen=True, kw_only=True):
    """A stock card. `store` is the first part of `storage` ("ZBOZI/Elektro"); with `code` it outlives the year.

    `price` and `levels` (by the level's name) are per `unit`; `price_with_vat` speaks of `price` alone, whether a level
    includes VAT is said by the level. `vat_percent` is None where the export names no percentage. `extra` has lists
    under "categories", "pictures" and "parameters" ("name: value") where they were asked for.
    """

    id: int
    code: str
    store: str
    storage: str
    name: str
    ean: str = ""
    kind: str = "card"
    unit: str = ""
    count: Decimal = Decimal(0)
    reservation: Decimal = Decimal(0)
    received_orders: Decimal = Decimal(0)
    vat_percent: Decimal | None = None
    price: Decimal = Decimal(0)
    price_with_vat: bool = False
    levels: dict[str, Decimal] = field(default_factory=dict)
    is_sales: bool = False
    is_internet: bool = False
    producer: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    extra: dict[str, list[str]] = field(default_factory=dict)


class OrderStateRecord(Struct, frozen=True, kw_only=True):
    """How far a received order is. `quantity` and `delivered` are sums over its stock lines.

    `total` is Pohoda's own including VAT, in `currency` ("" = home); None when it was not sent.
    """

    id: int
    number: str
    ext_id: ExternalId | None
    number_order: str
    date: dt.date
    is_executed: bool = False
    is_delivered: bool = False
    is_reserved: bool = False
    is_cancelled: bool = False
    carrier: str = ""
    payment_type: str = ""
    labels: tuple[str, ...] = ()
    fields: dict[str, str] = field(default_factory=dict)
    links: tuple[DocumentLink, ...] = ()
    quantity: Decimal = Decimal(0)
    delivered: Decimal = Decimal(0)
    total: Decimal | None = None
    currency: str = ""


class InvoiceRecord(Struct, frozen=True, kw_only=True):
    """An issued document. `kind` as Pohoda names it, e.g. `issuedInvoice`.

    `is_paid`: Pohoda knows a payment and nothing is left to pay. `is_locked`: closed by a person or by the period.
    """

    id: int
    number: str
    kind: str
    sym_var: str
    number_order: str
    date: dt.date
    total: Decimal | None = None
    currency: str = ""
    is_cancelled: bool = False
    is_paid: bool = False
    is_locked: bool = False
    fields: dict[str, str] = field(default_factory=dict)
    links: tuple[DocumentLink, ...] = ()


Record = StockRecord | OrderStateRecord | InvoiceRecord
