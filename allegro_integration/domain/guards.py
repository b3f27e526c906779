"""What protects the customer from a wrong value: guards of one change, and of a whole cycle's changes (DESIGN §5).

A guard holds a change; a person may approve it. Every limit itself still passes: 50 % and 200 % of a price go.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from msgspec.structs import replace

from allegro_integration.domain.marketplaces import Marketplace
from allegro_integration.domain.offer_settings import GuardLimits
from allegro_integration.domain.offer_values import QUANTITY, End, PlannedChange, Restart, SetPrice
from connectify.domain.money import Money
from connectify.domain.price_steps import show
from connectify.domain.trace import Step


def guard_price(
    price: Money, *, place: Marketplace, currency: str, floor: Decimal | None, before: Money | None, limits: GuardLimits
) -> tuple[Step, ...]:
    """Why this price must not go by itself. `before` is the last confirmed price, else the one Allegro shows."""
    amount = price.amount
    if price.currency != currency:
        return (Step("wrong_currency", {"currency": price.currency, "expected": currency}),)
    held: list[Step] = []
    if amount <= 0:
        held.append(Step("price_not_positive", {"price": show(amount), "currency": currency}))
    elif not place.accepts_price(amount):
        shown = {"price": show(amount), "step": f"{place.price_step:f}", "currency": currency}
        held.append(Step("price_precision", shown))
    if floor is not None and amount < floor:
        held.append(Step("price_below_floor", {"price": show(amount), "floor": show(floor), "currency": currency}))
    if before is not None:
        held += _jump(amount, before, currency, limits)
    return tuple(held)


def _jump(amount: Decimal, before: Money, currency: str, limits: GuardLimits) -> list[Step]:
    if before.currency != currency:
        return [Step("wrong_currency", {"currency": before.currency, "expected": currency})]
    if before.amount <= 0:
        return []
    scaled = amount * 100
    if before.amount * limits.price_low <= scaled <= before.amount * limits.price_high:
        return []
    params = {
        "price": show(amount),
        "before": show(before.amount),
        "percent": _percent(amount, before.amount),
        "low": str(limits.price_low),
        "high": str(limits.price_high),
        "currency": currency,
    }
    return [Step("price_jump", params)]


def guard_quantity(uncapped: int, most: int, limits: GuardLimits) -> tuple[Step, ...]:
    """Holds an absurd quantity, unless the settings offer fewer pieces than the limit anyway."""
    if min(uncapped, most + 1) > limits.most_quantity:
        return (Step("quantity_too_high", {"quantity": str(uncapped), "limit": str(limits.most_quantity)}),)
    return ()


def guard_batch(
    changes: Sequence[PlannedChange], *, active_offers: int, limits: Mapping[str, GuardLimits]
) -> tuple[tuple[PlannedChange, ...], tuple[Step, ...]]:
    """The changes in their order, held where a whole cycle would do damage, and the alarms that say so.

    `limits` by field: "quantity" for offers that would end, "price:<marketplace>" for prices that move on it. Held are
    the offers that would end, and the prices that move by more than the limit; all others go.
    """
    alarms: dict[int, Step] = {}
    found: list[Step] = []
    for field, limit in sorted(limits.items()):
        if active_offers < limit.least_active:
            continue
        damaging = [at for at, change in enumerate(changes) if change.field == field and _is_damaging(change, limit)]
        alarm = mass_alarm(field, len(damaging), active_offers, limit)
        if alarm is not None:
            found.append(alarm)
            alarms.update(dict.fromkeys(damaging, alarm))
    held = [_hold(change, alarms[at]) if at in alarms else change for at, change in enumerate(changes)]
    return _restarts_wait(held), tuple(found)


def _is_damaging(change: PlannedChange, limits: GuardLimits) -> bool:
    match change.content:
        case End():
            return True
        case SetPrice(amount=amount):
            before = change.before
            return before is not None and abs(amount - before.amount) * 100 > before.amount * limits.moved_by
        case _:
            return False


def mass_alarm(field: str, count: int, active: int, limits: GuardLimits) -> Step | None:
    """The alarm of so many damaging changes of one field, or None where they stay within the limit."""
    share = limits.zero_share if field == QUANTITY else limits.moved_share
    if count * 100 <= active * share:
        return None
    shown = {
        "count": str(count),
        "active": str(active),
        "percent": _percent(Decimal(count), Decimal(active)),
        "limit": str(share),
    }
    if field == QUANTITY:
        return Step("mass_zero", shown)
    return Step("mass_price", {"marketplace": field.partition(":")[2], "moved_by": str(limits.moved_by), **shown})


def _restarts_wait(changes: Sequence[PlannedChange]) -> tuple[PlannedChange, ...]:
    """An offer does not come back at an old price while its new one is held."""
    held = {
        change.offer_id: change.content.marketplace
        for change in reversed(changes)
        if change.held and isinstance(change.content, SetPrice)
    }
    return tuple(
        _hold(change, Step("restart_waits_for_price", {"marketplace": held[change.offer_id]}))
        if isinstance(change.content, Restart) and change.offer_id in held
        else change
        for change in changes
    )


def _hold(change: PlannedChange, why: Step) -> PlannedChange:
    return replace(change, held=(*change.held, why))


def _percent(part: Decimal, whole: Decimal) -> str:
    """Whole percent where it is whole, else one decimal: 200.5 is not shown as the 200 that would pass."""
    text = f"{part * 100 / whole:.1f}"
    return text.removesuffix(".0")
