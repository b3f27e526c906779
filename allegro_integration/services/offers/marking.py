"""Which offers are to be planned anew: by what has changed in the unit's stock, in its orders, or in what was sold.

Marks only; the runs of the accounts plan. Marking what is marked already costs nothing.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from typing import Any, Final

from django.db import connection

from allegro_integration.models import Account, InboxForm
from allegro_integration.services.offers.sold import LATELY, accounts_of
from connectify.sync import due
from connectify.tenants.context import require_tenant_id
from pohoda_bridge.server.models import Unit

ACCOUNT: Final = "allegro.account"

# Cards of one code add up, so a card changes every offer of its code; one that is new may link an offer without a link.
_BY_CARDS: Final = """
WITH changed AS (SELECT DISTINCT code, ean FROM pohoda_stockcard WHERE tenant_id = %(tenant)s AND id = ANY(%(cards)s)),
linked AS (
  SELECT c.id FROM pohoda_stockcard c JOIN changed ON changed.code = c.code
  WHERE c.tenant_id = %(tenant)s AND c.unit_id = %(unit)s
),
found AS (
  SELECT o.id FROM allegro_offer o JOIN linked ON linked.id = o.card_id WHERE o.tenant_id = %(tenant)s
  UNION
  SELECT o.id FROM allegro_offer o JOIN changed ON changed.code = o.external_id
  WHERE o.tenant_id = %(tenant)s AND o.account_id = ANY(%(accounts)s)
  UNION
  SELECT o.id FROM allegro_offer o JOIN changed ON changed.ean <> '' AND changed.ean IN (o.external_id, o.ean)
  WHERE o.tenant_id = %(tenant)s AND o.account_id = ANY(%(accounts)s) AND o.card_id IS NULL
)
SELECT o.id FROM allegro_offer o JOIN found USING (id) WHERE o.state <> 'superseded' ORDER BY o.id FOR UPDATE OF o
"""

_BY_OFFERS: Final = """
WITH sold AS (
  SELECT c.unit_id, c.code FROM allegro_offer o JOIN pohoda_stockcard c ON c.id = o.card_id
  WHERE o.tenant_id = %(tenant)s AND o.account_id = %(account)s AND o.offer_id = ANY(%(offers)s)
),
found AS (
  SELECT o.id FROM allegro_offer o JOIN pohoda_stockcard c ON c.id = o.card_id
  JOIN sold ON (sold.unit_id, sold.code) = (c.unit_id, c.code)
  WHERE o.tenant_id = %(tenant)s
)
SELECT o.id FROM allegro_offer o JOIN found USING (id) WHERE o.state <> 'superseded' ORDER BY o.id FOR UPDATE OF o
"""

# Pieces count as sold until a stock was read that began after Pohoda confirmed their order. Then the offers that were
# planned with them are planned anew.
_RELEASED: Final = """
WITH released AS (
  SELECT DISTINCT f.account_id, l.offer_id FROM sync_change ch
  JOIN allegro_order o ON o.id = ch.subject_id
  JOIN allegro_inboxform f ON f.id = o.form_id
  JOIN allegro_soldline l ON l.form_id = f.id
  WHERE ch.tenant_id = %(tenant)s AND ch.kind = 'order.create' AND ch.state = 'confirmed'
    AND ch.resource_kind = 'pohoda.unit' AND ch.resource_id = %(unit)s
    AND ch.settled_at > %(since)s AND ch.settled_at <= %(began)s
),
sold AS (
  SELECT c.unit_id, c.code FROM released r
  JOIN allegro_offer o ON (o.account_id, o.offer_id) = (r.account_id, r.offer_id)
  JOIN pohoda_stockcard c ON c.id = o.card_id
),
found AS (
  SELECT o.id FROM allegro_offer o JOIN pohoda_stockcard c ON c.id = o.card_id
  JOIN sold ON (sold.unit_id, sold.code) = (c.unit_id, c.code)
  WHERE o.tenant_id = %(tenant)s AND o.account_id = %(account)s
    AND o.trace->'quantity' @> '[{"code": "sold_not_in_pohoda"}]'
)
SELECT o.id FROM allegro_offer o JOIN found USING (id) WHERE o.state <> 'superseded' ORDER BY o.id FOR UPDATE OF o
"""


def stock_changed(unit: Unit, rows: list[uuid.UUID], gone: list[uuid.UUID]) -> None:
    """Listener of the mirror (agenda stock): inside the transaction that stores what an export said."""
    accounts = accounts_of(unit.pk)
    if accounts:
        nudge(_mark(_BY_CARDS, cards=[*rows, *gone], unit=unit.pk, accounts=accounts))


def order_states_changed(unit: Unit, rows: list[uuid.UUID], gone: list[uuid.UUID]) -> None:
    """Listener of the mirror (agenda orders): whether Pohoda keeps pieces for an order may have changed."""
    forms = _forms_of_orders([*rows, *gone])
    for account_id in accounts_of(unit.pk):
        if offers := _offers_of(account_id, forms):
            nudge(_mark(_BY_OFFERS, account=account_id, offers=offers))


def mark_sold(form: InboxForm) -> None:
    """What a buyer took, or gave back: all offers of these cards, of every account of the unit."""
    offers = list(form.sold_lines.values_list("offer_id", flat=True))
    if offers:
        marked = _mark(_BY_OFFERS, account=form.account_id, offers=offers)
        # The run that reads the form goes on to plan its own account's offers.
        nudge(marked - {form.account_id})


def mark_released(account: Account, unit: Unit, *, began: dt.datetime) -> None:
    """Before planning: offers whose sold pieces the latest stock has taken over from us."""
    _mark(_RELEASED, unit=unit.pk, account=account.pk, began=began, since=began - LATELY)


def nudge(accounts: Collection[uuid.UUID]) -> None:
    for account in sorted(accounts):
        due.nudge(ACCOUNT, account)


def _mark(statement: str, **values: Any) -> set[uuid.UUID]:
    """→ the accounts with an offer that is to be planned now and was not before.

    Two statements: the first waits for a run that is planning these very offers with what it read before, the second
    sees whether that run has taken the mark away. Rows are locked in the order of their ids, as everywhere.
    """
    with connection.cursor() as cursor:
        cursor.execute(statement, {"tenant": require_tenant_id(), **values})
        found = [row[0] for row in cursor.fetchall()]
        if not found:
            return set()
        cursor.execute(
            "UPDATE allegro_offer SET needs_plan = true WHERE id = ANY(%s) AND NOT needs_plan RETURNING account_id",
            [found],
        )
        return {row[0] for row in cursor.fetchall()}


def _forms_of_orders(order_states: Sequence[uuid.UUID]) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT ext_ids FROM pohoda_orderstate WHERE tenant_id = %s AND id = ANY(%s) AND ext_ids <> ''",
            [require_tenant_id(), list(order_states)],
        )
        return [row[0] for row in cursor.fetchall()]


def _offers_of(account_id: uuid.UUID, forms: Sequence[str]) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT l.offer_id FROM allegro_soldline l JOIN allegro_inboxform f ON f.id = l.form_id "
            "WHERE f.tenant_id = %s AND f.account_id = %s AND f.form_id = ANY(%s)",
            [require_tenant_id(), account_id, list(forms)],
        )
        return [row[0] for row in cursor.fetchall()]
