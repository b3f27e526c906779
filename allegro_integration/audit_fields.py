"""What the values of settings and mappings are called in the audit log, and what their choices mean: named as where a
person sets them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from allegro_integration.explain_statuses import FACTS, OUTCOMES
from allegro_integration.explain_words import FULFILMENTS
from allegro_integration.models import Market
from allegro_integration.setup.offers_forms import AVAILABILITY
from allegro_integration.setup.price_words import KINDS, MODES
from connectify.dashboard.code_words import register_words
from connectify.dashboard.explanations import Text
from connectify.dashboard.rule_words import ALL_TESTS

MAPPINGS: Final[Mapping[str, Text]] = {
    "method_name": _("Delivery"),
    "method_id": _("Number of the delivery method at Allegro"),
    "carrier": _("Carrier in Pohoda"),
    "line_text": _("Text of the line"),
    "payment_type": _("Payment"),
    "form_of_payment": _("Form of payment in Pohoda"),
}
ORDERS: Final[Mapping[str, Text]] = {
    "environment": _("Environment of Allegro"),
    "marketplace": _("Marketplace"),
    "seller_id": _("Number of the seller"),
    "generation": _("Which time it is created"),
    "orders": _("Orders"),
    "offers": _("Offers"),
    "statuses": _("Order states"),
    "invoices": _("Invoices"),
    "orders_since": _("Take orders bought since"),
    "store": _("Store"),
    "number_series": _("Number series"),
    "text_template": _("Text of the order"),
    "centre": _("Centre"),
    "activity": _("Activity"),
    "timezone": _("Time zone"),
    "unit_country": _("Country of the accounting unit"),
    "home_currency": _("Currency of the accounting unit"),
    "foreign_rate": _("Rate for orders in another currency"),
    "line_vat": _("VAT of goods, in percent"),
    "delivery_vat": _("VAT of delivery, in percent"),
    "service_vat": _("VAT of additional services, in percent"),
    "deposit_vat": _("VAT of deposits, in percent"),
    "vat_abroad": _("The parcel goes abroad and Allegro names the rate of that country"),
    "vat_eu_verified": _("A company from another EU country buys without VAT, and Allegro has verified its number"),
    "text_lines_allowed": _("Take goods without a code as a line of text"),
    "zero_delivery_line": _("Write a line for delivery that is free"),
    "link_companies": _("Link companies to the address book"),
}
OFFERS: Final[Mapping[str, Text]] = {
    "stores": _("Stores that goods are sold from"),
    "availability": _("What may be sold"),
    "safety_stock": _("Keep as a reserve (pieces of each card)"),
    "most": _("Most pieces of one offer"),
    "quantity": _("Pieces at Allegro follow the stock in Pohoda"),
    "only_internet": _("Only cards that are marked “Internet” in Pohoda"),
    "end_when_refused": _("End an offer when Allegro refuses to lower its pieces"),
    "price_steps": _("How a price is made"),
    "include": _("Rules about offers"),
    "limits": _("Limits"),
    "price_low": _("A price may fall to (% of the last one)"),
    "price_high": _("A price may rise to (% of the last one)"),
    "zero_share": _("So many offers may end at once (% of active offers)"),
    "moved_share": _("So many prices may move strongly at once (% of active offers)"),
    "moved_by": _("A price moves strongly when it moves by more than (%)"),
    "most_quantity": _("A number of pieces above this is held"),
    "least_active": _("Masses are judged from so many active offers"),
}
PRICES: Final[Mapping[str, Text]] = {
    "step": _("Step"),
    "level": _("Which price"),
    "with_vat": _("With VAT"),
    "currency": _("Currency"),
    "percent": _("Percent"),
    "rate": _("Rate"),
    "amount": _("Amount"),
    "factor": _("Factor"),
    "to": _("To a multiple of"),
    "mode": _("Which way"),
    "ending": _("Ending"),
    "floor": _("Lowest price"),
}
RULES: Final[Mapping[str, Text]] = {
    "rules": _("Rules"),
    "conditions": _("Conditions"),
    "fact": pgettext_lazy("of a rule", "What is asked"),
    "test": pgettext_lazy("of a rule", "Comparison"),
    "value": pgettext_lazy("of a rule", "Value"),
    "outcome": pgettext_lazy("of a rule", "Outcome"),
    "parcel_field": _("Field with the number of the parcel"),
    "carriers": _("Carriers"),
    "default_carrier": _("Carrier for the rest"),
    "reports": _("Print reports"),
    "report_id": _("Number of the print report"),
    "kinds": _("Kinds of invoices"),
    "only_paid": _("Only when the invoice is paid in Pohoda"),
}
FIELDS: Final[Mapping[str, Text]] = {**MAPPINGS, **ORDERS, **OFFERS, **PRICES, **RULES}


def register_choices() -> None:
    """Values that are names of ours, by what they are the value of. Idempotent."""
    register_words("availability", {value: label for value, label, _help in AVAILABILITY})
    register_words("fact", FACTS)
    register_words("mode", dict(MODES))
    register_words("outcome", {**FULFILMENTS, **OUTCOMES})
    register_words("role", dict(Market.Role.choices))
    register_words("step", {name: kind.label for name, kind in KINDS.items()})
    register_words("test", dict(ALL_TESTS))
