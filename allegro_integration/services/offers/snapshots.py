"""Both sides as values for the planner: a batch of offers with their cards, and what is sold of them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from allegro_integration.domain.offer_values import AccountSnapshot, OfferView
from allegro_integration.models import Account, Offer
from allegro_integration.services.offers.linking import Cards, Linked
from allegro_integration.services.offers.scope import Scope
from allegro_integration.services.offers.sold import Outstanding
from allegro_integration.services.offers.storing import ACTIVE, read_money
from connectify.domain.change import ChangeState
from connectify.sync.models import Change

SUBJECT: Final = "offer"
UNDER_WAY: Final = (ChangeState.INTENT, ChangeState.UNKNOWN)
# Guards of one batch of many must not judge the account: those of the whole account do (planning).
WITHOUT_MASS_GUARDS: Final = 10**12


@dataclass(frozen=True)
class Batch:
    """Offers of one plan with what was found for each, by offer id."""

    offers: dict[str, Offer]
    links: dict[str, Linked]
    open_fields: dict[str, frozenset[str]]
    snapshot: AccountSnapshot


class Observed:
    """What all batches of one plan share: the stock as it was when its export began, and what is sold since."""

    def __init__(self, scope: Scope, *, began: dt.datetime) -> None:
        self.scope: Final = scope
        self.began: Final = began
        self._outstanding: Final = Outstanding(scope, began=began)

    def batch(self, offers: Sequence[Offer], *, active_offers: int, revision: int = 0) -> Batch:
        cards = Cards(self.scope, offers)
        links = {offer.offer_id: cards.link(offer) for offer in offers}
        under_way = open_fields(offer.pk for offer in offers)
        # What was sold of an offer that has lost its link is still missing on the card that it was sold of.
        own, elsewhere = self._outstanding.of({one for one, link in links.items() if link.cards})
        snapshot = AccountSnapshot(
            marketplaces=self.scope.plans,
            offers=tuple(_view(offer, links[offer.offer_id], under_way.get(offer.pk, frozenset())) for offer in offers),
            outstanding=own,
            outstanding_elsewhere=elsewhere,
            active_offers=active_offers,
            revision=revision,
            home_currency=self.scope.home_currency,
        )
        fields = {offer.offer_id: under_way.get(offer.pk, frozenset()) for offer in offers}
        return Batch({offer.offer_id: offer for offer in offers}, links, fields, snapshot)


def active_offers(account: Account) -> int:
    return Offer.objects.filter(account=account, status__in=ACTIVE).exclude(state=Offer.State.SUPERSEDED).count()


def open_fields(offers: Iterable[uuid.UUID]) -> dict[uuid.UUID, frozenset[str]]:
    """Fields that are under way now, by offer."""
    found: dict[uuid.UUID, set[str]] = defaultdict(set)
    rows = Change.objects.filter(subject_kind=SUBJECT, subject_id__in=list(offers), state__in=UNDER_WAY)
    for offer, field in rows.values_list("subject_id", "content__field"):
        found[offer].add(field)
    return {offer: frozenset(fields) for offer, fields in found.items()}


def _view(offer: Offer, link: Linked, under_way: frozenset[str]) -> OfferView:
    return OfferView(
        offer_id=offer.offer_id,
        name=offer.name,
        external_id=offer.external_id,
        status=offer.status,
        ended_by=offer.ended_by,
        ended_by_us=offer.ended_by_us,
        stock=offer.stock,
        prices={name: read_money(price) for name, price in offer.prices.items()},
        rules=offer.rules,
        campaigns=frozenset(offer.campaigns),
        is_fulfillment=offer.is_fulfillment,
        cards=link.cards,
        link=link.by,
        link_problem=link.problem,
        confirmed_quantity=offer.confirmed_quantity,
        confirmed_prices={name: read_money(price) for name, price in offer.confirmed_prices.items()},
        open_fields=under_way,
        linked_unit=link.unit,
    )
