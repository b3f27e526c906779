"""Which stock card an offer sells: by its external id, or by EAN.

Decided anew each time an offer is planned, for a whole batch by a few queries.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from allegro_integration.domain.offer_values import Card, LinkedBy
from allegro_integration.models import Offer
from allegro_integration.services.offers.scope import Scope
from connectify.domain.trace import Step
from pohoda_bridge.server.models import StockCard

COLUMNS: Final = (
    "id", "store", "storage", "code", "count", "reservation", "received_orders", "vat_percent", "price",
    "price_with_vat", "levels", "is_sales", "is_internet", "kind", "measure", "ean", "name", "fields",
)  # fmt: skip


@dataclass(frozen=True)
class Linked:
    """What an offer is linked to: its card's row, the cards of that code in all stores, or why there is none."""

    by: LinkedBy
    card: uuid.UUID | None
    cards: tuple[Card, ...]
    problem: Step | None = None
    unit: str = ""


class Cards:
    """The unit's cards by code and by EAN, loaded for one batch of offers. Cards that are gone do not count."""

    def __init__(self, scope: Scope, offers: Sequence[Offer]) -> None:
        self._stores: Final = scope.settings.stores
        self._unit: Final = scope.unit
        self._by_code: Final[dict[str, list[dict[str, Any]]]] = defaultdict(list)
        self._codes_by_ean: Final[dict[str, set[str]]] = defaultdict(set)
        named = {offer.external_id for offer in offers if offer.external_id}
        self._load(code__in=named)
        self._load_by_ean(offers)

    def _load(self, **where: Any) -> None:
        rows = StockCard.objects.filter(unit=self._unit, missed__lt=StockCard.GONE_FROM, **where)
        for row in rows.order_by("code", "store", "record_id").values(*COLUMNS):
            self._by_code[row["code"]].append(row)

    def _load_by_ean(self, offers: Sequence[Offer]) -> None:
        unnamed = [offer for offer in offers if offer.external_id not in self._by_code]
        eans = {ean for offer in unnamed for ean in (offer.external_id, offer.ean) if ean}
        if not eans:
            return
        rows = StockCard.objects.filter(unit=self._unit, ean__in=eans, missed__lt=StockCard.GONE_FROM)
        for ean, code in rows.values_list("ean", "code"):
            self._codes_by_ean[ean].add(code)
        self._load(code__in={code for codes in self._codes_by_ean.values() for code in codes} - self._by_code.keys())

    def link(self, offer: Offer) -> Linked:
        """External id == code, then external id == EAN, then the offer's own EAN: each only when it names one code."""
        if offer.external_id in self._by_code and offer.external_id:
            return self._linked(offer, "external_id", offer.external_id)
        for ean in dict.fromkeys((offer.external_id, offer.ean)):
            codes = sorted(self._codes_by_ean.get(ean, ())) if ean else []
            if len(codes) == 1:
                return self._linked(offer, "ean", codes[0])
            if codes:
                return _problem("link_ean_ambiguous", ean=ean, cards=", ".join(codes[:10]))
        return _problem("offer_not_linked", external_id=offer.external_id)

    def _linked(self, offer: Offer, by: LinkedBy, code: str) -> Linked:
        rows = self._by_code[code]
        chosen = [row for row in rows if not self._stores or row["store"] in self._stores] or rows
        if len({row["store"] for row in chosen}) < len(chosen):
            names = ", ".join(row["storage"] or row["store"] for row in chosen[:10])
            return _problem("link_code_ambiguous", code=code, cards=names)
        first = min(chosen, key=lambda row: self._rank(row["store"]))
        unit = offer.link_params.get("unit", "") if offer.card_id == first["id"] else ""
        return Linked(by, first["id"], tuple(map(card_of, rows)), unit=unit or first["measure"])

    def _rank(self, store: str) -> int:
        return self._stores.index(store) if store in self._stores else len(self._stores)


def _problem(code: str, /, **params: str) -> Linked:
    return Linked("", None, (), Step(code, params))


def card_of(row: dict[str, Any]) -> Card:
    """A row of COLUMNS as the planner takes it."""
    return Card(
        store=row["store"],
        code=row["code"],
        count=row["count"],
        reservation=row["reservation"],
        received_orders=row["received_orders"],
        vat_percent=row["vat_percent"],
        price=row["price"],
        price_with_vat=row["price_with_vat"],
        levels=_levels(row["levels"]),
        is_sales=row["is_sales"],
        is_internet=row["is_internet"],
        kind=row["kind"] or "card",
        unit=row["measure"],
        ean=row["ean"],
        name=row["name"],
        fields=row["fields"],
    )


def _levels(stored: dict[str, Any]) -> dict[str, Decimal]:
    return {name: Decimal(str(price)) for name, price in stored.items()}
