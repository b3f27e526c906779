"""What Allegro shows of the offers, kept as rows: written only where something differs from what is known."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from django.db import connection

from allegro_integration.client.offer_messages import ListedOffer
from allegro_integration.client.records import OddRecord
from allegro_integration.models import Account, Offer
from connectify.clock import new_id
from connectify.domain.fingerprint import fingerprint
from connectify.domain.money import Money
from connectify.sync import due
from connectify.sync.models import Quarantined
from connectify.sync.payloads import store_payload
from connectify.sync.quarantine import put, solve
from connectify.tenants.context import require_tenant_id
from connectify.users.models import User

JSON: Final = "application/json"
SUBJECT: Final = "offer"
MOST_PIECES: Final = 2_000_000_000
ACTIVE: Final = ("ACTIVE", "ACTIVATING")

# `ended_by` is not in Allegro's list: it is forgotten when the offer runs again, and learnt from events and details.
_UPSERT: Final = """
INSERT INTO allegro_offer AS o (id, tenant_id, account_id, offer_id, name, external_id, ean, category, image, status,
  ended_by, stock, base_marketplace, prices, visibility, rules, campaigns, shipping_rates, is_fulfillment, fingerprint,
  observed_at, listed_at, link_by, link_code, link_params, needs_plan, needs_reading, revision, wanted_prices, trace,
  skips, state, code, params, confirmed_prices, ended_by_us, refusals)
SELECT id, %(tenant)s, %(account)s, offer_id, name, external_id, '', category, image, status, '', stock,
  base_marketplace, prices, visibility, rules, '[]', shipping_rates, is_fulfillment, decode(fingerprint, 'hex'),
  %(moment)s, %(moment)s, '', '', '{}', true, false, 0, '{}', '{}', '[]', 'waiting', '', '{}', '{}', false, 0
FROM jsonb_to_recordset(%(rows)s::jsonb) AS r(id uuid, offer_id text, name text, external_id text, category text,
  image text, status text, stock int, base_marketplace text, prices jsonb, visibility jsonb, rules jsonb,
  shipping_rates text, is_fulfillment boolean, fingerprint text)
ON CONFLICT (tenant_id, account_id, offer_id) DO UPDATE SET name = excluded.name, external_id = excluded.external_id,
  category = excluded.category, image = excluded.image, status = excluded.status, stock = excluded.stock,
  base_marketplace = excluded.base_marketplace, prices = excluded.prices, visibility = excluded.visibility,
  rules = excluded.rules, shipping_rates = excluded.shipping_rates, is_fulfillment = excluded.is_fulfillment,
  fingerprint = excluded.fingerprint, observed_at = excluded.observed_at, listed_at = excluded.listed_at,
  needs_plan = true, needs_reading = false,
  fell_at = CASE WHEN coalesce(excluded.stock, 0) < o.stock THEN excluded.observed_at ELSE o.fell_at END,
  ended_by = CASE WHEN excluded.status = 'ENDED' THEN o.ended_by ELSE '' END,
  ended_by_us = o.ended_by_us AND excluded.status = 'ENDED',
  state = CASE WHEN o.state = 'superseded' THEN 'waiting' ELSE o.state END
WHERE o.fingerprint IS DISTINCT FROM excluded.fingerprint OR o.state = 'superseded'
"""


# An offer that only the journal has named so far is a row without a name until it is read.
_HINT: Final = """
INSERT INTO allegro_offer AS o (id, tenant_id, account_id, offer_id, name, external_id, ean, category, image, status,
  ended_by, base_marketplace, prices, visibility, rules, campaigns, shipping_rates, is_fulfillment, fingerprint,
  link_by, link_code, link_params, needs_plan, needs_reading, revision, wanted_prices, trace,
  skips, state, code, params, confirmed_prices, ended_by_us, refusals)
SELECT id, %(tenant)s, %(account)s, offer_id, '', '', '', '', '', '', ended_by, '', '{}', '{}', '{}', '[]', '', false,
  '', '', '', '{}', false, true, 0, '{}', '{}', '[]', 'waiting', '', '{}', '{}', false, 0
FROM jsonb_to_recordset(%(rows)s::jsonb) AS r(id uuid, offer_id text, ended_by text)
ON CONFLICT (tenant_id, account_id, offer_id) DO UPDATE SET needs_reading = true,
  ended_by = CASE WHEN excluded.ended_by <> '' THEN excluded.ended_by ELSE o.ended_by END
