"""Which stock card an offer sells: by its external id, by EAN, or because a person said so.

Decided anew each time an offer is planned, for a whole batch by a few queries; what a person linked is never touched.
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
from connectify.audit.services import record_audit
from connectify.domain.trace import Step
from connectify.sync import due
from connectify.users.models import User
from pohoda_bridge.server.models import StockCard

MANUAL: Final = "manual"
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
        self._code_of: Final[dict[uuid.UUID, str]] = {}
        self._codes_by_ean: Final[dict[str, set[str]]] = defaultdict(set)
        by_hand = [offer.card_id for offer in offers if offer.link_by == MANUAL and offer.card_id]
        named = {offer.external_id for offer in offers if offer.external_id}
        self._load(code__in=named)
        if by_hand:
            codes = StockCard.objects.filter(pk__in=by_hand).values_list("pk", "code")
            self._code_of.update(codes)
            self._load(code__in=set(self._code_of.values()) - named)
        self._load_by_ean(offers)

    def _load(self, **where: Any) -> None:
        rows = StockCard.objects.filter(unit=self._unit, missed__lt=StockCard.GONE_FROM, **where)
        for row in rows.order_by("code", "store", "record_id").values(*COLUMNS):
            self._by_code[row["code"]].append(row)

    def _load_by_ean(self, offers: Sequence[Offer]) -> None:
        unnamed = [offer for offer in offers if offer.external_id not in self._by_code and offer.link_by != MANUAL]
        eans = {ean for offer in unnamed for ean in (offer.external_id, offer.ean) if ean}
        if not eans:
            return
        rows = StockCard.objects.filter(unit=self._unit, ean__in=eans, missed__lt=StockCard.GONE_FROM)
        for ean, code in rows.values_list("ean", "code"):
            self._codes_by_ean[ean].add(code)
        self._load(code__in={code for codes in self._codes_by_ean.values() for code in codes} - self._by_code.keys())

    def link(self, offer: Offer) -> Linked:
        """External id == code, then external id == EAN, then the offer's own EAN: each only when it names one code."""
        if offer.link_by == MANUAL:
            return self._by_hand(offer)
        if offer.external_id in self._by_code and offer.external_id:
            return self._linked(offer, "external_id", offer.external_id)
        for ean in dict.fromkeys((offer.external_id, offer.ean)):
            codes = sorted(self._codes_by_ean.get(ean, ())) if ean else []
            if len(codes) == 1:
                return self._linked(offer, "ean", codes[0])
            if codes:
                return _problem("link_ean_ambiguous", ean=ean, cards=", ".join(codes[:10]))
        return _problem("offer_not_linked", external_id=offer.external_id)

    def _by_hand(self, offer: Offer) -> Linked:
        code = self._code_of.get(offer.card_id) if offer.card_id else None
        if code is None or code not in self._by_code:
            # The card that a person chose is gone: nobody but a person may choose another.
            return Linked(MANUAL, None, (), Step("offer_not_linked", {"external_id": offer.external_id}))
        return self._linked(offer, MANUAL, code)

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


def link_by_hand(*, offer: Offer, card: StockCard | None, actor: User | None) -> None:
    """A person links the offer to a card; None lets us find one again. Audited; planned in the next cycle."""
    before = {"card": str(offer.card_id) if offer.card_id else None, "by": offer.link_by}
    after = {"card": str(card.pk) if card else None, "by": MANUAL if card else ""}
    Offer.objects.filter(pk=offer.pk).update(
        card=card, link_by=after["by"], link_code="", link_params={}, needs_plan=True
    )
    record_audit(
        actor=actor, action="offer.linked", object_kind="offer", object_id=offer.pk, before=before, after=after
    )
    due.nudge("allegro.account", offer.account_id)
