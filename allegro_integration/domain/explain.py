"""Every word the order planner uses to explain itself, as data: screens translate the code and fill in parameters."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from msgspec import Struct


class Code(StrEnum):
    """Codes of waiting reasons, trace steps and notes. `PARAMETERS` says what each carries."""

    # Why an order waits.
    NOT_READY = "not_ready"
    CANCELLED = "cancelled"
    FULFILLED_BY_ALLEGRO = "fulfilled_by_allegro"
    UNKNOWN_STATUS = "unknown_status"
    UNKNOWN_MARKETPLACE = "unknown_marketplace"
    UNKNOWN_CURRENCY = "unknown_currency"
    MIXED_CURRENCIES = "mixed_currencies"
    NO_DELIVERY_ADDRESS = "no_delivery_address"
    UNMAPPED_DELIVERY = "unmapped_delivery"
    UNMAPPED_PAYMENT = "unmapped_payment"
    NO_LINES = "no_lines"
    LINE_WITHOUT_CODE = "line_without_code"
    CODE_TOO_LONG = "code_too_long"
    BAD_QUANTITY = "bad_quantity"
    BAD_PRICE = "bad_price"
    VAT_RATE_UNKNOWN = "vat_rate_unknown"
    VAT_ABROAD = "vat_abroad"
    VAT_EU = "vat_eu"
    TOTAL_DIFFERS = "total_differs"
    NO_DATE = "no_date"
    FORM_ID_TOO_LONG = "form_id_too_long"

    # Where a value comes from.
    LINE_FROM_STOCK = "line_from_stock"
    LINE_AS_TEXT = "line_as_text"
    LINE_DISCOUNTED = "line_discounted"
    SERVICE_LINE = "service_line"
    DEPOSIT_LINE = "deposit_line"
    DELIVERY_LINE = "delivery_line"
    DELIVERY_FREE = "delivery_free"
    VAT_FROM_ALLEGRO = "vat_from_allegro"
    VAT_FROM_SETTINGS = "vat_from_settings"
    BUYER_FROM_INVOICE = "buyer_from_invoice"
    BUYER_FROM_PROFILE = "buyer_from_profile"
    BUYER_FROM_DELIVERY = "buyer_from_delivery"
    SHIP_TO_POINT = "ship_to_point"
    SHIP_TO_ADDRESS = "ship_to_address"
    PAYMENT_MAPPED = "payment_mapped"
    HOME_CURRENCY = "home_currency"
    FOREIGN_CURRENCY = "foreign_currency"
    TOTAL_EQUAL = "total_equal"

    # What a person may want to look at; nothing stops.
    PAID_DIFFERS = "paid_differs"
    PAYMENT_ABSENT = "payment_absent"
    VAT_DIFFERS = "vat_differs"
    VAT_OF_DESTINATION = "vat_of_destination"
    COMPANY_WITHOUT_ID = "company_without_id"
    TAX_ID_UNUSED = "tax_id_unused"
    TAX_ID_ODD = "tax_id_odd"
    DEPOSIT_NOT_CHARGED = "deposit_not_charged"
    MESSAGE_FROM_BUYER = "message_from_buyer"


WAITING: Final = frozenset(list(Code)[: list(Code).index(Code.LINE_FROM_STOCK)])
NOTES: Final = frozenset(list(Code)[list(Code).index(Code.PAID_DIFFERS) :])
TRACE: Final = frozenset(Code) - WAITING - NOTES

PARAMETERS: Final[Mapping[Code, tuple[str, ...]]] = MappingProxyType(
    {
        Code.NOT_READY: ("status",),
        Code.CANCELLED: (),
        Code.FULFILLED_BY_ALLEGRO: (),
        Code.UNKNOWN_STATUS: ("status",),
        Code.UNKNOWN_MARKETPLACE: ("marketplace",),
        Code.UNKNOWN_CURRENCY: ("currency",),
        Code.MIXED_CURRENCIES: ("currencies",),
        Code.NO_DELIVERY_ADDRESS: ("missing",),
        Code.UNMAPPED_DELIVERY: ("method_id", "method_name"),
        Code.UNMAPPED_PAYMENT: ("type", "provider"),
        Code.NO_LINES: (),
        Code.LINE_WITHOUT_CODE: ("offer_id", "offer_name"),
        Code.CODE_TOO_LONG: ("offer_id", "code"),
        Code.BAD_QUANTITY: ("offer_id", "quantity"),
        Code.BAD_PRICE: ("offer_id", "price"),
        Code.VAT_RATE_UNKNOWN: ("percent", "country", "date"),
        Code.VAT_ABROAD: ("country", "unit_country"),
        Code.VAT_EU: ("feature",),
        Code.TOTAL_DIFFERS: ("ours", "allegro", "currency"),
        Code.NO_DATE: (),
        Code.FORM_ID_TOO_LONG: ("form_id",),
        Code.LINE_FROM_STOCK: ("offer_id", "code", "store", "quantity", "price"),
        Code.LINE_AS_TEXT: ("offer_id", "quantity", "price"),
        Code.LINE_DISCOUNTED: ("offer_id", "original", "price", "reasons"),
        Code.SERVICE_LINE: ("name", "quantity", "price"),
        Code.DEPOSIT_LINE: ("offer_id", "quantity", "price"),
        Code.DELIVERY_LINE: ("method_id", "text", "price"),
        Code.DELIVERY_FREE: ("method_id", "smart"),
        Code.VAT_FROM_ALLEGRO: ("what", "percent", "name"),
        Code.VAT_FROM_SETTINGS: ("what", "percent", "name"),
        Code.BUYER_FROM_INVOICE: (),
        Code.BUYER_FROM_PROFILE: (),
        Code.BUYER_FROM_DELIVERY: (),
        Code.SHIP_TO_POINT: ("point_id", "point_name"),
        Code.SHIP_TO_ADDRESS: (),
        Code.PAYMENT_MAPPED: ("type", "provider", "form"),
        Code.HOME_CURRENCY: ("currency",),
        Code.FOREIGN_CURRENCY: ("currency", "rate"),
        Code.TOTAL_EQUAL: ("total", "currency"),
        Code.PAID_DIFFERS: ("paid", "total", "currency"),
        Code.PAYMENT_ABSENT: (),
        Code.VAT_DIFFERS: ("what", "allegro", "settings"),
        Code.VAT_OF_DESTINATION: ("what", "allegro", "country"),
        Code.COMPANY_WITHOUT_ID: ("company",),
        Code.TAX_ID_UNUSED: ("type", "value"),
        Code.TAX_ID_ODD: ("type", "value"),
        Code.DEPOSIT_NOT_CHARGED: ("amount", "currency"),
        Code.MESSAGE_FROM_BUYER: (),
    }
)


class Explanation(Struct, frozen=True):
    """One step of the reasoning or one note."""

    code: Code
    params: dict[str, str]


class Waiting(Struct, frozen=True, tag="waiting"):
    """The order waits in the inbox until a person or Allegro changes something."""

    code: Code
    params: dict[str, str]


class Waits(Exception):
    """Raised inside the planner; `plan_order` turns it into its Waiting."""

    def __init__(self, code: Code, /, **params: str) -> None:
        super().__init__(code)
        self.waiting = Waiting(code, params)


class Trace:
    """Collects explanations and notes while an order is planned."""

    def __init__(self) -> None:
        self.steps: list[Explanation] = []
        self.notes: list[Explanation] = []

    def step(self, code: Code, /, **params: str) -> None:
        """Says where a value of the order comes from."""
        self.steps.append(Explanation(code, params))

    def note(self, code: Code, /, **params: str) -> None:
        """Says what a person may want to look at."""
        self.notes.append(Explanation(code, params))
