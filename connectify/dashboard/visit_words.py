"""Words of the administration that belong to no module: what the fields of the platform's tables are called, and what
their codes mean.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from connectify.dashboard.code_words import register_words
from connectify.dashboard.explanations import Text
from connectify.sync.models import Quarantined

# By the field's name: the same name is the same thing in every table. A page may say more (`VisitAdmin.names`).
FIELDS: Final[Mapping[str, Text]] = {
    "account": _("account"),
    "action": _("what was done"),
    "actor": _("who"),
    "after": _("after"),
    "agenda": _("agenda"),
    "at": _("when"),
    "attempt": _("tries"),
    "attempts": _("tries"),
    "before": _("before"),
    "change": _("change"),
    "code": _("cause"),
    "connection": _("connection"),
    "content": _("content"),
    "counts": _("counts"),
    "created_at": _("created"),
    "detail": _("detail"),
    "done_at": _("done"),
    "due_at": _("due"),
    "enabled": _("scheduled"),
    "epoch": _("epoch of the lease"),
    "evidence": _("on what grounds"),
    "expires_at": _("works until"),
    "failures": _("failures in a row"),
    "finished_at": _("finished"),
    "first_seen_at": _("first seen"),
    "holder": _("held by"),
    "instance": _("instance"),
    "intent_at": _("sending began"),
    "key": _("key"),
    "kind": _("kind"),
    "last_seen_at": _("last seen"),
    "leased_until": _("leased until"),
    "needs_plan": _("is to be planned"),
    "next_at": _("next try"),
    "nudged_until": _("asked for until"),
    "object_id": _("ID of the object"),
    "object_kind": _("object"),
    "on_behalf_of": _("on behalf of"),
    "outcome": _("how it ended"),
    "params": _("details of the cause"),
    "paused_at": _("paused since"),
    "pipeline": _("pipeline"),
    "planned_at": _("planned"),
    "proof": _("proof"),
    "reason": _("reason"),
    "resource_id": _("ID of the resource"),
    "resource_kind": _("resource"),
    "revision": _("edition"),
    "settings": _("settings"),
    "settings_version": _("version of the settings"),
    "settled_at": _("settled"),
    "source": _("connection at the marketplace"),
    "started_at": _("began"),
    "state": _("state"),
    "subject_id": _("ID of the record"),
    "subject_key": _("key of the record"),
    "subject_kind": _("record"),
    "target": _("connection at the accounting program"),
    "trace": _("how it was decided"),
    "unit": _("accounting unit"),
    "via": _("by which way"),
    # Of a person who signs in.
    "date_joined": _("account since"),
    "is_active": _("may sign in"),
}

CHANGE_STATES: Final[Mapping[str, Text]] = {
    "planned": pgettext_lazy("state of a change", "planned"),
    "held": pgettext_lazy("state of a change", "held"),
    "superseded": pgettext_lazy("state of a change", "superseded"),
    "intent": pgettext_lazy("state of a change", "being sent"),
    "confirmed": pgettext_lazy("state of a change", "confirmed"),
    "refused": pgettext_lazy("state of a change", "refused"),
    "unknown": pgettext_lazy("state of a change", "without a certain answer"),
    "quarantined": pgettext_lazy("state of a change", "put aside"),
}
EVIDENCE: Final[Mapping[str, Text]] = {
    "not_sent": _("nothing has left"),
    "answer": _("a whole answer"),
    "lookup": _("the other side was asked"),
    "new_content": _("other content than what was refused"),
    "person": _("a person decided"),
}
# What an entry of the audit log or an event is about.
OBJECTS: Final[Mapping[str, Text]] = {
    "api_key": _("API key"),
    "change": _("change"),
    "changes": _("changes"),
    "connection": _("connection"),
    "instance": _("instance"),
    "invitation": _("invitation"),
    "quarantined": _("record put aside"),
    "tenant": _("company"),
    "user": _("user"),
}
COUNTS: Final[Mapping[str, Text]] = {
    "accepted": pgettext_lazy("count of a run", "accepted"),
    "changed": pgettext_lazy("count of a run", "changed"),
    "held": pgettext_lazy("count of a run", "held"),
    "planned": pgettext_lazy("count of a run", "planned"),
    "queued": pgettext_lazy("count of a run", "ready for the agent"),
    "records": pgettext_lazy("count of a run", "records"),
    "sent": pgettext_lazy("count of a run", "sent"),
    "settled": pgettext_lazy("count of a run", "settled"),
    "skipped": pgettext_lazy("count of a run", "skipped"),
    "unknown": pgettext_lazy("count of a run", "without a certain answer"),
    "waiting": pgettext_lazy("count of a run", "waiting"),
}


def register() -> None:
    """Idempotent."""
    register_words("change_state", CHANGE_STATES)
    register_words("state", {**CHANGE_STATES, **dict(Quarantined.State.choices)})  # of whatever the audit log tells
    register_words("evidence", EVIDENCE)
    register_words("object", OBJECTS)
    register_words("count", COUNTS)
    register_words("via", {"support": _("support")})
