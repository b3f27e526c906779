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

# Beyond it the number says no more to a person.
MANY: Final = 1000
_GAPS: Final = """
WITH lost AS MATERIALIZED (
  SELECT o.external_id FROM {offers} o
  WHERE o.tenant_id = %(tenant)s AND o.account_id = %(account)s AND o.card_id IS NULL AND o.external_id > ''
    AND o.status = 'ACTIVE' AND o.state <> 'superseded' AND NOT (o.needs_plan AND %(is_linking)s)
    AND NOT EXISTS (SELECT 1 FROM {cards} c WHERE c.tenant_id = %(tenant)s AND c.unit_id = %(unit)s
      AND c.code = o.external_id AND c.missed < %(gone)s AND c.store = %(store)s)
  LIMIT %(most)s
)
SELECT found.store, count(*) FROM lost CROSS JOIN LATERAL (
  SELECT coalesce(min(c.store), '') AS store FROM {cards} c
  WHERE c.tenant_id = %(tenant)s AND c.unit_id = %(unit)s AND c.code = lost.external_id AND c.missed < %(gone)s
) found
WHERE EXISTS (SELECT 1 FROM {cards} c WHERE c.tenant_id = %(tenant)s AND c.unit_id = %(unit)s AND c.missed < %(gone)s)
GROUP BY 1 ORDER BY 2 DESC, 1
"""


@dataclass(frozen=True)
class Gap:
    """`store` has the cards of these active offers ("" no card has their codes). `offers` counts up to MANY and one."""

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
        "gone": StockCard.GONE_FROM, "most": MANY + 1, "is_linking": is_linking,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_GAPS.format(**names), values)
        return [Gap(*row) for row in cursor.fetchall()]
