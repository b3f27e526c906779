"""Sentences about people: what each role may do, and why something about people was refused."""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from connectify.dashboard.explanations import Explanation, explain
from connectify.domain.errors import Rejected
from connectify.tenants.models import Role

MAY: Final[dict[str, Promise]] = {
    Role.OWNER: _("Everything: also makes and removes owners and sets rules for the whole company."),
    Role.ADMIN: _("Sets everything up, invites and removes people except owners, makes API keys."),
    Role.OPERATOR: _(
        "Runs the shop day by day: approves, tries again, maps delivery and payment. Changes no settings."
    ),
    Role.ACCOUNTANT: _("Reads everything including the audit log. Changes nothing."),
    Role.VIEWER: _("Reads orders, offers and settings. Changes nothing."),
}

PEOPLE: Final = {
    "last_owner": Explanation(
        _("The company must keep an owner. Make somebody else an owner first."),
    ),
    "owner_only": Explanation(_("Only an owner may do this.")),
    "keeper_only": Explanation(_("Only an owner or an administrator may do this.")),
    "no_member": Explanation(_("You are no longer a member of this company.")),
    "already_member": Explanation(_("This person is a member already.")),
    "already_invited": Explanation(
        _("This address is invited already. Send that invitation again, or withdraw it first.")
    ),
    "own_factor_first": Explanation(
        _("Switch on your own authenticator app first, so that the rule does not shut you out.")
    ),
    "invitation_closed": Explanation(_("This invitation was used or withdrawn, or it has expired.")),
    "invitation_for_another": Explanation(
        _("This invitation is for another address than the one you are signed in with.")
    ),
    "company_without_name": Explanation(_("The company has no name.")),
    "has_owner": Explanation(_("The company has an owner, who invites people.")),
    "account_exists": Explanation(_("An account with this address exists already. Sign in to it.")),
}


def said(error: Rejected) -> str:
    """The refusal as one sentence."""
    return explain(error.code, error.params).title
