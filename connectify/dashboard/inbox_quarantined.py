"""Records that were put aside, in the inbox: by kind, cause and place, to be tried again or ignored, one or all.

Modules say what their kinds of records are called, where their pages are, and whose they are.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import Q, QuerySet, TextField, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce
from django.utils.translation import gettext as _

from connectify.dashboard.explanations import Explained, explain
from connectify.dashboard.inbox import Act, InboxGroup, InboxRecord, are_alike, said_by_all
from connectify.dashboard.links import page_of
from connectify.domain.errors import Rejected
from connectify.sync import quarantine
from connectify.sync.models import Quarantined
from connectify.tenants.context import require_tenant_id
from connectify.users.models import User

SOURCE: Final = "quarantined"
EXAMPLES: Final = 5
MOST_GROUPS: Final = 100
# A click of the inbox tries each record in a transaction of its own (`OneByOne`): so many a person waits for, the rest
# are for the next click.
MOST_AT_ONCE: Final = 200


@dataclass(frozen=True)
class Row:
    """A record that was put aside, as the inbox reads it. `instance` is None where only its owner is known."""

    id: uuid.UUID
    kind: str
    key: str
    code: str
    params: dict[str, Any]


@dataclass(frozen=True)
class Named:
    """What a record is called, and the page behind it ("" = none)."""

    label: str
    url: str = ""


@dataclass(frozen=True)
class LookUp:
    """Where names are kept: `rows(keys)` gives (key, name, id of the page), which `named` makes of any rows."""

    rows: Callable[[Collection[str]], QuerySet[Any]]
    url_name: str = ""


def named(rows: QuerySet[Any], *, key: Any, name: Any, page: Any) -> QuerySet[Any]:
    """Expressions of a `LookUp`; `page` is the argument of its URL name."""
    columns = {"named_key": key, "named_name": name, "named_page": page}
    texts = {column: Cast(expression, TextField()) for column, expression in columns.items()}
    return rows.order_by().annotate(**texts).values_list(*texts)


@dataclass(frozen=True)
class Kind:
    """How records of one kind are shown.

    `names` finds records by their key; one that is not found is called by `label` of its key. `owners` finds places by
    the part of the key before the first colon, for records that belong to no instance. All look-ups are one query.
    `called` names a record by its parameters ("" = as its key says); `own` are parameters that differ in each record
    and say nothing of the cause. Records that differ in the parameter `grouped_by` ("" = none) are causes apart, with
    a button and acts of their own. `list_url` leads to the filtered list of a cause, `solve` to where it is mended.
    """

    direction: str
    names: LookUp | None = None
    label: Callable[[str], str] = lambda key: key.rpartition(":")[2]
    words: Callable[[Mapping[str, Any]], dict[str, Any]] = dict
    owners: LookUp | None = None
    called: Callable[[Mapping[str, Any]], str] = lambda _params: ""
    own: frozenset[str] = frozenset()
    grouped_by: str = ""
    list_url: Callable[[str, uuid.UUID | None], str] = lambda _code, _instance: ""
    solve: Callable[[Cause], tuple[str, str]] = lambda _cause: ("", "")


_kinds: dict[str, Kind] = {}


def register_kind_of_record(subject_kind: str, kind: Kind) -> None:
    """Idempotent by kind."""
    _kinds[subject_kind] = kind


def direction_of_record(subject_kind: str) -> str:
    """ "" for a kind that nobody registered."""
    kind = _kinds.get(subject_kind)
    return kind.direction if kind else ""


_GROUPS: Final = """
WITH causes AS (
  SELECT subject_kind, code, instance_id,
    CASE WHEN instance_id IS NULL THEN split_part(subject_key, ':', 1) ELSE '' END AS owner,
    coalesce(params ->> (%(grouped_by)s::jsonb ->> subject_kind), '') AS part,
    count(*) AS count, min(first_seen_at) AS since, max(first_seen_at) AS until
  FROM sync_quarantined WHERE tenant_id = %(tenant)s AND state = 'open'
  GROUP BY 1, 2, 3, 4, 5 ORDER BY count(*) DESC, 1, 2, 3, 4, 5 LIMIT %(groups)s
)
SELECT c.subject_kind, c.code, c.instance_id, i.name, c.owner, c.part, c.count, c.since, c.until, e.found
FROM causes c LEFT JOIN instances_instance i ON i.tenant_id = %(tenant)s AND i.id = c.instance_id
CROSS JOIN LATERAL (
  SELECT json_agg(json_build_object('id', r.id, 'key', r.subject_key, 'params', r.params)) AS found FROM (
    SELECT q.id, q.subject_key, q.params FROM sync_quarantined q
    WHERE q.tenant_id = %(tenant)s AND q.state = 'open' AND q.subject_kind = c.subject_kind AND q.code = c.code
      AND q.instance_id IS NOT DISTINCT FROM c.instance_id
      AND (c.owner = '' OR q.subject_key = c.owner OR q.subject_key LIKE c.owner || ':%%')
      AND coalesce(q.params ->> (%(grouped_by)s::jsonb ->> q.subject_kind), '') = c.part
    ORDER BY q.first_seen_at, q.id LIMIT %(examples)s) r
) e
"""


@dataclass(frozen=True)
class Cause:
    """One group as it is stored; `part` is its value of what its kind is `grouped_by`, "" for none.

    `key` names what was shown: what is put aside later is not decided with it.
    """

    kind: str
    code: str
    instance: uuid.UUID | None
    place: str
    owner: str
    part: str
    count: int
    since: dt.datetime
    until: dt.datetime
    rows: tuple[Row, ...]

    @property
    def key(self) -> str:
        return f"{self.kind}|{self.code}|{self.instance or ''}|{self.owner}|{self.until.isoformat()}|{self.part}"


class QuarantinedRecords:
    def find(self) -> list[InboxGroup]:
        causes = _causes()
        names = _names(causes)
        return [_group(cause, names) for cause in causes]

    def keys_of(self, key: str) -> list[str]:
        return [key_of(row.pk) for row in _rows_of(key)]

    def act(self, key: str, act: str, actor: User) -> int:
        """What is refused stays as it was, the others of the key are moved."""
        if act not in ("retry", "ignore"):
            return 0
        moved = 0
        for row in _rows_of(key):
            try:
                with transaction.atomic():
                    moved += bool(
                        quarantine.retry(quarantined=row, actor=actor)
                        if act == "retry"
                        else quarantine.ignore(quarantined=row, actor=actor)
                    )
            except Rejected:
                continue  # it stays open, and says why
        return moved


def acts_of(kind: str, code: str) -> tuple[Act, ...]:
    """What a person can do about a record that was put aside."""
    if quarantine.may_retry(kind, code):
        return (Act("retry", _("Try again"), is_main=True), Act("ignore", _("Ignore")))
    return (Act("ignore", _("I have dealt with it")),)


def key_of(row_id: uuid.UUID) -> str:
    """The key of one record alone."""
    return f"one|{row_id}"


def _causes() -> list[Cause]:
    grouped_by = json.dumps({name: kind.grouped_by for name, kind in _kinds.items() if kind.grouped_by})
    bounds = {"groups": MOST_GROUPS, "examples": EXAMPLES}
    values = {"tenant": require_tenant_id(), "grouped_by": grouped_by, **bounds}
    with connection.cursor() as cursor:
        cursor.execute(_GROUPS, values)
        return [_cause(*row) for row in cursor.fetchall()]


def _cause(kind: str, code: str, instance: uuid.UUID | None, place: str | None, owner: str, part: str,
           count: int, since: dt.datetime, until: dt.datetime, found: Any) -> Cause:  # fmt: skip
    found = json.loads(found) if isinstance(found, str) else found or []
    rows = tuple(Row(uuid.UUID(one["id"]), kind, one["key"], code, one["params"]) for one in found)
    return Cause(kind, code, instance, place or "", owner, part, count, since, until, rows)


def _names(causes: Sequence[Cause]) -> dict[tuple[LookUp, str], Named]:
    """Of records and of their owners, by where they were looked up and their key; one query for all."""
    wanted: dict[LookUp, set[str]] = {}
    for cause in causes:
        kind = _kinds.get(cause.kind)
        if kind and kind.names:
            wanted.setdefault(kind.names, set()).update(row.key for row in cause.rows)
        if kind and kind.owners and cause.owner:
            wanted.setdefault(kind.owners, set()).add(cause.owner)
    places = list(wanted)
    parts = [place.rows(keys).annotate(named_by=Value(at)) for at, (place, keys) in enumerate(wanted.items())]
    if not parts:
        return {}
    rows = parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]
    return {(places[at], key): Named(name, _url(places[at], page)) for key, name, page, at in rows}


def _url(place: LookUp, page: str) -> str:
    return page_of(place.url_name, page) if place.url_name else ""


def _group(cause: Cause, names: Mapping[tuple[LookUp, str], Named]) -> InboxGroup:
    kind = _kinds.get(cause.kind)
    acts = acts_of(cause.kind, cause.code)
    own = kind.own if kind else frozenset()
    said = said_by_all([{name: value for name, value in row.params.items() if name not in own} for row in cause.rows])
    why, alike = _said(kind, cause.code, said), are_alike(said)
    solve_url, solve_label = kind.solve(cause) if kind else ("", "")
    records = []
    for row in cause.rows:
        called = _called(kind, row, names)
        note = "" if alike else _said(kind, row.code, row.params).title
        alone = acts if cause.count > 1 else ()
        note = "" if note == why.title else note
        records.append(InboxRecord(called.label, called.url, note, key=key_of(row.id), acts=alone))
    return InboxGroup(
        source=SOURCE,
        key=cause.key,
        identity="|".join((cause.kind, cause.code, str(cause.instance or ""), cause.owner, cause.part)),
        why=why,
        place=cause.place or _owner(kind, cause.owner, names),
        direction=kind.direction if kind else "",
        since=cause.since,
        count=cause.count,
        records=tuple(records),
        acts=acts,
        solve_url=solve_url,
        solve_label=solve_label,
        list_url=kind.list_url(cause.code, cause.instance) if kind else "",
        tone="bad",
        codes=(cause.code,),
    )


def _called(kind: Kind | None, row: Row, names: Mapping[tuple[LookUp, str], Named]) -> Named:
    if kind is None:
        return Named(row.key.rpartition(":")[2])
    found = names.get((kind.names, row.key)) if kind.names else None
    return found or Named(kind.called(row.params) or kind.label(row.key))


def _owner(kind: Kind | None, owner: str, names: Mapping[tuple[LookUp, str], Named]) -> str:
    found = names.get((kind.owners, owner)) if kind and kind.owners else None
    return found.label if found else ""


def _said(kind: Kind | None, code: str, params: Mapping[str, Any]) -> Explained:
    return explain(code, kind.words(params) if kind else params)


def _rows_of(key: str) -> list[Quarantined]:
    """What was shown under the key and is still open, the oldest first; at most MOST_AT_ONCE."""
    rows = Quarantined.objects.filter(state=Quarantined.State.OPEN)
    if "\x00" in key:  # PostgreSQL has no such text
        return []
    try:
        if key.startswith("one|"):
            return list(rows.filter(pk=uuid.UUID(key.removeprefix("one|"))))
        kind, code, instance, owner, until, part = key.split("|", 5)
        rows = rows.filter(subject_kind=kind, code=code, first_seen_at__lte=dt.datetime.fromisoformat(until))
        rows = rows.filter(instance=uuid.UUID(instance)) if instance else rows.filter(instance=None)
    except ValueError:
        return []
    if owner:
        rows = rows.filter(Q(subject_key=owner) | Q(subject_key__startswith=f"{owner}:"))
    shown_as = _kinds.get(kind)
    if shown_as and shown_as.grouped_by:
        value = Coalesce(KeyTextTransform(shown_as.grouped_by, "params"), Value(""), output_field=TextField())
        rows = rows.alias(part=value).filter(part=part)
    return list(rows.order_by("first_seen_at", "id")[:MOST_AT_ONCE])
