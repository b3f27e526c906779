"""Values of Pohoda's exports, read strictly: what is not a plain number, date or boolean is a ReadError, no guess."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from functools import lru_cache
from typing import Final

from lxml import etree

from pohoda_bridge.documents import ExternalId
from pohoda_bridge.xml.errors import ReadError
from pohoda_bridge.xml.namespaces import q
from pohoda_bridge.xml.reader import local_name, text_of

_AMOUNT: Final = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,15})?")
_RECORD_ID: Final = re.compile(r"[1-9][0-9]{0,9}")


def child_text(parent: etree._Element, name: str) -> str:
    """The text of the first child of this name, "" when there is none."""
    return text_of(parent.find(q(name)))


def record_id(value: str) -> int:
    if not _RECORD_ID.fullmatch(value):
        raise ReadError("bad_record", f"id {value!r}"[:80])
    return int(value)


@lru_cache(maxsize=8192)
def amount(value: str) -> Decimal:
    """0 for an absent one. The same few amounts come again and again in one list."""
    if not value:
        return Decimal(0)
    if not _AMOUNT.fullmatch(value):
        raise ReadError("bad_record", f"amount {value!r}"[:80])
    return Decimal(value)


def date(value: str) -> dt.date:
    try:
        return dt.date.fromisoformat(value[:10])
    except ValueError as error:
        raise ReadError("bad_record", f"date {value!r}"[:80]) from error


def boolean(value: str) -> bool:
    """False for an absent one."""
    if value not in ("", "true", "false"):
        raise ReadError("bad_record", f"boolean {value!r}"[:80])
    return value == "true"


def external_id(element: etree._Element | None) -> ExternalId | None:
    if element is None:
        return None
    return ExternalId(
        child_text(element, "typ:ids"),
        child_text(element, "typ:exSystemName"),
        child_text(element, "typ:exSystemText"),
    )


def total(summary: etree._Element | None, prefix: str) -> tuple[Decimal | None, str]:
    """→ (Pohoda's total including VAT and rounding, currency code or ""); None without a summary.

    `prefix` is the document's own: `ord` or `inv`.
    """
    if summary is None:
        return None, ""
    foreign = summary.find(q(f"{prefix}:foreignCurrency"))
    if foreign is not None:
        code = text_of(foreign.find(f"{q('typ:currency')}/{q('typ:ids')}"))
        price_sum = foreign.find(q("typ:priceSum"))
        return (None if price_sum is None else amount(text_of(price_sum))), code
    home = summary.find(q(f"{prefix}:homeCurrency"))
    if home is None:
        return None, ""
    values = {local_name(child): child for child in home}
    found = amount(text_of(values.get("priceNone")))
    for rate in ("priceLow", "priceHigh", "price3"):
        found += _rate_sum(values, rate)
    return found + _rounding(values.get("round")), ""


def _rate_sum(values: dict[str, etree._Element], rate: str) -> Decimal:
    if f"{rate}Sum" in values:
        return amount(text_of(values[f"{rate}Sum"]))
    return amount(text_of(values.get(rate))) + amount(text_of(values.get(f"{rate}VAT")))


def _rounding(element: etree._Element | None) -> Decimal:
    if element is None:
        return Decimal(0)
    values = {local_name(child): text_of(child) for child in element}
    if "priceRound" in values:
        return amount(values["priceRound"])
    return amount(values.get("priceRoundSum", "")) + amount(values.get("priceRoundSumVAT", ""))
