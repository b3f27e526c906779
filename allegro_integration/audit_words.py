"""The module's acts in the audit: sentences, and what its objects are called."""

from __future__ import annotations

from typing import Final

from django.db.models import F
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from allegro_integration.models import Account, Offer, Order
from connectify.audit.sentences import ObjectKind, register_fields, register_objects, register_sentences

SENTENCES: Final[dict[str, str | Promise]] = {
    "account.linked": _("An Allegro account was connected"),
    "flow.resynced": _("A whole flow was read and planned again"),
    "instance.resynced": _("A whole instance was read and planned again"),
    "mapping.delivery_removed": _("The mapping of a delivery method was removed"),
    "mapping.delivery_saved": _("The mapping of a delivery method was saved"),
    "mapping.payment_removed": _("The mapping of a payment was removed"),
    "mapping.payment_saved": _("The mapping of a payment was saved"),
    "offer.resynced": _("An offer was read and planned again"),
    "offers.approved": _("Held changes of offers were approved"),
    "offers.rejected": _("Held changes of offers were refused"),
    "order.recreated": _("An order was approved to be created in Pohoda again"),
    "order.resynced": _("An order was read and planned again"),
}


# Named as where a person sets them.
FIELDS: Final[dict[str, str | Promise]] = {
    "method_name": _("Delivery"),
    "method_id": _("Number of the delivery method at Allegro"),
    "environment": _("Environment of Allegro"),
    "marketplace": _("Marketplace"),
    "generation": _("Which time it is created"),
    "carrier": _("Carrier in Pohoda"),
    "line_text": _("Text of the line"),
    "payment_type": _("Payment"),
    "form_of_payment": _("Form of payment in Pohoda"),
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
    "unit_country": _("Country of the accounting unit"),
    "home_currency": _("Currency of the accounting unit"),
    "foreign_rate": _("Rate for orders in another currency"),
    "line_vat": _("VAT of goods, in percent"),
    "delivery_vat": _("VAT of delivery, in percent"),
    "service_vat": _("VAT of additional services, in percent"),
    "deposit_vat": _("VAT of deposits, in percent"),
    "stores": _("Stores that goods are sold from"),
    "availability": _("What may be sold"),
    "safety_stock": _("Keep as a reserve (pieces of each card)"),
    "price_steps": _("How a price is made"),
    "reports": _("Print reports"),
    "only_paid": _("Only when the invoice is paid in Pohoda"),
}


def register() -> None:
    """Idempotent."""
    register_fields(FIELDS)
    register_sentences(SENTENCES)
    register_objects("account", ObjectKind(lambda: Account.objects.all(), F("connection__name")))
    register_objects("offer", ObjectKind(lambda: Offer.objects.all(), "name", "offer"))
    register_objects("order", ObjectKind(lambda: Order.objects.all(), "number", "order"))
