"""The guards of the whole account, where it is planned in more than one batch (RELIABILITY M12)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from allegro_integration.domain.guards import guard_batch
from allegro_integration.domain.offer_values import QUANTITY, OfferPlan, PlannedChange, price_field
from allegro_integration.services.offers.scope import Scope
from connectify.domain.trace import Step


class MassVerdict:
    """What the guards of the whole account say of all batches together."""

    def __init__(self, scope: Scope, changes: Sequence[PlannedChange], *, active_offers: int) -> None:
        limits = {price_field(plan.marketplace): plan.settings.limits for plan in scope.plans}
        limits[QUANTITY] = scope.settings.limits
        judged, self.alarms = guard_batch(changes, active_offers=active_offers, limits=limits)
        self._held: Final = {
            (after.offer_id, after.field): after.held
            for before, after in zip(changes, judged, strict=True)
            if after.held
        }
        self._seen: Final = {(change.offer_id, change.field) for change in changes}

    def applied_to(self, plan: OfferPlan) -> OfferPlan:
        return msgspec.structs.replace(plan, changes=tuple(map(self.judge, plan.changes)), alarms=self.alarms)

    def judge(self, change: PlannedChange) -> PlannedChange:
        held = self._held.get((change.offer_id, change.field), ())
        if (change.offer_id, change.field) not in self._seen:
            # Not there when the account was judged: while anything is held it waits for the next look.
            held = tuple(step for step in self.alarms if _concerns(step, change))
        known = {step.code for step in change.held}
        added = tuple(step for step in held if step.code not in known)
        return msgspec.structs.replace(change, held=(*change.held, *added)) if added else change


def _concerns(alarm: Step, change: PlannedChange) -> bool:
    marketplace = alarm.params.get("marketplace")
    return change.field == (QUANTITY if marketplace is None else price_field(marketplace))
