"""What is held until a person decides. Modules register where their holds come from (DESIGN §5)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Protocol

from connectify.dashboard.explanations import Explained
from connectify.users.models import User


@dataclass(frozen=True)
class HeldRecord:
    """One record of a hold: its name, the page behind it ("" = none), and what would be done, in the reader's words."""

    label: str
    url: str = ""
    would: str = ""


@dataclass(frozen=True)
class Hold:
    """Records held for one cause in one place. `key` names it within its source, as long as the cause lasts."""

    source: str
    key: str
    why: Explained
    place: str
    direction: str
    since: dt.datetime
    count: int
    records: list[HeldRecord] = field(default_factory=list)
    may_approve: bool = True
    may_refuse: bool = True

    @property
    def more(self) -> int:
        """How many records are not shown."""
        return max(0, self.count - len(self.records))


class HoldSource(Protocol):
    """`find` reads; `approve` and `refuse` write, audited, and say how many records they moved.

    A key that is no longer held moves nothing.
    """

    def find(self) -> list[Hold]: ...

    def approve(self, key: str, actor: User) -> int: ...

    def refuse(self, key: str, actor: User) -> int: ...


_sources: dict[str, HoldSource] = {}


def register_holds(source: str, holds: HoldSource) -> None:
    """Idempotent by name."""
    _sources[source] = holds


def all_holds() -> list[Hold]:
    """Of the tenant in force, the oldest first."""
    found = [hold for source in _sources.values() for hold in source.find()]
    return sorted(found, key=lambda hold: hold.since)


def source_of(name: str) -> HoldSource | None:
    return _sources.get(name)
