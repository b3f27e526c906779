"""Codes of offers on their way to Allegro in sentences: what came of a change, and where an offer stands because of it.

What the planner says is in `explain_offers`, what the client says in `explain`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext_lazy as _

from connectify.dashboard.explanations import Explanation

_AGAIN = _("We try again by ourselves.")
_LOOKS = _("We ask Allegro what became of it before we send anything again.")

OFFERS: Final[Mapping[str, Explanation]] = {
    "offer_refused": Explanation(
        _("Allegro refused the change of this offer: %(message)s"),
        _("We do not send the same value again; a new one goes."),
        _("Mend the offer at Allegro, then try again."),
    ),
    "rejected_by_person": Explanation(
        _("Somebody of your company has refused this change."),
        _("We leave the value as it is until Pohoda gives another one."),
    ),
    "held_by_allegro": Explanation(
        _("Allegro took %(sent)s and shows %(shown)s: a campaign or a rule of Allegro's holds the value."),
        _("We do not fight it and send only what changes in Pohoda."),
        _("Look at the offer's campaigns and pricing rules at Allegro."),
    ),
    "offer_gone": Explanation(
        _("The offer is no longer at Allegro: it was archived or deleted."), _("We look after it no more.")
    ),
    "offer_not_understood": Explanation(
        _("Allegro describes the offer %(offer_id)s in a way that we do not understand (%(detail)s)."),
        _("We leave this offer alone; all others go on."),
        _("Write to support with the number of the offer."),
    ),
    "ends_because_refused": Explanation(
        _("Allegro refused the lower quantity, so the offer is ended: what is not there must not be sold.")
    ),
    "offers_held": Explanation(
        _("Changes of offers are held: %(count)s."),
        _("We send everything else."),
        _("Look at what is held, and approve or refuse it."),
    ),
}

CHANGES: Final[Mapping[str, Explanation]] = {
    "newer_plan": Explanation(_("A newer plan wants something else, or nothing any more.")),
    "not_applied": Explanation(_("Allegro does not have this value; the earlier try did not arrive."), _AGAIN),
    "interrupted": Explanation(_("The sending was interrupted."), _LOOKS),
    "command_refused": Explanation(
        _("Allegro refused to change several offers together: %(detail)s"), _("We send them one by one.")
    ),
    "report_incomplete": Explanation(
        _("Allegro's report said nothing of this offer, and the offer does not show the value."), _AGAIN
    ),
    "operation_gone": Explanation(_("Allegro no longer knows the edit that it had accepted."), _LOOKS),
    "operation_deadline": Explanation(_("Allegro has not finished the edit within an hour."), _LOOKS),
}

OFFER_SENDING: Final[Mapping[str, Explanation]] = {**OFFERS, **CHANGES}
