"""The module's names in words, for support's pages: what runs on an account, what is changed, what is counted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from allegro_integration.explain_words import FULFILMENTS, MARKETPLACES, OFFER_STATUSES, PAYMENTS
from connectify.dashboard.code_words import register_words
from connectify.dashboard.explanations import Text

RESOURCES: Final[Mapping[str, Text]] = {
    "allegro.account": _("Allegro account"),
    "allegro.token": _("access to an Allegro account"),
}
PIPELINES: Final[Mapping[str, Text]] = {
    "tokens.refresh": _("renewing the access to Allegro"),
    "offers.read": _("reading offers"),
    "offers.plan": _("planning pieces and prices"),
    "offers.apply": _("sending pieces and prices"),
    "orders.intake": _("taking orders in"),
    "orders.acknowledge": _("marking orders as being processed"),
    "orders.create": _("creating orders in Pohoda"),
    "statuses.push": _("sending order states and parcels"),
    "invoices.print": _("printing invoices in Pohoda"),
    "invoices.push": _("attaching invoices at Allegro"),
}
CHANGES: Final[Mapping[str, Text]] = {
    "order.create": _("order to Pohoda"),
    "order.fulfillment": _("order marked as being processed"),
    "order.status": _("state of an order at Allegro"),
    "order.parcel": _("parcel of an order at Allegro"),
    "offer.quantity": _("pieces of an offer"),
    "offer.price": _("price of an offer"),
    "offer.end": _("end of an offer"),
    "offer.restart": _("restart of an offer"),
    "invoice.create": _("invoice announced to Allegro"),
    "invoice.file": _("file of an invoice at Allegro"),
}
RECORDS: Final[Mapping[str, Text]] = {
    "order": _("order"),
    "offer": _("offer"),
    "form": _("order form at Allegro"),
    "event": _("event of Allegro's journal"),
    "invoice": _("invoice"),
}
OBJECTS: Final[Mapping[str, Text]] = {
    "account": _("Allegro account"),
    "form": _("order form at Allegro"),
    "offer": _("offer"),
    "order": _("order"),
}
COUNTS: Final[Mapping[str, Text]] = {
    "acknowledged": pgettext_lazy("count of a run", "marked as being processed"),
    "edited": pgettext_lazy("count of a run", "edited one by one"),
    "events": pgettext_lazy("count of a run", "events"),
    "forms": pgettext_lazy("count of a run", "orders read"),
    "lifted": pgettext_lazy("count of a run", "released"),
    "listed": pgettext_lazy("count of a run", "offers listed"),
    "offers": pgettext_lazy("count of a run", "offers"),
    "printed": pgettext_lazy("count of a run", "printed"),
    "refreshed": pgettext_lazy("count of a run", "renewed"),
    "replanned": pgettext_lazy("count of a run", "planned anew"),
    "swept": pgettext_lazy("count of a run", "found in the list of orders"),
}
ENVIRONMENTS: Final[Mapping[str, Text]] = {
    "production": "Allegro",
    "sandbox": pgettext_lazy("environment", "Allegro's sandbox"),
    "custom": pgettext_lazy("environment", "another Allegro"),
}


def register() -> None:
    """Idempotent."""
    register_words("resource", RESOURCES)
    register_words("pipeline", PIPELINES)
    register_words("change", CHANGES)
    register_words("record", RECORDS)
    register_words("object", OBJECTS)
    register_words("count", COUNTS)
    register_words("environment", ENVIRONMENTS)
    register_words("marketplace", MARKETPLACES)
    register_words("payment", PAYMENTS)
    register_words("fulfilment", FULFILMENTS)
    register_words("offer_status", OFFER_STATUSES)
