"""What stands at the addresses of rules beside the settings' own shapes, and an example of each."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import msgspec

from connectify.domain.price_steps import PriceStep
from connectify.domain.rules import Rule


class OfferRules(msgspec.Struct, frozen=True, kw_only=True):
    """Which offers take part. With rules, an offer that none decides is excluded."""

    include: tuple[Rule, ...] = ()
    only_internet: bool = False


class PriceRules(msgspec.Struct, frozen=True, kw_only=True):
    """The steps that make a price; none: prices are left alone. A price below `floor` is held."""

    price_steps: tuple[PriceStep, ...] = ()
    floor: Decimal | None = None


STATUSES: Final = {
    "rules": [
        {
            "name": "shipped",
            "conditions": [{"fact": "transport", "test": "is", "value": ["true"]}],
            "outcome": "SENT",
        }
    ],
    "parcel_field": "VPrBalik",
    "carriers": {"Zásilkovna": "PACKETA"},
    "default_carrier": "OTHER",
}
INVOICES: Final = {
    "reports": [{"name": "Faktura", "report_id": 168, "conditions": []}],
    "kinds": ["issuedInvoice"],
    "only_paid": False,
}
OFFERS: Final = {
    "include": [
        {
            "name": "toys",
            "conditions": [{"fact": "code", "test": "contains", "value": ["HR-"]}],
            "outcome": "include",
        }
    ],
    "only_internet": False,
}
PRICES: Final = {
    "price_steps": [
        {"step": "from_level", "level": "Allegro", "with_vat": True, "currency": ""},
        {"step": "multiply", "factor": "1.2"},
        {"step": "ending", "ending": "9"},
    ],
    "floor": None,
}
