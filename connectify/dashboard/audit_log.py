"""The audit log on the screen: who did what, when, what was before and after, and why."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_safe

from connectify.audit.differences import MOST, Difference, differences
from connectify.audit.models import AuditEntry
from connectify.audit.sentences import Named, actions, field_of, names_of, sentence_of
from connectify.audit.via import SUPPORT
from connectify.dashboard.access import AUDITORS, open_to
from connectify.dashboard.code_words import CAUSE, word_of, words_of
from connectify.dashboard.paging import page_by_key
from connectify.dashboard.templatetags.show import written_day
from connectify.tenants.models import Membership, Role

ROWS: Final = 50
# Differences shown at once; the others are folded.
OPEN_ROWS: Final = 4
PROGRAM: Final = "api:"
WORDS: Final[dict[str, Promise]] = {
    "active": gettext_lazy("active"),
    "agent": gettext_lazy("agent"),
    "code": gettext_lazy("cause"),
    "count": gettext_lazy("records"),
    "email": gettext_lazy("e-mail"),
    "expires_at": gettext_lazy("works until"),
    "hint": gettext_lazy("beginning of the key"),
    "host": gettext_lazy("computer"),
    "instance": gettext_lazy("instance"),
    "interval_s": gettext_lazy("interval in seconds"),
    "kind": gettext_lazy("kind"),
    "language": gettext_lazy("language"),
    "name": gettext_lazy("name"),
    "params": gettext_lazy("details of the cause"),
    "records": gettext_lazy("records"),
    "required": gettext_lazy("required of everybody"),
    "role": gettext_lazy("role"),
    "scopes": pgettext_lazy("of an API key", "may"),
    "seller": gettext_lazy("seller"),
    "state": gettext_lazy("state"),
    "version": gettext_lazy("version"),
}
# Moments are kept as text in the zone of the world.
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00")
# Values that are names of ours have words by what they are the value of (`code_words`); these by another name.
_CODES: Final[dict[str, str]] = {
    "code": CAUSE, "kind": "resource", "payment_type": "payment",
}  # fmt: skip
_LABELS: Final[dict[str, str]] = {role.value: role.name for role in Role}


@dataclass(frozen=True)
class AuditFilter:
    """What the address asks for; anything that is no such thing asks for nothing."""

    who: str = ""
    action: str = ""
    object: str = ""
    day: str = ""

    @classmethod
    def of(cls, query: QueryDict) -> AuditFilter:
        wanted = {name: query.get(name, "").replace("\x00", "")[:100] for name in ("who", "action", "object", "day")}
        return cls(**wanted)

    @property
    def is_set(self) -> bool:
        return bool(self.who or self.action or self.object or self.day)

    def rows(self) -> QuerySet[AuditEntry]:
        rows = AuditEntry.objects.select_related("actor", "on_behalf_of")
        return rows.filter(self._by_whom() & self._of_what() & self._when())

    def _by_whom(self) -> Q:
        if self.who == "support":
            return Q(actor__is_staff=True)
        if self.who == "programs":
            return Q(via__startswith=PROGRAM)
        person = _uuid(self.who)
        return Q(actor=person) | Q(on_behalf_of=person) if person else Q()

    def _of_what(self) -> Q:
        wanted = Q(action=self.action) if self.action else Q()
        kind, _colon, identity = self.object.rpartition(":")
        object_id = _uuid(identity)
        return wanted & Q(object_kind=kind, object_id=object_id) if object_id else wanted

    def _when(self) -> Q:
        try:
            day = dt.date.fromisoformat(self.day)
            start = timezone.make_aware(dt.datetime.combine(day, dt.time()))
            end = timezone.make_aware(dt.datetime.combine(day + dt.timedelta(days=1), dt.time()))
        except (ValueError, OverflowError):
            return Q()
        return Q(at__gte=start, at__lt=end)


@open_to(*AUDITORS)
@require_safe
def audit(request: HttpRequest) -> HttpResponse:
    wanted = AuditFilter.of(request.GET)
    older, newer = request.GET.get("older", ""), request.GET.get("newer", "")
    page = page_by_key(wanted.rows(), field="at", size=ROWS, older_than=older, newer_than=newer)
    names = names_of((entry.object_kind, entry.object_id) for entry in page.rows)
    object_id = _uuid(wanted.object.rpartition(":")[2])
    people = Membership.objects.select_related("user").order_by("created_at", "id")[:200]
    return render(
        request,
        "company/audit.html",
        {
            "wanted": wanted,
            "page": page,
            "rows": [_row(entry, names) for entry in page.rows],
            "people": [one.user for one in people],
            "actions": actions(),
            "of_one": bool(object_id),
        },
    )


def _row(entry: AuditEntry, names: dict[tuple[str, uuid.UUID], Named]) -> dict[str, Any]:
    found = differences(entry.before, entry.after)
    shown = rows_of(found)
    named = names.get((entry.object_kind, entry.object_id)) if entry.object_id else None
    return {
        "entry": entry,
        "sentence": sentence_of(entry.action),
        "program": entry.via.removeprefix(PROGRAM) if entry.via.startswith(PROGRAM) else "",
        "is_support": entry.via == SUPPORT or (entry.actor is not None and entry.actor.is_staff),
        "named": named,
        "object": f"{entry.object_kind}:{entry.object_id}" if entry.object_id else "",
        "open": shown[:OPEN_ROWS] if len(shown) <= OPEN_ROWS else [],
        "folded": shown if len(shown) > OPEN_ROWS else [],
        "is_cut": len(found) > MOST,
    }


def rows_of(found: Sequence[Difference]) -> list[tuple[str, str, str]]:
    """What changed, from what and to what, in words; at most MOST."""
    return [(_path(one.path), _value(one.path, one.before), _value(one.path, one.after)) for one in found[:MOST]]


def _path(path: tuple[str, ...]) -> str:
    """The place of a value in words; settings are called by their part."""
    shown = path[1:] if path[:1] == ("settings",) and len(path) > 1 else path
    return " › ".join(str(WORDS.get(step) or field_of(step)) for step in shown) or _("value")


def _value(path: tuple[str, ...], text: str) -> str:
    if path and path[-1] == "role" and text in _LABELS:
        return str(Role(text).label)
    what = _CODES.get(path[-1], path[-1]) if path else ""
    if text and (what == CAUSE or text in words_of(what)):
        return word_of(what, text)
    if _MOMENT.fullmatch(text):
        moment = timezone.localtime(dt.datetime.fromisoformat(text))
        return f"{written_day(moment)} {moment:%H:%M}"
    return {"true": _("yes"), "false": _("no")}.get(text, text)


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
