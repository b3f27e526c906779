"""Explanations of the module's codes as data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Literal

from allegro_integration.explain_words import in_words
from connectify.api.answers import Cause, Money, cause_of
from connectify.dashboard.explanations import explain

RecordState = Literal["sent", "superseded", "waiting", "error", "skipped"]


def cause(code: str, params: Mapping[str, Any] | None = None) -> Cause | None:
    """None without a code."""
    return cause_of(explain(code, in_words(params or {})), params) if code else None


def reasons(steps: Iterable[Any]) -> list[Cause]:
    """A stored trace ({code, params}) or one fresh from a plan."""
    found = []
    for step in steps:
        plain = step if isinstance(step, dict) else {"code": step.code, "params": step.params}
        found.append(cause(str(plain.get("code", "")), plain.get("params") or {}))
    return [one for one in found if one is not None]


def money(amount: Decimal | str | None, currency: str) -> Money | None:
    return None if amount is None else Money(Decimal(amount), currency)


def price(stored: Mapping[str, Any] | None) -> Money | None:
    """{"amount", "currency"} as it is stored."""
    return money(str(stored["amount"]), str(stored["currency"])) if stored else None
