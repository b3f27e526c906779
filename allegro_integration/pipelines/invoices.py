"""Invoices of orders: found in Pohoda (with the statuses' plan) → printed → checked → attached at Allegro → scanned.

invoices.print  per unit      jobs for the agent; settles what came back: the PDF is checked before anything leaves
invoices.push   per account   record, then file, each an effect after reading the form and its invoices; then the scan
"""

from __future__ import annotations

import logging
from typing import Final

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import OperationalError

from allegro_integration.models import Account
from allegro_integration.pipelines.states import account_states
from allegro_integration.services.effect_runs import alone, doubtful, is_any_open, strand_lost
from allegro_integration.services.invoices import printing, scanning
from allegro_integration.services.invoices.documents import FILE, RECORD
from allegro_integration.services.invoices.sending import FileEffect, RecordEffect
from connectify.domain.crashpoints import crashpoint
from connectify.domain.errors import NeedsUser
from connectify.sync import changes
from connectify.sync.leases import Lease, LeaseLost
from connectify.sync.models import Change
from connectify.sync.pipelines import Pipeline
from pohoda_bridge.server.jobs import finished_jobs, mark_settled
from pohoda_bridge.server.models import Job, Unit
from pohoda_bridge.server.units import current_pin

logger = logging.getLogger(__name__)

INVOICES: Final = "invoices"
PRINTS_AT_ONCE: Final = 20
SETTLED_PER_CYCLE: Final = 10  # each may hold 3 MB
CHANGES_PER_CYCLE: Final = 30
CHECK_S: Final = 40.0


# --- invoices.print -------------------------------------------------------------------------------------------------


def print_invoices(lease: Lease) -> dict[str, int]:
    """One cycle of a unit's prints."""
    with lease.transaction():
        unit = Unit.objects.select_related("connection").get(pk=lease.resource_id)
        jobs = finished_jobs(unit=unit, operations=[printing.PRINT], limit=SETTLED_PER_CYCLE)
        if not jobs and not printing.is_any_under_way(unit):
            return {}
    failures: list[Exception] = []
    for job in jobs:
        try:
            _settle(lease, job)
        except (LeaseLost, OperationalError, SoftTimeLimitExceeded):
            raise
        except Exception as error:
            logger.exception("job %s was not settled", job.pk)
            failures.append(error)
    with lease.transaction():
        printing.give_back_lost(unit)
        printing.forget_late(unit)
        to_print = printing.documents_to_print(unit, limit=max(0, printing.room(unit, PRINTS_AT_ONCE)))
        pin = current_pin(unit) if to_print else None
    for document in to_print:
        assert pin is not None
        with lease.transaction():
            printing.queue_print(document, unit, pin)
    if failures:
        raise failures[0]
    counts = {"printed": len(jobs), "queued": len(to_print)}
    return {**counts, "again_in_s": 0} if len(jobs) == SETTLED_PER_CYCLE else counts


def _settle(lease: Lease, job: Job) -> None:
    """The PDF is looked into outside the transaction: that takes a moment, and nobody waits for it."""
    lease.require(min(CHECK_S, settings.SYNC_LEASE_S / 2))
    with lease.transaction():
        expected = printing.expected_of(job)
    checked = printing.check(job, expected)
    with lease.transaction():
        printing.settle_print(job, checked)
        mark_settled(job)
    if checked.pdf:
        crashpoint("P5.s06.stored_and_checked")


# --- invoices.push --------------------------------------------------------------------------------------------------


def push(lease: Lease) -> dict[str, int]:
    """One cycle of an account's invoices."""
    with lease.transaction():
        account = Account.objects.select_related("connection").get(pk=lease.resource_id)
        strand_lost(lease, RECORD, FILE)
    with account_states(lease, account, INVOICES):
        counts = _send(lease, account)
    with lease.transaction():
        next_s = scanning.next_ask_in_s(account)
    if counts["sent"]:
        return {**counts, "again_in_s": 0}
    return counts if next_s is None else {**counts, "again_in_s": int(next_s) + 1}


def _send(lease: Lease, account: Account) -> dict[str, int]:
    with lease.transaction():
        to_ask = scanning.documents_to_ask(account, limit=CHANGES_PER_CYCLE)
        if not to_ask and not is_any_open(lease, RECORD, FILE):
            if account.needs_reauth_since is not None:
                raise NeedsUser("reauth")
            return {"sent": 0, "accepted": 0}
        unknown = {kind: doubtful(lease, kind) for kind in (RECORD, FILE)}
    records, files = RecordEffect(lease, account), FileEffect(lease, account)
    # What was begun is finished first: an order takes its next invoice only then.
    accepted = alone(to_ask, lambda document: scanning.ask(lease, records.api, document))
    alone(unknown[FILE], files.look_up)
    alone(unknown[RECORD], records.look_up)
    with lease.transaction():
        planned = _to_do(lease, RECORD)
    sent = alone(planned, records.apply)
    with lease.transaction():
        planned = _to_do(lease, FILE)
    return {"sent": sent + alone(planned, files.apply), "accepted": accepted}


def _to_do(lease: Lease, kind: str) -> list[Change]:
    return changes.to_do(resource_kind=lease.kind, resource_id=lease.resource_id, kinds=[kind], limit=CHANGES_PER_CYCLE)


PIPELINES: Final = (
    Pipeline("invoices.print", "pohoda.unit", print_invoices),
    Pipeline("invoices.push", "allegro.account", push),
)
