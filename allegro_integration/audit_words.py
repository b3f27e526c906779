"""The module's acts in the audit: sentences, and what its objects are called."""

from __future__ import annotations

from typing import Final

from django.db.models import F
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from allegro_integration.audit_fields import FIELDS, register_choices
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


def register() -> None:
    """Idempotent."""
    register_fields(FIELDS)
    register_choices()
    register_sentences(SENTENCES)
    register_objects("account", ObjectKind(lambda: Account.objects.all(), F("connection__name")))
    register_objects("offer", ObjectKind(lambda: Offer.objects.all(), "name", "offer"))
    register_objects("order", ObjectKind(lambda: Order.objects.all(), "number", "order"))
