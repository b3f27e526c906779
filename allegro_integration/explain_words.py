"""Names from Allegro's documents and from our planner as a person says them; what has no word stays as it is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from allegro_integration.explain_statuses import ANSWERS, FACTS, OUTCOMES
from connectify.dashboard.explanations import Written

STATUSES: Final[Mapping[str, Promise]] = {
    "BOUGHT": _("bought, not finished yet"),
    "FILLED_IN": _("filled in, payment is not closed"),
    "READY_FOR_PROCESSING": _("ready to be processed"),
    "CANCELLED": _("cancelled"),
}
# The seller's own states of an order.
FULFILMENTS: Final[Mapping[str, Promise]] = {
    "NEW": pgettext_lazy("seller's state", "new"),
    "PROCESSING": pgettext_lazy("seller's state", "being processed"),
    "READY_FOR_SHIPMENT": pgettext_lazy("seller's state", "ready for shipment"),
    "READY_FOR_PICKUP": pgettext_lazy("seller's state", "ready for pickup"),
    "SENT": pgettext_lazy("seller's state", "sent"),
    "PICKED_UP": pgettext_lazy("seller's state", "picked up"),
    "CANCELLED": pgettext_lazy("seller's state", "cancelled"),
    "SUSPENDED": pgettext_lazy("seller's state", "suspended"),
    "RETURNED": pgettext_lazy("seller's state", "returned"),
}
# As Allegro calls its marketplaces.
MARKETPLACES: Final[Mapping[str, Promise | str]] = {
    "allegro-pl": "Allegro.pl",
    "allegro-cz": "Allegro.cz",
    "allegro-sk": "Allegro.sk",
    "allegro-hu": "Allegro.hu",
    "allegro-business-cz": _("Allegro.cz for companies"),
    "allegro-business-pl": _("Allegro.pl for companies"),
}
OFFER_STATUSES: Final[Mapping[str, Promise]] = {
    "ACTIVE": pgettext_lazy("offer at Allegro", "active"),
    "ACTIVATING": pgettext_lazy("offer at Allegro", "being started"),
    "INACTIVE": pgettext_lazy("offer at Allegro", "a draft"),
    "ENDED": pgettext_lazy("offer at Allegro", "ended"),
}
ENDED_BY: Final[Mapping[str, Promise]] = {
    "USER": pgettext_lazy("offer ended", "by a person"),
    "ADMIN": pgettext_lazy("offer ended", "by Allegro"),
    "EXPIRATION": pgettext_lazy("offer ended", "its time has run out"),
    "EMPTY_STOCK": pgettext_lazy("offer ended", "sold out"),
    "PRODUCT_DETACHMENT": pgettext_lazy("offer ended", "the product was detached"),
    "ERROR": pgettext_lazy("offer ended", "by an error"),
}
# How the buyer pays, as Allegro names it.
PAYMENTS: Final[Mapping[str, Promise]] = {
    "ONLINE": pgettext_lazy("payment", "online"),
    "CASH_ON_DELIVERY": pgettext_lazy("payment", "cash on delivery"),
    "WIRE_TRANSFER": pgettext_lazy("payment", "bank transfer"),
    "SPLIT_PAYMENT": pgettext_lazy("payment", "split payment"),
    "EXTENDED_TERM": pgettext_lazy("payment", "deferred"),
    "OTHER": pgettext_lazy("payment", "other"),
}
# Parameters whose values are names of ours: parts of an address, what a VAT rate belongs to.
_WORDS: Final[Mapping[str, Mapping[str, Promise]]] = {
    "missing": {
        "address": pgettext_lazy("missing", "the whole address"),
        "delivery": pgettext_lazy("missing", "the delivery"),
        "street": pgettext_lazy("missing", "the street"),
        "city": pgettext_lazy("missing", "the town"),
        "zip": pgettext_lazy("missing", "the postcode"),
    },
    "what": {"delivery": pgettext_lazy("VAT of", "the delivery")},
}
# The rules that an instance begins with; a customer's own have names of their own.
RULES: Final[Mapping[str, Promise]] = {
    "transport": pgettext_lazy("rule", "shipped"),
    "executed": pgettext_lazy("rule", "executed"),
    "issue_slip": pgettext_lazy("rule", "issue slip"),
    "invoiced": pgettext_lazy("rule", "invoiced"),
}
# Parameters of rules and statuses: the whole value is a name of ours.
_NAMES: Final[Mapping[str, Mapping[str, Promise | str]]] = {
    "fact": FACTS,
    "found": ANSWERS,
    "value": ANSWERS,
    "outcome": {**FULFILMENTS, **OUTCOMES},
    "fulfilment": FULFILMENTS,
    "known": FULFILMENTS,
    "rule": RULES,
    "marketplace": MARKETPLACES,
    "ended_by": ENDED_BY,
    "type": PAYMENTS,
}
# Elements of Pohoda's order, where an answer names one whose value it changed ("paymentType: Kartou → Příkazem").
ELEMENTS: Final[Mapping[str, Promise]] = {
    "paymentType": _("form of payment"),
    "carrier": _("carrier"),
    "centre": _("centre"),
    "activity": _("activity"),
    "numberOrder": _("order number"),
    "number": _("number series"),
    "rateVAT": _("VAT rate"),
    "quantity": _("quantity"),
    "unitPrice": _("unit price"),
    "currency": _("currency"),
    "date": _("date"),
    "store": _("store"),
    "code": _("code"),
}
_ELEMENT: Final = re.compile(r"(^|; )(\w+)(?=: )")
_NUMBERS: Final = frozenset({"percent", "factor", "rate", "step", "ending"})
_PERCENTS: Final = ("allegro", "settings")


def status_in_words(status: str) -> str:
    """Allegro's state with its own name behind, so that support finds it at Allegro."""
    word = STATUSES.get(status)
    return f"{word} ({status})" if word else status


