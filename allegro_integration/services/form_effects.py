"""One effect on a checkout form: INTENT committed, one call, the outcome committed. What all of them share.

A kind of effect (PROCESSING, a status, a parcel number, an invoice) says what it reads first, what is still to be done
as Allegro is now, how it is sent, and what proves that it arrived. Errors are classed by who must act; an order that
cannot go is alone.
"""

from __future__ import annotations

import abc
from collections import deque
from typing import Any, Final

from django.conf import settings

from allegro_integration.client.api import AllegroApi
from allegro_integration.client.calls import OnSent
from allegro_integration.client.errors import (
    FileExists,
    NotFound,
    NotSent,
    OutcomeUnknown,
    RevisionConflict,
    ScanRunning,
)
from allegro_integration.client.http import Exchange
from allegro_integration.connections import connect
from allegro_integration.domain.checkout import CheckoutForm
from allegro_integration.models import Account
from allegro_integration.services.effect_runs import wait
from allegro_integration.services.form_decisions import Ask, Decision, Drop, Go, Later, Points, Seen
from connectify.audit.services import record_event
from connectify.domain.change import Evidence
from connectify.domain.crashpoints import crashpoint
from connectify.domain.errors import Rejected, Retryable
from connectify.sync import changes
from connectify.sync.leases import Lease
from connectify.sync.models import Change, Payload
from connectify.sync.payloads import store_payload
from connectify.sync.quarantine import put

JSON: Final = "application/json"
MOST_ROUNDS: Final = 3
MOST_SCAN_WAITS: Final = 40
SCAN_WAIT_S: Final = 30
LONGEST_SCAN_WAIT_S: Final = 600
LOOK_AGAIN_S: Final = 60


