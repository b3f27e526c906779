"""What the agent, mServer and the unit report, in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext_lazy as _

from connectify.dashboard.explanations import Explanation

_WAITS = _("We keep everything and go on as soon as the agent is back. Nothing is lost.")
_TRIES = _("We keep everything and try again by ourselves.")
_STOPPED = _("We have stopped writing, so that nothing gets into wrong books.")

_SENTENCES: Final[Mapping[str, Explanation]] = {
    "no_agent": Explanation(
        _("No agent is enrolled for the accounting unit."),
        _("We keep everything ready."),
        _("Install the agent on the computer with Pohoda and enrol it with a code."),
    ),
    "agent_never_seen": Explanation(
        _("The agent is enrolled and has not called yet."),
        _("We keep everything ready."),
        _("Start the agent on the computer with Pohoda."),
    ),
    "agent_standby": Explanation(
        _("The agent on %(host)s is a spare one and no other is active."),
        _WAITS,
        _("Start the main agent, or switch to the spare one on the page of the accounting unit."),
    ),
    "agent_not_standby": Explanation(
        _("Only a spare agent can take over; this one no longer is."), _("Nothing was changed.")
    ),
    "agent_silent": Explanation(
        _("The agent on %(host)s does not answer."),
        _WAITS,
        _("Check that the computer with the agent is on and has internet."),
    ),
    "agent_journal_lost": Explanation(
        _("The agent's journal is new: the computer was probably restored or changed."),
        _("We ask Pohoda about everything that was under way before we write again."),
    ),
    "mserver_off": Explanation(
        _("Pohoda's mServer is not running."), _TRIES, _("Start mServer on the computer with the agent.")
    ),
    "mserver_busy": Explanation(_("Pohoda's mServer is busy with something else."), _TRIES),
    "mserver_denied": Explanation(
        _("Pohoda refuses the agent: its sign-in or one of its rights."),
        _TRIES,
        _(
            "Check the Pohoda user name and password in the agent's settings, "
            "and that user's rights to data communication and received orders."
        ),
    ),
    "mserver_unreadable": Explanation(
        _("Pohoda's mServer answers something that cannot be read."),
        _TRIES,
        _("Check the address of mServer in the agent's settings and restart mServer."),
    ),
    "wrong_unit": Explanation(
        _("Pohoda's mServer serves another accounting unit or year than the one set up."),
        _STOPPED,
        _("On the computer with the agent, set mServer to the right accounting unit and year."),
    ),
    "no_current_year": Explanation(
        _("The accounting unit has no current year."), _STOPPED, _("Set the current year of the unit.")
    ),
    "journal_unreadable": Explanation(
        _("The agent cannot read its journal."),
        _("The agent does not write, so that nothing is created twice."),
        _("Write to support; do not delete the journal."),
    ),
    "journal_failed": Explanation(
        _("The agent cannot write its journal."),
        _("The agent does not write, so that nothing is created twice."),
        _("Check that the disk of the computer with the agent is not full."),
    ),
    "conflict": Explanation(
        _("The agent knows this order with another content."),
        _("The agent does not send it."),
        _("Write to support with the number of the order."),
    ),
    "not_allowed": Explanation(
        _("The agent refused a document of a kind that it does not know."),
        _("We keep the order."),
        _("Update the agent on the computer with Pohoda."),
    ),
    "expired": Explanation(_("The agent got the task too late."), _("We give it again.")),
    "missing_in_pohoda": Explanation(
        _("The order that Pohoda confirmed is no longer there."),
        _("We do not create it again by ourselves."),
        _("Look in Pohoda: it may have been deleted, or the books restored from a backup."),
    ),
}
# What the agent says of a call is what it says of its health.
SENTENCES: Final = {**_SENTENCES, "denied": _SENTENCES["mserver_denied"], "busy": _SENTENCES["mserver_busy"]}