WHERE NOT o.needs_reading OR (excluded.ended_by <> '' AND excluded.ended_by <> o.ended_by)
"""


def store_listed(account: Account, offers: Sequence[ListedOffer], *, moment: dt.datetime) -> int:
    """Stores offers as Allegro lists them; what differs from before is to be planned. → how many did."""
    rows = {offer.id: _row(account, offer) for offer in offers}
    known = _known(account, rows)
    changed = [row for offer_id, row in rows.items() if known.get(offer_id) != row["fingerprint"]]
    if changed:
        values = {
            "tenant": require_tenant_id(),
            "account": account.pk,
            "moment": moment,
            "rows": json.dumps(changed, default=str),
        }
        with connection.cursor() as cursor:
            cursor.execute(_UPSERT, values)
    same = [offer_id for offer_id in rows if known.get(offer_id) == rows[offer_id]["fingerprint"]]
    Offer.objects.filter(account=account, offer_id__in=same).update(listed_at=moment, needs_reading=False)
    _note_understood(account, rows)
    return len(changed)


def _known(account: Account, offer_ids: Iterable[str]) -> dict[str, str]:
    """Fingerprints of the rows, which are locked in the order of their ids, as everywhere."""
    rows = Offer.objects.select_for_update().filter(account=account, offer_id__in=list(offer_ids)).order_by("pk")
    found = rows.values_list("offer_id", "fingerprint", "state")
    return {one: bytes(digest).hex() for one, digest, state in found if state != Offer.State.SUPERSEDED}


def _row(account: Account, offer: ListedOffer) -> dict[str, Any]:
    base = offer.base_marketplace or account.base_marketplace
    prices = {name: place.price for name, place in offer.marketplaces.items()} | {base: offer.price}
    rules = {name: place.rule for name, place in offer.marketplaces.items()} | {base: offer.rule}
    facts: dict[str, Any] = {
        "offer_id": offer.id,
        "name": offer.name[:255],
        "external_id": offer.external_id[:100],
        "category": offer.category[:64],
        "image": offer.image[:500],
        "status": offer.status[:20],
        "stock": None if offer.stock is None else min(max(offer.stock, 0), MOST_PIECES),
        "base_marketplace": base[:40],
        "prices": {name: stored_money(price) for name, price in sorted(prices.items()) if price is not None},
        "visibility": {name: place.state for name, place in sorted(offer.marketplaces.items())},
        "rules": {name: rule for name, rule in sorted(rules.items()) if rule},
        "shipping_rates": offer.shipping_rates[:64],
        "is_fulfillment": offer.is_fulfillment,
    }
    return {**facts, "id": new_id(), "fingerprint": fingerprint(facts)[:32]}


def stored_money(money: Money) -> dict[str, str]:
    return {"amount": f"{money.amount:.2f}", "currency": money.currency}


def read_money(stored: dict[str, str]) -> Money:
    return Money.parse(stored["amount"], stored["currency"])


def hint_offers(account: Account, ended_by: Mapping[str, str]) -> None:
    """These offers are to be read (again). The values say by whom they were ended, as far as the journal told."""
    rows = [{"id": new_id(), "offer_id": one, "ended_by": who[:30]} for one, who in sorted(ended_by.items())]
    values = {"tenant": require_tenant_id(), "account": account.pk, "rows": json.dumps(rows, default=str)}
    with connection.cursor() as cursor:
        cursor.execute(_HINT, values)


def note_odd(account: Account, odd: Iterable[OddRecord]) -> None:
    """Offers that we do not understand: each is shown alone with what Allegro sent; the others go on."""
    for record in odd:
        put(
            instance=None,
            subject_kind=SUBJECT,
            subject_key=f"{account.pk}:{record.id}",
            code="offer_not_understood",
            params={"offer_id": record.id, "detail": record.problem},
            payload=store_payload(record.raw, JSON),
        )


def _note_understood(account: Account, offer_ids: Iterable[str]) -> None:
    keys = [f"{account.pk}:{offer_id}" for offer_id in offer_ids]
    waiting = Quarantined.objects.filter(subject_kind=SUBJECT, subject_key__in=keys, code="offer_not_understood")
    for key in waiting.exclude(state=Quarantined.State.SOLVED).values_list("subject_key", flat=True):
        solve(subject_kind=SUBJECT, subject_key=key)


def retry_quarantined_offer(row: Quarantined, actor: User | None) -> None:
    """Reads the offer again; what it is now decides."""
    account_id, offer_id = row.subject_key.split(":", 1)
    account = Account.objects.get(pk=account_id)
    hint_offers(account, {offer_id: ""})
    due.nudge("allegro.account", account.pk)
