"""Codes of order statuses, parcel numbers and rules in sentences, and the words for what rules ask for and answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from connectify.dashboard.explanations import Explanation

_NOTHING = _("We write no status.")
_FOLLOWS = _("We watch the order and go on when it changes.")
_NO_PARCEL = _("We add no parcel number; the status goes on.")

SKIPS: Final[Mapping[str, Explanation]] = {
    "status_form_cancelled": Explanation(_("The buyer has cancelled the order at Allegro."), _NOTHING),
    "status_form_not_ready": Explanation(
        _("At Allegro the order is not ready to be processed (%(status)s)."), _NOTHING
    ),
    "status_no_rule": Explanation(_("None of the rules for statuses fits the order yet."), _FOLLOWS),
    "status_not_writable": Explanation(
        _("The rule wants the status %(fulfilment)s, which Allegro does not let a seller set."),
        _NOTHING,
        _("Choose another status in the rules of the instance."),
    ),
    "status_same": Explanation(_("Allegro already shows the status: %(fulfilment)s.")),
    "status_written_before": Explanation(
        _("We have set %(fulfilment)s before; at Allegro it was changed to %(known)s since."),
        _("We leave the status that was chosen at Allegro."),
    ),
    "status_backwards": Explanation(
        _("The rule wants %(fulfilment)s, but at Allegro the order is further: %(known)s."),
        _("We never take a status back."),
    ),
    "status_returned": Explanation(_("The order was returned."), _NOTHING),
    "status_set_by_person": Explanation(
        _("A person has set the status %(known)s at Allegro; the rule wants %(fulfilment)s."),
        _("We leave the status that was chosen at Allegro."),
    ),
    "status_not_understood": Explanation(
        _("At Allegro the order has a status that we do not know: %(known)s."), _NOTHING, _("Write to support.")
    ),
}

PARCELS: Final[Mapping[str, Explanation]] = {
    "parcel_number": Explanation(_("Parcel number %(waybill)s, carrier %(carrier)s (%(carrier_id)s).")),
    "parcel_too_long": Explanation(
        _("The parcel number %(waybill)s is longer than the %(limit)s characters that Allegro allows."),
        _NO_PARCEL,
        _("Correct the parcel number in Pohoda."),
    ),
    "parcel_without_carrier": Explanation(
        _("The order has the parcel number %(waybill)s and no carrier."),
        _NO_PARCEL,
        _("Fill in the carrier of the order in Pohoda."),
    ),
    "parcel_from_allegro": Explanation(
        _("The parcel %(waybill)s goes with Allegro's own delivery, which adds the number itself."), _NO_PARCEL
    ),
}

RULES: Final[Mapping[str, Explanation]] = {
    "rule_decided": Explanation(_("Rule “%(rule)s” decides: %(outcome)s.")),
    "rule_passed_over": Explanation(_("Rule “%(rule)s” does not fit: %(fact)s is “%(found)s”, wanted “%(value)s”.")),
    "condition_is": Explanation(_("%(fact)s is “%(found)s”.")),
    "condition_is_not": Explanation(_("%(fact)s is “%(found)s”, which is not “%(value)s”.")),
    "condition_in": Explanation(_("%(fact)s is “%(found)s”, one of “%(value)s”.")),
    "condition_not_in": Explanation(_("%(fact)s is “%(found)s”, none of “%(value)s”.")),
    "condition_empty": Explanation(_("%(fact)s is empty.")),
    "condition_filled": Explanation(_("%(fact)s is filled in: “%(found)s”.")),
    "condition_at_least": Explanation(_("%(fact)s is %(found)s, at least %(value)s.")),
    "condition_less_than": Explanation(_("%(fact)s is %(found)s, less than %(value)s.")),
    "condition_contains": Explanation(_("%(fact)s “%(found)s” contains “%(value)s”.")),
    "condition_not_contains": Explanation(_("%(fact)s “%(found)s” does not contain “%(value)s”.")),
    "rule_fact_unknown": Explanation(_("Rule “%(rule)s” asks for something that the unit does not have: %(fact)s.")),
    "rule_test_unfit": Explanation(_("Rule “%(rule)s”: “%(fact)s” cannot be compared like this (%(test)s).")),
    "rule_value_unfit": Explanation(_("Rule “%(rule)s”: “%(fact)s” can only be yes or no, not “%(value)s”.")),
    "rule_outcome_unknown": Explanation(_("Rule “%(rule)s” has an outcome that does not exist: %(outcome)s.")),
}

NOTES: Final[Mapping[str, Explanation]] = {
    "status_cancels_nothing": Explanation(
        _("The status “cancelled” is only a label at Allegro: it returns no money to the buyer.")
    ),
}

OUTCOMES: Final[Mapping[str, Promise]] = {
    "include": pgettext_lazy("outcome of a rule", "takes part"),
    "exclude": pgettext_lazy("outcome of a rule", "is left out"),
}

FACTS: Final[Mapping[str, Promise]] = {
    "executed": pgettext_lazy("fact", "Executed"),
    "delivered": pgettext_lazy("fact", "Delivered"),
    "reserved": pgettext_lazy("fact", "Reserved"),
    "cancelled": pgettext_lazy("fact", "Cancelled in Pohoda"),
    "delivered_share": pgettext_lazy("fact", "Delivered part in percent"),
    "invoiced": pgettext_lazy("fact", "Invoice"),
    "issue_slip": pgettext_lazy("fact", "Issue slip"),
    "transport": pgettext_lazy("fact", "Shipment in the shipments agenda"),
    "carrier": pgettext_lazy("fact", "Carrier"),
    "payment_type": pgettext_lazy("fact", "Form of payment"),
    "labels": pgettext_lazy("fact", "Labels"),
    "offer_name": pgettext_lazy("fact", "Name of the offer"),
    "external_id": pgettext_lazy("fact", "External number of the offer"),
    "code": pgettext_lazy("fact", "Code of the card"),
    "store": pgettext_lazy("fact", "Store"),
    "card_name": pgettext_lazy("fact", "Name of the card"),
    "ean": pgettext_lazy("fact", "EAN"),
    "card_kind": pgettext_lazy("fact", "Kind of card"),
    "unit": pgettext_lazy("fact", "Unit of measure"),
    "sales": pgettext_lazy("fact", "For sale"),
    "internet": pgettext_lazy("fact", "Internet"),
    "invoice_kind": pgettext_lazy("fact", "Kind of invoice"),
    "currency": pgettext_lazy("fact", "Currency"),
    "paid": pgettext_lazy("fact", "Paid"),
    "locked": pgettext_lazy("fact", "Locked"),
    "total": pgettext_lazy("fact", "Total"),
    "invoice_wanted": pgettext_lazy("fact", "The buyer wants an invoice"),
    "marketplace": pgettext_lazy("fact", "Marketplace"),
    "country": pgettext_lazy("fact", "Country of the buyer"),
}
"""What rules may ask for, by the keys of the catalogues; optional fields of Pohoda are shown by their own name."""

ANSWERS: Final[Mapping[str, Promise]] = {
    "true": pgettext_lazy("answer", "yes"),
    "false": pgettext_lazy("answer", "no"),
}
