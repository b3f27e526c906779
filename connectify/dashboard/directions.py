"""The states of a direction in sentences, and how fresh it is."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from connectify.dashboard.explanations import Explained, Explanation, Text, explain, fill
from connectify.sync.models import DirectionState

State = DirectionState.State

DIRECTIONS: Final[Mapping[str, Text]] = {
    "orders": pgettext_lazy("direction", "Orders"),
    "offers": pgettext_lazy("direction", "Offers"),
    "statuses": pgettext_lazy("direction", "Order states"),
    "invoices": pgettext_lazy("direction", "Invoices"),
}

TONES: Final[Mapping[str, str]] = {
    State.OK: "good",
    State.NOT_ARMED: "idle",
    State.PAUSED: "idle",
    State.WAITING_AGENT: "wait",
    State.WAITING_POHODA: "wait",
    State.WAITING_ALLEGRO: "wait",
    State.NEEDS_REAUTH: "bad",
    State.HELD: "wait",
    State.FROZEN: "bad",
}

SENTENCES: Final[Mapping[str, Explanation]] = {
    State.OK: Explanation(_("Everything runs."), _("We look for news by ourselves.")),
    State.NOT_ARMED: Explanation(
        _("This direction has not been switched on yet."),
        _("We read and prepare everything, and write nothing."),
        _("Look through what is prepared, then switch the direction on."),
    ),
    State.WAITING_AGENT: Explanation(
        _("The agent beside your accounting program does not answer."),
        _("We keep everything and go on as soon as the agent is back. Nothing is lost."),
        _("Check that the computer with the agent is on and has internet."),
    ),
    State.WAITING_POHODA: Explanation(
        _("The accounting program does not answer."),
        _("We keep everything and try again by ourselves."),
        _("Check that Pohoda's mServer is running on the computer with the agent."),
    ),
    State.WAITING_ALLEGRO: Explanation(
        _("Allegro does not answer."),
        _("We try again by ourselves; a short outage needs nothing from you."),
    ),
    State.PAUSED: Explanation(
        _("You have paused this instance."),
        _("We neither read nor write."),
        _("Resume the instance when you want to go on."),
    ),
    State.NEEDS_REAUTH: Explanation(
        _("Allegro no longer accepts our access to your account."),
        _("We have stopped reading the account. No order is lost: they wait at Allegro."),
        _("Sign in to Allegro again and confirm the access."),
    ),
    State.HELD: Explanation(
        _("We hold changes that look like a mistake."),
        _("We write nothing until you decide."),
        _("Look through the changes and approve or refuse them."),
    ),
    State.FROZEN: Explanation(
        _("We have stopped writing, because the other side is not the one that was set up."),
        _("We write nothing, so that nothing gets into wrong books."),
        _("Check the accounting unit and the year; support will help you."),
    ),
}

# A direction that is thought to work and yet was not heard of: silence says more than its last word.
SILENT: Final[Mapping[str, Explanation]] = {
    "late": Explanation(
        _("The last run is later than usual."),
        _("The next run catches up with everything that has happened meanwhile."),
    ),
    "down": Explanation(
        _("This direction has been silent for long."),
        _("It goes on where it stopped; nothing is lost meanwhile."),
        _("If it does not change within an hour, write to support."),
    ),
}


class Freshness(enum.StrEnum):
    FRESH = "fresh"
    LATE = "late"
    DOWN = "down"
    UNKNOWN = "unknown"


def limits(interval_s: int) -> tuple[int, int]:
    """Seconds of silence after which a direction is late, and down."""
    return 2 * interval_s + 60, 6 * interval_s + 600


def freshness(*, last_good_at: dt.datetime | None, interval_s: int, now: dt.datetime) -> Freshness:
    """Silence is an alarm: late after two intervals and a minute, down after six and ten minutes."""
    if last_good_at is None:
        return Freshness.UNKNOWN
    silent_s = (now - last_good_at).total_seconds()
    late_s, down_s = limits(interval_s)
    if silent_s > down_s:
        return Freshness.DOWN
    return Freshness.LATE if silent_s > late_s else Freshness.FRESH


def explain_state(state: str, code: str, params: Mapping[str, Any]) -> Explained:
    """The cause's own sentences where a module knows them, else those of the state with the code beside."""
    if code:
        explained = explain(code, params)
        if explained.known:
            return explained
    known = SENTENCES.get(state)
    if known is None:
        return Explained(code=code or state, title=state, known=False)
    return replace(fill(known, code, params), known=code in ("", state))
