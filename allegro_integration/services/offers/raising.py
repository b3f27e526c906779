"""More pieces are offered only while it is known what was sold, and while Pohoda's stock may be believed.

A purchase takes its pieces off the offer at once. Until its order is read they are missing there for no reason that we
know, and a plan would put them back: they would be sold twice. Fewer pieces go out all the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from allegro_integration.domain.offer_values import QUANTITY, OfferPlan, PlannedChange, Restart, SetQuantity, Skip
from allegro_integration.models import Account, InboxForm, Market, Offer
from connectify.domain.trace import Step
from connectify.sync.models import DirectionState
from pohoda_bridge.server.mirror.selectors import Snapshot

CODE: Final = "sold_not_known"
State = DirectionState.State


def is_sold_known(account: Account, markets: Iterable[Market]) -> bool:
    """Whether this turn has read the journal of orders to its end, and has looked at each form that it told of.

    A form that was not there when we looked was most likely merged into another one: it keeps nothing waiting.
    """
    unread = InboxForm.objects.filter(account=account, state=InboxForm.State.TO_READ, read_at=None, reads=0)
    stopped = DirectionState.objects.filter(
        instance__in=[market.instance_id for market in markets], direction="orders",
        state__in=(State.WAITING_ALLEGRO, State.NEEDS_REAUTH),
    )  # fmt: skip
    if unread.exists() or stopped.exists():
        return False
    # However reading the journal ended: pieces that were seen to be missing since then have no order yet.
    drained = account.journal_read_at
    return drained is None or not Offer.objects.filter(account=account, observed_at__gt=drained).exists()


def why_none(account: Account, markets: Iterable[Market], stock: Snapshot) -> Step | None:
    """Why no offer may get more pieces now; None where they may.

    While an export is held the stock is as old as the last one that was believed: what is sold is taken off it still.
    """
    if stock.is_held:
        return Step(stock.held_code, {name: str(value) for name, value in stock.held_params.items()})
    return None if is_sold_known(account, markets) else Step(CODE)


def without_raises(plan: OfferPlan, offers: dict[str, Offer], why: Step) -> tuple[OfferPlan, list[str]]:
    """The plan with a skip in the place of each change to more pieces; and the ids of these offers."""
    raised = [change.offer_id for change in plan.changes if _is_raise(change, offers)]
    kept = tuple(change for change in plan.changes if not _is_raise(change, offers))
    skips = (*plan.skips, *(Skip(offer_id, QUANTITY, why.code, dict(why.params)) for offer_id in raised))
    return msgspec.structs.replace(plan, changes=kept, skips=skips), raised


def _is_raise(change: PlannedChange, offers: dict[str, Offer]) -> bool:
    match change.content:
        case Restart():
            return True
        case SetQuantity(quantity=quantity):
            return quantity > (offers[change.offer_id].stock or 0)
        case _:
            return False
