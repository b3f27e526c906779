"""What a change of rules would do, as data: the same plans that the set-up pages show before they save."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from allegro_integration.models import Market, Order
from allegro_integration.setup import invoices, statuses
from allegro_integration.setup.offers_effect import pieces_effect, prices_effect
from connectify.dashboard.effects import Effect


class Row(msgspec.Struct, frozen=True):
    """One record: what it has now, what it would have, and why."""

    label: str
    before: str
    after: str
    why: list[str]


class Counted(msgspec.Struct, frozen=True):
    """How many records something happens to."""

    label: str
    count: int
    tone: Literal["good", "wait", "bad", "idle"] = "idle"


class EffectAnswer(msgspec.Struct, frozen=True):
    """`rows` are the first ones, `more` says how many are not shown, `notes` are sentences about the whole."""

    counts: list[Counted]
    rows: list[Row]
    more: int
    notes: list[str]


def effect_of(part: str, market: Market, content: dict[str, Any], *, prices: bool) -> EffectAnswer:
    """Of `settings[part]` with this content, which is known to parse."""
    if part == "statuses":
        return _answer(statuses.effect_of(market, content, name=_number))
    if part == "invoices":
        return _answer(invoices.effect_of(market, content, name=_number))
    return _answer(prices_effect(market, content) if prices else pieces_effect(market, content))


def _number(order: Order) -> str:
    """Programs know an order by its number; who bought it is told to keys that may see orders."""
    return order.number


def _answer(effect: Effect) -> EffectAnswer:
    return EffectAnswer(
        counts=[Counted(str(one.label), one.count, one.tone) for one in effect.counts],  # type: ignore[arg-type]
        rows=[Row(one.label, str(one.before), str(one.after), [str(text) for text in one.why]) for one in effect.rows],
        more=effect.more,
        notes=[str(note) for note in effect.notes],
    )
