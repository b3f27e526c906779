"""Planning an account's offers: only those that something has changed for, all of them when the settings have.

A batch is read, planned and stored in one transaction that holds its rows, so a mark set meanwhile is never lost. A
cycle plans so many as it has time for; the guards of the whole account judge when all are planned.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Collection
from typing import Final

import msgspec
from django.db.models import F

from allegro_integration.domain.offer_values import QUANTITY, OfferPlan
from allegro_integration.domain.offers import plan_offers
from allegro_integration.models import Account, Offer
from allegro_integration.services.offers import judging, ledger, marking, raising
from allegro_integration.services.offers.ledger import Verdict
from allegro_integration.services.offers.plans import store_plan
from allegro_integration.services.offers.scope import Scope
from allegro_integration.services.offers.snapshots import Observed, active_offers
from allegro_integration.services.retries import plan_refused_anew
from connectify.domain.crashpoints import crashpoint
from connectify.domain.fingerprint import fingerprint
from connectify.sync.leases import Lease
from connectify.sync.models import Link
from pohoda_bridge.server.mirror.selectors import Snapshot

BATCH: Final = 1000
# What waits for something else is looked at again after so many seconds, not at once.
BLOCKED_S: Final = 30
BATCHES_PER_CYCLE: Final = 10
PLANNED_WITH: Final = "offers.planned_with"
SOLD: Final = "sold_not_in_pohoda"
# What a plan writes and does not read.
ONLY_SHOWN: Final = ("trace", "skips", "wanted_prices", "params", "visibility")

State = Offer.State


def mark_all_where_settings_moved(scope: Scope) -> Link:
    """What decides about every offer is not what it was at the last plan: all are planned anew. → that memory."""
    digest = fingerprint(
        [
            scope.home_currency,
            scope.end_when_refused,
            *([plan.marketplace, plan.instance, msgspec.to_builtins(plan.settings)] for plan in scope.plans),
        ]
    )
    account = scope.account
    known = {"there_system": account.ext_system, "there_id": "offers"}
    link, _ = Link.objects.get_or_create(kind=PLANNED_WITH, here_id=account.pk, defaults=known)
    if link.confirmed.get("settings") != digest:
        link.confirmed = {**link.confirmed, "settings": digest}
        link.save(update_fields=["confirmed"])
        offers = Offer.objects.filter(account=account).exclude(state=State.SUPERSEDED)
        offers.filter(needs_plan=False).update(needs_plan=True)
    return link


def plan_all_again(account_id: uuid.UUID) -> None:
    """The next plan takes the settings for changed and plans every offer of the account."""
    for link in Link.objects.select_for_update().filter(kind=PLANNED_WITH, here_id=account_id):
        link.confirmed = {**link.confirmed, "settings": ""}
        link.save(update_fields=["confirmed"])


def mark_what_was_sold(link: Link, account: Account, began: str) -> None:
    """Sold pieces are taken off until a stock began after Pohoda had their order: a newer one may release them."""
    sold = link.confirmed.get("sold", [])
    if sold and link.confirmed.get("began") != began:
        marking.mark_offers(account.pk, sold)


def remember_sold(scope: Scope, plan: OfferPlan, began: str) -> None:
    """Which offers are planned with sold pieces, and with which stock."""
    link = Link.objects.select_for_update().get(kind=PLANNED_WITH, here_id=scope.account.pk)
    fresh = {
        offer_id
        for offer_id, wanted in plan.wanted.items()
        if any(step.code == SOLD for step in wanted.trace.get(QUANTITY, ()))
    }
    planned = plan.wanted.keys() | {skip.offer_id for skip in plan.skips}
    before = set(link.confirmed.get("sold", []))
    confirmed = {**link.confirmed, "sold": sorted((before - planned) | fresh), "began": began}
    if confirmed != link.confirmed:
        Link.objects.filter(pk=link.pk).update(confirmed=confirmed)


class Planning:
    """One account's plan, stored."""

    def __init__(self, lease: Lease, scope: Scope, stock: Snapshot) -> None:
        self._lease: Final = lease
        self._scope: Final = scope
        self._stock: Final = stock
        self._began: Final = stock.began_at.isoformat()
        self._active = 0
        self._is_blocked = False
        self.counts: Final[Counter[str]] = Counter()

    def run(self) -> dict[str, int]:
        """A number of batches; with more left it asks to go on at once."""
        with self._lease.transaction():
            ids = self._to_plan()
            # What one batch of several shows of a mass is held until all of them are planned and judged together.
            self._active = active_offers(self._scope.account) if ids else 0
            is_part = len(ids) > BATCH or judging.is_holding(self._scope.account)
        scope = judging.holding_all(self._scope) if is_part else self._scope
        for start in range(0, min(len(ids), BATCH * BATCHES_PER_CYCLE), BATCH):
            self._lease.require(0)
            with self._lease.transaction():
                self._plan_batch(scope, ids[start : start + BATCH])
            crashpoint("P3.s06.planned")
        if len(ids) > BATCH * BATCHES_PER_CYCLE:
            return {**self.counts, "again_in_s": BLOCKED_S if self._is_blocked else 0}
        if is_part:
            with self._lease.transaction():
                self.counts["lifted"] = judging.judge(self._scope)
        return dict(self.counts)

    def _to_plan(self) -> list[uuid.UUID]:
        account = self._scope.account
        link = mark_all_where_settings_moved(self._scope)
        mark_what_was_sold(link, account, self._began)
        waiting = Offer.objects.filter(account=account, needs_plan=True)
        # Those planned longest ago first: what has to wait and stays marked keeps nobody else waiting.
        return list(waiting.order_by(F("planned_at").asc(nulls_first=True), "pk").values_list("pk", flat=True))

    def _plan_batch(self, scope: Scope, ids: Collection[uuid.UUID]) -> None:
        rows = Offer.objects.select_for_update().filter(pk__in=ids, needs_plan=True)
        offers = list(rows.defer(*ONLY_SHOWN).order_by("pk"))
        account = Account.objects.select_for_update().get(pk=scope.account.pk)
        revision = account.offers_revision + 1
        observed = Observed(scope, began=self._stock.began_at)
        batch = observed.batch(offers, active_offers=self._active, revision=revision)
        plan = plan_offers(batch.snapshot, explain_all=True)
        why = raising.why_none(account, scope.markets, self._stock)
        self._is_blocked = self._is_blocked or why.account is not None
        plan, waiting = raising.without_raises(plan, batch.offers, why)
        crashpoint("P3.s05.diff_and_guard")
        verdicts = ledger.reconcile(scope, batch, plan, revision=revision)
        plan_refused_anew(account, store_plan(batch, plan, verdicts, revision=revision))
        if waiting:
            Offer.objects.filter(account=account, offer_id__in=waiting).update(needs_plan=True)
        remember_sold(scope, plan, self._began)
        Account.objects.filter(pk=account.pk).update(offers_revision=revision)
        self._count(plan, verdicts, len(offers))

    def _count(self, plan: OfferPlan, verdicts: dict[ledger.Key, Verdict], offers: int) -> None:
        self.counts["offers"] += offers
        self.counts["skipped"] += len(plan.skips)
        for found in verdicts.values():
            self.counts[found.standing] += 1
