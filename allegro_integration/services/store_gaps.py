"""Offers whose goods an order could not name in Pohoda: no card of their code is in the store that orders name.

An order's line takes the card that its offer is linked to. Until an offer is linked, the line takes the offer's own
code in the store of the settings; Pohoda refuses an order whose card is not there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.db import connection

from allegro_integration.models import Market, Offer
from connectify.tenants.context import require_tenant_id
from pohoda_bridge.server.mirror.models import StockCard

# Both tables are read once and brought together by the code, never joined: that takes as long as they are, also where
# nothing is known of their sizes yet.
_GAPS: Final = """
WITH codes AS MATERIALIZED (
  SELECT code, sum(offers) AS offers, min(store) AS store, bool_or(store = %(store)s) AS is_here FROM (
    SELECT o.external_id AS code, 1 AS offers, NULL AS store FROM {offers} o
    WHERE o.tenant_id = %(tenant)s AND o.account_id = %(account)s AND o.card_id IS NULL AND o.external_id > ''
      AND o.status = 'ACTIVE' AND o.state <> 'superseded' AND NOT (o.needs_plan AND %(is_linking)s)
    UNION ALL
    SELECT c.code, 0, c.store FROM {cards} c
    WHERE c.tenant_id = %(tenant)s AND c.unit_id = %(unit)s AND c.missed < %(gone)s
  ) found GROUP BY code
)
SELECT coalesce(store, ''), sum(offers)::int FROM codes
WHERE offers > 0 AND is_here IS NOT TRUE AND EXISTS (SELECT 1 FROM codes known WHERE known.store IS NOT NULL)
GROUP BY 1 ORDER BY 2 DESC, 1
"""


@dataclass(frozen=True)
class Gap:
    """`store` has the cards of these active offers ("" no card has their codes)."""

    store: str
    offers: int


def gaps(market: Market, store: str, *, is_linking: bool) -> list[Gap]:
    """Active offers of the account that are linked to no card and whose code is not in this store; one query.

    `is_linking`: offers are linked as they are planned, so those whose turn is still to come are passed over. Nothing
    while no card of the unit has been read.
    """
    quote = connection.ops.quote_name
    names = {"offers": quote(Offer._meta.db_table), "cards": quote(StockCard._meta.db_table)}
    values = {
        "tenant": require_tenant_id(), "account": market.account_id, "unit": market.unit_id, "store": store,
        "gone": StockCard.GONE_FROM, "is_linking": is_linking,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_GAPS.format(**names), values)
        return [Gap(*row) for row in cursor.fetchall()]
