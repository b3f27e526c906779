"""What a customer sets for orders: frozen values read from the instance's stored settings and mapping tables."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal

from msgspec import Struct, field

from pohoda_bridge.documents import StockRef


class OrderSettings(Struct, frozen=True, kw_only=True):
    """How orders of one instance become received orders of its unit.

    VAT is in percent. `text_template` knows {form_id}, {login} and {marketplace}. `vat_abroad` says what to do when the
    parcel leaves the unit's country and Allegro names the rate of the destination: take the unit's own rate or wait for
    a person; `vat_eu_verified` says it for a verified intra-community supply.
    """

    environment: str
    seller_id: str
    store: str
    unit_country: Literal["CZ", "SK"] = "CZ"
    home_currency: Literal["CZK", "EUR"] = "CZK"
    foreign_rate: Decimal | None = None
    timezone: str = "Europe/Prague"
    number_series: str = ""
    text_template: str = "Allegro {form_id}"
    centre: str = ""
    activity: str = ""
    line_vat: Decimal = Decimal(21)
    delivery_vat: Decimal = Decimal(21)
    service_vat: Decimal = Decimal(21)
    deposit_vat: Decimal = Decimal(0)
    vat_abroad: Literal["unit_rate", "wait"] = "unit_rate"
    vat_eu_verified: Literal["zero", "wait"] = "wait"
    text_lines_allowed: bool = False
    zero_delivery_line: bool = False
    link_companies: bool = False

    @property
    def ext_system(self) -> str:
        """Names the seller for ever, so that installing an instance again finds the orders it made (DESIGN §4.8)."""
        return f"allegro:{self.environment}:{self.seller_id}"


class DeliveryMapping(Struct, frozen=True):
    """An Allegro delivery method in the unit: carrier (agenda Dopravci), text of the line, VAT percent or default."""

    method_id: str
    carrier: str = ""
    text: str = ""
    vat: Decimal | None = None


class PaymentMapping(Struct, frozen=True):
    """An Allegro payment type in the unit (agenda Formy úhrad). Without a provider it holds for all providers."""

    type: str
    form: str
    provider: str = ""


class OrderMappings(Struct, frozen=True):
    """Mapping tables. `stock` (by offer id) wins over the offer's own number."""

    deliveries: Mapping[str, DeliveryMapping] = field(default_factory=dict)
    payments: tuple[PaymentMapping, ...] = ()
    stock: Mapping[str, StockRef] = field(default_factory=dict)

    def payment_form(self, type_: str, provider: str) -> str | None:
        """The unit's payment form: that of the pair first, then of the type alone."""
        for wanted in (provider, "") if provider else ("",):
            for mapping in self.payments:
                if mapping.type == type_ and mapping.provider == wanted:
                    return mapping.form
        return None
