"""What is switched off by us, in words: for support who turns it, and for the customers whom it concerns."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models.functions import JSONObject
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from connectify.dashboard.code_words import word_of
from connectify.dashboard.directions import DIRECTIONS
from connectify.dashboard.explanations import Explained, Explanation, explain
from connectify.dashboard.inbox import InboxGroup
from connectify.instances.models import Instance
from connectify.sync.directions import known_kinds
from connectify.sync.killswitch import switches_over
from connectify.sync.models import KillSwitch
from connectify.tenants.context import require_tenant_id
from connectify.users.models import User

SOURCE: Final = "switches"
CODE: Final = "switched_off"
SENTENCES: Final[Mapping[str, Explanation]] = {
    CODE: Explanation(
        gettext_lazy("We have switched this off: %(reason)s"),
        gettext_lazy("We go on reading and preparing, and write nothing. What waits goes when we switch it on again."),
        gettext_lazy("There is nothing for you to do."),
    )
}


def scopes_of(instances: Iterable[uuid.UUID]) -> list[str]:
    """Every scope, besides "all", that can stop something of the tenant in force."""
    kinds = known_kinds()
    return [
        f"tenant:{require_tenant_id()}",
        *(f"instance:{one}" for one in instances),
        *(f"direction:{name}" for name in sorted(set(kinds.values()))),
        *(f"kind:{name}" for name in sorted(kinds)),
    ]


def in_words(scope: str, names: Mapping[str, str] | None = None) -> str:
    """What a scope stops. `names`: what ids of companies and instances are called, as far as the reader may know."""
    what, _colon, value = scope.partition(":")
    named = (names or {}).get(value, value)
    if what == "all":
        return _("Everything")
    if what == "direction":
        return _("%(direction)s, everywhere") % {"direction": DIRECTIONS.get(value, value)}
    if what == "kind":
        return _("Changes: %(kind)s") % {"kind": word_of("change", value)}
    if what == "tenant":
        return _("The company %(name)s") % {"name": named}
    return _("The instance %(name)s") % {"name": named} if what == "instance" else scope


@dataclass(frozen=True)
class SwitchedOff:
    """What stops a direction of an instance, and since when."""

    why: Explained
    since: dt.datetime


def as_column() -> ArraySubquery:
    """All switches that are off, as a column of rows that are read anyway: it costs no query of its own."""
    switch = JSONObject(scope="scope", reason="reason", since="since")
    return ArraySubquery(KillSwitch.objects.order_by("since").values(switch=switch))


def read_column(column: Iterable[Mapping[str, str]]) -> list[KillSwitch]:
    """The switches of `as_column`."""
    return [KillSwitch(**{**one, "since": dt.datetime.fromisoformat(one["since"])}) for one in column]


def switched_off(
    instances: Iterable[uuid.UUID], known: Iterable[KillSwitch] | None = None
) -> dict[tuple[uuid.UUID, str], SwitchedOff]:
    """By instance and direction; one query, none where all switches are `known`.

    A switch of one kind of change alone is no state of a direction.
    """
    ids = list(instances)
    scopes = scopes_of(ids)
    off = switches_over(scopes) if known is None else [one for one in known if one.scope in (*scopes, "all")]
    found: dict[tuple[uuid.UUID, str], SwitchedOff] = {}
    for switch in off:
        what, _colon, value = switch.scope.partition(":")
        if what == "kind":
            continue
        directions = [value] if what == "direction" else sorted(set(known_kinds().values()))
        why = SwitchedOff(explain(CODE, {"reason": switch.reason}), switch.since)
        for instance in ids:
            if what != "instance" or str(instance) == value:
                for direction in directions:
                    found.setdefault((instance, direction), why)
    return found


class Switches:
    """Good to know: the inbox says what we have switched off, and there is nothing to click."""

    def find(self) -> list[InboxGroup]:
        """One query. A company without instances is told nothing."""
        named = ArraySubquery(Instance.objects.values(named=JSONObject(id="id", name="name")))
        switches = list(switches_over(scopes_of(()), of_instances=True).annotate(instances=named))
        names = {one["id"]: one["name"] for one in switches[0].instances} if switches else {}
        if not names:
            return []
        whole = {f"instance:{one}" for one in names}
        own = [one for one in switches if one.scope in whole or not one.scope.startswith("instance:")]
        return [self._group(switch, names) for switch in own]

    def act(self, key: str, act: str, actor: User) -> int:
        return 0

    def _group(self, switch: KillSwitch, names: Mapping[str, str]) -> InboxGroup:
        what, _colon, value = switch.scope.partition(":")
        kinds = known_kinds()
        direction = value if what == "direction" else kinds.get(value, "")
        return InboxGroup(
            source=SOURCE,
            key=switch.scope,
            why=explain(CODE, {"reason": switch.reason}),
            place=names.get(value, "") if what == "instance" else "",
            direction=direction,
            since=switch.since,
            count=0,
            tone="idle",
            codes=(CODE,),
        )
