"""The parts of a checkout form that say where it goes and whom to invoice. Source: Allegro OpenAPI, `CheckoutForm`."""

from __future__ import annotations

from msgspec import Struct

from allegro_integration.domain.values import Instant, Price


class DeliveryAddress(Struct, frozen=True, rename="camel"):
    """Where the parcel goes. One line for the street; the house number may be missing."""

    first_name: str | None = None
    last_name: str | None = None
    street: str | None = None
    city: str | None = None
    zip_code: str | None = None
    country_code: str | None = None
    company_name: str | None = None
    phone_number: str | None = None
    modified_at: str | None = None


class DeliveryMethodReference(Struct, frozen=True):
    """How it is delivered."""

    id: str | None = None
    name: str | None = None


class PointAddress(Struct, frozen=True, rename="camel"):
    """Address of a pickup point."""

    street: str | None = None
    zip_code: str | None = None
    city: str | None = None
    country_code: str | None = None


class PickupPoint(Struct, frozen=True):
    """The pickup point the buyer chose."""

    id: str | None = None
    name: str | None = None
    description: str | None = None
    address: PointAddress | None = None


class DispatchTime(Struct, frozen=True, rename={"from_": "from"}):
    """When it must be handed to the carrier."""

    from_: Instant | None = None
    to: Instant | None = None


class DeliveryTime(Struct, frozen=True, rename={"from_": "from"}):
    """When it should arrive."""

    from_: Instant | None = None
    to: Instant | None = None
    dispatch: DispatchTime | None = None


class DeliveryCancellation(Struct, frozen=True):
    """When the delivery was cancelled."""

    date: Instant | None = None


class Delivery(Struct, frozen=True, rename="camel"):
    """Delivery as chosen; absent until the form is READY_FOR_PROCESSING. `cost` is the buyer's (0 with Smart)."""

    address: DeliveryAddress | None = None
    method: DeliveryMethodReference | None = None
    pickup_point: PickupPoint | None = None
    cost: Price | None = None
    time: DeliveryTime | None = None
    smart: bool | None = None
    cancellation: DeliveryCancellation | None = None
    calculated_number_of_packages: int | None = None


class CompanyId(Struct, frozen=True):
    """A company number by type: PL_NIP, CZ_ICO, CZ_DIC, HU_ADOSZAM, SK_ICO, SK_IC_DPH, VAT_EU, OTHER."""

    type: str
    value: str


class Company(Struct, frozen=True, rename="camel"):
    """A company that wants the invoice; it may have no number at all."""

    name: str | None = None
    ids: tuple[CompanyId, ...] | None = None
    vat_payer_status: str | None = None
    tax_id: str | None = None


class NaturalPerson(Struct, frozen=True, rename="camel"):
    """A person who wants the invoice."""

    first_name: str | None = None
    last_name: str | None = None


class InvoiceAddress(Struct, frozen=True, rename="camel"):
    """Whom to invoice."""

    street: str | None = None
    city: str | None = None
    zip_code: str | None = None
    country_code: str | None = None
    company: Company | None = None
    natural_person: NaturalPerson | None = None


class Invoice(Struct, frozen=True, rename="camel"):
    """What the buyer wants as an invoice. Without `required` there is usually no address."""

    required: bool = False
    address: InvoiceAddress | None = None
    due_date: str | None = None
    features: tuple[str, ...] | None = None
