"""What waits for a person, by cause, and the acts that solve it at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, ClassVar, Final, Literal

import msgspec
from django.utils.translation import gettext as _
from rest_framework.request import Request

from connectify.api.answers import Cause, cause_of
from connectify.api.endpoint import ApiView, required
from connectify.api.operations import operation
from connectify.api.paging import Listed, Paged, page_of
from connectify.api.problems import Problem
from connectify.dashboard.inbox import Act as Button
from connectify.dashboard.inbox import InboxGroup, InboxRecord, all_groups, place_of, source_of


class Act(msgspec.Struct, frozen=True):
    """`name` goes into the address of the act."""

    name: str
    label: str


class Record(msgspec.Struct, frozen=True):
    """One record of a group. `url` is its page, `key` what acts on it alone go by; empty when there is none."""

    label: str
    url: str
    note: str
    key: str
    acts: list[Act]


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """One cause in one place. `key` is what acts go by: it names what was shown, so it may change when records join."""

    source: str
    key: str
    cause: Cause
    codes: list[str]
    place: str
    direction: str
    tone: Annotated[
        Literal["bad", "wait", "idle"],
        msgspec.Meta(description="bad: it stops something; wait: it holds records; idle: good to know."),
    ]
    since: dt.datetime
    count: int
    records: Annotated[list[Record], msgspec.Meta(description="The first ones of `count`.")]
    acts: list[Act]
    solve_url: Annotated[str, msgspec.Meta(description="The page where a person mends it; empty when there is none.")]


class InboxQuery(Paged, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class Moved(msgspec.Struct, frozen=True):
    """How many records the act moved."""

    moved: int


PLACES: Final[dict[str, dict[str, Any]]] = {
    "source": {"schema": {"type": "string", "minLength": 1}, "description": "`source` of the group."},
    "key": {"schema": {"type": "string", "minLength": 1}, "description": "`key` of the group."},
    "act": {"schema": {"type": "string", "minLength": 1}, "description": "`name` of one of the group's acts."},
}
DESCRIPTION: Final = (
    "Grouped by cause: what stops something first, then by source. A group keeps its place while its cause and tone "
    "last, so each comes once. Sources name the causes with most records: waiting orders and records that were put "
    "aside at most 100 each, offers at most 60. The others come when some of these are solved: `next: null` is the end "
    "of what is named."
)
EXAMPLE: Final = {
    "source": "orders",
    "key": "0b6f4c1e:unmapped_delivery:1f2e",
    "cause": {
        "code": "unmapped_delivery",
        "params": {},
        "title": "The delivery method “Allegro Z-BOX” has no counterpart in Pohoda yet.",
        "we_do": "We keep the order and send it as soon as this is solved.",
        "you_do": (
            "Say on the instance's page which carrier and which text it has in Pohoda. All orders with it go then."
        ),
    },
    "codes": ["unmapped_delivery"],
    "place": "Allegro Česko",
    "direction": "orders",
    "tone": "wait",
    "since": "2026-11-23T10:51:00Z",
    "count": 12,
    "records": [
        {
            "label": "29738e61-7f6a-11e8-ac45-09db60ede9d6",
            "url": "/orders/…/",
            "note": "Petr Svoboda",
            "key": "",
            "acts": [],
        }
    ],
    "acts": [],
    "solve_url": "/setup/instances/…/mappings/?method=1f2e",
}


class InboxList(ApiView):
    @operation(
        "inbox:read",
        tag="Inbox",
        summary="What waits for a person",
        description=DESCRIPTION,
        query=InboxQuery,
        answer=Listed[Group],
        example={"data": [EXAMPLE], "next": None},
    )
    def get(self, request: Request, query: InboxQuery) -> Listed[Group]:
        return page_of(
            sorted(all_groups(), key=place_of), place=place_of, kinds=(int, str, str), query=query,
            request=request._request, show=_show,
        )  # fmt: skip


class InboxAct(ApiView):
    places: ClassVar = PLACES

    @operation(
        "inbox:write",
        tag="Inbox",
        summary="Do what solves a group",
        description="Approve, retry, ignore: whatever the group offers. Audited with the key's name.",
        answer=Moved,
        example={"moved": 12},
        problems=("conflict",),
    )
    def post(self, request: Request, source: str, key: str, act: str) -> Moved:
        found = required(source_of(source))
        group = next((one for one in _acting(found.find()) if one.key == key), None)
        if act not in {one.name for one in required(group).acts}:
            raise Problem("not_found", _("The group does not offer this act."))
        return Moved(found.act(key, act, self.caller.actor))


def _acting(groups: list[InboxGroup]) -> Iterator[InboxGroup | InboxRecord]:
    """Groups, and the records that can be acted on alone."""
    for group in groups:
        yield group
        yield from (record for record in group.records if record.key)


def _acts(acts: Iterable[Button]) -> list[Act]:
    return [Act(one.name, str(one.label)) for one in acts]


def _show(group: InboxGroup) -> Group:
    return Group(
        source=group.source,
        key=group.key,
        cause=cause_of(group.why),
        codes=list(group.codes) or ([group.why.code] if group.why.code else []),
        place=str(group.place),
        direction=str(group.direction),
        tone=group.tone,  # type: ignore[arg-type]
        since=group.since,
        count=group.count,
        records=[Record(str(one.label), one.url, str(one.note), one.key, _acts(one.acts)) for one in group.records],
        acts=_acts(group.acts),
        solve_url=group.solve_url,
    )
