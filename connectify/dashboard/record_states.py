"""Five words for the state of a record, the same everywhere: sent, superseded, waiting, error, skipped."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from connectify.dashboard.counting import shown

SENT: Final = "sent"
SUPERSEDED: Final = "superseded"
WAITING: Final = "waiting"
ERROR: Final = "error"
SKIPPED: Final = "skipped"

WORDS: Final[Mapping[str, Promise]] = {
    WAITING: _("waiting"),
    SENT: _("sent"),
    ERROR: _("error"),
    SKIPPED: _("skipped"),
    SUPERSEDED: _("superseded"),
}
TONES: Final[Mapping[str, str]] = {SENT: "good", WAITING: "wait", ERROR: "bad", SKIPPED: "idle", SUPERSEDED: "idle"}


class StateChoice(NamedTuple):
    """What a list can be narrowed to. `shown` is the count as it is read: "1000+" for more than was counted."""

    value: str
    label: str
    tone: str
    count: int
    shown: str


def choices_of_states(counts: Mapping[str, int], first: tuple[str, str, str]) -> list[StateChoice]:
    """`first`, which is no state of a record but what a person looks for (value, label, tone), and the five words."""
    choices = [first, *((state, str(word), TONES[state]) for state, word in WORDS.items())]
    return [StateChoice(*one, counts.get(one[0], 0), shown(counts.get(one[0], 0))) for one in choices]
