"""Codes of statuses, parcel numbers and invoices on their way to Allegro, and of prints, in sentences.

What the planners say is in `explain_statuses` and `explain_invoices`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext_lazy as _

from connectify.dashboard.explanations import Explanation

_AGAIN = _("We try again by ourselves.")
_STOPPED = _("We do not send the same again.")
_NOT_ATTACHED = _("We do not attach the invoice.")
_NO_WAY_BACK = _("What is once attached at Allegro cannot be taken back.")
_REPORT = _("Check the print report in Pohoda and in the settings of the instance, then try again.")
_SUPPORT = _("Write to support.")

STATUSES: Final[Mapping[str, Explanation]] = {
    "status_refused": Explanation(
        _("Allegro did not let us set the order's status to: %(fulfilment)s (%(detail)s)."),
        _STOPPED,
        _("Set the status at Allegro by hand, or try again when its cause is gone."),
    ),
    "status_waits_for_parcel": Explanation(
        _("The status waits until Allegro has the order's parcel number."), _("We look again every few minutes.")
    ),
    "parcel_refused": Explanation(
        _("Allegro did not take the parcel number %(waybill)s of the carrier %(carrier)s (%(detail)s)."),
        _("We do not mark the order as sent before its parcel number is there."),
        _("Correct the number or the carrier in Pohoda or in the settings, or add the number at Allegro by hand."),
    ),
}

INVOICES: Final[Mapping[str, Explanation]] = {
    "invoice_to_print": Explanation(_("The invoice waits to be printed in Pohoda."), _AGAIN),
    "invoice_printing": Explanation(_("Pohoda is asked to print the invoice.")),
    "invoice_to_upload": Explanation(_("The invoice is printed, checked, and waits to be attached at Allegro.")),
    "invoice_scanned": Explanation(_("Allegro has the invoice and checks the file."), _("We ask for the result.")),
    "invoice_gone": Explanation(_("The invoice %(number)s is no longer in Pohoda."), _NOT_ATTACHED),
    "invoice_of_several_orders": Explanation(
        _("The invoice %(number)s was made from several orders."),
        _NOT_ATTACHED,
        _("Attach it at Allegro by hand, if it is to be there."),
    ),
    "invoice_total_not_read": Explanation(
        _("We do not know yet what the order's total is in Pohoda."), _("We attach the invoice as soon as we know.")
    ),
    "invoice_changed_afterwards": Explanation(
        _("The invoice %(number)s was changed in Pohoda after we had attached it."),
        _NO_WAY_BACK,
        _("Make a credit note or a new invoice in Pohoda; it is attached as a further one."),
    ),
    "invoice_not_printable": Explanation(
        _("A request to print the invoice %(number)s cannot be written: %(detail)s."), _NOT_ATTACHED, _SUPPORT
    ),
    "invoice_order_gone": Explanation(
        _("Allegro no longer has the order of the invoice %(number)s: it was merged into another one, or deleted."),
        _NOT_ATTACHED,
        _("Attach the invoice to the joint order at Allegro by hand."),
    ),
    "invoice_lost": Explanation(
        _("Allegro no longer lists the invoice %(number)s that we had attached."),
        _("We do not attach it again by ourselves."),
        _("Look at the order's invoices at Allegro."),
    ),
    "invoice_refused": Explanation(
        _("Allegro refused the invoice %(number)s: %(detail)s."),
        _STOPPED,
        _("Attach the invoice at Allegro by hand, or try again when the cause is gone."),
    ),
    "invoice_scan_too_long": Explanation(
        _("Allegro has been checking an invoice of this order for too long."),
        _("We do not ask any more."),
        _("Look at the order's invoices at Allegro."),
    ),
    "invoice_not_applied": Explanation(
        _("The invoice %(number)s did not get to Allegro even after several attempts."),
        _("We do not try on by ourselves."),
        _("Try again later, or attach the invoice at Allegro by hand."),
    ),
    "invoice_rejected": Explanation(
        _("Allegro's check has rejected the file of the invoice %(number)s."),
        _NO_WAY_BACK,
        _("Look at Allegro why; then make a new invoice in Pohoda or attach one by hand."),
    ),
}

PRINTS: Final[Mapping[str, Explanation]] = {
    "print_refused": Explanation(_("Pohoda refused to print the invoice: %(detail)s."), _NOT_ATTACHED, _REPORT),
    "print_without_file": Explanation(
        _("Pohoda says that it has printed the invoice, and gave no file."),
        _NOT_ATTACHED,
        _("Check the agent's print folder: Pohoda and the agent must both reach it under the same name."),
    ),
    "print_not_pdf": Explanation(_("What Pohoda printed is not a whole PDF."), _NOT_ATTACHED, _REPORT),
    "print_too_big": Explanation(
        _("The printed invoice is larger than the 3 MB that Allegro takes."),
        _NOT_ATTACHED,
        _("Use a report with smaller pictures, then try again."),
    ),
    "print_unreadable": Explanation(_("Pohoda's answer to the print cannot be read: %(detail)s."), _AGAIN, _SUPPORT),
    "print_too_slow": Explanation(_("Pohoda did not finish the print in time."), _AGAIN, _REPORT),
    "print_not_allowed": Explanation(
        _("The agent does not let this print through: %(detail)s."), _NOT_ATTACHED, _SUPPORT
    ),
    "pdf_size": Explanation(
        _("The printed file has %(size)s bytes, which cannot be an invoice."), _NOT_ATTACHED, _REPORT
    ),
    "pdf_not_whole": Explanation(_("The printed PDF is not whole."), _NOT_ATTACHED, _REPORT),
    "pdf_encrypted": Explanation(_("The printed PDF is encrypted."), _NOT_ATTACHED, _REPORT),
    "pdf_active": Explanation(
        _("The printed PDF holds something that runs or is attached (%(what)s)."),
        _NOT_ATTACHED,
        _("Switch off attachments such as ISDOC in the print report, then try again."),
    ),
    "pdf_too_long": Explanation(
        _("The printed PDF is too long to be checked (limit: %(limit)s)."), _NOT_ATTACHED, _REPORT
    ),
    "pdf_unreadable": Explanation(_("The printed PDF cannot be read: %(detail)s."), _NOT_ATTACHED, _REPORT),
}

SENDING: Final[Mapping[str, Explanation]] = {**STATUSES, **INVOICES, **PRINTS}
