"""Exports under way: what is asked for, what happens when a page does not come, and how several agendas are read."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db.models.functions import Now

from connectify.dashboard.explanations import explain
from connectify.sync import runs
from connectify.sync.models import Quarantined, Run
from connectify.tenants.context import tenant_scope
from pohoda_bridge.protocol import JobFailed, ReadList
from pohoda_bridge.server.jobs import order_of, queue_job
from pohoda_bridge.server.mirror import listeners
from pohoda_bridge.server.mirror.models import Invoice, MirrorRead, OrderState
from pohoda_bridge.server.mirror.reading import PAGE_ATTEMPTS, PAGE_EXPIRES_S
from pohoda_bridge.server.mirror.selectors import snapshot_of
from pohoda_bridge.server.mirror.subscriptions import read_soon, subscribe, unsubscribe
from pohoda_bridge.server.models import Job, UnitYear
from pohoda_bridge.server.units import current_pin
from tests.bridge_server.exports import TODAY, Exporter, card, invoice, order
from tests.bridge_server.mirrors import Told, read_of, stored

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


def test_what_nobody_wants_any_more_is_not_read(pohoda: Exporter) -> None:
    pohoda.cards(card(1))
    pohoda.export()
    with tenant_scope(pohoda.tenant_id):
        unsubscribe(unit=pohoda.unit, agenda="stock")

    pohoda.turn()

    assert (jobs(pohoda), set(stored(pohoda))) == ([], {1})


def test_a_reading_can_be_asked_for_at_once(pohoda: Exporter) -> None:
    pohoda.cards(card(1))
    pohoda.export()
    with tenant_scope(pohoda.tenant_id):
        read_soon(unit=pohoda.unit, agenda="stock")

    pohoda.turn()

    assert pohoda.answer() == 1


def test_stock_is_asked_for_before_documents(pohoda: Exporter) -> None:
    with tenant_scope(pohoda.tenant_id):
        subscribe(unit=pohoda.unit, agenda="invoices", every_s=300)
        subscribe(unit=pohoda.unit, agenda="orders", scope=SYSTEM, every_s=300)
    pohoda.export()

    assert [page[0] for page in pohoda.asked] == ["stock", "orders", "invoices"]


# --- changes, documents ---------------------------------------------------------------------------------------------


def test_stock_with_a_full_interval_is_read_by_changes_in_between(pohoda: Exporter) -> None:
    with tenant_scope(pohoda.tenant_id):
        MirrorRead.objects.filter(unit=pohoda.unit).update(full_every_s=3600)
    pohoda.cards(*map(card, range(1, 4)))
    pohoda.export()

    pohoda.records["stock"][2] = card(2, count="1")
    pohoda.changed = {2}
    pohoda.stamp = "2026-11-23T12:05:00"
    pohoda.export()

    assert [page[3] for page in pohoda.asked] == ["", "", "2026-11-23T11:50:00"]
    assert {number: (int(row[1]), row[2]) for number, row in stored(pohoda).items()} == {
        1: (5, 0),
        2: (1, 0),
        3: (5, 0),
    }
    read = read_of(pohoda)
    assert (read.records, read.stamp) == (3, "2026-11-23T12:05:00")
    assert read.full_at < read.complete_began_at

    update(pohoda, full_at=read.full_at - dt.timedelta(hours=1))
    pohoda.changed = None
    pohoda.export()
    assert pohoda.asked[-1][3] == ""


def test_a_page_remembered_from_a_full_export_is_not_believed_after_changes(pohoda: Exporter) -> None:
    with tenant_scope(pohoda.tenant_id):
        MirrorRead.objects.filter(unit=pohoda.unit).update(full_every_s=3600)
    pohoda.cards(card(1), card(2))
    pohoda.export()
    pohoda.records["stock"][2] = card(2, count="1")
    pohoda.export()

    pohoda.records["stock"][2] = card(2)  # as it was in the full export, byte for byte
    update(pohoda, full_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    pohoda.export()

    assert int(stored(pohoda)[2][1]) == 5


@pytest.fixture
def documents(pohoda: Exporter) -> Exporter:
    """Orders of one account and invoices instead of stock."""
    with tenant_scope(pohoda.tenant_id):
        unsubscribe(unit=pohoda.unit, agenda="stock")
        subscribe(unit=pohoda.unit, agenda="orders", scope=SYSTEM, every_s=300)
        subscribe(unit=pohoda.unit, agenda="invoices", every_s=300)
    return pohoda


def orders(pohoda: Exporter) -> dict[int, tuple[str, bool, int]]:
    with tenant_scope(pohoda.tenant_id):
        rows = OrderState.objects.filter(unit=pohoda.unit)
        return {row.record_id: (row.ext_ids, row.is_executed, row.missed) for row in rows}


def test_orders_of_the_account_and_invoices_are_mirrored(documents: Exporter) -> None:
    heard: list[tuple[str, int]] = []
    listeners.on_changed("orders", lambda unit, rows, gone: heard.append(("orders", len(rows))))
    listeners.on_changed("invoices", lambda unit, rows, gone: heard.append(("invoices", len(rows))))
    documents.orders(order(1, "form-1"), order(2, ""), order(3, "form-3", system="eshop"), order(4, "form-4"))
    documents.invoices(invoice(8, "260100008"), invoice(9, "260100009"))

    documents.export()

    assert orders(documents) == {1: ("form-1", False, 0), 4: ("form-4", False, 0)}
    with tenant_scope(documents.tenant_id):
        found = Invoice.objects.get(record_id=9)
        assert (found.number, found.kind, found.sym_var) == ("260100009", "issuedInvoice", "260100009")
        assert found.date.isoformat() == TODAY
        assert OrderState.objects.get(record_id=4).ext_system == SYSTEM
        assert snapshot_of(documents.unit, "orders", SYSTEM) is not None
    assert sorted(heard) == [("invoices", 2), ("orders", 2)]


def test_documents_are_read_by_changes_and_each_hour_from_a_date_on(documents: Exporter) -> None:
    documents.orders(order(1, "form-1"), order(2, "form-2"))
    documents.export()
    documents.orders(order(1, "form-1", executed="true"), order(2, "form-2"))
    documents.changed = {1}
    documents.export()

    asked = [(since, date != "") for agenda, _, _, since, date in documents.asked if agenda == "orders"]
    assert asked == [("", True), ("2026-11-23T11:50:00", False)]
    assert orders(documents) == {1: ("form-1", True, 0), 2: ("form-2", False, 0)}


def everything_again(pohoda: Exporter) -> None:
    update(pohoda, full_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    pohoda.changed = None
    pohoda.export()


def test_a_deleted_order_is_gone_after_two_whole_exports_and_an_old_one_only_left_out(documents: Exporter) -> None:
    today = dt.date.fromisoformat(TODAY)
    documents.orders(
        order(1, "form-1"),
        order(2, "form-2"),
        order(3, "form-3", date=str(today - dt.timedelta(days=119))),
    )
    documents.export()
    with tenant_scope(documents.tenant_id):  # time goes by
        OrderState.objects.filter(record_id=3).update(date=today - dt.timedelta(days=200))
    documents.orders(order(2, "form-2"))

    everything_again(documents)
    everything_again(documents)

    assert {number: row[2] for number, row in orders(documents).items()} == {1: 2, 2: 0, 3: 0}


def test_no_order_is_nothing_to_ask_about_when_all_are_older_than_asked_for(documents: Exporter) -> None:
    documents.orders(order(1, "form-1"))
    documents.export()
    documents.orders()

    everything_again(documents)
    assert read_of(documents, "orders").held_code == "export_empty"

    with tenant_scope(documents.tenant_id):
        OrderState.objects.update(date=dt.date(2020, 1, 1))
    everything_again(documents)
    assert (read_of(documents, "orders").held_code, read_of(documents, "orders").records) == ("", 0)


# --- one bad record -------------------------------------------------------------------------------------------------


def put_aside(pohoda: Exporter) -> list[tuple[str, str, str]]:
    with tenant_scope(pohoda.tenant_id):
        rows = Quarantined.objects.order_by("subject_key")
        return [(row.subject_key.rpartition(":")[2], row.code, row.state) for row in rows]


def test_a_bad_record_is_put_aside_alone_and_taken_when_it_is_mended(pohoda: Exporter, told: Told) -> None:
    pohoda.cards(card(1), card(2), card(3))
    pohoda.export()

    pohoda.cards(card(1, count="1"), card(2, count="many"), card(3, count="3"), card(4, "X" * 65), card(5))
    pohoda.export()

    assert {number: int(row[1]) for number, row in stored(pohoda).items()} == {1: 1, 2: 5, 3: 3, 5: 5}
    assert put_aside(pohoda) == [("2", "record_unreadable", "open"), ("4", "record_unreadable", "open")]
    with tenant_scope(pohoda.tenant_id):
        row = Quarantined.objects.get(subject_key__endswith=":2")
        assert row.payload is not None
        assert b"<stk:count>many</stk:count>" in bytes(row.payload.body)
        assert explain(row.code, row.params).known

    pohoda.cards(card(1, count="1"), card(2, count="7"), card(3, count="3"), card(4), card(5))
    pohoda.export()

    assert {number: int(row[1]) for number, row in stored(pohoda).items()} == {1: 1, 2: 7, 3: 3, 4: 5, 5: 5}
    assert {state for _, _, state in put_aside(pohoda)} == {"solved"}


def test_a_bad_record_that_stays_bad_does_not_count_as_missing(pohoda: Exporter) -> None:
    pohoda.cards(card(1), card(2))
    pohoda.export()
    pohoda.cards(card(1), card(2, count="many"))
    pohoda.export()
    pohoda.export()

    assert stored(pohoda)[2][2] == 0
