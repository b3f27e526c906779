"""A plan on the rows of its offers: what is wanted, why, what is left alone and why, and where each offer stands."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

import msgspec
from django.db import connection

from allegro_integration.domain.offer_values import QUANTITY, WHOLE_OFFER, OfferPlan
from allegro_integration.models import Offer
from allegro_integration.services.offers.ledger import Key, Verdict
from allegro_integration.services.offers.snapshots import Batch
from allegro_integration.services.offers.storing import ACTIVE, stored_money
from connectify.domain.price_codes import REASONS as NO_PRICE
from connectify.tenants.context import require_tenant_id

State = Offer.State

_STORE: Final = """
UPDATE allegro_offer o SET card_id = r.card, link_by = r.link_by, link_code = r.link_code, link_params = r.link_params,
  needs_plan = false, planned_at = statement_timestamp(), revision = r.revision, wanted_quantity = r.wanted_quantity,
  wanted_prices = r.wanted_prices, trace = r.trace, skips = r.skips, state = r.state, code = r.code, params = r.params
FROM jsonb_to_recordset(%s::jsonb) AS r(id uuid, card uuid, link_by text, link_code text, link_params jsonb,
  revision bigint, wanted_quantity int, wanted_prices jsonb, trace jsonb, skips jsonb, state text, code text,
  params jsonb)
WHERE o.tenant_id = %s AND o.id = r.id
"""


def store_plan(batch: Batch, plan: OfferPlan, verdicts: dict[Key, Verdict], *, revision: int) -> list[str]:
    """Each offer of the batch with what is wanted, why, what is left alone, and where it stands.

    → the offers that are linked to another card than before.
    """
    skips: dict[str, list[dict[str, Any]]] = {}
    for skip in plan.skips:
        found = {"field": skip.field, "code": skip.code, "params": skip.params}
        skips.setdefault(skip.offer_id, []).append(found)
    of_offer: dict[str, list[Verdict]] = {}
    for (offer_id, _), verdict in verdicts.items():
        of_offer.setdefault(offer_id, []).append(verdict)
    traces = _traces(plan)
    rows, linked = [], []
    for offer_id, offer in batch.offers.items():
        link, wanted = batch.links[offer_id], plan.wanted.get(offer_id)
        standing = _standing(
            offer, skips.get(offer_id, []), of_offer.get(offer_id, []), under_way=bool(batch.open_fields[offer_id])
        )
        if link.card is not None and link.card != offer.card_id:
            linked.append(offer_id)
        rows.append(
            {
                "id": offer.pk,
                "card": link.card,
                "link_by": link.by,
                "link_code": link.problem.code if link.problem else "",
                "link_params": link.problem.params if link.problem else {"unit": link.unit},
                "revision": revision,
                "wanted_quantity": wanted.quantity if wanted else None,
                "wanted_prices": {name: stored_money(price) for name, price in wanted.prices.items()} if wanted else {},
                "trace": traces.get(offer_id, {}),
                "skips": skips.get(offer_id, []),
                **standing,
            }
        )
    with connection.cursor() as cursor:
        cursor.execute(_STORE, [json.dumps(rows, default=str), require_tenant_id()])
    return linked


def _traces(plan: OfferPlan) -> dict[str, dict[str, Any]]:
    """Where each wanted value comes from; a change's own trace also tells what it changes."""
    traces = {offer_id: dict(wanted.trace) for offer_id, wanted in plan.wanted.items()}
    for change in plan.changes:
        traces.setdefault(change.offer_id, {})[change.field] = change.trace
    stored: dict[str, dict[str, Any]] = msgspec.to_builtins(traces)
    return stored


def _standing(
    offer: Offer, skips: Sequence[dict[str, Any]], verdicts: Sequence[Verdict], *, under_way: bool
) -> dict[str, Any]:
    """The one word that a list shows of an offer: the worst of its fields."""
    by_standing = {verdict.standing: verdict for verdict in reversed(verdicts)}
    for standing, state in (
        ("stopped", State.ERROR),
        ("held", State.WAITING),
        ("rejected", State.WAITING),
        ("planned", State.WAITING),
    ):
        if verdict := by_standing.get(standing):  # type: ignore[call-overload]
            return _state(state, verdict.code, verdict.params)
    if under_way:
        return _state(State.WAITING)
    for skip in skips:
        if skip["field"] == WHOLE_OFFER or (skip["field"] == QUANTITY and offer.status not in ACTIVE):
            return _state(State.SKIPPED, skip["code"], skip["params"])
    if verdict := by_standing.get("held_by_allegro"):
        return _state(State.SENT, verdict.code, verdict.params)
    for skip in skips:
        if skip["code"] in NO_PRICE:
            # Nothing is wrong with what is shown, and it will not follow Pohoda until a person does something.
            return _state(State.SENT, skip["code"], skip["params"])
    return _state(State.SENT)


def _state(state: str, code: str = "", params: dict[str, str] | None = None) -> dict[str, Any]:
    return {"state": str(state), "code": code, "params": params or {}}
