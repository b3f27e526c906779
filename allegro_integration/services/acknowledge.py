"""PROCESSING at Allegro, right after Pohoda confirmed an order. Each call is an effect with INTENT before it."""

from __future__ import annotations

from collections import deque
from typing import Final

from django.conf import settings

from allegro_integration.client.api import AllegroApi
from allegro_integration.client.errors import (
    NotFound,
    NotSent,
    OutcomeUnknown,
    Refused,
    RevisionConflict,
)
from allegro_integration.client.http import Exchange
from allegro_integration.connections import connect
from allegro_integration.domain.checkout import CheckoutForm
from allegro_integration.models import Account
from allegro_integration.services.orders import FULFILMENT, ORDER
from connectify.audit.services import record_event
from connectify.domain.change import Evidence
from connectify.domain.errors import Rejected, Retryable
from connectify.sync import changes
from connectify.sync.leases import Lease
from connectify.sync.models import Change, Payload
from connectify.sync.payloads import store_payload
from connectify.sync.quarantine import put

BEFORE_PROCESSING: Final = frozenset({"", "NEW"})
MOST_ROUNDS: Final = 3
JSON: Final = "application/json"


def strand_lost(lease: Lease) -> None:
    """An INTENT of an older epoch lost its worker: nobody knows what came of it."""
    changes.strand(resource_kind=lease.kind, resource_id=lease.resource_id, kinds=[FULFILMENT], epoch=lease.epoch)


class Acknowledger:
    """Sets PROCESSING for one account's run, and keeps the last exchange for the order's timeline."""

    def __init__(self, lease: Lease, account: Account) -> None:
        self._lease: Final = lease
        self._last: Final[deque[Exchange]] = deque(maxlen=1)
        self._api: Final[AllegroApi] = connect(account, observer=self._last.append).api

    def apply(self, change: Change) -> int:
        """One change. Returns 1 when Allegro has it now."""
        self._lease.require(2 * settings.ALLEGRO_CALL_S)
        try:
            form = self._read(change)
        except Rejected as error:
            return self._give_to_a_person(change, error.code, error.detail)
        if form is None or not _is_before_processing(form):
            return self._settle_without_sending(change, form)
        with self._lease.transaction():
            changes.begin(change.pk, epoch=self._lease.epoch)
        try:
            self._api.set_fulfillment(change.content["form_id"], "PROCESSING", form.revision)
        except RevisionConflict as error:
            return self._decide_again(change, error, form.revision or "")
        except Refused as error:
            return self._refused(change, error)
        except NotSent as error:
            with self._lease.transaction():
                changes.back_to_planned(
                    change.pk, evidence=Evidence.NOT_SENT, code=error.code, detail=error.detail, retry_in_s=30
                )
            raise
        except (OutcomeUnknown, Retryable) as error:
            with self._lease.transaction():
                changes.mark_unknown(change.pk, code=error.code, detail=error.detail)
            raise
        with self._lease.transaction():
            changes.confirm(change.pk, evidence=Evidence.ANSWER, proof={"revision": form.revision or ""})
            self._note(change)
        return 1

    def look_up(self, change: Change) -> None:
        """UNKNOWN: the order itself says whether the status arrived."""
        self._lease.require(settings.ALLEGRO_CALL_S)
        try:
            form = self._read(change)
        except Rejected as error:
            with self._lease.transaction():
                _ask_a_person(change, error.code, error.detail)
            return
        with self._lease.transaction():
            if form is None or not _is_before_processing(form):
                proof = {"status": _fulfilment(form) if form else "gone"}
                changes.confirm(change.pk, evidence=Evidence.LOOKUP, proof=proof)
                self._note(change)
            else:
                changes.back_to_planned(
                    change.pk, evidence=Evidence.LOOKUP, code="not_applied", detail="", retry_in_s=0
                )

    def _read(self, change: Change) -> CheckoutForm | None:
        try:
            form, _ = self._api.checkout_form(change.content["form_id"])
        except NotFound:
            return None
        return form

    def _settle_without_sending(self, change: Change, form: CheckoutForm | None) -> int:
        code = "gone" if form is None else "cancelled" if form.status == "CANCELLED" else "further_already"
        with self._lease.transaction():
            changes.supersede(change.pk, code=code)
        return 0

    def _give_to_a_person(self, change: Change, code: str, detail: str) -> int:
        with self._lease.transaction():
            changes.hold(change.pk, code=code, detail=detail[:300])
            _ask_a_person(change, code, detail)
        return 0

    def _refused(self, change: Change, error: Refused) -> int:
        with self._lease.transaction():
            changes.refuse(change.pk, code=error.code, detail=error.detail, proof={})
            _ask_a_person(change, "processing_refused", error.detail)
        return 0

    def _decide_again(self, change: Change, error: RevisionConflict, stale_revision: str) -> int:
        """409: the order changed meanwhile. It is read and decided again, a few times (RELIABILITY A7)."""
        rounds = int(change.content.get("round", 0)) + 1
        with self._lease.transaction():
            changes.refuse(change.pk, code=error.code, detail=error.detail, proof={})
            if rounds > MOST_ROUNDS:
                _ask_a_person(change, "processing_refused", error.detail)
                return 0
            changes.plan_change(
                instance=change.instance,
                kind=change.kind,
                key=change.key,
                subject_kind=change.subject_kind,
                subject_id=change.subject_id,
                resource_kind=change.resource_kind,
                resource_id=change.resource_id,
                content={**change.content, "round": rounds, "after_revision": stale_revision},
            )
        return 0

    def _note(self, change: Change) -> None:
        exchange = self._last[-1] if self._last else None
        record_event(
            type="order.processing_set",
            object_kind=ORDER,
            object_id=change.subject_id,
            data={"status": "PROCESSING", "http": exchange.status if exchange else None},
            sent=_payload(exchange.sent) if exchange else None,
            received=_payload(exchange.received) if exchange else None,
        )


def _ask_a_person(change: Change, code: str, detail: str) -> None:
    put(
        instance=change.instance,
        subject_kind=ORDER,
        subject_key=str(change.subject_id),
        code=code,
        params={"detail": detail[:300]},
    )


def _payload(body: bytes) -> Payload | None:
    return store_payload(body, JSON) if body else None


def _is_before_processing(form: CheckoutForm) -> bool:
    return form.status != "CANCELLED" and _fulfilment(form) in BEFORE_PROCESSING


def _fulfilment(form: CheckoutForm) -> str:
    return (form.fulfillment.status or "") if form.fulfillment else ""
