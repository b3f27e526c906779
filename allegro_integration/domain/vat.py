"""Which of Pohoda's VAT rate names a percentage is, by country of the accounting unit and date.

Sources: Czech act 235/2004 Sb. (§ 47), Slovak act 222/2004 Z. z. (§ 27); names: Pohoda `type.xsd`, `vatRateType`.
Pohoda's names mean another percentage from one year to the next, so the date always takes part.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from msgspec import Struct

from pohoda_bridge.documents import VatRate


class RatePeriod(Struct, frozen=True):
    """Rates valid from a day until the next period begins."""

    since: dt.date
    rates: Mapping[VatRate, Decimal]


def _period(since: str, high: int, low: int, third: int | None) -> RatePeriod:
    rates: dict[VatRate, Decimal] = {"none": Decimal(0), "high": Decimal(high), "low": Decimal(low)}
    if third is not None:
        rates["third"] = Decimal(third)
    return RatePeriod(dt.date.fromisoformat(since), rates)


# Newest first.
PERIODS: Final[Mapping[str, tuple[RatePeriod, ...]]] = {
    "CZ": (
        _period("2024-01-01", high=21, low=12, third=None),
        _period("2015-01-01", high=21, low=15, third=10),
    ),
    "SK": (
        _period("2025-01-01", high=23, low=19, third=5),
        _period("2023-01-01", high=20, low=10, third=5),
        _period("2011-01-01", high=20, low=10, third=None),
    ),
}


def rate_name(country: str, date: dt.date, percent: Decimal) -> VatRate | None:
    """Pohoda's name of `percent` in a unit of `country` on `date`; None where that percentage is not a rate there."""
    for period in PERIODS.get(country, ()):
        if period.since <= date:
            return next((name for name, value in period.rates.items() if value == percent), None)
    return None
