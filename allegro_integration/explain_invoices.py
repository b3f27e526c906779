"""Codes of the invoices' flow in sentences: why an invoice is not attached, and what speaks against a printed PDF."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext_lazy as _

from connectify.dashboard.explanations import Explanation

_NOT_ATTACHED = _("We do not attach the invoice.")
_FOLLOWS = _("We attach the invoice as soon as this changes.")
_PRINT_HELD = _("We do not attach this print: what is once attached at Allegro cannot be taken back.")
_REPORT = _("Check the print report in Pohoda and in the settings of the instance.")

SKIPS: Final[Mapping[str, Explanation]] = {
    "invoice_form_cancelled": Explanation(
        _("The buyer has cancelled the order at Allegro."),
        _NOT_ATTACHED,
        _("Cancel the invoice in Pohoda or attach it at Allegro by hand."),
    ),
    "invoice_form_not_ready": Explanation(
        _("At Allegro the order is not ready to be processed (%(status)s)."), _FOLLOWS
    ),
    "invoice_not_final": Explanation(_("The document %(number)s is not a final invoice (%(kind)s)."), _NOT_ATTACHED),
    "invoice_cancelled": Explanation(_("The invoice %(number)s is cancelled in Pohoda."), _NOT_ATTACHED),
    "invoice_without_number": Explanation(_("The invoice has no number in Pohoda yet."), _FOLLOWS),
    "invoice_without_total": Explanation(
        _("Pohoda names no total of the invoice %(number)s."), _FOLLOWS, _("Write to support.")
    ),
    "invoice_not_paid": Explanation(_("The invoice %(number)s is not paid yet."), _FOLLOWS),
    "invoice_attached_already": Explanation(_("Allegro already has the invoice %(number)s.")),
    "invoice_totals_differ": Explanation(
        _("The order's total in Pohoda is not Allegro's total, so its invoice %(number)s is held."),
        _NOT_ATTACHED,
        _("Check VAT and rounding of the order in Pohoda."),
    ),
    "invoice_no_report": Explanation(
        _("No print report is set for the invoice %(number)s."),
        _FOLLOWS,
        _("Add a print report that fits the invoice in the settings of the instance."),
    ),
    "invoice_too_many": Explanation(
        _("The order has %(limit)s invoices at Allegro already, and Allegro takes no more."),
        _NOT_ATTACHED,
        _("Send the invoice %(number)s to the buyer in another way."),
    ),
}

PROBLEMS: Final[Mapping[str, Explanation]] = {
    "pdf_without_text": Explanation(_("The printed PDF holds no text that could be checked."), _PRINT_HELD, _REPORT),
    "pdf_without_number": Explanation(_("The printed PDF does not name the invoice %(number)s."), _PRINT_HELD, _REPORT),
    "pdf_without_total": Explanation(
        _("The printed PDF of the invoice %(number)s does not name its total %(total)s."),
        _PRINT_HELD,
        _REPORT,
    ),
    "pdf_without_currency": Explanation(
        _("The printed PDF of the invoice %(number)s does not name the currency %(currency)s."), _PRINT_HELD, _REPORT
    ),
    "pdf_without_ico": Explanation(
        _("The printed PDF of the invoice %(number)s does not name the identification number %(ico)s."),
        _PRINT_HELD,
        _REPORT,
    ),
}

TRACE: Final[Mapping[str, Explanation]] = {
    "invoice_report_chosen": Explanation(_("Printed by the report “%(report)s” (%(report_id)s).")),
}