class FormEffect(abc.ABC):
    """One kind of effect, for one account's run. Keeps the last exchange for the order's timeline."""

    kind: str
    points: Points = Points()
    calls = 2

    def __init__(self, lease: Lease, account: Account) -> None:
        self.lease: Final = lease
        self.account: Final = account
        self._last: Final[deque[Exchange]] = deque(maxlen=1)
        self.api: Final[AllegroApi] = connect(account, observer=self._last.append).api

    # --- what each kind says ----------------------------------------------------------------------------------------

    def look(self, change: Change) -> Seen:
        """Reads the form as it is now, before every decision (PITFALLS 6)."""
        return Seen(self.read_form(change))

    @abc.abstractmethod
    def decide(self, change: Change, seen: Seen) -> Decision:
        """Whether it is still to be done, as Allegro is now."""

    @abc.abstractmethod
    def send(self, change: Change, seen: Seen, on_sent: OnSent) -> dict[str, str]:
        """The one call. → its proof."""

    @abc.abstractmethod
    def proof_of(self, change: Change, seen: Seen) -> dict[str, str] | None:
        """What shows that an unknown effect arrived; None: it did not."""

    @abc.abstractmethod
    def confirmed(self, change: Change, proof: dict[str, str]) -> None:
        """Allegro has it: what follows, in the transaction of the confirmation."""

    @abc.abstractmethod
    def dropped(self, change: Change, seen: Seen, code: str) -> None:
        """Nothing was sent: what follows, in the transaction that says so."""

    @abc.abstractmethod
    def stopped(self, change: Change, code: str, detail: str) -> None:
        """It does not go on by itself: what a person sees, in the transaction that stops it."""

    # --- one change --------------------------------------------------------------------------------------------------

    def apply(self, change: Change) -> int:
        """A planned change. Returns 1 when Allegro has it now."""
        self.lease.require(self.calls * settings.ALLEGRO_CALL_S)
        try:
            seen = self.look(change)
        except Rejected as error:
            return self._hold(change, Ask(error.code, error.detail))
        with self.lease.transaction():
            decision = self.decide(change, seen)
        match decision:
            case Go():
                return self._effect(change, seen)
            case Drop(code=code):
                with self.lease.transaction():
                    changes.supersede(change.pk, code=code)
                    self.dropped(change, seen, code)
            case Later(code=code, wait_s=wait_s):
                with self.lease.transaction():
                    wait(change, code, wait_s)
            case Ask():
                return self._hold(change, decision)
        return 0

    def look_up(self, change: Change) -> None:
        """UNKNOWN: Allegro itself says whether it arrived."""
        self.lease.require(self.calls * settings.ALLEGRO_CALL_S)
        try:
            seen = self.look(change)
        except Rejected as error:
            with self.lease.transaction():
                wait(change, error.code, LOOK_AGAIN_S)
                self.stopped(change, error.code, error.detail)
            return
        with self.lease.transaction():
            proof = self.proof_of(change, seen)
            if proof is not None:
                changes.confirm(change.pk, evidence=Evidence.LOOKUP, proof=proof)
                self.confirmed(change, proof)
            elif change.attempt >= settings.SYNC_ATTEMPTS:
                changes.quarantine(change.pk, code="not_applied", detail=change.detail)
                self.stopped(change, "not_applied", change.detail)
            else:
                changes.back_to_planned(
                    change.pk, evidence=Evidence.LOOKUP, code="not_applied", detail="", retry_in_s=0
                )
        if proof is not None:
            _reach(self.points.confirmed)

    def read_form(self, change: Change) -> CheckoutForm | None:
        """None when Allegro no longer has it."""
        try:
            form, _ = self.api.checkout_form(change.content["form_id"])
        except NotFound:
            return None
        return form

    def note(self, change: Change, type_: str, data: dict[str, Any]) -> None:
        """A line of the order's timeline with the last exchange."""
        exchange = self._last[-1] if self._last else None
        record_event(
            type=type_,
            object_kind="order",
            object_id=change.subject_id,
            data={**data, "http": exchange.status if exchange else None},
            sent=_payload(exchange.sent) if exchange else None,
            received=_payload(exchange.received) if exchange else None,
        )

    # --- the call and its outcomes ----------------------------------------------------------------------------------

    def _effect(self, change: Change, seen: Seen) -> int:
        with self.lease.transaction():
            # Chosen a while ago, together with many others: a pause or a switch holds for it as well.
            if not changes.may_write(Change.objects.select_related("instance").get(pk=change.pk)):
                return 0
            changes.begin(change.pk, epoch=self.lease.epoch)
        _reach(self.points.intent)
        try:
            proof = self.send(change, seen, self._on_sent)
        except RevisionConflict as error:
            return self._again(change, error, MOST_ROUNDS, wait_s=0)
        except ScanRunning as error:
            rounds = int(change.content.get("round", 0))
            return self._again(change, error, MOST_SCAN_WAITS, wait_s=scan_wait(rounds))
        except FileExists as error:
            self._unknown(change, error)
            self.look_up(Change.objects.get(pk=change.pk))
            return 0
        except NotSent as error:
            with self.lease.transaction():
                changes.back_to_planned(
                    change.pk, evidence=Evidence.NOT_SENT, code=error.code, detail=error.detail, retry_in_s=30
                )
            raise
        except (OutcomeUnknown, Retryable) as error:
            self._unknown(change, error)
            raise
        except Rejected as error:
            with self.lease.transaction():
                changes.refuse(change.pk, code=error.code, detail=error.detail, proof={})
                self.stopped(change, error.code, error.detail)
            return 0
        _reach(self.points.answered)
        with self.lease.transaction():
            changes.confirm(change.pk, evidence=Evidence.ANSWER, proof=proof)
            self.confirmed(change, proof)
        _reach(self.points.confirmed)
        return 1

    def _on_sent(self) -> None:
        for point in self.points.sent:
            crashpoint(point)

    def _unknown(self, change: Change, error: Retryable) -> None:
        with self.lease.transaction():
            changes.mark_unknown(change.pk, code=error.code, detail=error.detail)

    def _hold(self, change: Change, ask: Ask) -> int:
        with self.lease.transaction():
            changes.hold(change.pk, code=ask.code, detail=ask.detail[:300])
            self.stopped(change, ask.code, ask.detail)
        return 0

    def _again(self, change: Change, error: Retryable, most: int, *, wait_s: float) -> int:
        """409: nothing was done, because the order changed meanwhile or is busy. Decided again, a few times."""
        rounds = int(change.content.get("round", 0)) + 1
        with self.lease.transaction():
            changes.refuse(change.pk, code=error.code, detail=error.detail, proof={})
            if rounds > most:
                self.stopped(change, error.code, error.detail)
                return 0
            again = changes.plan_change(
                instance=change.instance,
                kind=change.kind,
                key=change.key,
                subject_kind=change.subject_kind,
                subject_id=change.subject_id,
                resource_kind=change.resource_kind,
                resource_id=change.resource_id,
                content={**change.content, "round": rounds},
                trace=change.trace,
                revision=change.revision,
            )
            if wait_s:
                wait(again, error.code, wait_s)
        return 0


def scan_wait(rounds: int) -> float:
    """Seconds until Allegro is asked again about a scan: 30, 60 … at most 600."""
    return float(min(SCAN_WAIT_S * 2 ** min(rounds, 10), LONGEST_SCAN_WAIT_S))


def ask_person(change: Change, *, subject_kind: str, subject_key: str, code: str, **params: str) -> None:
    put(instance=change.instance, subject_kind=subject_kind, subject_key=subject_key, code=code, params=params)


def _payload(body: bytes) -> Payload | None:
    return store_payload(body, JSON) if body else None


def _reach(point: str) -> None:
    if point:
        crashpoint(point)
