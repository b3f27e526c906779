"""Steps of the planner's reasoning and its notes, as sentences: where each value of the order in Pohoda comes from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext_lazy as _

from connectify.dashboard.explanations import Explanation

TRACE: Final[Mapping[str, Explanation]] = {
    code: Explanation(sentence)
    for code, sentence in {
        "line_from_stock": _("Item %(offer_id)s: stock card %(code)s in store %(store)s, %(quantity)s × %(price)s."),
        "line_as_text": _("Item %(offer_id)s: a text line without a stock card, %(quantity)s × %(price)s."),
        "line_discounted": _("Item %(offer_id)s: price %(original)s lowered to %(price)s (%(reasons)s)."),
        "service_line": _("Service “%(name)s”: %(quantity)s × %(price)s."),
        "deposit_line": _("Deposit of item %(offer_id)s: %(quantity)s × %(price)s."),
        "delivery_line": _("Delivery: line “%(text)s”, %(price)s."),
        "delivery_free": _("Delivery is free for the buyer, so it has no line."),
        "vat_from_allegro": _("VAT of %(what)s: %(percent)s %%, as Allegro says."),
        "vat_from_settings": _("VAT of %(what)s: %(percent)s %%, from the settings."),
        "buyer_from_invoice": _("The buyer is taken from the invoice address."),
        "buyer_from_profile": _("The buyer is taken from the Allegro profile."),
        "buyer_from_delivery": _("The buyer is taken from the delivery address."),
        "ship_to_point": _("The parcel goes to the pickup point %(point_id)s, %(point_name)s."),
        "ship_to_address": _("The parcel goes to the delivery address."),
        "payment_mapped": _("Payment %(type)s: form of payment “%(form)s” in Pohoda."),
        "home_currency": _("The order is in the unit's own currency, %(currency)s."),
        "foreign_currency": _("The order is in %(currency)s; rate: %(rate)s (empty: Pohoda's own rate)."),
        "total_equal": _("The lines add up to Allegro's total exactly: %(total)s %(currency)s."),
    }.items()
}

NOTES: Final[Mapping[str, Explanation]] = {
    code: Explanation(sentence)
    for code, sentence in {
        "paid_differs": _("The buyer paid %(paid)s %(currency)s, the order costs %(total)s %(currency)s."),
        "payment_absent": _("Allegro names no payment for this order."),
        "vat_differs": _("VAT of %(what)s: Allegro says %(allegro)s %%, the settings say %(settings)s %%."),
        "vat_of_destination": _("VAT of %(what)s: Allegro says %(allegro)s %%, which is the rate of %(country)s."),
        "company_without_id": _("The buyer “%(company)s” is a company without an identification number."),
        "tax_id_unused": _("The buyer's number %(type)s %(value)s has no place in Pohoda."),
        "tax_id_odd": _("The buyer's number %(type)s has an unusual shape: %(value)s."),
        "deposit_not_charged": _("The deposit of %(amount)s %(currency)s is not in the total."),
        "message_from_buyer": _("The buyer has left a message; it is in the order's note."),
    }.items()
}

# What had to be changed in a text so that Pohoda can hold it (pohoda_bridge.xml.text).
FITTED: Final[Mapping[str, Explanation]] = {
    change: Explanation(sentence)
    for change, sentence in {
        "stripped": _("Invisible characters were left out of %(field)s."),
        "transliterated": _(
            "Letters that Pohoda does not know were rewritten in %(field)s: “%(before)s” → “%(after)s”."
        ),
        "replaced": _("Characters that Pohoda does not know were replaced in %(field)s: “%(before)s” → “%(after)s”."),
        "truncated": _("Too long for Pohoda, cut in %(field)s: “%(before)s” → “%(after)s”."),
        "dropped": _("Left out of %(field)s, because Pohoda cannot hold it: “%(before)s”."),
    }.items()
}
