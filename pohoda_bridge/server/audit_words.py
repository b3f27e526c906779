"""The bridge's acts in the audit: sentences, and what its objects are called."""

from __future__ import annotations

from typing import Final

from django.db.models import F
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from connectify.audit.sentences import ObjectKind, register_fields, register_objects, register_sentences
from pohoda_bridge.server.models import Agent, Unit

SENTENCES: Final[dict[str, str | Promise]] = {
    "agent.activated": _("An agent was made the active one"),
    "agent.code_issued": _("A code to enrol an agent was issued"),
    "agent.enrolled": _("An agent was enrolled"),
    "agent.revoked": _("An agent was revoked"),
    "mirror.approved": _("A held export of Pohoda was approved"),
    "unit.created": _("An accounting unit was added"),
}

# Named as where a person sets them.
FIELDS: Final[dict[str, str | Promise]] = {
    "ico": _("IČO"),
    "year": _("Year"),
    "database": _("Database"),
    "key": _("mServer's key"),
    "pin": _("Accounting unit and year"),
}


def register() -> None:
    """Idempotent."""
    register_fields(FIELDS)
    register_sentences(SENTENCES)
    register_objects("pohoda.unit", ObjectKind(lambda: Unit.objects.all(), F("connection__name"), "unit"))
    register_objects("agent", ObjectKind(lambda: Agent.objects.all(), "host"))
