"""What a plan would do, shown and not stored: for settings that somebody is about to save."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from allegro_integration.domain.offer_values import PlannedChange, Skip
from allegro_integration.domain.offers import plan_offers
from allegro_integration.models import Account, Offer
from allegro_integration.services.offers.judging import judged
from allegro_integration.services.offers.ledger import kind_of
from allegro_integration.services.offers.planning import BATCH, ONLY_SHOWN
from allegro_integration.services.offers.scope import Scope
from allegro_integration.services.offers.snapshots import WITHOUT_MASS_GUARDS, Observed, active_offers
from allegro_integration.services.offers.storing import ACTIVE
from connectify.domain.trace import Step
from pohoda_bridge.server.mirror.selectors import Snapshot


@dataclass(frozen=True)
class Preview:
    """What a plan with given settings would do now. `changes` and `skips` are the first ones, `counts` count all.

    `is_part`: the account has more offers than were looked at.
    """

    changes: tuple[PlannedChange, ...]
    skips: tuple[Skip, ...]
    alarms: tuple[Step, ...]
    counts: dict[str, int]
    offers: int
    is_part: bool = False


def preview(
    scope: Scope,
    stock: Snapshot,
    *,
    offers: Collection[str] | None = None,
    shown: int = 200,
    most: int | None = None,
) -> Preview:
    """Plans all offers of the account (those named, the first `most`) with the scope's settings and stores nothing.

    The very plan that a cycle would make, guards included; of a part of the offers, the guards of the whole account
    judge that part. In a transaction of the tenant.
    """
    observed = Observed(scope, began=stock.began_at)
    changes: list[PlannedChange] = []
    skips: list[Skip] = []
    counts: Counter[str] = Counter()
    total = active = 0
    is_part = False
    for rows in _batches(scope.account, offers):
        if most is not None and total + len(rows) > most:
            rows, is_part = rows[: most - total], True
        if not rows:
            break
        active += sum(row.status in ACTIVE for row in rows)
        plan = plan_offers(observed.batch(rows, active_offers=WITHOUT_MASS_GUARDS).snapshot)
        changes += plan.changes
        skips += plan.skips[: max(0, shown - len(skips))]
        counts.update(skip.code for skip in plan.skips)
        total += len(rows)
    held, alarms = judged(scope, changes, active=active if is_part else active_offers(scope.account))
    counts.update(kind_of(change.content) for change in held)
    counts["held"] += sum(bool(change.held) for change in held)
    return Preview(held[:shown], tuple(skips), alarms, dict(counts), total, is_part)


def _batches(account: Account, offers: Collection[str] | None) -> Iterator[list[Offer]]:
    rows = Offer.objects.filter(account=account).exclude(state=Offer.State.SUPERSEDED).defer(*ONLY_SHOWN)
    if offers is not None:
        rows = rows.filter(offer_id__in=offers)
    last: uuid.UUID | None = None
    while True:
        page = rows.order_by("pk") if last is None else rows.filter(pk__gt=last).order_by("pk")
        batch = list(page[:BATCH])
        if not batch:
            return
        yield batch
        last = batch[-1].pk
