"""What becomes of a change once it is known what Allegro did, in the ledger and on the offer's row.

A change that was INTENT is settled by the answer, one that was UNKNOWN by the lookup; what is settled already stays.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, assert_never

from django.db import connection

from allegro_integration.client.errors import Failure
from allegro_integration.models import Offer
from allegro_integration.services.offers.ledger import END, HELD_BY_ALLEGRO, RESTART, SET_PRICE, SET_QUANTITY
from connectify.domain.change import ChangeState, Evidence
from connectify.sync import many
from connectify.sync.changes import in_seconds
from connectify.sync.models import Change
from connectify.tenants.context import require_tenant_id

S, E = ChangeState, Evidence
RETRY_S: Final = 30.0
LONGEST_RETRY_S: Final = 1800.0
# Allegro is still busy with an earlier edit of the offer (RELIABILITY A8).
BUSY_WAITS_S: Final = (60, 180, 600, 1800)
# Fewer pieces cannot wait for Allegro to recover: refused after so many tries, they end the offer (RELIABILITY A10).
TRIES_TO_LOWER: Final = 3

_CONFIRMED: Final = """
UPDATE allegro_offer o SET confirmed_quantity = coalesce(r.quantity, o.confirmed_quantity),
  confirmed_prices = o.confirmed_prices || r.prices, ended_by_us = coalesce(r.ended, o.ended_by_us),
  status = CASE WHEN r.ended THEN 'ENDED' WHEN r.ended = false THEN 'ACTIVE' ELSE o.status END,
  stock = CASE WHEN r.ended IS NOT NULL AND NOT r.by_command THEN r.quantity ELSE o.stock END,
  refusals = 0, not_before = NULL, needs_plan = true, needs_reading = o.needs_reading OR r.reads
FROM jsonb_to_recordset(%s::jsonb) AS r(id uuid, quantity int, prices jsonb, ended boolean, by_command boolean,
  reads boolean)
