"""What a customer sets for offers: frozen values read from the instance's stored settings."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from msgspec import Struct

from connectify.domain.price_steps import PriceStep
from connectify.domain.rules import Rule

Availability = Literal["reservation", "received_orders", "count"]


class GuardLimits(Struct, frozen=True, kw_only=True):
    """Beyond these a change is held until a person approves it (DESIGN §5). Values at a limit still go.

    Percentages: `price_low`, `price_high` of the last confirmed price; `zero_share` of the active offers going to zero
    in one cycle; `moved_share` of the active offers whose price on one marketplace moves by more than `moved_by`.
    Accounts with fewer than `least_active` active offers have no mass limits: one offer would be a large share.
    """

    price_low: int = 50
    price_high: int = 200
    zero_share: int = 30
    moved_share: int = 10
    moved_by: int = 20
    most_quantity: int = 99_999
    least_active: int = 10


class OfferSettings(Struct, frozen=True, kw_only=True):
    """How one instance's offers follow the unit's stock cards.

    `stores` are the unit's stores whose pieces are sold, the first with a card gives the price; empty: all. What
    `availability` takes off the count: reservations, received orders, or nothing. `safety_stock` pieces are never
    offered, more than `most` neither. Without `price_steps` prices are left alone. A price below `floor` is held.
    `include` are rules with the outcomes "include" and "exclude"; when there are any, an offer that none decides is
    excluded.
    """

    stores: tuple[str, ...] = ()
    availability: Availability = "reservation"
    safety_stock: int = 0
    most: int = 99_999
    quantity: bool = True
    price_steps: tuple[PriceStep, ...] = ()
    floor: Decimal | None = None
    include: tuple[Rule, ...] = ()
    only_internet: bool = False
    limits: GuardLimits = GuardLimits()

    def __post_init__(self) -> None:
        if self.safety_stock < 0 or self.most < 1:
            raise ValueError("the safety stock is not negative and at least one piece may be offered")
