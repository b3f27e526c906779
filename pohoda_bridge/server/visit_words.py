"""The bridge's names in words, for support's pages: what runs on a unit, and what an agent is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from connectify.dashboard.code_words import register_words
from connectify.dashboard.explanations import Text
from pohoda_bridge.server.models import Agent

RESOURCES: Final[Mapping[str, Text]] = {"pohoda.unit": _("accounting unit")}
PIPELINES: Final[Mapping[str, Text]] = {"mirror.read": _("reading of exports from Pohoda")}
OPERATIONS: Final[Mapping[str, Text]] = {
    "import_order": _("importing an order"),
    "find_order": _("looking an order up"),
    "read_health": _("reading how Pohoda is"),
    "read_list": _("reading an export"),
    "print_report": _("printing a document"),
}
# What an agent says of its mServer.
MSERVER: Final[Mapping[str, Text]] = {
    "ready": pgettext_lazy("mServer", "ready"),
    "off": pgettext_lazy("mServer", "not running"),
    "busy": pgettext_lazy("mServer", "busy"),
    "denied": pgettext_lazy("mServer", "access denied"),
    "wrong_unit": pgettext_lazy("mServer", "serves another accounting unit"),
    "unreadable": pgettext_lazy("mServer", "its answer cannot be read"),
}
OBJECTS: Final[Mapping[str, Text]] = {
    "agent": _("agent"),
    "mirror_read": _("export"),
    "pohoda.unit": _("accounting unit"),
}
COUNTS: Final[Mapping[str, Text]] = {"pages": pgettext_lazy("count of a run", "pages of exports")}


def register() -> None:
    """Idempotent."""
    register_words("resource", RESOURCES)
    register_words("pipeline", PIPELINES)
    register_words("operation", OPERATIONS)
    register_words("mserver", MSERVER)
    register_words("object", OBJECTS)
    register_words("count", COUNTS)
    register_words("state", dict(Agent.State.choices))
