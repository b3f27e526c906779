"""Sold pieces that Pohoda's stock does not show yet, over all accounts that sell from the unit (DESIGN §4.10)."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Iterator
from typing import Final, NamedTuple

from django.db import connection

from allegro_integration.domain.offer_settings import Availability
from allegro_integration.domain.quantities import SoldPiece, outstanding
from allegro_integration.models import Market, Offer
from allegro_integration.services.offers.scope import Scope
from connectify.tenants.context import require_tenant_id
from pohoda_bridge.server.models import MirrorRead, StockCard

# Forms that Allegro does not have any more were merged into another one or never became an order. An order that Pohoda
# has had for days is in its stock; only whether Pohoda keeps the pieces for it is asked again. Where only the count
# tells, a delivery releases them once a stock was read after it, and an order that no export could show yet counts.
# A form that is not understood counts by what can be seen of it, until a person ignores it.
_PIECES: Final = """
SELECT f.account_id, f.form_id, l.offer_id, l.code, l.quantity, f.status, coalesce(o.state, ''), coalesce(o.code, ''),
  coalesce(c.settled_at, CASE WHEN o.pohoda_number <> '' AND o.updated_at <= %(lately)s THEN o.updated_at END),
  CASE WHEN s.id IS NULL THEN NOT %(counts)s OR coalesce(c.settled_at <= %(seen)s, true)
    ELSE g.is_over OR s.is_reserved AND %(reserves)s END
FROM allegro_soldline l
JOIN allegro_inboxform f ON f.id = l.form_id
LEFT JOIN allegro_order o ON o.form_id = f.id
LEFT JOIN LATERAL (
  SELECT min(settled_at) AS settled_at FROM sync_change
  WHERE tenant_id = %(tenant)s AND subject_kind = 'order' AND subject_id = o.id AND kind = 'order.create'
    AND state = 'confirmed' AND (o.updated_at > %(lately)s OR o.pohoda_number = '')
) c ON true
LEFT JOIN pohoda_orderstate s ON s.tenant_id = %(tenant)s AND s.unit_id = %(unit)s AND s.ext_ids = f.form_id
  AND s.missed < %(gone)s
LEFT JOIN LATERAL (
  SELECT (s.is_delivered OR s.is_executed OR s.is_cancelled
    OR s.links @? %(takes)s::jsonpath AND NOT (s.delivered > 0 AND s.delivered < s.quantity))
    AND (NOT %(counts)s OR s.changed_at <= %(began)s) AS is_over
) g ON true
WHERE f.tenant_id = %(tenant)s AND f.account_id = ANY(%(accounts)s) AND f.status <> 'CANCELLED' AND f.state <> 'gone'
  AND NOT (o.id IS NULL AND f.state = 'unreadable' AND EXISTS (
    SELECT 1 FROM sync_quarantined q WHERE q.tenant_id = %(tenant)s AND q.subject_kind = 'form'
      AND q.subject_key = f.account_id::text || ':' || f.form_id AND q.code = 'form_not_understood'
      AND q.state = 'ignored'))
  AND (o.id IS NULL OR o.pohoda_number = ''
    OR o.updated_at > %(lately)s AND (c.settled_at IS NULL OR c.settled_at > %(began)s)
    OR s.id IS NOT NULL AND NOT (g.is_over OR s.is_reserved AND %(reserves)s)
    OR s.id IS NULL AND %(counts)s AND o.updated_at > %(lately)s AND c.settled_at > %(seen)s)
ORDER BY f.form_id, l.line_id
"""
# Documents that take the order's pieces off the stock. An advance invoice or a shipment hangs on it and takes none.
_TAKES: Final = '$[*].agenda ? (@ == "issuedInvoice" || @ == "issueSlip" || @ == "salesVouchers" || @ == "transfer")'
LATELY: Final = dt.timedelta(days=2)
NEVER: Final = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)


class Sold(NamedTuple):
    """Pieces of one account's offer, and the code that the offer had when they were bought."""

    account_id: uuid.UUID
    code: str
    piece: SoldPiece


