"""What waits for a person, grouped by cause. Modules register where it comes from; one page shows all of it.

A group is one cause in one place ("the delivery method Z-BOX is not mapped: 12 orders of Allegro Česko"), with what
solves it: a page to go to, or acts that one click does. What guards hold (DESIGN §5) is a group like any other.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, runtime_checkable

from connectify.dashboard.explanations import DIFFERS, Explained
from connectify.users.models import User

TONES: Final = ("bad", "wait", "idle")  # in the order of the page


@dataclass(frozen=True)
class Act:
    """A button. `name` is what `InboxSource.act` gets ("approve", "retry", "ignore"); `label` is what it says."""

    name: str
    label: str
    is_main: bool = False


@dataclass(frozen=True)
class InboxRecord:
    """One record of a group: its name, the page behind it ("" = none), and a word more. `key`, `acts`: it alone."""

    label: str
    url: str = ""
    note: str = ""
    key: str = ""
    acts: tuple[Act, ...] = ()


@dataclass(frozen=True)
class InboxGroup:
    """`key` is what acts go by: it names what was shown. `identity` names the group within its source as long as the
    cause lasts, whatever joins it: no two have one; it is the key unless said. `solve_url` is where a person mends it.

    `tone`: "bad" stops something, "wait" holds records, "idle" is good to know.
    """

    source: str
    key: str
    why: Explained
    place: str
    direction: str
    since: dt.datetime
    count: int
    records: tuple[InboxRecord, ...] = ()
    solve_url: str = ""
    solve_label: str = ""
    acts: tuple[Act, ...] = ()
    list_url: str = ""
    tone: str = "wait"
    codes: tuple[str, ...] = field(default=())
    identity: str = ""

    @property
    def more(self) -> int:
        """How many records are not shown."""
        return max(0, self.count - len(self.records))


class InboxSource(Protocol):
    """`find` reads in a fixed number of queries; `act` writes, audited, and says how many records it moved.

    A key that nothing waits under any more moves nothing.
    """

    def find(self) -> list[InboxGroup]: ...

    def act(self, key: str, act: str, actor: User) -> int: ...


@runtime_checkable
class OneByOne(Protocol):
    """A source whose groups are moved record by record, each in a transaction of its own: of many records held at once
    some would be waited for by runs that hold others.
    """

    def keys_of(self, key: str) -> Sequence[str]:
        """Keys of the records that `act` on this key would move, one each."""
        ...


_sources: dict[str, InboxSource] = {}


def register_inbox(name: str, source: InboxSource) -> None:
    """Idempotent by name."""
    _sources[name] = source


def all_groups() -> list[InboxGroup]:
    """Of the tenant in force: what stops something first, then the longest waiting."""
    return sorted((group for source in _sources.values() for group in source.find()), key=_urgency)


def _urgency(group: InboxGroup) -> tuple[int, dt.datetime, str, str]:
    return TONES.index(group.tone), group.since, group.source, group.key


def place_of(group: InboxGroup) -> tuple[int, str, str]:
    """Where lists that go on page by page have the group: its own, and the same while it lasts. `since` is none: it
    moves when the first record of a group goes.
    """
    return TONES.index(group.tone), group.source, group.identity or group.key


def said_by_all(params: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Parameters of a sentence about several records: what is not the same in all of them is an ellipsis."""
    names = dict.fromkeys(name for one in params for name in one)
    first = params[0] if params else {}
    same = {name for name in names if all(one.get(name) == first.get(name) for one in params)}
    return {name: first.get(name, "") if name in same else DIFFERS for name in names}


def are_alike(said: Mapping[str, Any]) -> bool:
    """Of parameters said by all: the records say nothing of their own."""
    return DIFFERS not in said.values()


def source_of(name: str) -> InboxSource | None:
    return _sources.get(name)
