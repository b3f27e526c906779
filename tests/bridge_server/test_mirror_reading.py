"""Exports under way: what is asked for, what happens when a page does not come, and how several agendas are read."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db.models.functions import Now

from connectify.dashboard.explanations import explain
from connectify.sync import runs
from connectify.sync.models import Run
from connectify.tenants.context import tenant_scope
from pohoda_bridge.protocol import JobFailed, ReadList
from pohoda_bridge.server.jobs import order_of, queue_job
from pohoda_bridge.server.mirror import listeners
from pohoda_bridge.server.mirror.models import MirrorRead
from pohoda_bridge.server.mirror.reading import PAGE_ATTEMPTS, PAGE_EXPIRES_S
from pohoda_bridge.server.mirror.subscriptions import subscribe
from pohoda_bridge.server.models import Job, UnitYear
from pohoda_bridge.server.units import current_pin
from tests.bridge_server.exports import Exporter, card
from tests.bridge_server.mirrors import read_of, stored

# What the agent may say of a list (its mServer module and its worker).
FAILURES = {
    *("mserver_off", "mserver_busy", "mserver_unreadable", "denied", "wrong_unit", "not_allowed", "expired"),
    *("list_refused", "list_unreadable", "list_cut"),
    *("lookup_deadline", "lookup_broken", "lookup_too_big", "lookup_encoded"),
}
OFF = JobFailed(code="mserver_off", detail="no answer")
SYSTEM = "allegro:custom:44"


def update(pohoda: Exporter, **fields: Any) -> None:
    with tenant_scope(pohoda.tenant_id):
        MirrorRead.objects.filter(unit=pohoda.unit).update(**fields)


def jobs(pohoda: Exporter) -> list[Job]:
    with tenant_scope(pohoda.tenant_id):
        return list(Job.objects.filter(unit=pohoda.unit).order_by("created_at"))


# --- one page after the other ---------------------------------------------------------------------------------------


def test_a_page_is_a_read_that_waits_behind_writes_and_expires(pohoda: Exporter) -> None:
    pohoda.turn()

    (job,) = jobs(pohoda)
    operation = order_of(job).operation
    assert isinstance(operation, ReadList)
    assert (operation.agenda, operation.pin.ico, operation.pin.year) == ("stock", "12345678", 2026)
    assert (job.operation, job.is_write, job.priority, job.change_id) == ("read_list", False, 6, None)
    assert job.expires_at - job.created_at == dt.timedelta(seconds=PAGE_EXPIRES_S)
    read = read_of(pohoda)
    assert (read.mode, len(read.jobs)) == ("full", 1)
    assert read.began_at <= job.created_at


def test_a_turn_without_an_answer_asks_for_nothing_more(pohoda: Exporter) -> None:
    pohoda.turn()
    before = read_of(pohoda).jobs

    pohoda.turn()

    assert (len(jobs(pohoda)), read_of(pohoda).jobs) == (1, before)


def test_an_export_that_cannot_begin_says_why_and_is_begun_again_later(pohoda: Exporter) -> None:
    failed: list[str] = []
    listeners.on_failed(lambda unit, read: failed.append(read.failed_code))
    pohoda.cards(card(1))
    pohoda.results = [OFF]
    pohoda.turn()
    pohoda.answer()

    run = pohoda.turn()

    read = read_of(pohoda)
    assert (read.mode, read.jobs, read.attempts) == ("", [], 1)
    assert (read.failed_code, read.failed_detail, failed) == ("mserver_off", "no answer", ["mserver_off"])
    assert run.counts["pages"] == 0
    pohoda.export()
    read = read_of(pohoda)
    assert (read.failed_code, read.failed_at, read.attempts, set(stored(pohoda))) == ("", None, 0, {1})


def test_a_page_that_fails_is_asked_for_again_and_the_export_goes_on(pohoda: Exporter) -> None:
    pohoda.cards(*map(card, range(1, 6)))
    pohoda.turn()
    pohoda.answer()
    pohoda.turn()
    began = read_of(pohoda).began_at
    pohoda.results = [OFF]
    pohoda.answer()
    pohoda.turn()

    read = read_of(pohoda)
    assert (read.failed_code, read.attempts, [page["job"] != "" for page in read.jobs]) == (
        "mserver_off",
        1,
        [True, False],
    )
    pohoda.export()
    assert [page[1] for page in pohoda.asked] == [0, 4, 4]
    assert (set(stored(pohoda)), read_of(pohoda).complete_began_at) == ({1, 2, 3, 4, 5}, began)


def test_an_export_whose_page_never_comes_is_begun_anew(pohoda: Exporter) -> None:
    pohoda.cards(*map(card, range(1, 6)))
    pohoda.turn()
    pohoda.answer()
    pohoda.turn()
    for _ in range(PAGE_ATTEMPTS):
        pohoda.results = [OFF]
        update(pohoda, next_at=Now())
        pohoda.turn()
        pohoda.answer()
        pohoda.turn()

    assert (read_of(pohoda).mode, read_of(pohoda).jobs) == ("", [])
    pohoda.export()
    assert [page[1] for page in pohoda.asked] == [0, *[4] * PAGE_ATTEMPTS, 0, 4]
    assert set(stored(pohoda)) == {1, 2, 3, 4, 5}


def test_a_page_that_is_too_much_is_asked_for_in_halves(pohoda: Exporter) -> None:
    pohoda.cards(*map(card, range(1, 7)))
    pohoda.results = [JobFailed(code="lookup_too_big")]
    pohoda.turn()
    pohoda.answer()
    pohoda.turn()
    assert read_of(pohoda).failed_code == "lookup_too_big"

    pohoda.export()

    assert [page[1:3] for page in pohoda.asked] == [(0, 3), (0, 1), *((start, 1) for start in range(2, 8))]
    assert set(stored(pohoda)) == set(range(1, 7))


@pytest.mark.parametrize("code", sorted(FAILURES))
def test_every_failure_of_a_page_has_a_sentence(code: str) -> None:
    assert explain(code, {"detail": "x"}).known


def test_a_page_nobody_fetched_in_time_counts_as_failed(pohoda: Exporter) -> None:
    pohoda.turn()
    with tenant_scope(pohoda.tenant_id):
        Job.objects.update(state=Job.State.EXPIRED)

    pohoda.turn()

    assert (read_of(pohoda).mode, read_of(pohoda).failed_code) == ("", "expired")


def test_a_new_year_during_an_export_begins_it_anew(pohoda: Exporter) -> None:
    pohoda.cards(*map(card, range(1, 6)))
    pohoda.turn()
    pohoda.answer()
    with tenant_scope(pohoda.tenant_id):
        UnitYear.objects.filter(unit=pohoda.unit).update(year=2027, database="new_2027.mdb")

    pohoda.turn()

    (job,) = [job for job in jobs(pohoda) if job.state == Job.State.WAITING]
    operation = order_of(job).operation
    assert isinstance(operation, ReadList)
    assert (operation.pin.year, len(read_of(pohoda).jobs)) == (2027, 1)


def test_a_unit_without_a_year_asks_for_nothing(pohoda: Exporter) -> None:
    with tenant_scope(pohoda.tenant_id):
        UnitYear.objects.filter(unit=pohoda.unit).delete()

    assert runs.run_resource("pohoda.unit", pohoda.unit.pk, only_due=False)

    with tenant_scope(pohoda.tenant_id):
        run = Run.objects.get(resource_id=pohoda.unit.pk)
    assert (run.outcome, run.code, jobs(pohoda)) == (Run.Outcome.NEEDS_USER, "no_current_year", [])


def test_what_came_too_late_is_dropped_and_forgotten_after_a_day(pohoda: Exporter) -> None:
    pohoda.turn()
    with tenant_scope(pohoda.tenant_id):
        Job.objects.update(state=Job.State.EXPIRED)
    pohoda.turn()
    with tenant_scope(pohoda.tenant_id):
        Job.objects.update(answer=b"late")
        queue_job(
            unit=pohoda.unit, operation=ReadList(pin=current_pin(pohoda.unit), agenda="stock", pack_id="x", item_id="y")
        )

    pohoda.turn()
    late = [(job.state, bytes(job.answer)) for job in jobs(pohoda)]
    with tenant_scope(pohoda.tenant_id):
        Job.objects.filter(state=Job.State.EXPIRED).update(created_at=Now() - dt.timedelta(days=1, seconds=1))
    pohoda.turn()

    assert late[0] == (Job.State.EXPIRED, b"")
    assert [job.state for job in jobs(pohoda)] == [state for state, _ in late[1:]]


# --- who wants what -------------------------------------------------------------------------------------------------


def test_the_shortest_wish_of_several_holds(pohoda: Exporter) -> None:
    with tenant_scope(pohoda.tenant_id):
        subscribe(unit=pohoda.unit, agenda="stock", every_s=60)
        read = subscribe(unit=pohoda.unit, agenda="stock", every_s=900)
        assert MirrorRead.objects.filter(unit=pohoda.unit).count() == 1
    assert (read.every_s, read.full_every_s) == (60, 0)


def test_stock_is_asked_for_before_documents(pohoda: Exporter) -> None:
    with tenant_scope(pohoda.tenant_id):
        subscribe(unit=pohoda.unit, agenda="invoices", every_s=300)
        subscribe(unit=pohoda.unit, agenda="orders", scope=SYSTEM, every_s=300)
    pohoda.export()

    assert [page[0] for page in pohoda.asked] == ["stock", "orders", "invoices"]
