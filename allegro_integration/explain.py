"""Codes of the order flow in sentences: what it is, what we do by ourselves, what a person does.

The codes come from the planner (`domain.explain`), the client (`client.errors`) and the pipeline. Steps of its
reasoning are in `explain_trace`, what agents report in the bridge's own table.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext_lazy as _

from connectify.dashboard.explanations import Explanation

_KEEPS = _("We keep the order and send it as soon as this is solved.")
_AGAIN = _("We try again by ourselves.")
_FOLLOWS = _("We watch the order and go on when Allegro changes it.")
_STOPPED = _("We have stopped reading the account. No order is lost: they wait at Allegro.")
_SUPPORT_ONLY = _("Write to support.")
_SUPPORT = _("Write to support with the number of the order; the raw document is below.")

WAITING: Final[Mapping[str, Explanation]] = {
    "not_ready": Explanation(_("The buyer has not finished the purchase yet."), _FOLLOWS),
    "cancelled": Explanation(
        _("The order was cancelled at Allegro before it was sent."), _("We do not create it in Pohoda.")
    ),
    "fulfilled_by_allegro": Explanation(
        _("Allegro ships this order from its own warehouse."), _("We do not create it in Pohoda.")
    ),
    "unknown_status": Explanation(
        _("Allegro reports a state that we do not know: %(status)s."),
        _("We keep the order and do not guess."),
        _SUPPORT,
    ),
    "unknown_marketplace": Explanation(
        _("The order comes from a marketplace that we do not know: %(marketplace)s."),
        _("We keep the order and do not guess."),
        _SUPPORT,
    ),
    "no_instance": Explanation(
        _("No instance is set up for %(marketplace)s."),
        _("We keep the order and count its pieces as sold."),
        _("Create an instance for the marketplace, or ignore the orders if you do not want them in Pohoda."),
        of_many=_("No instance is set up for some of your marketplaces."),
    ),
    "unknown_currency": Explanation(
        _("The order is in a currency that we cannot write: %(currency)s."), _KEEPS, _SUPPORT
    ),
    "mixed_currencies": Explanation(
        _("One order, several currencies: %(currencies)s."), _("We keep the order and do not guess."), _SUPPORT
    ),
    "no_delivery_address": Explanation(
        _("The order has no complete delivery address (%(missing)s is missing)."),
        _("We look again; Allegro sometimes fills it in later."),
        _("If it stays so, ask the buyer and enter the order by hand."),
    ),
    "unmapped_delivery": Explanation(
        _("The delivery method “%(method_name)s” has no counterpart in Pohoda yet."),
        _KEEPS,
        _("Say on the instance's page which carrier and which text it has in Pohoda. All orders with it go then."),
    ),
    "unmapped_payment": Explanation(
        _("The payment type %(type)s has no form of payment in Pohoda yet."),
        _KEEPS,
        _("Say on the instance's page which form of payment it has in Pohoda. All orders with it go then."),
    ),
    "no_lines": Explanation(_("The order has no items."), _FOLLOWS, _("Look at the order at Allegro.")),
    "line_without_code": Explanation(
        _("The offer “%(offer_name)s” (%(offer_id)s) has no code of a stock card."),
        _KEEPS,
        _(
            "Fill in the offer's external number with the code of the stock card, or let such goods go as a text line"
            " (settings of orders)."
        ),
    ),
    "code_too_long": Explanation(
        _("The code “%(code)s” of the offer %(offer_id)s is longer than Pohoda allows."),
        _KEEPS,
        _("Shorten the external number of the offer so that it equals the code of the stock card."),
    ),
    "bad_quantity": Explanation(
        _("The offer %(offer_id)s has a quantity that cannot be right: %(quantity)s."), _KEEPS, _SUPPORT
    ),
    "bad_price": Explanation(
        _("The offer %(offer_id)s has a price that cannot be right: %(price)s."), _KEEPS, _SUPPORT
    ),
    "vat_rate_unknown": Explanation(
        _("VAT of %(percent)s %% is not a rate of %(country)s on %(date)s."),
        _KEEPS,
        _("Check the VAT rate of the offer at Allegro, or set the rate in the settings."),
    ),
    "vat_abroad": Explanation(
        _("The parcel goes to %(country)s and Allegro names the VAT rate of that country."),
        _KEEPS,
        _("Decide in the settings which rate such orders take; ask your accountant."),
    ),
    "vat_eu": Explanation(
        _("The buyer asks for a supply without VAT within the EU (%(feature)s)."),
        _KEEPS,
        _("Verify the buyer's VAT number and decide in the settings, or enter the order by hand."),
    ),
    "total_differs": Explanation(
        _("Our total %(ours)s %(currency)s is not Allegro's total %(allegro)s %(currency)s."),
        _("We do not send an order whose total differs."),
        _SUPPORT,
    ),
    "no_date": Explanation(_("Allegro names no time of purchase."), _("We look again."), _SUPPORT),
    "form_id_too_long": Explanation(_("The order's id is longer than Pohoda allows: %(form_id)s."), _KEEPS, _SUPPORT),
}

DIRECTION: Final[Mapping[str, Explanation]] = {
    "reauth": Explanation(
        _("Allegro no longer accepts our access to your account."),
        _STOPPED,
        _("Sign in to Allegro again and confirm the access."),
    ),
    "wrong_environment": Explanation(
        _("The access belongs to another Allegro environment."),
        _STOPPED,
        _("Connect the account again and choose the right environment."),
    ),
    "wrong_seller": Explanation(
        _("Allegro answered for another seller than the one connected."),
        _("We have stored nothing of it and stopped the account."),
        _("Connect the account again with the right seller's sign-in."),
    ),
    "other_unit_for_shared_offers": Explanation(
        _("Instances that share offers take their stock from one accounting unit."),
        _("The instance was not created."),
        _("Choose the unit of the account's other instances, or another account."),
    ),
    "forbidden": Explanation(
        _("Allegro refuses our access to this part of the account."),
        _("We have stopped this direction."),
        _("Sign in to Allegro again and confirm all permissions; check that the account is not blocked."),
    ),
    "settings_unreadable": Explanation(
        _("The settings of the instance are damaged or incomplete."),
        _("We write nothing until they are mended."),
        _("Open the settings of the instance and save them again."),
    ),
    "allegro_unreachable": Explanation(_("Allegro cannot be reached."), _AGAIN),
    "allegro_down": Explanation(_("Allegro reports a fault on its side."), _AGAIN),
    "answer_lost": Explanation(
        _("The answer did not arrive, so we do not know whether it was done."),
        _("We ask the other side and only then go on: nothing is done twice."),
    ),
    "unreadable_answer": Explanation(
        _("Allegro sent an answer that cannot be read."),
        _AGAIN,
        _("If it lasts longer than an hour, write to support."),
    ),
    "throttled": Explanation(_("Allegro asks us to slow down."), _("We wait as long as it asks and go on.")),
    "revision_conflict": Explanation(_("The order changed at Allegro in the meantime."), _("We read it again.")),
    "edit_in_progress": Explanation(
        _("Allegro is still busy with an earlier edit of the offer."),
        _("We try again by ourselves; other offers go on."),
    ),
    "command_exists": Explanation(
        _("Allegro has this command already."), _("We read its report: nothing is done twice.")
    ),
    "scan_running": Explanation(
        _("Allegro is still scanning a document of the order."), _("We wait for it and go on by ourselves.")
    ),
    "file_exists": Explanation(
        _("The invoice has its file at Allegro already."), _("We read the order's invoices: nothing is sent twice.")
    ),
    "invoice_too_big": Explanation(
        _("The invoice's PDF is larger than Allegro takes (3 MB)."),
        _("We do not send it; all others go on."),
        _("Make the print report in Pohoda lighter: pictures are usually what makes it large."),
    ),
    "foreign_location": Explanation(
        _("Allegro's answer led to an address that is not Allegro's."),
        _("We did not follow it, sent nothing there and stopped the account."),
        _SUPPORT_ONLY,
    ),
    "contract_changed": Explanation(
        _("Allegro no longer speaks the version of its interface that we use."),
        _("We have stopped and our developers know of it. Nothing is lost."),
    ),
    "token_invalid": Explanation(_("The access to the account has expired."), _("We renew it by ourselves.")),
    "unknown_environment": Explanation(
        _("The account belongs to an Allegro environment that is not set up here."), _STOPPED, _SUPPORT_ONLY
    ),
    "client_refused": Explanation(_("Allegro no longer knows our application."), _STOPPED, _SUPPORT_ONLY),
    "oauth_refused": Explanation(
        _("Allegro refused to renew our access."), _STOPPED, _("Sign in to Allegro again and confirm the access.")
    ),
    "scope_missing": Explanation(
        _("Our access to the account lacks a permission."),
        _STOPPED,
        _("Sign in to Allegro again and confirm all permissions."),
    ),
    "token_answer_lost": Explanation(
        _("The answer with the renewed access did not arrive."), _("We ask Allegro for it again.")
    ),
    "refresh_in_progress": Explanation(_("The access is just being renewed."), _AGAIN),
}

RECORD: Final[Mapping[str, Explanation]] = {
    "queued": Explanation(
        _("The order is ready and goes to Pohoda with the agent's next round."),
        _("We hand it over as soon as the agent asks. It waits as long as the computer is off."),
    ),
    "checking_pohoda": Explanation(
        _("The order was handed over, and whether Pohoda took it is not certain yet."),
        _("We ask Pohoda whether it has the order and only then go on: nothing is created twice."),
    ),
    "before_start": Explanation(
        _("The order was bought before the day from which orders are taken over (%(since)s)."),
        _("We do not create it in Pohoda."),
    ),
    "document": Explanation(
        _("The order cannot be written as a document for Pohoda: %(detail)s"),
        _("We do not send it; all others go on."),
        _SUPPORT,
    ),
    "pohoda_refused": Explanation(
        _("Pohoda refused the order: %(note)s"),
        _("We do not send the same again."),
        _("Mend the cause in Pohoda or in the offer at Allegro, then send the order again."),
    ),
    "duplicate_not_found": Explanation(
        _("Pohoda says that it has this order already, and it cannot be found there."),
        _("We do not create it again by ourselves."),
        _("Look in Pohoda's received orders for the number of the order; it may have been deleted or renumbered."),
    ),
    "too_many_attempts": Explanation(
        _("The order did not get into Pohoda even after several attempts."),
        _("We do not try on by ourselves."),
        _("Check Pohoda and the agent, then send the order again."),
    ),
    "pohoda_total_differs": Explanation(
        _("Pohoda's total %(pohoda)s %(currency)s is not Allegro's total %(allegro)s %(currency)s."),
        _("The order in Pohoda stays as it is; its invoice is held."),
        _("Check VAT and rounding of the order in Pohoda."),
    ),
    "changed_after_import": Explanation(
        _("The order changed at Allegro after it got into Pohoda."),
        _("An order in Pohoda is never changed by us."),
        _("Compare both sides and change the order %(pohoda_number)s in Pohoda by hand."),
    ),
    "cancelled_after_import": Explanation(
        _("The order was cancelled at Allegro after it had left for Pohoda."),
        _("An order in Pohoda is never deleted by us without you."),
        _("Cancel the order in Pohoda."),
    ),
    "merged_after_import": Explanation(
        _("The buyer paid this order together with another one after it had left for Pohoda."),
        _("The joint order %(by)s is created too."),
        _("Cancel this order in Pohoda, otherwise its goods are there twice."),
    ),
    "merged": Explanation(
        _("The buyer paid this order together with another one."), _("The joint order %(by)s goes instead of it.")
    ),
    "form_not_understood": Explanation(
        _("The order has a shape that we do not know."), _("We have put it aside whole; all others go on."), _SUPPORT
    ),
    "event_not_understood": Explanation(
        _("An entry of Allegro's order journal has a shape that we do not know."),
        _("We pass it over; its order is found by the list of orders, which we read as well."),
    ),
    "form_not_read": Explanation(
        _("We cannot read this order from Allegro: %(detail)s"),
        _("We try again, ever later; all other orders go on."),
        _SUPPORT,
    ),
    "not_wanted_any_more": Explanation(
        _("The buyer has cancelled this order or paid it together with another one."), _("We do not send it.")
    ),
    "value_changed_in_pohoda": Explanation(
        _("Pohoda took the order and changed a value: %(values)s"),
        _("The order is in Pohoda; the totals are compared as always."),
        _("Check the order in Pohoda, and whether the name in the settings is one that Pohoda knows."),
    ),
    "processing_refused": Explanation(
        _("Allegro did not let us mark the order as being processed."),
        _("The order is in Pohoda; we do not ask for the mark again."),
        _("Mark it at Allegro by hand, otherwise the buyer may still change the address."),
    ),
    "form_not_found": Explanation(
        _("Allegro no longer has this order: it was merged into another one, or deleted."),
        _("We look for the joint order."),
        _("Look for the order at Allegro. Where it is gone for good, ignore it here."),
    ),
    "not_found": Explanation(_("Allegro no longer has it."), _("We look again.")),
    "refused": Explanation(
        _("The other side refused it: %(user_message)s"), _("We do not send the same again."), _SUPPORT
    ),
}
