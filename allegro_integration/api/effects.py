"""What a change of rules would do, as data: the same plans that the set-up pages show before they save."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final, Literal

import msgspec
from django.utils.translation import gettext as _

from allegro_integration.api.words import reasons
from allegro_integration.domain.invoice_settings import InvoiceSettings
from allegro_integration.domain.invoices import Print
from allegro_integration.domain.status_settings import StatusSettings
from allegro_integration.explain_words import fulfilment_in_words
from allegro_integration.models import Market
from allegro_integration.services.invoices import planning as invoices
from allegro_integration.services.statuses import planning as statuses
from allegro_integration.setup.offers_effect import pieces_effect, prices_effect
from connectify.dashboard.effects import Effect, EffectCount, EffectRow
from connectify.domain.trace import Step

SHOWN: Final = 50


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
        return _answer(_statuses(market, content))
    if part == "invoices":
        return _answer(_invoices(market, content))
    return _answer(prices_effect(market, content) if prices else pieces_effect(market, content))


def _statuses(market: Market, content: dict[str, Any]) -> Effect:
    found = statuses.preview(market, msgspec.convert(content, type=StatusSettings, strict=False), limit=SHOWN)
    rows, counts = [], Counter[str]()
    for order, plan in found:
        after = plan.change.status if plan.change else ""
        counts[after] += 1
        steps = [*plan.trace, *([plan.skip] if plan.skip else [])]
        before = fulfilment_in_words(order.fulfilment)
        rows.append(EffectRow(order.number, "", before, fulfilment_in_words(after), _why(steps)))
    named = {fulfilment_in_words(name): count for name, count in counts.items()}
    return Effect(counts=_counts(named), rows=tuple(rows))


def _invoices(market: Market, content: dict[str, Any]) -> Effect:
    found = invoices.preview(market, msgspec.convert(content, type=InvoiceSettings, strict=False), limit=SHOWN)
    rows, counts = [], Counter[str]()
    for order, invoice, plan in found:
        after = plan.name if isinstance(plan, Print) else ""
        counts[after] += 1
        steps = plan.trace if isinstance(plan, Print) else [*plan.trace, plan.step]
        rows.append(EffectRow(f"{order.number}: {invoice.number}", "", "", after, _why(steps)))
    return Effect(counts=_counts(counts), rows=tuple(rows))


def _counts(found: dict[str, int]) -> tuple[EffectCount, ...]:
    """What has no name stays as it is."""
    return tuple(EffectCount(name or _("left alone"), count) for name, count in sorted(found.items()))


def _why(steps: Any) -> tuple[str, ...]:
    return tuple(one.title for one in reasons(step for step in steps if isinstance(step, Step)))


def _answer(effect: Effect) -> EffectAnswer:
    return EffectAnswer(
        counts=[Counted(str(one.label), one.count, one.tone) for one in effect.counts],  # type: ignore[arg-type]
        rows=[Row(one.label, str(one.before), str(one.after), [str(text) for text in one.why]) for one in effect.rows],
        more=effect.more,
        notes=[str(note) for note in effect.notes],
    )
