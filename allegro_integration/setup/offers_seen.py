"""What the unit's stock cards really have: its stores, price levels and optional fields, and cards to explain with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from django.core.cache import cache
from django.db import connection
from django.db.models import Q

from allegro_integration.domain.offer_values import Card
from allegro_integration.models import Market, Offer
from allegro_integration.services.offers.linking import COLUMNS, card_of
from allegro_integration.services.offers.storing import read_money
from connectify.dashboard.counting import shown
from connectify.domain.money import Money
from connectify.tenants.context import require_tenant_id
from pohoda_bridge.server.mirror.models import StockCard
from pohoda_bridge.server.mirror.selectors import MOST_CARDS, snapshot_of, stores_of
from pohoda_bridge.server.mirror.selectors import cards as cards_of
from pohoda_bridge.server.models import Unit

EXAMPLES: Final = 3
MAX_SEARCH: Final = 60
_KEPT_S: Final = 600
# Levels and optional fields are the same on every card of a unit, so a part of them tells.
_NAMES: Final = """
WITH sample AS MATERIALIZED (
  SELECT levels, fields FROM {table}
  WHERE tenant_id = %(tenant)s AND unit_id = %(unit)s AND missed < %(gone)s LIMIT 2000
)
SELECT DISTINCT 'level', name FROM sample, jsonb_object_keys(levels) AS name
UNION SELECT DISTINCT 'field', name FROM sample, jsonb_object_keys(fields) AS name ORDER BY 1, 2
"""


@dataclass(frozen=True)
class SeenStore:
    """`store` is what settings name it by, `name` how Pohoda shows it, `cards` how many cards it has (see `Store`)."""

    store: str
    name: str
    cards: int

    @property
    def shown_cards(self) -> str:
        return shown(self.cards, MOST_CARDS)


@dataclass(frozen=True)
class Seen:
    """Names in the order of the alphabet. `is_read`: Pohoda's stock was read at least once."""

    stores: tuple[SeenStore, ...] = ()
    levels: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    is_read: bool = False


def seen_at(unit: Unit) -> Seen:
    """Counted once for each export that was stored.

    It is kept as JSON: a release that changes the shape of `Seen` looks anew instead of failing at what an older one
    left.
    """
    stock = snapshot_of(unit)
    if stock is None:
        return _look(unit, is_read=False)
    key = f"allegro.offers_seen.{unit.pk}.{stock.complete_at.isoformat()}.{stock.records}"
    found = _kept(cache.get(key))
    if found is None:
        found = _look(unit, is_read=True)
        cache.set(key, msgspec.json.encode(found).decode(), _KEPT_S)
    return found


def _kept(text: object) -> Seen | None:
    try:
        return msgspec.json.decode(text, type=Seen) if isinstance(text, str) else None
    except msgspec.DecodeError:
        return None


def _look(unit: Unit, *, is_read: bool) -> Seen:
    names: dict[str, list[str]] = {"level": [], "field": []}
    values = {"tenant": require_tenant_id(), "unit": unit.pk, "gone": StockCard.GONE_FROM}
    with connection.cursor() as cursor:
        cursor.execute(_NAMES.format(table=connection.ops.quote_name(StockCard._meta.db_table)), values)
        for what, name in cursor.fetchall():
            names[what].append(name)
    return Seen(
        stores=tuple(SeenStore(one.store, one.storage or one.store, one.cards) for one in stores_of(unit)),
        levels=tuple(names["level"]),
        fields=tuple(names["field"]),
        is_read=is_read,
    )


@dataclass(frozen=True)
class Example:
    """The cards of one code in all stores, and an offer that sells them, if there is one."""

    code: str
    name: str
    cards: tuple[Card, ...]
    offer: Offer | None = None

    def price_at(self, marketplace: str) -> Money | None:
        """What Allegro shows now."""
        price = self.offer.prices.get(marketplace) if self.offer else None
        return read_money(price) if price else None


def examples_for(market: Market, search: str = "", *, most: int = EXAMPLES) -> list[Example]:
    """Real cards of the unit: those searched for by code or name, else cards of the first offers, else the first."""
    words = search.replace("\x00", "").strip()[:MAX_SEARCH]
    offers: dict[str, Offer] = {}
    if words:
        found = cards_of(market.unit).filter(Q(code__istartswith=words) | Q(name__icontains=words))
        codes = _codes(found.values_list("code", flat=True).order_by("code")[: most * 4], most)
    else:
        linked = _linked(market).order_by("offer_id")[: most * 2]
        offers = {offer.card.code: offer for offer in reversed(linked) if offer.card}
        codes = _codes((offer.card.code for offer in linked if offer.card), most)
        if not codes:
            codes = _codes(cards_of(market.unit).values_list("code", flat=True).order_by("code")[: most * 4], most)
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in cards_of(market.unit).filter(code__in=codes).order_by("code", "store", "record_id").values(*COLUMNS):
        rows[row["code"]].append(row)
    if words:
        linked = _linked(market).filter(card__in=[row["id"] for found in rows.values() for row in found])
        offers = {offer.card.code: offer for offer in linked.order_by("-offer_id") if offer.card}
    return [
        Example(code, rows[code][0]["name"], tuple(map(card_of, rows[code])), offers.get(code))
        for code in codes
        if code in rows
    ]


def _linked(market: Market) -> Any:
    offers = Offer.objects.filter(account=market.account_id, card__isnull=False).exclude(state=Offer.State.SUPERSEDED)
    return offers.select_related("card").only("offer_id", "name", "prices", "stock", "card__code")


def _codes(codes: Iterable[str], most: int) -> Sequence[str]:
    return list(dict.fromkeys(codes))[:most]


def is_large(market: Market, most: int) -> bool:
    """Whether the account has more offers than that, without counting them."""
    return Offer.objects.filter(account=market.account_id).order_by("offer_id")[most : most + 1].exists()


def home_currency_of(market: Market) -> str:
    return str(market.instance.settings.get("orders", {}).get("home_currency", "CZK"))
