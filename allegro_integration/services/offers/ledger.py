"""A plan's changes in the ledger: what is new is added, what is still wanted stays, what is not goes.

One field of one offer has at most one change that waits. Its content names the field, so that all of its changes can be
found; the revision in its key is the account's.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple, assert_never

import msgspec
from django.db import connection

from allegro_integration.domain.offer_values import (
    QUANTITY,
    Content,
    End,
    OfferPlan,
    PlannedChange,
    Restart,
    SetPrice,
    SetQuantity,
)
from allegro_integration.models import Offer
from allegro_integration.services.offers.scope import Scope
from allegro_integration.services.offers.snapshots import SUBJECT, Batch
from allegro_integration.services.offers.storing import stored_money
from connectify.domain.change import ChangeState, Evidence
from connectify.domain.fingerprint import fingerprint
from connectify.domain.money import Money
from connectify.domain.trace import Step
from connectify.sync import many
from connectify.sync.models import Change
from connectify.tenants.context import require_tenant_id

SET_QUANTITY: Final = "offer.quantity"
SET_PRICE: Final = "offer.price"
END: Final = "offer.end"
RESTART: Final = "offer.restart"
KINDS: Final = (SET_QUANTITY, SET_PRICE, END, RESTART)
ACCOUNT: Final = "allegro.account"

# Codes of a change that ended without its value being shown.
REJECTED: Final = "rejected_by_person"
HELD_BY_ALLEGRO: Final = "held_by_allegro"
ENDS_REFUSED: Final = "ends_because_refused"

S = ChangeState
WAITING: Final = (S.PLANNED, S.HELD)
STOPPED: Final = (S.REFUSED, S.QUARANTINED)


class Known(NamedTuple):
    """The latest change of one field of one offer."""

    id: uuid.UUID
    kind: str
    state: str
    evidence: str
    code: str
    detail: str
    digest: str
    is_approved: bool
    content: dict[str, Any]
    proof: dict[str, Any]


Key = tuple[str, str]  # offer id and field
Standing = Literal["planned", "held", "stopped", "rejected", "held_by_allegro"]


class Verdict(NamedTuple):
    """What became of one planned change: how it stands now, and the code and parameters that say so."""

    standing: Standing
    code: str = ""
    params: dict[str, str] = {}


@dataclass
class _Moves:
    """What a batch does to the ledger."""

    new: list[many.NewChange] = field(default_factory=list)
    superseded: list[uuid.UUID] = field(default_factory=list)
    lifted: list[uuid.UUID] = field(default_factory=list)
    held: dict[str, list[uuid.UUID]] = field(default_factory=dict)
    recaused: list[tuple[uuid.UUID, str, list[Any]]] = field(default_factory=list)


def reconcile(scope: Scope, batch: Batch, plan: OfferPlan, *, revision: int) -> dict[Key, Verdict]:
    """Brings the ledger to what the plan of this batch wants. In the transaction that stores the plan."""
    offers = batch.offers
    known = latest({offer.pk: offer.offer_id for offer in offers.values()})
    moves, verdicts = _Moves(), dict[Key, Verdict]()
    for change in plan.changes:
        key = (change.offer_id, change.field)
        offer = offers[change.offer_id]
        verdicts[key] = _decide(scope, offer, change, known.get(key), moves, revision)
    for key, before in known.items():
        if key not in verdicts and before.state in WAITING:
            moves.superseded.append(before.id)
    _carry_out(moves)
    return verdicts


def _decide(
    scope: Scope, offer: Offer, change: PlannedChange, before: Known | None, moves: _Moves, revision: int
) -> Verdict:
    content = content_of(change.content, change.field)
    digest = fingerprint(content)
    if before is not None and digest in (before.digest, before.content.get("instead")):
        if before.state in WAITING:
            return _keep(before, change, moves)
        if before.state in STOPPED:
            if scope.end_when_refused and _must_drop(offer, change.content) and "instead" not in before.content:
                _add(scope, offer, _ending_instead(change), _ending_content(change, digest), moves, revision)
                return Verdict("planned")
            return Verdict("stopped", "offer_refused", {"message": before.detail, "field": change.field})
        if (before.state, before.code) == (S.SUPERSEDED, REJECTED):
            return Verdict("rejected", REJECTED)
        if before.code == HELD_BY_ALLEGRO and before.proof.get("shown") == shown_value(offer, change.field):
            return Verdict("held_by_allegro", HELD_BY_ALLEGRO, {"field": change.field, **_params(before.proof)})
    if before is not None and before.state in WAITING:
        moves.superseded.append(before.id)
    _add(scope, offer, change, content, moves, revision)
    return _standing(change.held)


def _keep(before: Known, change: PlannedChange, moves: _Moves) -> Verdict:
    """The same content, planned again: only the guards may judge it differently, unless a person has approved it."""
    code = change.held[0].code if change.held else ""
    if before.state == S.PLANNED:
        if not code or before.is_approved or before.evidence == Evidence.PERSON:
            return Verdict("planned")
        moves.held.setdefault(code, []).append(before.id)
        moves.recaused.append((before.id, code, _trace(change)))
    elif not code:
        moves.lifted.append(before.id)
    elif code != before.code:
        moves.recaused.append((before.id, code, _trace(change)))
    return _standing(change.held)


def _standing(held: Sequence[Step]) -> Verdict:
    return Verdict("held", held[0].code, held[0].params) if held else Verdict("planned")


def _add(
    scope: Scope, offer: Offer, change: PlannedChange, content: dict[str, Any], moves: _Moves, revision: int
) -> None:
    moves.new.append(
        many.NewChange(
            instance_id=uuid.UUID(change.instance),
            kind=kind_of(change.content),
            key=f"{scope.account.ext_system}:{offer.offer_id}:{change.field}:{revision}",
            subject_kind=SUBJECT,
            subject_id=offer.pk,
            resource_kind=ACCOUNT,
            resource_id=scope.account.pk,
            content=content,
            trace=_trace(change),
            revision=revision,
            held=change.held[0].code if change.held else "",
        )
    )


def _carry_out(moves: _Moves) -> None:
    many.supersede_many(moves.superseded, code="newer_plan")
    many.lift_many(moves.lifted)
    for code, ids in sorted(moves.held.items()):
        many.hold_many(ids, code=code)
    for change_id, code, trace in moves.recaused:
        Change.objects.filter(pk=change_id).update(code=code, trace=trace)
    many.plan_many(moves.new)


def _trace(change: PlannedChange) -> list[Any]:
    """Where the value comes from, then what holds it."""
    steps: list[Any] = msgspec.to_builtins((*change.trace, *change.held))
    return steps


# --- contents -------------------------------------------------------------------------------------------------------


def kind_of(content: Content) -> str:
    match content:
        case SetQuantity():
            return SET_QUANTITY
        case SetPrice():
            return SET_PRICE
        case End():
            return END
        case Restart():
            return RESTART
        case _:
            assert_never(content)


def content_of(content: Content, field: str) -> dict[str, Any]:
    """As it is stored: amounts as text, so that equal values have equal fingerprints."""
    named = {"field": field, "offer_id": content.offer_id}
    match content:
        case SetQuantity(quantity=quantity) | Restart(quantity=quantity):
            return {**named, "quantity": quantity, "does": kind_of(content)}
        case SetPrice(marketplace=marketplace, amount=amount, currency=currency):
            return {**named, "marketplace": marketplace, **stored_money(Money(amount, currency))}
        case End():
            return {**named, "quantity": 0, "does": END}
        case _:
            assert_never(content)


def _must_drop(offer: Offer, content: Content) -> bool:
    match content:
        case End():
            return True
        case SetQuantity(quantity=quantity):
            return offer.stock is not None and quantity < offer.stock
        case _:
            return False


def _ending_content(change: PlannedChange, digest: str) -> dict[str, Any]:
    """Ends the offer by the publication command, which does not validate it; `instead` names what was refused."""
    return {**content_of(End(change.offer_id), change.field), "by": "command", "instead": digest}


def _ending_instead(change: PlannedChange) -> PlannedChange:
    """Fewer pieces could not be set, and more are shown than there are: not selling is the safe side (A10)."""
    return msgspec.structs.replace(
        change, content=End(change.offer_id), trace=(*change.trace, Step(ENDS_REFUSED)), held=()
    )


def shown_value(offer: Offer, field: str) -> str:
    """What Allegro shows of a field now, as text to compare with what it showed before."""
    if field == QUANTITY:
        return "" if offer.stock is None else str(offer.stock)
    price = offer.prices.get(field.partition(":")[2])
    return f"{price['amount']} {price['currency']}" if price else ""


def _params(proof: Mapping[str, Any]) -> dict[str, str]:
    return {"shown": str(proof.get("shown", "")), "sent": str(proof.get("sent", ""))}


# --- reading --------------------------------------------------------------------------------------------------------

# What was refused or rejected long ago may be tried again; the index leads to an offer's own changes.
_LATEST: Final = """
SELECT DISTINCT ON (subject_id, content->>'field') subject_id, content->>'field', id, kind, state, evidence, code,
  detail, content_sha256, trace->-1 ? 'approved', content, proof
FROM sync_change
WHERE tenant_id = %s AND subject_kind = %s AND subject_id = ANY(%s)
  AND (state IN ('planned', 'held', 'intent', 'unknown') OR planned_at > statement_timestamp() - interval '60 days')
ORDER BY subject_id, content->>'field', revision DESC, planned_at DESC
"""


def latest(offers: Mapping[uuid.UUID, str]) -> dict[Key, Known]:
    """The latest change of each field of these offers (row id → offer id)."""
    if not offers:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_LATEST, [require_tenant_id(), SUBJECT, list(offers)])
        rows = cursor.fetchall()
    known: dict[Key, Known] = {}
    for subject, name, *facts, content, proof in rows:
        known[offers[subject], name] = Known._make([*facts, _loaded(content), _loaded(proof)])
    return known


def _loaded(value: Any) -> dict[str, Any]:
    """Django leaves JSON of a raw query as text."""
    found: dict[str, Any] = msgspec.json.decode(value) if isinstance(value, str) else value
    return found