WHERE o.tenant_id = %s AND o.id = r.id
"""


def open_of(changes: Iterable[uuid.UUID]) -> list[Change]:
    """Those that are still under way, locked in the order of their ids."""
    rows = Change.objects.select_for_update(of=("self",)).filter(pk__in=list(changes), state__in=(S.INTENT, S.UNKNOWN))
    return list(rows.order_by("pk"))


def confirm(shown: Mapping[uuid.UUID, str], *, by_lookup: bool = False, reads: bool = False) -> None:
    """Allegro has them. `shown`: what it shows now, by change; "" where that was not read.

    A price that Allegro took and does not show is held by a campaign or a rule: it is said, and not fought (A29).
    """
    changes = open_of(shown)
    _lock({change.subject_id for change in changes})
    for evidence, state in ((E.LOOKUP if by_lookup else E.ANSWER, S.INTENT), (E.LOOKUP, S.UNKNOWN)):
        told = {change.pk: _told(change, shown[change.pk]) for change in changes if change.state == state}
        many.confirm_many(told, evidence=evidence)
    _note_confirmed(changes, reads=reads)


def _told(change: Change, shown: str) -> many.Told:
    sent = sent_value(change)
    if change.kind == SET_PRICE and shown and shown != sent:
        return many.Told(HELD_BY_ALLEGRO, f"{sent} ≠ {shown}", {"sent": sent, "shown": shown})
    return many.Told(proof={"sent": sent, "shown": shown})


def sent_value(change: Change) -> str:
    """What the change sets, as text to compare with what is shown."""
    if change.kind == SET_PRICE:
        return f"{change.content['amount']} {change.content['currency']}"
    return str(change.content.get("quantity", 0))


def _note_confirmed(changes: Sequence[Change], *, reads: bool) -> None:
    rows: dict[uuid.UUID, dict[str, Any]] = {}
    for change in changes:
        empty = {"id": change.subject_id, "quantity": None, "prices": {}, "ended": None, "by_command": False}
        row = rows.setdefault(change.subject_id, {**empty, "reads": reads})
        content = change.content
        if change.kind == SET_PRICE:
            row["prices"][content["marketplace"]] = {"amount": content["amount"], "currency": content["currency"]}
        else:
            row["quantity"] = content["quantity"]
        if change.kind in (END, RESTART):
            row["ended"], row["by_command"] = change.kind == END, content.get("by") == "command"
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(_CONFIRMED, [json.dumps(list(rows.values()), default=str), require_tenant_id()])


def refuse(reasons: Mapping[uuid.UUID, many.Told]) -> None:
    """Allegro says no, in its own words. What was unknown is put aside for a person: a lookup cannot refuse it."""
    changes = open_of(reasons)
    _lock({change.subject_id for change in changes})
    many.refuse_many({one.pk: reasons[one.pk] for one in changes if one.state == S.INTENT})
    many.quarantine_many({one.pk: reasons[one.pk] for one in changes if one.state == S.UNKNOWN})
    _decide_anew(changes)


def unknown(ids: Iterable[uuid.UUID], *, code: str, detail: str = "") -> None:
    """Bytes left and no whole answer came: a lookup decides."""
    many.mark_unknown_many([one.pk for one in open_of(ids) if one.state == S.INTENT], code=code, detail=detail[:300])


def not_sent(ids: Sequence[uuid.UUID], *, code: str, detail: str, retry_in_s: float = RETRY_S) -> None:
    """No byte left: they go again."""
    many.back_to_planned_many(
        list(ids), evidence=E.NOT_SENT, code=code, detail=detail[:300], retry_in_s=retry_in_s
    )  # fmt: skip


def not_applied(ids: Iterable[uuid.UUID], *, code: str = "not_applied", detail: str = "", wait_s: float = 0) -> None:
    """Allegro was asked and does not have them: they go again, ever later the oftener they were tried."""
    changes = open_of(ids)
    many.mark_unknown_many([one.pk for one in changes if one.state == S.INTENT], code=code, detail=detail[:300])
    by_attempt: dict[int, list[uuid.UUID]] = {}
    for change in changes:
        by_attempt.setdefault(change.attempt, []).append(change.pk)
    for attempt, batch in by_attempt.items():
        retry_in_s = wait_s or (0.0 if attempt <= 1 else min(RETRY_S * 2 ** (attempt - 2), LONGEST_RETRY_S))
        many.back_to_planned_many(batch, evidence=E.LOOKUP, code=code, detail=detail[:300], retry_in_s=retry_in_s)
    _decide_anew(changes)


def not_done(changes: Sequence[Change], failure: Failure, *, detail: str, ends_when_refused: bool) -> None:
    """A complete answer that says no. What says nothing against the value goes again; the rest is for a person."""
    over: set[uuid.UUID] = set()
    match failure:
        case "busy":
            first = {change.subject_id: change for change in reversed(changes)}
            for _offer, change in sorted(first.items()):
                busy(change, detail=detail)
            rest = {change.pk for change in changes} - {change.pk for change in first.values()}
            not_applied(rest, code="edit_in_progress", detail=detail)
        case "passing":
            over = _tried_to_lower(changes) if ends_when_refused else over
            not_applied({change.pk for change in changes} - over, code="allegro_down", detail=detail)
        case "refused":
            over = {change.pk for change in changes}
        case _:
            assert_never(failure)
    refuse(dict.fromkeys(over, many.Told("refused", detail)))


def _tried_to_lower(changes: Iterable[Change]) -> set[uuid.UUID]:
    """Changes to fewer pieces that were tried often enough. An end by command is what refusing them would lead to."""
    often = [one for one in changes if one.kind in (SET_QUANTITY, END) and one.attempt >= TRIES_TO_LOWER]
    stocks = dict(Offer.objects.filter(pk__in={one.subject_id for one in often}).values_list("pk", "stock"))
    lower = {one.pk for one in often if one.content["quantity"] < (stocks[one.subject_id] or 0)}
    return lower - {one.pk for one in often if one.content.get("by") == "command"}


def busy(change: Change, *, detail: str) -> None:
    """409: an earlier edit of this offer still runs. Its answer says that ours was not taken; later again."""
    offer = Offer.objects.select_for_update().get(pk=change.subject_id)
    wait_s = BUSY_WAITS_S[min(offer.refusals, len(BUSY_WAITS_S) - 1)]
    Offer.objects.filter(pk=offer.pk).update(refusals=offer.refusals + 1, not_before=in_seconds(wait_s))
    not_applied([change.pk], code="edit_in_progress", detail=detail, wait_s=wait_s)


def gone(offers: Iterable[uuid.UUID]) -> None:
    """Allegro does not know these offers any more."""
    _lock(set(offers))
    Offer.objects.filter(pk__in=list(offers)).update(**GONE)
    waiting = Change.objects.filter(subject_kind="offer", subject_id__in=list(offers), state__in=(S.PLANNED, S.HELD))
    many.supersede_many(list(waiting.values_list("pk", flat=True)), code="offer_gone")


GONE: Final[dict[str, Any]] = {
    "state": Offer.State.SUPERSEDED, "code": "offer_gone", "params": {}, "needs_plan": False, "needs_reading": False,
}  # fmt: skip


def _decide_anew(changes: Iterable[Change]) -> None:
    offers = Offer.objects.filter(pk__in={one.subject_id for one in changes}, needs_plan=False)
    offers.exclude(state=Offer.State.SUPERSEDED).update(needs_plan=True)


def _lock(offers: set[uuid.UUID]) -> None:
    """Rows of offers are locked in the order of their ids, as everywhere."""
    list(Offer.objects.select_for_update().filter(pk__in=offers).order_by("pk").values_list("pk"))
