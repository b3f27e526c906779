"""What was changed on an offer, as a person reads it: when, what, before and after, why, and what came of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from allegro_integration.explain_words import in_words
from allegro_integration.offer_words import QUANTITY, field_in_words, money_in_words, pieces_in_words
from allegro_integration.services.offers.held import guard_params
from connectify.dashboard.explanations import Explained, Text, explain
from connectify.dashboard.record_states import ERROR, SENT, SUPERSEDED, TONES, WAITING
from connectify.domain.change import ChangeState
from connectify.sync.models import Change

S = ChangeState
# A change's own state → the word of a record, and what it means for a change.
STATES: Final[Mapping[str, tuple[str, Text]]] = {
    S.PLANNED: (WAITING, _("planned")),
    S.HELD: (WAITING, _("held until you decide")),
    S.INTENT: (WAITING, _("being sent")),
    S.UNKNOWN: (WAITING, _("being looked up at Allegro")),
    S.CONFIRMED: (SENT, _("Allegro shows it")),
    S.REFUSED: (ERROR, _("Allegro refused it")),
    S.QUARANTINED: (ERROR, _("put aside")),
    S.SUPERSEDED: (SUPERSEDED, _("something newer goes instead")),
}
_BEFORE: Final = ("quantity_result", "price_result")


@dataclass(frozen=True)
class Entry:
    """One change. `before` is "" where it is not known; `took` tells what came of it and when."""

    at: dt.datetime
    settled_at: dt.datetime | None
    field: str
    before: str
    after: str
    state: str
    tone: str
    took: Text
    why: Explained | None
    reasons: list[str]
    detail: str


def history(changes: Sequence[Change], names: Mapping[str, str]) -> list[Entry]:
    """The changes as they come; `names` are the instances by marketplace."""
    return [_entry(change, names) for change in changes]


def explained(step: Mapping[str, Any]) -> Explained:
    """A step of a trace, or a skip, in a sentence."""
    return explain(step["code"], in_words(step.get("params") or {}))


def _entry(change: Change, names: Mapping[str, str]) -> Entry:
    content = change.content
    is_price = "amount" in content
    state, took = STATES.get(change.state, (WAITING, change.state))
    field = f"price:{content.get('marketplace', '')}" if is_price else QUANTITY
    params = {"detail": change.detail, **guard_params(change)}
    return Entry(
        at=change.planned_at,
        settled_at=change.settled_at,
        field=field_in_words(field, names),
        before=_before(change, is_price=is_price),
        after=money_in_words(content) if is_price else pieces_in_words(content.get("quantity", 0)),
        state=state,
        tone=TONES[state],
        took=took,
        why=explain(change.code, in_words(params)) if change.code else None,
        reasons=[explained(step).title for step in change.trace],
        detail=change.detail,
    )


def _before(change: Change, *, is_price: bool) -> str:
    """As the plan saw it: the last step of its reasoning names it."""
    steps = [step for step in change.trace if step.get("code") in _BEFORE]
    params: dict[str, Any] = (steps[-1].get("params") or {}) if steps else {}
    before = str(params.get("before") or "")
    if not before:
        return ""
    if not is_price:
        return pieces_in_words(int(before)) if before.isdigit() else before
    try:
        return money_in_words({"amount": before, "currency": params.get("currency", "")})
    except ArithmeticError:
        return before
