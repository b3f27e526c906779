"""Offers: Pohoda's stock and prices → the offers at Allegro.

offers.read    per account   observe: the offers' journal, what it names, the whole list a few times a day
offers.plan    per account   plan: offers that anything has changed for, in the stock, at Allegro, in what was sold
offers.apply   per account   apply and settle: lookups first, reports, edits, then commands; each with INTENT before it

An account's offers are planned with the stock as it was when its export began, after the order journal was drained
(DESIGN §4.10): the intake of orders runs between the look at the offers and their plan, so that every piece that is
missing at Allegro has its order.
"""

from __future__ import annotations

from typing import Final

from allegro_integration.connections import connect
from allegro_integration.models import Account
from allegro_integration.pipelines.states import account_states
from allegro_integration.services.offers import commands, edits
from allegro_integration.services.offers.choosing import Chosen, choose
from allegro_integration.services.offers.commands import Commands
from allegro_integration.services.offers.edits import Edits
from allegro_integration.services.offers.planning import Planning
from allegro_integration.services.offers.reading import Reader
from allegro_integration.services.offers.scope import OFFERS, is_carried, scope_of
from allegro_integration.services.offers.work import has_open_work, is_anything_unknown, show_held
from connectify.sync.leases import Lease
from connectify.sync.pipelines import Pipeline
from pohoda_bridge.server.mirror.selectors import snapshot_of

LOOK_AGAIN_S: Final = 30


def read(lease: Lease) -> dict[str, int]:
    """What Allegro shows. Nothing happens for an account whose instances cannot carry offers."""
    with lease.transaction():
        account = _account(lease)
        if not is_carried(account):
            return {}
    with account_states(lease, account, OFFERS):
        reader = Reader(lease, account, connect(account).api)
        counts = {"events": reader.drain_journal(), "listed": reader.list_some()}
        more = reader.read_named() or reader.is_listing or reader.is_behind
        more = reader.read_details() or more
    return {**counts, "again_in_s": 0} if more else counts


def plan(lease: Lease) -> dict[str, int]:
    """What Allegro is to show. Nothing is planned before both sides are known whole; no more pieces while the stock is
    held, but what is sold meanwhile is taken off the other offers of its card.
    """
    with lease.transaction():
        account = _account(lease)
        scope = scope_of(account)
        if scope is None:
            return {}
        stock = snapshot_of(scope.unit)
    if stock is None or account.offers_listed_at is None:
        return {"waiting": 1}
    counts = Planning(lease, scope, stock).run()
    with lease.transaction():
        show_held(scope)
    return counts


def apply(lease: Lease) -> dict[str, int]:
    """What is unknown is looked up before anything is sent, and what is under way is settled before that."""
    with lease.transaction():
        account = _account(lease)
        scope = scope_of(account)
        if scope is None:
            return {}
        commands.strand(lease, account)
        edits.strand(lease, account)
        if not has_open_work(account) and choose(account).is_empty:
            return {}
    with account_states(lease, account, OFFERS):
        api = connect(account).api
        by_command, by_edit = Commands(lease, scope, api), Edits(lease, scope, api)
        by_command.look_up()
        by_edit.look_up()
        settled = by_command.poll() + by_edit.follow()
        with lease.transaction():
            chosen = choose(account)
        edited = by_edit.send_all(chosen.edits)
        sent = by_command.send_all(chosen.commands)
    with lease.transaction():
        unknown = LOOK_AGAIN_S if is_anything_unknown(account) else None
    counts = {"settled": settled, "edited": edited, "sent": sent}
    again_in_s = _again_in_s(chosen, settled, by_command.next_poll_in_s(), by_edit.next_question_in_s(), unknown)
    return counts if again_in_s is None else {**counts, "again_in_s": again_in_s}


def _again_in_s(chosen: Chosen, settled: int, *under_way: float | None) -> int | None:
    """Soon, where something was settled, which is planned anew, or waits for its report or for its turn."""
    waits = [int(seconds) + 1 for seconds in under_way if seconds is not None]
    if settled or len(chosen.commands) > commands.COMMANDS_PER_CYCLE or len(chosen.edits) > edits.EDITS_PER_CYCLE:
        waits.append(0)
    elif chosen.edits:
        waits.append(1)
    return min(waits, default=None)


def _account(lease: Lease) -> Account:
    return Account.objects.select_related("connection").get(pk=lease.resource_id)


PIPELINES: Final = (
    Pipeline("offers.read", "allegro.account", read),
    Pipeline("offers.plan", "allegro.account", plan),
    Pipeline("offers.apply", "allegro.account", apply),
)
