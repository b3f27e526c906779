"""More pieces are offered only while it is known what was sold, and while Pohoda's stock may be believed.

A purchase takes its pieces off the offer at once. Until its order is read they are missing there for no reason that we
know, and a plan would put them back: they would be sold twice. Fewer pieces go out all the same.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from typing import Final, NamedTuple

import msgspec
from django.db.models import CharField, Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat

from allegro_integration.domain.offer_values import QUANTITY, OfferPlan, PlannedChange, Restart, SetQuantity, Skip
from allegro_integration.models import Account, InboxForm, Market, Offer
from connectify.domain.trace import Step
from connectify.sync.models import DirectionState, Quarantined
from pohoda_bridge.server.mirror.selectors import Snapshot

NOT_READ: Final = "sold_not_known"
NOT_UNDERSTOOD: Final = "sold_not_understood"
JUST_NOW: Final = "sold_just_now"
# Allegro takes a purchase's pieces off the offer a moment before its journal of orders has the purchase: a journal read
# within that moment says nothing of pieces that we saw missing. Allegro names no bound; seconds are what we allow for.
JOURNAL_LAG: Final = dt.timedelta(seconds=10)

FormState = InboxForm.State
State = DirectionState.State


class Why(NamedTuple):
    """Why offers may get no more pieces now: all of the account (None where they may), or those that just lost some."""

    account: Step | None
    fallen: frozenset[str] = frozenset()
    cards: frozenset[uuid.UUID] = frozenset()

    def of(self, offer: Offer) -> Step | None:
        if self.account is not None:
            return self.account
        # Offers of one card sell the same pieces.
        return Step(JUST_NOW) if offer.offer_id in self.fallen or offer.card_id in self.cards else None


def why_none(account: Account, markets: Iterable[Market], stock: Snapshot) -> Why:
    """What keeps offers of the account from getting more pieces.

    While an export is held the stock is as old as the last one that was believed: what is sold is taken off it still.
    """
    if stock.is_held:
        return Why(Step(stock.held_code, {name: str(value) for name, value in stock.held_params.items()}))
    if not is_sold_known(account, markets):
        return Why(Step(NOT_READ))
    if form_id := _not_understood(account):
        return Why(Step(NOT_UNDERSTOOD, {"form_id": form_id}))
    fallen = dict(_unexplained(account))
    return Why(None, frozenset(fallen), frozenset(card for card in fallen.values() if card is not None))


def is_sold_known(account: Account, markets: Iterable[Market]) -> bool:
    """Whether this turn has read the journal of orders to its end, and each form that it told of.

    A form that is not at Allegro (404) was most likely merged into another one: it keeps nothing waiting. A form whose
    reading failed otherwise does, until it is read or a person ignores it.
    """
    unread = InboxForm.objects.filter(account=account, state=FormState.TO_READ, read_at=None, missing_since=None)
    stopped = DirectionState.objects.filter(
        instance__in=[market.instance_id for market in markets], direction="orders",
        state__in=(State.WAITING_ALLEGRO, State.NEEDS_REAUTH),
    )  # fmt: skip
    if _not_ignored(unread, "form_not_read").exists() or stopped.exists():
        return False
    # However reading the journal ended: pieces that were seen to be missing since then have no order yet.
    drained = account.journal_read_at
    return drained is None or not Offer.objects.filter(account=account, observed_at__gt=drained).exists()


def without_raises(plan: OfferPlan, offers: dict[str, Offer], why: Why) -> tuple[OfferPlan, list[str]]:
    """The plan with a skip in the place of each change to more pieces that may not be; and the ids of these offers."""
    held = {
        change.offer_id: step
        for change in plan.changes
        if _is_raise(change, offers) and (step := why.of(offers[change.offer_id])) is not None
    }
    if not held:
        return plan, []
    kept = tuple(change for change in plan.changes if change.offer_id not in held or not _is_raise(change, offers))
    skips = (*plan.skips, *(Skip(one, QUANTITY, step.code, dict(step.params)) for one, step in held.items()))
    return msgspec.structs.replace(plan, changes=kept, skips=skips), list(held)


def _not_understood(account: Account) -> str:
    """A form that came and does not tell what was bought, or "". It counts until it is read, or a person ignores it."""
    waiting = (FormState.UNREADABLE, FormState.TO_READ)
    forms = InboxForm.objects.filter(
        account=account, has_unknown_pieces=True, state__in=waiting, missing_since=None
    )  # fmt: skip
    return _not_ignored(forms, "form_not_understood").order_by("pk").values_list("form_id", flat=True).first() or ""


def _not_ignored(forms: QuerySet[InboxForm], code: str) -> QuerySet[InboxForm]:
    """Without those that a person has put out of the way."""
    key = Concat(Cast(OuterRef("account_id"), CharField()), Value(":"), OuterRef("form_id"), output_field=CharField())
    ignored = Quarantined.objects.filter(
        subject_kind="form", subject_key=key, code=code, state=Quarantined.State.IGNORED
    )  # fmt: skip
    return forms.exclude(Exists(ignored))


def _unexplained(account: Account) -> Iterable[tuple[str, uuid.UUID | None]]:
    """Offers (and their cards) that lost pieces so short a time ago that the journal may not have told of it.

    Where the stock is what Allegro confirmed to us last, it fell because we asked for it.
    """
    drained = account.journal_read_at
    if drained is None:
        return ()
    ours = Q(confirmed_quantity__isnull=False, stock=F("confirmed_quantity"))
    rows = Offer.objects.filter(account=account, fell_at__gt=drained - JOURNAL_LAG).exclude(ours)
    return rows.values_list("offer_id", "card_id")


def _is_raise(change: PlannedChange, offers: dict[str, Offer]) -> bool:
    match change.content:
        case Restart():
            return True
        case SetQuantity(quantity=quantity):
            return quantity > (offers[change.offer_id].stock or 0)
        case _:
            return False
