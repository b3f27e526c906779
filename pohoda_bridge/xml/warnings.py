"""Which of Pohoda's warnings may pass, which texts mean "imported before" and "not allowed": the one place."""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct

from pohoda_bridge.documents import Detail

OUTSIDE_PERIOD: Final = 606
VALUE_CHANGED: Final = 603


class Policy(Struct, frozen=True, kw_only=True):
    """`harmless` = elements whose value Pohoda may change: no money, quantity, VAT, series, payment or date among them.

    `duplicate_texts` matches a refusal's note in any case, `duplicate_errnos` its number: neither is in any schema.
    `denied_texts` matches a refused pack's note when the user is not allowed to import.
    """

    harmless: frozenset[str] = frozenset(
        {
            "text",
            "note",
            "intNote",
            "company",
            "division",
            "name",
            "street",
            "city",
            "zip",
            "phone",
            "mobilPhone",
            "fax",
        }
        | {"email", "exSystemText", "country"}
    )
    duplicate_texts: str = r"duplic|již\s+existuje|extid"
    duplicate_errnos: frozenset[int] = frozenset({121})
    denied_texts: str = r"nemá\s+práv|není\s+opráv[nň]|nedostatečná\s+práva|přístup\s+odepřen"


STANDARD: Final = Policy()


def escalates(detail: Detail, policy: Policy = STANDARD) -> bool:
    """Whether a person must see this warning before the record counts as what was ordered (RELIABILITY I3)."""
    if detail.state != "warning":
        return detail.state == "error"
    if detail.errno == OUTSIDE_PERIOD:
        return True
    names_a_value = detail.errno == VALUE_CHANGED or bool(detail.xpath or detail.requested or detail.produced)
    return names_a_value and _element(detail.xpath) not in policy.harmless


def means_duplicate(texts: list[str], errnos: list[int], policy: Policy = STANDARD) -> bool:
    pattern = re.compile(policy.duplicate_texts, re.IGNORECASE)
    return any(errno in policy.duplicate_errnos for errno in errnos) or any(pattern.search(text) for text in texts)


def means_denied(note: str, policy: Policy = STANDARD) -> bool:
    """Whether a refused pack says that mServer's user may not import: about the user, not about this document."""
    return re.search(policy.denied_texts, note, re.IGNORECASE) is not None


def _element(xpath: str) -> str:
    """`…/ord:orderHeader/ord:text[1]` → `text`."""
    return xpath.rsplit("/", 1)[-1].rpartition(":")[2].partition("[")[0]
