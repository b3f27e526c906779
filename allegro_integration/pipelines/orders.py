"""Customer orders: Allegro's journal → inbox → plan → Pohoda → PROCESSING at Allegro.

orders.intake       per account   observe: journal, sweep for its gaps, forms; plan each with its snapshot
orders.create       per unit      apply and settle: one job per order for the agent; lookups after an unknown outcome
orders.acknowledge  per account   apply: PROCESSING right after Pohoda confirmed (ends the buyer's changes)
"""

from __future__ import annotations

import datetime as dt
import logging
from typing import Final

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import OperationalError
from django.db.models import F

from allegro_integration.client.api import AllegroApi, FormFilter
from allegro_integration.client.errors import FormNotUnderstood, NotFound, NotSent, Throttled
from allegro_integration.client.strict_json import read
from allegro_integration.connections import connect
from allegro_integration.domain.checkout import CheckoutForm
from allegro_integration.models import Account, InboxForm, Market, Order
from allegro_integration.pipelines.states import account_states, unit_states
from allegro_integration.services import imports, inbox, orders, settling, verification
from allegro_integration.services.acknowledge import Acknowledger
from allegro_integration.services.effect_runs import alone, doubtful, strand_lost
from allegro_integration.services.statuses.planning import note_form
from connectify.clock import now
from connectify.domain.crashpoints import crashpoint
from connectify.domain.errors import NeedsUser, Retryable
from connectify.sync import changes
from connectify.sync.leases import Lease, LeaseLost
from connectify.sync.pipelines import Pipeline
from pohoda_bridge.protocol import FindOrder, ImportOrder
from pohoda_bridge.server import outages
from pohoda_bridge.server.jobs import finished_jobs, mark_settled, operation_name
from pohoda_bridge.server.models import Unit
from pohoda_bridge.server.units import current_pin

logger = logging.getLogger(__name__)

EVENTS_PER_PAGE: Final = 1000
FORMS_PER_CYCLE: Final = 60
CHANGES_PER_CYCLE: Final = 50
CHANGES_IN_QUEUE: Final = 2000
FAILURES_PER_CYCLE: Final = 5
SWEEP_WINDOW: Final = dt.timedelta(hours=6)
SWEEP_OVERLAP: Final = dt.timedelta(minutes=15)
SWEEP_PAGES: Final = 10
SETTLED: Final = (operation_name(ImportOrder), operation_name(FindOrder))


# --- orders.intake --------------------------------------------------------------------------------------------------


def intake(lease: Lease) -> dict[str, int]:
    """One cycle of an account's orders."""
    with lease.transaction():
        account = Account.objects.select_related("connection").get(pk=lease.resource_id)
    with account_states(lease, account):
        connection = connect(account)
        connection.tokens.access()
        crashpoint("P1.s02.token_ok")
        api = connection.api
        events = _drain_journal(lease, account, api)
        # What is known to wait comes first: a long sweep must not keep it waiting.
        read = _read_forms(lease, account, api)
        found = _sweep(lease, account, api)
        replanned = _replan(lease, account)
    counts = {"events": events, "swept": found, "forms": read, "replanned": replanned}
    more = found > 0 or account.sweep_from is not None or max(read, replanned) == FORMS_PER_CYCLE
    return {**counts, "again_in_s": 0} if more else counts


def _drain_journal(lease: Lease, account: Account, api: AllegroApi) -> int:
    total = 0
    while True:
        lease.require(settings.ALLEGRO_CALL_S)
        moment = now()
        page = api.order_events(account.journal_cursor or None, EVENTS_PER_PAGE)
        crashpoint("P1.s03.page_fetched")
        if page.size:
            with lease.transaction():
                total += inbox.store_journal_page(account, page.events, cursor=page.cursor)
                inbox.note_odd_events(account, page.odd)
            crashpoint("P1.s04.events_stored")
        if page.size < EVENTS_PER_PAGE:
            with lease.transaction():
                inbox.note_drained(account, moment)
            return total


