"""Which offers are to be planned anew: by what has changed in the unit's stock, in its orders, or in what was sold.

Marks only; the runs of the accounts plan. Each statement is about one table and a list of values, so that its cost does
not hang on what PostgreSQL believes of tables that were filled a moment ago.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final

from django.db import connection

from allegro_integration.models import InboxForm, Offer, SoldLine
from allegro_integration.services.offers.sold import accounts_of
from connectify.sync import due
from connectify.tenants.context import require_tenant_id
from pohoda_bridge.server.models import OrderState, StockCard, Unit

ACCOUNT: Final = "allegro.account"

_FIND: Final = "SELECT id FROM allegro_offer WHERE tenant_id = %(tenant)s AND state <> 'superseded' AND "
_LOCK: Final = " ORDER BY id FOR UPDATE"
# A card changes every offer of its code, for cards of one code add up; a new one may link an offer without a link.
_BY_CARDS: Final = """(card_id = ANY(%(linked)s) OR account_id = ANY(%(accounts)s) AND (external_id = ANY(%(codes)s)
  OR card_id IS NULL AND (external_id = ANY(%(eans)s) OR ean = ANY(%(eans)s))))"""
_BY_LINK: Final = "card_id = ANY(%(linked)s)"
_BY_ID: Final = "account_id = %(account)s AND offer_id = ANY(%(offers)s)"


def stock_changed(unit: Unit, rows: list[uuid.UUID], gone: list[uuid.UUID]) -> None:
    """Listener of the mirror (agenda stock): inside the transaction that stores what an export said."""
    accounts = accounts_of(unit.pk)
    if not accounts:
        return
    found = _rows("SELECT code, ean FROM pohoda_stockcard WHERE tenant_id = %s AND id = ANY(%s)", [*rows, *gone])
    codes, eans = {code for code, _ in found}, {ean for _, ean in found if ean}
    linked = _cards_of_codes(unit.pk, codes)
    nudge(_mark(_BY_CARDS, linked=linked, accounts=accounts, codes=list(codes), eans=list(eans)))


def order_states_changed(unit: Unit, rows: list[uuid.UUID], gone: list[uuid.UUID]) -> None:
    """Listener of the mirror (agenda orders): whether Pohoda keeps pieces for an order may have changed."""
    states = OrderState.objects.filter(pk__in=[*rows, *gone]).exclude(ext_ids="")
    forms = list(states.values_list("ext_ids", flat=True))
    for account_id in accounts_of(unit.pk):
        lines = SoldLine.objects.filter(account=account_id, form__form_id__in=forms)
        nudge(_mark_all_of_cards(account_id, set(lines.values_list("offer_id", flat=True))))


def mark_sold(form: InboxForm) -> None:
    """What a buyer took, or gave back: all offers of these cards, of every account of the unit."""
    marked = _mark_all_of_cards(form.account_id, set(form.sold_lines.values_list("offer_id", flat=True)))
    # The run that reads the form goes on to plan its own account's offers.
    nudge(marked - {form.account_id})


def mark_offers(account_id: uuid.UUID, offer_ids: Iterable[str]) -> None:
    """These offers of the account."""
    _mark(_BY_ID, account=account_id, offers=list(offer_ids))


def nudge(accounts: Collection[uuid.UUID]) -> None:
    for account in sorted(accounts):
        due.nudge(ACCOUNT, account)


def _mark_all_of_cards(account_id: uuid.UUID, offer_ids: Collection[str]) -> set[uuid.UUID]:
    """The offers that sell the same cards as these ones."""
    offers = Offer.objects.filter(account=account_id, offer_id__in=offer_ids, card__isnull=False)
    cards = StockCard.objects.filter(pk__in=list(offers.values_list("card", flat=True)))
    codes: dict[uuid.UUID, set[str]] = {}
    for unit_id, code in cards.values_list("unit_id", "code"):
        codes.setdefault(unit_id, set()).add(code)
    linked = [card for unit_id, named in codes.items() for card in _cards_of_codes(unit_id, named)]
    return _mark(_BY_LINK, linked=linked) if linked else set()


def _cards_of_codes(unit_id: uuid.UUID, codes: Collection[str]) -> list[uuid.UUID]:
    statement = "SELECT id FROM pohoda_stockcard WHERE tenant_id = %s AND code = ANY(%s) AND unit_id = %s"
    return [card for (card,) in _rows(statement, list(codes), unit_id)]


def _mark(condition: str, **values: Any) -> set[uuid.UUID]:
    """→ the accounts with an offer that is to be planned now and was not before.

    Two statements: the first waits for a run that is planning these very offers with what it read before, the second
    sees whether that run has taken the mark away. Rows are locked in the order of their ids, as everywhere.
    """
    with connection.cursor() as cursor:
        cursor.execute(_FIND + condition + _LOCK, {"tenant": require_tenant_id(), **values})
        found = [row[0] for row in cursor.fetchall()]
        if not found:
            return set()
        cursor.execute(
            "UPDATE allegro_offer SET needs_plan = true WHERE id = ANY(%s) AND NOT needs_plan RETURNING account_id",
            [found],
        )
        return {row[0] for row in cursor.fetchall()}


def _rows(statement: str, *values: Any) -> Sequence[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [require_tenant_id(), *values])
        return list(cursor.fetchall())
