"""Exports of what changed, of documents from a date on, and with records that cannot be read."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from connectify.dashboard.explanations import explain
from connectify.sync.models import Quarantined
from connectify.tenants.context import tenant_scope
from pohoda_bridge.server.mirror import listeners
from pohoda_bridge.server.mirror.models import Invoice, MirrorRead, OrderState
from pohoda_bridge.server.mirror.selectors import snapshot_of
from pohoda_bridge.server.mirror.subscriptions import subscribe
from tests.bridge_server.exports import TODAY, Exporter, card, invoice, order
from tests.bridge_server.mirrors import Told, read_of, stored

SYSTEM = "allegro:custom:44"


def update(pohoda: Exporter, **fields: Any) -> None:
    with tenant_scope(pohoda.tenant_id):
        MirrorRead.objects.filter(unit=pohoda.unit).update(**fields)


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
        MirrorRead.objects.filter(unit=pohoda.unit).delete()
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


def test_a_byte_that_is_no_letter_spoils_its_own_record_alone(pohoda: Exporter) -> None:
    pohoda.cards(card(1), card(2, name="?bad?"), card(3))
    pohoda.spoil = lambda answer: answer.replace(b"?bad?", b"\x81")

    pohoda.export()

    assert set(stored(pohoda)) == {1, 3}
    assert put_aside(pohoda) == [("2", "record_unreadable", "open")]