def _sweep(lease: Lease, account: Account, api: AllegroApi) -> int:
    """The journal has gaps: the list of what changed lately finds them (RELIABILITY R1).

    A few pages a cycle. The next cycle goes on by the time of the last form, not by its place in the list: places move
    while buyers act.
    """
    moment, since = now(), account.sweep_from
    before = {"sweep_from": since} if since else {"sweep_from__isnull": True}
    if since is None:
        if account.swept_at and moment - account.swept_at < dt.timedelta(seconds=settings.ALLEGRO_SWEEP_S):
            return 0
        # After an outage the window reaches back to the last sweep that was whole.
        since = min(moment - SWEEP_WINDOW, (account.swept_at or moment) - SWEEP_OVERLAP)
    filters = FormFilter(updated_from=since, sort="updatedAt")
    found, offset, pages, last = 0, 0, 0, since
    while True:
        lease.require(settings.ALLEGRO_CALL_S)
        page = api.checkout_forms(filters, offset)
        listed = [(row.id, (row.form.revision or "") if row.form else "") for row in page.forms if row.id]
        with lease.transaction():
            found += inbox.hint_changed(account, listed)
        offset, pages = offset + len(page.forms), pages + 1
        last = max([last, *(row.form.updated_at for row in page.forms if row.form and row.form.updated_at)])
        if not page.forms or offset >= page.total:
            account.swept_at, account.sweep_from = moment, None
            break
        if pages >= SWEEP_PAGES and last > since:
            account.sweep_from = last
            break
    with lease.transaction():
        # Somebody may have asked meanwhile to sweep from further back: the next turn does.
        Account.objects.filter(pk=account.pk, **before).update(swept_at=account.swept_at, sweep_from=account.sweep_from)
    return found


def _read_forms(lease: Lease, account: Account, api: AllegroApi) -> int:
    with lease.transaction():
        waiting = inbox.forms_to_read(account, limit=FORMS_PER_CYCLE)
    failures: list[Exception] = []
    for row in waiting:
        lease.require(settings.ALLEGRO_CALL_S)
        try:
            _read_form(lease, row, api)
        except (LeaseLost, NeedsUser, SoftTimeLimitExceeded, Throttled, NotSent, OperationalError):
            raise
        except Exception as error:  # noqa: BLE001 (whatever is wrong with this form, the others get their turn)
            logger.warning("form %s was not read: %r", row.form_id, error)
            with lease.transaction():
                inbox.note_failed(row, error)
            failures.append(error)
            if len(failures) >= FAILURES_PER_CYCLE:
                break
    if failures and len(failures) == len(waiting) and isinstance(failures[0], Retryable):
        raise failures[0]
    return len(waiting)


def _read_form(lease: Lease, row: InboxForm, api: AllegroApi) -> None:
    """One form, alone: whatever is wrong with it, the others go on."""
    try:
        form, raw = api.checkout_form(row.form_id)
    except NotFound:
        with lease.transaction():
            inbox.note_missing(row)
        return
    except FormNotUnderstood as error:
        with lease.transaction():
            inbox.note_unreadable(row, raw=error.raw, detail=error.detail)
        return
    crashpoint("P1.s05.form_fetched")
    with lease.transaction():
        if joint := inbox.taken_over_by(row, form.line_items):
            inbox.close_merged(row, by=joint)
            orders.supersede_merged(row.account_id, (row.form_id,), by=joint)
            return
        payload, is_new, replaced = inbox.store_form(row, form, raw)
        orders.supersede_merged(row.account_id, replaced, by=row.form_id)
        if is_new:
            orders.take_form(row, form, payload)
        note_form(row, form, is_new=is_new)
    crashpoint("P1.s06.snapshot_and_change")


