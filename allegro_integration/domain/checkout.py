"""Allegro's checkout form (an order) as frozen values. Source: Allegro OpenAPI, `CheckoutForm` and its parts.

Unknown keys are ignored and enumerations are plain text: Allegro adds both without notice, and a word we do not know
must not cost a whole order. Only what an order cannot be understood without is required.
"""

from __future__ import annotations

from msgspec import Struct

from allegro_integration.domain.delivery import Delivery, Invoice
from allegro_integration.domain.values import Instant, Price, Reference


class External(Struct, frozen=True):
    """The seller's own number of an offer: free text, not unique, at most 100 characters."""

    id: str | None = None


class ProductInSet(Struct, frozen=True, rename="camel"):
    """One catalogue product of a set."""

    id: str
    quantity: int = 1


class ProductSet(Struct, frozen=True):
    """What a set consists of; present only where the seller defined one."""

    products: tuple[ProductInSet, ...] = ()


class Offer(Struct, frozen=True, rename="camel"):
    """The offer that was bought."""

    id: str
    name: str = ""
    external: External | None = None
    product_set: ProductSet | None = None
    hs_number: str | None = None

    @property
    def external_id(self) -> str:
        """The seller's number without surrounding blanks, or ""."""
        return (self.external.id or "").strip() if self.external else ""


class Tax(Struct, frozen=True):
    """The VAT that the offer has for the delivery country. `rate` is percent as text ("23.00")."""

    rate: str | None = None
    subject: str | None = None
    exemption: str | None = None


class Deposit(Struct, frozen=True):
    """A returnable deposit, per piece."""

    price: Price


class LineReconciliation(Struct, frozen=True):
    """What Allegro pays to the seller on top (Allegro Prices); `type` BILLING or WALLET."""

    value: Price | None = None
    type: str | None = None
    quantity: int | None = None


class AdditionalService(Struct, frozen=True, rename="camel"):
    """A paid service that the buyer chose; `price` is per unit."""

    definition_id: str | None = None
    name: str | None = None
    price: Price | None = None
    quantity: int = 1


class Discount(Struct, frozen=True):
    """Why `price` is below `originalPrice`."""

    type: str | None = None


class Voucher(Struct, frozen=True, rename="camel"):
    """A voucher used on a line."""

    type: str = ""
    code: str | None = None
    status: str | None = None
    external_transaction_id: str | None = None
    value: Price | None = None


class SerialNumber(Struct, frozen=True):
    """A serial number entered for a piece."""

    value: str
    returned: bool | None = None


class SerialNumbers(Struct, frozen=True):
    """Serial numbers of a line (export orders)."""

    expected: bool | None = None
    entries: tuple[SerialNumber, ...] | None = None


class LineItem(Struct, frozen=True, rename="camel"):
    """One line. Prices are gross and per piece; the same offer may stand in two lines."""

    id: str
    offer: Offer
    quantity: int
    price: Price
    original_price: Price | None = None
    deposit: Deposit | None = None
    reconciliation: LineReconciliation | None = None
    selected_additional_services: tuple[AdditionalService, ...] | None = None
    vouchers: tuple[Voucher, ...] | None = None
    tax: Tax | None = None
    bought_at: Instant | None = None
    discounts: tuple[Discount, ...] | None = None
    serial_numbers: SerialNumbers | None = None


class Language(Struct, frozen=True):
    """The buyer's language ("cs-CZ")."""

    language: str | None = None


class BuyerAddress(Struct, frozen=True, rename="camel"):
    """The address of the buyer's profile; never where the parcel goes."""

    street: str | None = None
    city: str | None = None
    post_code: str | None = None
    country_code: str | None = None


class Buyer(Struct, frozen=True, rename="camel"):
    """Who bought. `email` is an alias that is unique per transaction, so it identifies nobody."""

    id: str
    login: str = ""
    email: str = ""
    guest: bool = False
    first_name: str | None = None
    last_name: str | None = None
    company_name: str | None = None
    personal_identity: str | None = None
    phone_number: str | None = None
    preferences: Language | None = None
    address: BuyerAddress | None = None


class Payment(Struct, frozen=True, rename="camel"):
    """A payment or a surcharge. Cash on delivery has no `paidAmount`."""

    id: str | None = None
    type: str = ""
    provider: str | None = None
    finished_at: Instant | None = None
    paid_amount: Price | None = None
    reconciliation: Price | None = None
    features: tuple[str, ...] | None = None


class BookedCashOnDelivery(Struct, frozen=True, rename="camel"):
    """Cash on delivery that a carrier collected and Allegro booked."""

    payment_id: str | None = None
    shipment_id: str | None = None
    paid_amount: Price | None = None
    paid_at: Instant | None = None


class ShipmentSummary(Struct, frozen=True, rename="camel"):
    """Which lines were sent: NONE, SOME, ALL."""

    line_items_sent: str | None = None


class Fulfillment(Struct, frozen=True, rename="camel"):
    """The seller's status of an order, and who ships: SELLER, or ALLEGRO from its own warehouse."""

    status: str | None = None
    shipment_summary: ShipmentSummary | None = None
    provider: Reference | None = None


class Note(Struct, frozen=True):
    """The seller's own note (read only)."""

    text: str | None = None


class Summary(Struct, frozen=True, rename="camel"):
    """The amount the buyer has to pay; its currency is the order's."""

    total_to_pay: Price


class CheckoutForm(Struct, frozen=True, rename="camel"):
    """One order of one buyer. Source: Allegro, GET /order/checkout-forms/{id}."""

    id: str
    status: str
    buyer: Buyer
    line_items: tuple[LineItem, ...]
    summary: Summary
    message_to_seller: str | None = None
    payment: Payment | None = None
    cod_booked_payments: tuple[BookedCashOnDelivery, ...] | None = None
    surcharges: tuple[Payment, ...] | None = None
    fulfillment: Fulfillment | None = None
    delivery: Delivery | None = None
    invoice: Invoice | None = None
    note: Note | None = None
    marketplace: Reference | None = None
    updated_at: Instant | None = None
    revision: str | None = None
