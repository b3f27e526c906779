"""What holds for every plan of offers, whatever the snapshot: nothing twice, no order, no oversell, all explained."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from allegro_integration.domain.offer_codes import ALARMS, HOLDS, SKIPS, TRACE
from allegro_integration.domain.offers import (
    AccountSnapshot,
    Card,
    End,
    OfferPlan,
    OfferView,
    Restart,
    SetPrice,
    SetQuantity,
    plan_offers,
)
from connectify.domain.money import Money
from connectify.domain.price_codes import CODES, REASONS
from connectify.domain.trace import Step
from tests.allegro_domain.shelves import CZ, EUR_STEPS, SK, market

MARKETS = (
    market(stores=("HLAVNI", "B"), safety_stock=1),
    market(SK, "sk", "EUR", price_steps=EUR_STEPS, floor=Decimal(1)),
)
PIECES = st.decimals(min_value=-5, max_value=200_000, places=1)
CARDS = st.builds(
    Card,
    store=st.sampled_from(["HLAVNI", "B", "C"]),
    code=st.sampled_from(["S1", "S2", "S3"]),
    count=PIECES,
    reservation=st.decimals(min_value=0, max_value=20, places=0),
    vat_percent=st.sampled_from([None, Decimal(21)]),
    levels=st.dictionaries(st.just("A"), st.decimals(min_value=0, max_value=5000, places=2), max_size=1),
    kind=st.sampled_from(["card", "card", "product", "service"]),
    unit=st.sampled_from(["ks", "bal"]),
)
AMOUNTS = st.decimals(min_value="0.01", max_value=5000, places=2)
PRICES = st.fixed_dictionaries(
    {}, optional={CZ: AMOUNTS.map(lambda amount: Money(amount, "CZK")), SK: AMOUNTS.map(lambda a: Money(a, "EUR"))}
)
OFFERS = st.builds(
    OfferView,
    offer_id=st.integers(1, 30).map(str),
    status=st.sampled_from(["ACTIVE", "ACTIVE", "ACTIVATING", "ENDED", "INACTIVE", "ODD"]),
    ended_by=st.sampled_from(["", "USER", "EMPTY_STOCK", "EXPIRATION", "ADMIN"]),
    ended_by_us=st.booleans(),
    stock=st.one_of(st.none(), st.integers(0, 20)),
    prices=PRICES,
    confirmed_prices=PRICES,
    rules=st.dictionaries(st.just(SK), st.just("r"), max_size=1),
    campaigns=st.frozensets(st.just(CZ), max_size=1),
    is_fulfillment=st.booleans(),
    cards=st.lists(CARDS, max_size=2, unique_by=lambda card: card.store).map(tuple),
    open_fields=st.frozensets(st.sampled_from(["quantity", "price:allegro-cz"]), max_size=1),
    linked_unit=st.sampled_from(["", "ks"]),
)
SNAPSHOTS = st.builds(
    AccountSnapshot,
    marketplaces=st.just(MARKETS),
    offers=st.lists(OFFERS, max_size=12, unique_by=lambda offer: offer.offer_id).map(tuple),
    outstanding=st.dictionaries(st.integers(1, 30).map(str), st.integers(-1, 9), max_size=6),
    outstanding_elsewhere=st.dictionaries(
        st.tuples(st.sampled_from(["HLAVNI", "B"]), st.sampled_from(["S1", "S2"])), st.integers(0, 5), max_size=2
    ),
    active_offers=st.integers(0, 40),
)


def confirmed(snapshot: AccountSnapshot, plan: OfferPlan) -> AccountSnapshot:
    """The snapshot after Allegro has confirmed every change of the plan."""
    offers = {offer.offer_id: offer for offer in snapshot.offers}
    for change in plan.changes:
        offer = offers[change.offer_id]
        match change.content:
            case SetQuantity(quantity=quantity):
                offer = replace(offer, stock=quantity, confirmed_quantity=quantity)
            case End():
                offer = replace(offer, stock=0, confirmed_quantity=0, status="ENDED", ended_by="EMPTY_STOCK")
            case Restart(quantity=quantity):
                offer = replace(offer, stock=quantity, confirmed_quantity=quantity, status="ACTIVE", ended_by="")
            case SetPrice(marketplace=marketplace, amount=amount, currency=currency):
                price = Money(amount, currency)
                offer = replace(
                    offer,
                    prices={**offer.prices, marketplace: price},
                    confirmed_prices={**offer.confirmed_prices, marketplace: price},
                )
        offers[change.offer_id] = offer
    return replace(snapshot, offers=tuple(offers.values()))


@given(SNAPSHOTS)
def test_a_snapshot_whose_changes_are_confirmed_plans_nothing(snapshot: AccountSnapshot) -> None:
    after = confirmed(snapshot, plan_offers(snapshot))
    assert plan_offers(after).changes == ()


@given(SNAPSHOTS, st.randoms(use_true_random=False))
def test_the_plan_does_not_depend_on_the_order_of_the_offers(snapshot: AccountSnapshot, shuffler: Random) -> None:
    offers = list(snapshot.offers)
    shuffler.shuffle(offers)
    assert plan_offers(replace(snapshot, offers=tuple(offers))) == plan_offers(snapshot)


@given(SNAPSHOTS)
def test_no_quantity_is_more_than_pohoda_has_less_what_is_sold_and_kept(snapshot: AccountSnapshot) -> None:
    offers = {offer.offer_id: offer for offer in snapshot.offers}
    for change in plan_offers(snapshot).changes:
        if not isinstance(change.content, SetQuantity | Restart):
            continue
        cards = [card for card in offers[change.offer_id].cards if card.store != "C"]
        keys = {(card.store, card.code) for card in cards}
        sharing = {
            offer.offer_id
            for offer in snapshot.offers
            if offer.offer_id == change.offer_id or keys & {(card.store, card.code) for card in offer.cards}
        }
        sold = sum(max(snapshot.outstanding.get(offer_id, 0), 0) for offer_id in sharing)
        sold += sum(snapshot.outstanding_elsewhere.get(key, 0) for key in keys)
        left = sum(card.count - card.reservation for card in cards) - sold - 1
        assert 0 < change.content.quantity <= left


@given(SNAPSHOTS)
@settings(max_examples=60)
def test_every_word_of_a_plan_is_known_and_carries_its_parameters(snapshot: AccountSnapshot) -> None:
    plan = plan_offers(snapshot, explain_all=True)
    trace = [step for change in plan.changes for step in change.trace]
    trace += [step for wanted in plan.wanted.values() for steps in wanted.trace.values() for step in steps]
    held = [step for change in plan.changes for step in change.held]
    assert_known(trace, {**TRACE, **CODES})
    assert_known(held, HOLDS)
    assert_known(plan.alarms, {**HOLDS, **ALARMS})
    assert_known([Step(skip.code, skip.params) for skip in plan.skips], {**SKIPS, **REASONS})
    for wanted in plan.wanted.values():
        assert {f"price:{marketplace}" for marketplace in wanted.prices} <= set(wanted.trace)


def assert_known(steps: Iterable[Step], codes: Mapping[str, tuple[str, ...]]) -> None:
    for step in steps:
        assert set(step.params) == set(codes[step.code]), step


@given(SNAPSHOTS)
@settings(max_examples=60)
def test_explaining_all_changes_no_decision(snapshot: AccountSnapshot) -> None:
    short, long = plan_offers(snapshot), plan_offers(snapshot, explain_all=True)
    assert (short.changes, short.skips, short.alarms) == (long.changes, long.skips, long.alarms)
    assert {key: (one.quantity, one.prices) for key, one in short.wanted.items()} == {
        key: (one.quantity, one.prices) for key, one in long.wanted.items()
    }


@given(SNAPSHOTS)
@settings(max_examples=60)
def test_no_field_is_planned_twice_or_planned_and_skipped(snapshot: AccountSnapshot) -> None:
    plan = plan_offers(snapshot)
    changed = [(change.offer_id, change.field) for change in plan.changes]
    skipped = [(skip.offer_id, skip.field) for skip in plan.skips]
    assert len(set(changed + skipped)) == len(changed + skipped)
    open_now = {(offer.offer_id, field) for offer in snapshot.offers for field in offer.open_fields}
    assert not open_now & set(changed)
    assert changed == sorted(changed, key=lambda key: (key[0], key[1] != "quantity"))
