"""Which planned changes go now, and in which writes: at most one open write per offer (RELIABILITY A8, M15).

An offer that ends or comes back is one edit. Quantities and prices go as commands, each value once for all its offers;
what lowers a stock goes first. A value whose offers are partly on their way waits a moment, so that it is sent once.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from allegro_integration.models import Account, Market, Offer
from allegro_integration.services.offers.ledger import ACCOUNT, END, KINDS, RESTART, SET_PRICE, SET_QUANTITY
from allegro_integration.services.offers.scope import OFFERS
from allegro_integration.services.offers.snapshots import SUBJECT, UNDER_WAY
from connectify.clock import now
from connectify.instances.models import Arming
from connectify.sync import changes
from connectify.sync.models import Change

CHANGES_PER_CYCLE: Final = 20_000
OFFERS_PER_COMMAND: Final = 1000
# Beyond so many in one cycle a publication command ends them together: pieces must go down within minutes.
ENDS_BY_EDIT: Final = 100
# A command that Allegro refused as a whole goes again offer by offer, so that a bad one is alone.
REFUSED_TOGETHER: Final = "command_refused"
ALONE_PER_CYCLE: Final = 20
YOUNG: Final = dt.timedelta(seconds=20)
PATIENCE: Final = dt.timedelta(minutes=2)

Value = tuple[str, str, str]  # kind of command, marketplace, value


@dataclass
class Chosen:
    """`edits`: what each edit of one offer carries. `commands`: a value and its changes, at most 1000 each."""

    edits: list[list[Change]] = field(default_factory=list)
    commands: list[tuple[Value, list[Change]]] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not self.edits and not self.commands


def choose(account: Account) -> Chosen:
    """Planned changes that are due and may write, as writes. In a transaction."""
    if not _may_write(account):
        # Whoever only looks at plans may have many thousands of them.
        return Chosen()
    planned = changes.to_do(
        resource_kind=ACCOUNT, resource_id=account.pk, kinds=KINDS, limit=CHANGES_PER_CYCLE
    )  # fmt: skip
    by_offer: dict[uuid.UUID, list[Change]] = defaultdict(list)
    for change in planned:
        by_offer[change.subject_id].append(change)
    busy = _under_way(account)
    facts = {row[0]: row[1:] for row in _facts(by_offer)}
    chosen, ends, groups = Chosen(), list[Change](), _Groups({offer: stock for offer, (stock, _) in facts.items()})
    for offer, mine in by_offer.items():
        not_before = facts[offer][1]
        if not_before is not None and not_before > now():
            continue
        if offer in busy:
            groups.postpone(mine, is_young=now() - busy[offer] < YOUNG)
            continue
        kinds = {change.kind: change for change in mine}
        if end := kinds.get(END):
            ends.append(end)
        elif restart := kinds.get(RESTART):
            # It comes back at its new price, not at the one it had when it ended.
            chosen.edits.append([restart, *(change for change in mine if change.kind == SET_PRICE)])
        else:
            groups.add(mine)
    by_command = [change for change in ends if change.content.get("by") == "command"]
    by_edit = [change for change in ends if change.content.get("by") != "command"]
    if len(by_edit) > ENDS_BY_EDIT:
        by_command, by_edit = by_command + by_edit, []
    chosen.edits[:0] = [[change] for change in by_edit]
    chosen.commands = [*_split((("end", "", ""), by_command)), *groups.commands()]
    return chosen


class _Groups:
    """Quantities and prices by value. Of one offer the quantity goes first, then a price at a time."""

    def __init__(self, stocks: dict[uuid.UUID, int | None]) -> None:
        self._stocks: Final = stocks
        self._by_value: Final[dict[Value, list[Change]]] = defaultdict(list)
        self._waits: Final[set[Value]] = set()
        self._lowers: Final[set[Value]] = set()

    def add(self, mine: Sequence[Change]) -> None:
        first, *later = sorted(mine, key=lambda change: (change.kind != SET_QUANTITY, change.content["field"]))
        value = value_of(first)
        self._by_value[value].append(first)
        stock = self._stocks.get(first.subject_id)
        if first.kind == SET_QUANTITY and stock is not None and first.content["quantity"] < stock:
            self._lowers.add(value)
        self._wait_for(later)

    def postpone(self, mine: Sequence[Change], *, is_young: bool) -> None:
        """Its offer is on its way with something else. Soon over, its value waits for it; else it goes without."""
        if is_young:
            self._wait_for([change for change in mine if change.kind in (SET_QUANTITY, SET_PRICE)])

    def _wait_for(self, later: Sequence[Change]) -> None:
        """Their values go when they can go too, whoever else has them; but nobody waits longer than a moment."""
        lately = now() - PATIENCE
        self._waits.update(value_of(change) for change in later if change.planned_at > lately)

    def commands(self) -> list[tuple[Value, list[Change]]]:
        ready = {value: found for value, found in self._by_value.items() if value not in self._waits}
        ordered = sorted(ready.items(), key=lambda one: (one[0] not in self._lowers, one[0][0] != "quantity", one[0]))
        return [part for one in ordered for part in _split(one)]


def value_of(change: Change) -> Value:
    if change.kind == SET_PRICE:
        content = change.content
        return "price", content["marketplace"], f"{content['amount']} {content['currency']}"
    return "quantity", "", str(change.content["quantity"])


def _split(group: tuple[Value, Sequence[Change]]) -> list[tuple[Value, list[Change]]]:
    value, found = group
    together = [change for change in found if change.code != REFUSED_TOGETHER]
    alone = [change for change in found if change.code == REFUSED_TOGETHER][:ALONE_PER_CYCLE]
    parts = [together[at : at + OFFERS_PER_COMMAND] for at in range(0, len(together), OFFERS_PER_COMMAND)]
    return [(value, part) for part in (*parts, *([change] for change in alone))]


def _may_write(account: Account) -> bool:
    instances = Market.objects.filter(account=account, active=True, instance__paused_at__isnull=True)
    armed = Arming.objects.filter(direction=OFFERS, armed_at__isnull=False)
    return armed.filter(instance__in=instances.values("instance")).exists()


def _under_way(account: Account) -> dict[uuid.UUID, dt.datetime]:
    """Offers with an open write, and since when."""
    rows = Change.objects.filter(
        resource_kind=ACCOUNT, resource_id=account.pk, subject_kind=SUBJECT, kind__in=KINDS, state__in=UNDER_WAY
    )
    return {offer: since or now() for offer, since in rows.values_list("subject_id", "intent_at")}


def _facts(offers: Collection[uuid.UUID]) -> Iterable[tuple[uuid.UUID, int | None, dt.datetime | None]]:
    """What Allegro shows for sale, and until when it is still busy with the offer's previous edit."""
    return Offer.objects.filter(pk__in=offers).values_list("pk", "stock", "not_before")
