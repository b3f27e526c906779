"""Five words for the state of a record, the same everywhere: sent, superseded, waiting, error, skipped."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

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
