"""Statuses and parcel numbers of orders: Pohoda → Allegro.

mirror listener     per unit      what changed in Pohoda marks its orders
statuses.push       per account   plan: marked orders, their statuses and invoices; apply: parcel numbers, then statuses

A parcel number goes before the status that tells the buyer of it. Each effect: the form read, INTENT committed, one
call, the outcome committed; an unknown outcome is looked up before anything else of that order.
"""

from __future__ import annotations

from typing import Final

from allegro_integration.models import Account
from allegro_integration.pipelines.states import account_states
from allegro_integration.services import marked
from allegro_integration.services.effect_runs import alone, doubtful, is_any_open, strand_lost
from allegro_integration.services.in_pohoda import mark_where_settings_moved
from allegro_integration.services.statuses.planning import PARCEL, STATUS
from allegro_integration.services.statuses.sending import ParcelEffect, StatusEffect, without_parcel_under_way
from connectify.domain.crashpoints import crashpoint
from connectify.domain.errors import NeedsUser
from connectify.sync import changes
from connectify.sync.leases import Lease
from connectify.sync.models import Change
from connectify.sync.pipelines import Pipeline

STATUSES: Final = "statuses"
CHANGES_PER_CYCLE: Final = 50
BATCHES_PER_CYCLE: Final = 20
PLAN_S: Final = 10.0


def push(lease: Lease) -> dict[str, int]:
    """One cycle of an account's statuses."""
    with lease.transaction():
        account = Account.objects.select_related("connection").get(pk=lease.resource_id)
        mark_where_settings_moved(account)
    planned, more = _plan(lease, account)
    with account_states(lease, account, STATUSES):
        with lease.transaction():
            strand_lost(lease, STATUS, PARCEL)
        sent = _send(lease, account)
    counts = {"planned": planned, "sent": sent}
    return {**counts, "again_in_s": 0} if more or sent else counts


def _plan(lease: Lease, account: Account) -> tuple[int, bool]:
    """Works without Allegro: what changed in Pohoda is planned and shown even while the account cannot be reached."""
    planned = 0
    for _ in range(BATCHES_PER_CYCLE):
        lease.require(PLAN_S)
        with lease.transaction():
            batch = marked.plan_batch(account)
        if batch.changes:
            crashpoint("P4.s02.planned")
        if batch.documents:
            crashpoint("P5.s01.found")
        planned += batch.changes
        if not batch.is_full:
            return planned, False
    return planned, True


def _send(lease: Lease, account: Account) -> int:
    with lease.transaction():
        if not is_any_open(lease, PARCEL, STATUS):
            if account.needs_reauth_since is not None:
                raise NeedsUser("reauth")
            return 0
        unknown = {kind: doubtful(lease, kind) for kind in (PARCEL, STATUS)}
    parcels, statuses = ParcelEffect(lease, account), StatusEffect(lease, account)
    alone(unknown[PARCEL], parcels.look_up)
    with lease.transaction():
        planned = _to_do(lease, PARCEL)
    sent = alone(planned, parcels.apply)
    alone(unknown[STATUS], statuses.look_up)
    with lease.transaction():
        planned = without_parcel_under_way(_to_do(lease, STATUS))
    return sent + alone(planned, statuses.apply)


def _to_do(lease: Lease, kind: str) -> list[Change]:
    return changes.to_do(resource_kind=lease.kind, resource_id=lease.resource_id, kinds=[kind], limit=CHANGES_PER_CYCLE)


PIPELINES: Final = (Pipeline("statuses.push", "allegro.account", push),)