def fulfilment_in_words(status: str) -> str:
    """The seller's state of an order; an unknown one as Allegro names it."""
    return str(FULFILMENTS.get(status, status))


def marketplace_in_words(marketplace: str) -> str:
    """As Allegro calls it; an unknown one by its id."""
    return str(MARKETPLACES.get(marketplace, marketplace))


def offer_status_in_words(status: str, ended_by: str = "") -> str:
    """Allegro's state of an offer, and by what it ended."""
    word = str(OFFER_STATUSES.get(status, status))
    return f"{word} ({ENDED_BY.get(ended_by, ended_by)})" if ended_by else word


def payment_in_words(type_: str) -> str:
    """How the buyer pays; an unknown way as Allegro names it."""
    return str(PAYMENTS.get(type_, type_))


def in_words(params: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of a sentence with names as words and numbers as the reader's language writes them."""
    words = {name: _in_words(name, value) for name, value in params.items()}
    if "what" in params:  # of VAT: what Allegro and the settings say are percents, elsewhere they are amounts
        words |= {name: number_in_words(params[name]) for name in _PERCENTS if isinstance(params.get(name), str)}
    return words


def _in_words(name: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if name == "values":
        return _ELEMENT.sub(lambda found: f"{found[1]}{ELEMENTS.get(found[2], found[2])}", value)
    if name in _NUMBERS:
        return number_in_words(value)
    if name in _NAMES:
        return str(_NAMES[name].get(value, value.removeprefix("field:")))
    words = _WORDS.get(name)
    return ", ".join(str(words.get(part, part)) for part in value.split(",")) if words else value


def number_in_words(value: str | Decimal) -> Written:
    """Without zeros that say nothing: 21.00 is 21."""
    try:
        return Written(number_format(f"{Decimal(value).normalize():f}", use_l10n=True))
    except InvalidOperation:
        return Written(value)