def sold_pieces(
    unit_id: uuid.UUID, account_ids: Collection[uuid.UUID], *, began: dt.datetime, availability: Availability
) -> Iterator[Sold]:
    """Lines of known forms that the stock read at `began` may not show.

    How much Pohoda's availability knows of a confirmed order depends on what is taken off the count: reservations, all
    received orders, or nothing, in which case the pieces count until they are delivered.
    """
    values = {
        "tenant": require_tenant_id(),
        "unit": unit_id,
        "accounts": list(account_ids),
        "began": began,
        "lately": began - LATELY,
        "gone": StockCard.GONE_FROM,
        "reserves": availability == "reservation",
        "counts": availability == "count",
        "seen": _orders_seen(unit_id),
        "takes": _TAKES,
    }
    with connection.cursor() as cursor:
        cursor.execute(_PIECES, values)
        rows = cursor.fetchall()
    for account, form, offer, code, quantity, status, state, why, confirmed_at, is_known in rows:
        piece = SoldPiece(
            form_id=form,
            offer_id=offer,
            quantity=quantity,
            status=status,
            is_fulfilled_by_allegro=why == "fulfilled_by_allegro",
            order_state=state,
            order_code=why,
            confirmed_at=confirmed_at,
            reserved_in_pohoda=is_known or availability == "received_orders",
        )
        yield Sold(account, code, piece)


def _orders_seen(unit_id: uuid.UUID) -> dt.datetime:
    """Orders that Pohoda had by then are mirrored, or not there any more."""
    reads = MirrorRead.objects.filter(unit=unit_id, agenda=MirrorRead.Agenda.ORDERS)
    began = list(reads.values_list("complete_began_at", flat=True))
    return min((one or NEVER for one in began), default=NEVER)


def accounts_of(unit_id: uuid.UUID) -> list[uuid.UUID]:
    """The accounts that sell from this unit's stock."""
    rows = Market.objects.filter(unit_id=unit_id, active=True).order_by("account_id")
    return list(rows.values_list("account_id", flat=True).distinct())


class Outstanding:
    """Outstanding pieces of a unit, for the offers of one account: its own by offer, those of others by card."""

    def __init__(self, scope: Scope, *, began: dt.datetime) -> None:
        availability = scope.settings.availability
        accounts = accounts_of(scope.unit.pk)
        self._account: Final = scope.account.pk
        self._pieces: Final[dict[tuple[uuid.UUID, str], int]] = {}
        codes: dict[tuple[uuid.UUID, str], str] = {}
        by_account: dict[uuid.UUID, list[SoldPiece]] = {}
        for account, code, piece in sold_pieces(scope.unit.pk, accounts, began=began, availability=availability):
            by_account.setdefault(account, []).append(piece)
            codes[account, piece.offer_id] = code
        for account, pieces in by_account.items():
            for offer_id, count in outstanding(pieces, snapshot_began=began).pieces.items():
                self._pieces[account, offer_id] = count
        self._cards: Final = _cards_of(scope, {key: codes[key] for key in self._pieces})

    def of(self, offer_ids: Collection[str]) -> tuple[dict[str, int], dict[tuple[str, str], int]]:
        """→ (pieces by these offers of the account, pieces of all other offers by (store, code))."""
        own: dict[str, int] = {}
        elsewhere: dict[tuple[str, str], int] = {}
        for (account, offer_id), count in self._pieces.items():
            if account == self._account and offer_id in offer_ids:
                own[offer_id] = count
            elif card := self._cards.get((account, offer_id)):
                elsewhere[card] = elsewhere.get(card, 0) + count
        return own, elsewhere


def _cards_of(scope: Scope, codes: dict[tuple[uuid.UUID, str], str]) -> dict[tuple[uuid.UUID, str], tuple[str, str]]:
    """The card that each sold offer is of: its link, else the code it had when it was bought."""
    found: dict[tuple[uuid.UUID, str], tuple[str, str]] = {}
    if not codes:
        return found
    offers = Offer.objects.filter(
        account_id__in={account for account, _ in codes}, offer_id__in={offer for _, offer in codes}, card__isnull=False
    )
    for account, offer_id, store, code in offers.values_list("account_id", "offer_id", "card__store", "card__code"):
        found[account, offer_id] = (store, code)
    missing = {key: code for key, code in codes.items() if key not in found and code}
    cards = StockCard.objects.filter(unit=scope.unit, code__in=set(missing.values()), missed__lt=StockCard.GONE_FROM)
    stores = scope.settings.stores
    ranked: dict[str, str] = {}
    for store, code in cards.order_by("store").values_list("store", "code"):
        if not stores or store in stores:
            ranked.setdefault(code, store)
    found |= {key: (ranked[code], code) for key, code in missing.items() if code in ranked}
    return found
