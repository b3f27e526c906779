"""From a snapshot of both sides to the changes of an account's offers: a pure function that explains every value.

The primary's settings decide which offers take part and how many pieces they offer; each marketplace's settings make
its price. Nothing is planned where Allegro already shows the wanted value, nor for a field that is under way.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from allegro_integration.domain.guards import guard_batch, guard_price, guard_quantity
from allegro_integration.domain.marketplaces import MARKETPLACES, Marketplace
from allegro_integration.domain.offer_filter import linked_cards
from allegro_integration.domain.offer_values import (
    QUANTITY,
    AccountSnapshot,
    Card,
    Content,
    End,
    LinkedBy,
    MarketPlan,
    OfferPlan,
    OfferView,
    PlannedChange,
    Restart,
    SetPrice,
    SetQuantity,
    Skip,
    Wanted,
    price_field,
)
from allegro_integration.domain.prices import price_card, price_source, wanted_price
from allegro_integration.domain.quantities import SoldByCard, wanted_quantity
from connectify.domain.money import Money
from connectify.domain.price_steps import NoPrice
from connectify.domain.trace import Step

__all__ = [
    "QUANTITY", "AccountSnapshot", "Card", "Content", "End", "LinkedBy", "MarketPlan", "OfferPlan", "OfferView",
    "PlannedChange", "Restart", "SetPrice", "SetQuantity", "Skip", "Wanted", "plan_offers", "price_field",
]  # fmt: skip

_ACTIVE: Final = frozenset({"ACTIVE", "ACTIVATING"})
_WITHOUT_PIECES: Final = frozenset({"text", "service", "package", "set"})


def plan_offers(snapshot: AccountSnapshot, *, explain_all: bool = False) -> OfferPlan:
    """The changes and skips of an account's offers, sorted by offer and field. Guards hold what would do damage.

    All offers that a cycle plans belong into one snapshot, for the mass guards count within one plan. Every change
    carries its trace; with `explain_all` (a preview, one offer's page) so do the values that stay.
    """
    planner = _Planner(snapshot, explain_all)
    if planner.markets:
        for offer in sorted(snapshot.offers, key=lambda offer: offer.offer_id):
            planner.plan(offer)
    active = sum(offer.status in _ACTIVE for offer in snapshot.offers)
    limits = {price_field(place.id): market.settings.limits for market, place in planner.priced}
    if planner.markets:
        limits[QUANTITY] = planner.markets[0].settings.limits
    changes, alarms = guard_batch(planner.changes, active_offers=max(snapshot.active_offers, active), limits=limits)
    return OfferPlan(
        changes, tuple(planner.skips), planner.wanted, (*planner.alarms, *alarms), snapshot.revision
    )  # fmt: skip


class _Planner:
    """Collects what one plan consists of. All offers of a snapshot share it."""

    def __init__(self, snapshot: AccountSnapshot, explain_all: bool) -> None:
        self.explain_all = explain_all
        self.markets = snapshot.marketplaces
        self.home_currency = snapshot.home_currency
        self.sold = SoldByCard(snapshot)
        self.changes: list[PlannedChange] = []
        self.skips: list[Skip] = []
        self.wanted: dict[str, Wanted] = {}
        self.alarms: list[Step] = []
        self.priced: list[tuple[MarketPlan, Marketplace]] = []
        for market in self.markets:
            place = MARKETPLACES.get(market.marketplace)
            if place is None:
                self.alarms.append(Step("market_unknown", {"marketplace": market.marketplace}))
            elif market.settings.price_steps and not place.is_business:
                self.priced.append((market, place))

    def plan(self, offer: OfferView) -> None:
        cards = linked_cards(offer, self.markets[0].settings)
        if isinstance(cards, Skip):
            self.skips.append(cards)
            return
        one = _OfferPlanning(self, offer, cards)
        quantity = one.quantity()
        prices = dict(one.prices()) if offer.status in _ACTIVE or one.restarts else {}
        self.wanted[offer.offer_id] = Wanted(quantity, prices, one.trace)


class _OfferPlanning:
    """The plan of one offer with its cards, written into the planner."""

    __slots__ = ("cards", "holds", "offer", "planner", "restarts", "trace")

    def __init__(self, planner: _Planner, offer: OfferView, cards: tuple[Card, ...]) -> None:
        self.planner = planner
        self.offer = offer
        self.cards = cards
        self.trace: dict[str, tuple[Step, ...]] = {}
        self.restarts = False
        self.holds = _unit_changed(offer, cards)

    def quantity(self) -> int | None:
        """Plans the pieces to offer; None where they are not ours to say."""
        offer, market = self.offer, self.planner.markets[0]
        if not market.settings.quantity:
            return None
        code, params = _quantity_skip(offer, self.cards)
        if code:
            self._skip(QUANTITY, code, params)
            return None
        sold = self.planner.sold.of(offer, self.cards)
        wanted = wanted_quantity(self.cards, market.settings, sold, explain=False)
        content = _quantity_content(offer, wanted.quantity)
        if content is not None or self.planner.explain_all:
            self.trace[QUANTITY] = wanted_quantity(self.cards, market.settings, sold).trace
        self.restarts = isinstance(content, Restart)
        if content is not None and QUANTITY not in offer.open_fields:
            held = self.holds + guard_quantity(wanted.uncapped, market.settings.most, market.settings.limits)
            trace = (*self.trace[QUANTITY], _quantity_step(offer, content))
            self.planner.changes.append(PlannedChange(offer.offer_id, market.instance, content, QUANTITY, trace, held))
        return wanted.quantity

    def prices(self) -> Iterator[tuple[str, Money]]:
        """Plans the price on every marketplace that has steps for it."""
        offer = self.offer
        card = price_card(self.cards, self.planner.markets[0].settings.stores)
        if card is None or not self.planner.priced:
            return
        source = price_source(card, self.planner.home_currency)
        for market, place in self.planner.priced:
            field = price_field(place.id)
            if place.id in offer.rules:
                self._skip(field, "price_by_rule", {"marketplace": place.id, "rule": offer.rules[place.id]})
            elif place.id in offer.campaigns:
                self._skip(field, "price_in_campaign", {"marketplace": place.id})
            else:
                shown = offer.prices.get(place.id)
                priced = wanted_price(source, market.settings, place, market.currency, explain=False)
                if isinstance(priced, NoPrice):
                    self._skip(field, priced.code, priced.params)
                    continue
                if shown != priced.amount or self.planner.explain_all:
                    explained = wanted_price(source, market.settings, place, market.currency)
                    self.trace[field] = explained.trace
                if shown != priced.amount and field not in offer.open_fields:
                    self._change_price(field, market, place, priced.amount)
                yield place.id, priced.amount

    def _change_price(self, field: str, market: MarketPlan, place: Marketplace, price: Money) -> None:
        offer, settings = self.offer, market.settings
        observed = offer.prices.get(place.id)
        before = offer.confirmed_prices.get(place.id) or observed
        held = self.holds + guard_price(
            price, place=place, currency=place.currency, floor=settings.floor, before=before, limits=settings.limits
        )
        shown = {"price": f"{price.amount:.2f}", "before": f"{observed.amount:.2f}" if observed else "",
                 "currency": price.currency}  # fmt: skip
        self.planner.changes.append(
            PlannedChange(
                offer.offer_id,
                market.instance,
                SetPrice(offer.offer_id, place.id, price.amount, price.currency),
                field,
                (*self.trace[field], Step("price_result", shown)),
                held,
                before,
            )
        )

    def _skip(self, field: str, code: str, params: dict[str, str]) -> None:
        self.planner.skips.append(Skip(self.offer.offer_id, field, code, params))


def _unit_changed(offer: OfferView, cards: tuple[Card, ...]) -> tuple[Step, ...]:
    """A card counted in another unit than when it was linked means another price and another quantity."""
    if not offer.linked_unit:
        return ()
    return tuple(
        Step("unit_of_measure_changed", {"code": card.code, "before": offer.linked_unit, "after": card.unit})
        for card in cards
        if card.unit != offer.linked_unit
    )[:1]


def _quantity_skip(offer: OfferView, cards: tuple[Card, ...]) -> tuple[str, dict[str, str]]:
    """Why the quantity of this offer is not ours; ("", {}) where it is."""
    if offer.is_fulfillment:
        return "offer_from_allegros_warehouse", {}
    for card in cards:
        if card.kind in _WITHOUT_PIECES:
            return "card_without_pieces", {"code": card.code, "kind": card.kind}
    if offer.status in _ACTIVE or offer.ended_by == "EMPTY_STOCK" or offer.ended_by_us:
        return "", {}
    match offer.ended_by:
        case "USER" | "":
            return "offer_ended_by_seller", {}
        case "EXPIRATION":
            return "offer_expired", {}
        case _:
            return "offer_ended_by_allegro", {"ended_by": offer.ended_by}


def _quantity_content(offer: OfferView, quantity: int) -> Content | None:
    """What to do to show this quantity; None when Allegro shows it already."""
    if offer.status not in _ACTIVE:
        return Restart(offer.offer_id, quantity) if quantity else None
    if not quantity:
        return End(offer.offer_id)
    return None if offer.stock == quantity else SetQuantity(offer.offer_id, quantity)


def _quantity_step(offer: OfferView, content: Content) -> Step:
    match content:
        case Restart(quantity=quantity):
            return Step("offer_restarts", {"quantity": str(quantity)})
        case SetQuantity(quantity=quantity):
            before = "" if offer.stock is None else str(offer.stock)
            return Step("quantity_result", {"quantity": str(quantity), "before": before})
        case _:
            return Step("offer_ends_empty")
