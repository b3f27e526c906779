"""Sentences of connecting accounts and setting instances up: answered there and then, to the person who did it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext_lazy as _

from connectify.dashboard.explanations import Explanation

_NOTHING = _("Nothing was changed.")

CONNECTING: Final[Mapping[str, Explanation]] = {
    "consent_denied": Explanation(
        _("You did not allow the access at Allegro."),
        _NOTHING,
        _("Connect the account again and choose to allow the access."),
    ),
    "consent_stale": Explanation(
        _("This confirmation is no longer valid: it was used already, or it took longer than ten minutes."),
        _NOTHING,
        _("Start the connection once more from this page."),
    ),
    "consent_other_seller": Explanation(
        _("You signed in to Allegro as another seller (%(seller)s) than the one of this account."),
        _("Nothing was changed; the account stays with its seller."),
        _("Sign out at Allegro and try again as the right seller, or connect the other seller as a new account."),
    ),
    "account_taken": Explanation(
        _("Another company here has connected the seller %(seller)s."),
        _NOTHING,
        _("If the seller is yours, write to support: one seller belongs to one company."),
    ),
    "no_application": Explanation(
        _("This installation has no application at Allegro yet."),
        _NOTHING,
        _("Whoever runs it has to set ALLEGRO_CLIENT_ID and ALLEGRO_CLIENT_SECRET."),
    ),
    "marketplace_taken": Explanation(
        _("The account has an instance for this marketplace already."),
        _("The instance was not created."),
        _("Open the one that exists, or choose another marketplace."),
    ),
    "orders_not_set": Explanation(
        _("It is not set yet which store of Pohoda the orders name."), "", _("Fill in the settings of orders.")
    ),
    "offers_not_set": Explanation(
        _("It is not set yet which pieces are sold and at which price."), "", _("Fill in the settings of pieces.")
    ),
    "prices_not_set": Explanation(
        _("It is not set yet at which price this marketplace sells."), "", _("Fill in the settings of prices.")
    ),
    "invoices_not_set": Explanation(
        _("No print report of invoices is chosen yet."), "", _("Add one in the settings of invoices.")
    ),
}