def _replan(lease: Lease, account: Account) -> int:
    """Orders that wait are planned anew when their instance's settings or mappings changed."""
    with lease.transaction():
        stale = list(
            Order.objects.filter(form__account=account, state__in=[Order.State.WAITING, Order.State.ERROR])
            .filter(planned_settings_version__lt=F("instance__settings_version"))
            .exclude(pohoda_number__gt="")
            .select_related("form__raw", "form__account", "instance")[:FORMS_PER_CYCLE]
        )
    for order in stale:
        with lease.transaction():
            form = read(bytes(order.form.raw.body), CheckoutForm)
            market = Market.objects.select_related("instance", "unit", "account").get(instance=order.instance)
            orders.plan(order, form, market)
    return len(stale)


# --- orders.create --------------------------------------------------------------------------------------------------


def create(lease: Lease) -> dict[str, int]:
    """One cycle of a unit's orders: settle what the agent reported, queue what is planned, look up what is unknown."""
    with lease.transaction():
        unit = Unit.objects.select_related("connection").get(pk=lease.resource_id)
    settled, failures = _settle(lease, unit)
    with lease.transaction():
        pin = current_pin(unit)
        to_do = changes.to_do(
            resource_kind=lease.kind, resource_id=unit.pk, kinds=[orders.CREATE], limit=CHANGES_IN_QUEUE
        )
        planned = imports.without_live_job(to_do, limit=outages.room(unit.pk, CHANGES_PER_CYCLE))
    if planned:
        crashpoint("P2.s01.planned")
    for change in planned:
        with lease.transaction():
            imports.queue_import(change, unit, pin)
    with lease.transaction():
        unknown = changes.unknown(resource_kind=lease.kind, resource_id=unit.pk, kinds=[orders.CREATE])
        doubtful = [change for change in unknown if change.next_at <= now()]
        for change in doubtful[: outages.room(unit.pk, len(doubtful))]:
            imports.queue_lookup(change, unit, pin)
        for change in verification.to_verify(unit, limit=outages.room(unit.pk, CHANGES_PER_CYCLE)):
            imports.queue_lookup(change, unit, pin)
        unit_states(unit)
    if failures:
        raise failures[0]
    return {"settled": settled, "queued": len(planned), "unknown": len(unknown)}


def _settle(lease: Lease, unit: Unit) -> tuple[int, list[Exception]]:
    """Each result alone: one that cannot be worked in keeps no other waiting, and is shown as the run's error."""
    failures: list[Exception] = []
    with lease.transaction():
        jobs = finished_jobs(unit=unit, operations=SETTLED)
    for job in jobs:
        try:
            with lease.transaction():
                settling.settle_job(job)
                mark_settled(job)
        except (LeaseLost, OperationalError, SoftTimeLimitExceeded):
            raise
        except Exception as error:
            logger.exception("job %s was not settled", job.pk)
            failures.append(error)
            continue
        crashpoint("P2.s12.confirmed")
    return len(jobs), failures


# --- orders.acknowledge ---------------------------------------------------------------------------------------------


def acknowledge(lease: Lease) -> dict[str, int]:
    """Sets PROCESSING on orders that Pohoda has. Each effect: INTENT committed, one call, the outcome committed."""
    with lease.transaction():
        account = Account.objects.select_related("connection").get(pk=lease.resource_id)
        strand_lost(lease, orders.FULFILMENT)
        unknown = doubtful(lease, orders.FULFILMENT)
        planned = changes.to_do(
            resource_kind=lease.kind, resource_id=account.pk, kinds=[orders.FULFILMENT], limit=CHANGES_PER_CYCLE
        )
    if not unknown and not planned:
        return {"acknowledged": 0}
    with account_states(lease, account):
        acknowledger = Acknowledger(lease, account)
        alone(unknown, acknowledger.look_up)
        done = alone(planned, acknowledger.apply)
    return {"acknowledged": done}


PIPELINES: Final = (
    Pipeline("orders.intake", "allegro.account", intake, crash_points=("P1.s01.lease", "P1.s07.lease_released")),
    Pipeline("orders.acknowledge", "allegro.account", acknowledge),
    Pipeline("orders.create", "pohoda.unit", create),
)
