"""Edits of one offer: zero that ends it, and pieces with activation (and the new price) that bring it back.

Each is one PATCH. Allegro applies it at once, or takes it and tells a place to ask; an unknown outcome is looked up at
the offer itself.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any, Final

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.db.models.functions import Now

from allegro_integration.client.api import AllegroApi
from allegro_integration.client.errors import EditInProgress, NotFound, Refused, failure_of
from allegro_integration.client.messages import ApiError
from allegro_integration.client.offer_messages import Accepted, OfferPatch, Running
from allegro_integration.models import Account, CommandItem
from allegro_integration.services.offers import settling
from allegro_integration.services.offers.alone import each, is_not_sent
from allegro_integration.services.offers.commands import OPEN, sent
from allegro_integration.services.offers.ledger import ACCOUNT, KINDS, RESTART, SET_PRICE
from allegro_integration.services.offers.reading_back import ReaderBack, has_arrived
from allegro_integration.services.offers.scope import Scope
from allegro_integration.services.offers.storing import read_money
from connectify.clock import now
from connectify.domain.change import ChangeState
from connectify.domain.crashpoints import crashpoint
from connectify.domain.errors import ConnectifyError
from connectify.sync import many
from connectify.sync.changes import in_seconds, may_write_all
from connectify.sync.leases import Lease
from connectify.sync.models import Change

EDITS_PER_CYCLE: Final = 100
ASK_IN_S: Final = 5.0
DEADLINE: Final = dt.timedelta(minutes=60)
OPERATION: Final = "operation"


class Edits:
    """The edits of one account's run."""

    def __init__(self, lease: Lease, scope: Scope, api: AllegroApi) -> None:
        self._lease: Final = lease
        self._account: Final = scope.account
        self._ends_when_refused: Final = scope.end_when_refused
        self._api: Final = api
        self._reader: Final = ReaderBack(lease, scope.account, api)

    # --- sending --------------------------------------------------------------------------------------------------

    def send_all(self, edits: Sequence[list[Change]]) -> int:
        """→ how many Allegro has applied or taken."""
        return each(edits[:EDITS_PER_CYCLE], self._send)

    def _send(self, changes: Sequence[Change]) -> int:
        self._lease.require(settings.ALLEGRO_CALL_S)
        ids = [change.pk for change in changes]
        offer_id = changes[0].content["offer_id"]
        with self._lease.transaction():
            if not may_write_all(changes):
                return 0
            many.begin_many(ids, epoch=self._lease.epoch)
        crashpoint("P3.s07.intent")
        try:
            answer = self._api.patch_offer(offer_id, self._patch(changes), on_sent=sent)
        except (EditInProgress, NotFound, Refused) as error:
            self._not_taken(changes, error)
            return 0
        except ConnectifyError as error:
            with self._lease.transaction():
                if is_not_sent(error):
                    settling.not_sent(ids, code=error.code, detail=error.detail)
                else:
                    settling.unknown(ids, code=error.code, detail=error.detail)
            raise
        crashpoint("P3.s10.answered")
        with self._lease.transaction():
            if isinstance(answer, Accepted):
                _note_operation(ids, answer.location, answer.retry_after_s)
            elif answer.errors and changes[0].kind == RESTART:
                self._not_done(changes, answer.errors, _message(answer.errors))
            else:
                settling.confirm(dict.fromkeys(ids, ""), reads=True)
        return 1

    def _patch(self, changes: Sequence[Change]) -> OfferPatch:
        stock, activate, fields = None, False, dict[str, Any]()
        for change in changes:
            content = change.content
            if change.kind == SET_PRICE:
                price = read_money(content)
                if content["marketplace"] == self._account.base_marketplace:
                    fields["price"] = price
                else:
                    fields.setdefault("prices", {})[content["marketplace"]] = price
            else:
                stock, activate = content["quantity"], change.kind == RESTART
        return OfferPatch(stock=stock, activate=activate, **fields)

    def _not_taken(self, changes: Sequence[Change], error: ConnectifyError) -> None:
        """A complete answer that says no: not now, not so, or no such offer."""
        ids = [change.pk for change in changes]
        with self._lease.transaction():
            if isinstance(error, EditInProgress):
                settling.not_done(changes, "busy", detail=error.detail, ends_when_refused=self._ends_when_refused)
            elif isinstance(error, NotFound):
                settling.refuse(dict.fromkeys(ids, many.Told("offer_gone", error.detail)))
                settling.gone([changes[0].subject_id])
            else:
                errors = error.errors if isinstance(error, Refused) else ()
                self._not_done(changes, errors, str(error.params.get("user_message") or error.detail)[:500])

    def _not_done(self, changes: Sequence[Change], errors: Sequence[ApiError], words: str) -> None:
        why = failure_of(one.code for one in errors)
        settling.not_done(changes, why, detail=words, ends_when_refused=self._ends_when_refused)

    # --- accepted, not done ---------------------------------------------------------------------------------------

    def follow(self) -> int:
        """Asks after edits that Allegro took and had not applied yet. → how many offers were settled."""
        with self._lease.transaction():
            rows = self._open().filter(state=ChangeState.INTENT, proof__has_key=OPERATION, next_at__lte=Now())
            taken: dict[str, list[Change]] = {}
            for change in rows.order_by("next_at", "pk")[:EDITS_PER_CYCLE]:
                taken.setdefault(change.proof[OPERATION], []).append(change)
        return each(taken.items(), self._follow_one)

    def _follow_one(self, taken: tuple[str, list[Change]]) -> int:
        place, changes = taken
        ids = [change.pk for change in changes]
        self._lease.require(settings.ALLEGRO_CALL_S)
        try:
            answer = self._api.operation(place)
        except Refused as error:
            self._not_taken(changes, error)
            return 1
        except NotFound:
            with self._lease.transaction():
                settling.unknown(ids, code="operation_gone")
            return 0
        if not isinstance(answer, Running):
            shown = self._reader.shown(changes)
            crashpoint("P3.s12.read_back")
            with self._lease.transaction():
                settling.confirm({one: shown.get(one, "") for one in ids}, by_lookup=True)
            crashpoint("P3.s13.confirmed")
            return 1
        begun = changes[0].intent_at
        with self._lease.transaction():
            if begun is not None and now() - begun > DEADLINE:
                settling.unknown(ids, code="operation_deadline")
            else:
                _note_operation(ids, place, answer.retry_after_s)
        return 0

    # --- unknown --------------------------------------------------------------------------------------------------

    def look_up(self) -> int:
        """UNKNOWN: the offer itself says whether the edit arrived. → how many were decided."""
        with self._lease.transaction():
            rows = self._open().filter(state=ChangeState.UNKNOWN).order_by("intent_at", "pk")
            changes = list(rows[:EDITS_PER_CYCLE])
        if not changes:
            return 0
        shown = self._reader.shown(changes)
        with self._lease.transaction():
            arrived = {one.pk for one in changes if has_arrived(shown.get(one.pk, ""), one)}
            settling.confirm({one: shown[one] for one in arrived}, by_lookup=True)
            settling.not_applied([one.pk for one in changes if one.pk not in arrived])
        return len(changes)

    def next_question_in_s(self) -> float | None:
        """When an edit under way is to be asked after; None when none is."""
        with self._lease.transaction():
            rows = self._open().filter(state=ChangeState.INTENT, proof__has_key=OPERATION)
            first = rows.order_by("next_at").values_list("next_at", flat=True).first()
        return None if first is None else max(0.0, (first - now()).total_seconds())

    def _open(self) -> Any:
        return without_command(self._account)


def without_command(account: Account) -> Any:
    """Changes of the account's offers that no open command carries."""
    carried = CommandItem.objects.filter(change=OuterRef("pk"), command__state__in=OPEN)
    rows = Change.objects.filter(resource_kind=ACCOUNT, resource_id=account.pk, kind__in=KINDS)
    return rows.filter(~Exists(carried))


def strand(lease: Lease, account: Account) -> None:
    """Edits of earlier runs that were begun and not answered: nobody knows what came of them."""
    lost = without_command(account).filter(state=ChangeState.INTENT, epoch__lt=lease.epoch)
    settling.unknown(
        list(lost.exclude(proof__has_key=OPERATION).values_list("pk", flat=True)), code="interrupted"
    )  # fmt: skip


def _note_operation(ids: Sequence[uuid.UUID], place: str, wait_s: float | None) -> None:
    rows = Change.objects.filter(pk__in=ids, state=ChangeState.INTENT)
    rows.update(proof={OPERATION: place}, next_at=in_seconds(wait_s or ASK_IN_S))


def _message(errors: Sequence[ApiError]) -> str:
    said = (text for one in errors for text in (one.user_message, one.message, one.code) if text)
    return next(said, "")[:500]
