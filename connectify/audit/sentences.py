"""Actions into sentences, and objects into names with the page behind them. Modules register theirs when they start.

An action without a sentence is shown as its code: nothing of the audit is hidden (and a test finds it).
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from django.db.models import F, QuerySet, TextField, Value
from django.db.models.functions import Cast, Coalesce, NullIf
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise

_sentences: dict[str, Text] = {}


def register_sentences(table: Mapping[str, Text]) -> None:
    """What happened, in the past: "An instance was paused". Idempotent."""
    _sentences.update(table)


_fields: dict[str, Text] = {}


def register_fields(table: Mapping[str, Text]) -> None:
    """What a value is called, by its name in the entry: `line_text` is "Text of the line". Idempotent."""
    _fields.update(table)


def field_of(name: str) -> str:
    """In words; a name that nobody registered as it is, without underscores."""
    return str(_fields.get(name, name.replace("_", " ")))


def sentence_of(action: str) -> str:
    return str(_sentences.get(action, action))


def is_known(action: str) -> bool:
    return action in _sentences


def actions() -> list[tuple[str, str]]:
    """(action, sentence) of all that are registered, by sentence."""
    return sorted(((action, str(text)) for action, text in _sentences.items()), key=lambda pair: pair[1].casefold())


class Named(NamedTuple):
    """What to call an object; `url` is empty where there is no page."""

    label: str
    url: str = ""


@dataclass(frozen=True)
class ObjectKind:
    """How objects of a kind are found and called. `rows` is asked inside the tenant in force.

    `label` is a field or an expression; `url_name` takes the object's id as its only argument.
    """

    rows: Callable[[], QuerySet[Any]]
    label: Any
    url_name: str = ""


_kinds: dict[str, ObjectKind] = {}


def register_objects(kind: str, objects: ObjectKind) -> None:
    """Idempotent by kind (AuditEntry.object_kind)."""
    _kinds[kind] = objects


def names_of(objects: Iterable[tuple[str, uuid.UUID | None]]) -> dict[tuple[str, uuid.UUID], Named]:
    """Names of objects that still exist, of all kinds in one query."""
    wanted: dict[str, set[uuid.UUID]] = {}
    for kind, object_id in objects:
        if kind in _kinds and object_id is not None:
            wanted.setdefault(kind, set()).add(object_id)
    parts = [_rows_of(kind, ids) for kind, ids in sorted(wanted.items())]
    if not parts:
        return {}
    rows = parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]
    return {(kind, object_id): Named(label, _url(kind, object_id)) for kind, object_id, label in rows}


def _rows_of(kind: str, ids: set[uuid.UUID]) -> QuerySet[Any]:
    known = _kinds[kind]
    label = F(known.label) if isinstance(known.label, str) else known.label
    rows = known.rows().filter(pk__in=ids).order_by()
    return rows.annotate(
        audit_kind=Value(kind, output_field=TextField()), audit_label=Cast(label, TextField())
    ).values_list("audit_kind", "pk", "audit_label")


def _url(kind: str, object_id: uuid.UUID) -> str:
    name = _kinds[kind].url_name
    try:
        return reverse(name, args=[object_id]) if name else ""
    except NoReverseMatch:
        return ""


PLATFORM: Final[dict[str, Text]] = {
    "api_key.created": _("An API key was made"),
    "api_key.revoked": _("An API key was revoked"),
    "change.retried": _("A change was tried again"),
    "connection.created": _("A connection was made"),
    "connection.renamed": _("A connection was renamed"),
    "direction.armed": _("A direction was switched on: it may write"),
    "direction.disarmed": _("A direction was switched off: it writes no more"),
    "due.nudged": _("A run was asked for at once"),
    "instance.changed": _("An instance was changed"),
    "instance.created": _("An instance was made"),
    "instance.paused": _("An instance was paused"),
    "instance.resumed": _("An instance goes on"),
    "instance.settings_saved": _("Settings of an instance were saved"),
    "invitation.accepted": _("An invitation was accepted"),
    "invitation.resent": _("An invitation was sent again"),
    "invitation.sent": _("A person was invited"),
    "invitation.withdrawn": _("An invitation was withdrawn"),
    "member.added": _("A member joined"),
    "member.removed": _("A member was removed"),
    "member.role_changed": _("The role of a member was changed"),
    "quarantine.ignored": _("A record was left aside for good"),
    "quarantine.retried": _("A record was tried again"),
    "support.entered": _("Support came to look into the company"),
    "support.left": _("Support left the company"),
    "tenant.created": _("The company was made"),
    "tenant.renamed": _("The company was renamed"),
    "tenant.second_factor_rule": _("The rule about the second factor was changed"),
}


def register_platform() -> None:
    """Sentences and objects of the platform itself."""
    from connectify.api.models import ApiKey
    from connectify.instances.models import Connection, Instance
    from connectify.sync.models import Quarantined
    from connectify.tenants.models import Invitation, Tenant
    from connectify.users.models import User

    person = Coalesce(NullIf(F("full_name"), Value("")), F("email"))
    register_sentences(PLATFORM)
    register_objects("tenant", ObjectKind(lambda: Tenant.objects.all(), "name"))
    register_objects("user", ObjectKind(lambda: User.objects.all(), person))
    register_objects("invitation", ObjectKind(lambda: Invitation.objects.all(), "email"))
    register_objects("api_key", ObjectKind(lambda: ApiKey.objects.all(), "name"))
    register_objects("instance", ObjectKind(lambda: Instance.objects.all(), "name", "instance"))
    register_objects("connection", ObjectKind(lambda: Connection.objects.all(), "name"))
    register_objects("quarantined", ObjectKind(lambda: Quarantined.objects.all(), "subject_key"))
