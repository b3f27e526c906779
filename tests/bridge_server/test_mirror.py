"""The mirror: what is stored of full, changed, missing and unchanged exports, of whose, and what is told of it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection

from connectify.tenants.context import tenant_scope
from pohoda_bridge.server.mirror.models import MirrorRead, StockCard
from pohoda_bridge.server.mirror.selectors import cards, snapshot_of
from pohoda_bridge.server.models import Job
from tests.bridge_server.exports import Exporter, card
from tests.bridge_server.mirrors import Told, ids, read_of, stored


def writes() -> dict[str, tuple[int, int, int]]:
    """Rows inserted, updated and deleted in this transaction so far by table, as PostgreSQL counts them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, n_tup_ins, n_tup_upd, n_tup_del FROM pg_stat_xact_user_tables WHERE schemaname = 'public'"
        )
        return {name: (inserted, updated, deleted) for name, inserted, updated, deleted in cursor.fetchall()}


def test_the_first_export_stores_every_record_as_exported(pohoda: Exporter, told: Told) -> None:
    pohoda.cards(card(7, "NAR-7", name="Vrtačka", count="12.5", store="ZBOZI/Elektro"), card(9))

    counts = pohoda.export()

    with tenant_scope(pohoda.tenant_id):
        first = StockCard.objects.get(record_id=7)
        assert (first.unit_id, first.tenant_id) == (pohoda.unit.pk, pohoda.tenant_id)
        assert (first.code, first.name, first.ean, first.measure) == ("NAR-7", "Vrtačka", "8590000000007", "ks")
        assert (first.store, first.storage, first.kind) == ("ZBOZI", "ZBOZI/Elektro", "card")
        assert (first.count, first.reservation, first.vat_percent) == (Decimal("12.5"), Decimal(1), Decimal(21))
        assert (first.price, first.price_with_vat, first.levels) == (Decimal(349), True, {"Allegro": "290.5"})
        assert (first.is_sales, first.is_internet, first.missed) == (True, False, 0)
        assert cards(pohoda.unit).count() == 2
    assert set(stored(pohoda)) == {7, 9}
    assert counts["records"] == counts["changed"] == 2
    ((ico, rows, gone),) = told
    assert (ico, set(rows), gone) == ("12345678", set(ids(pohoda, 7, 9)), [])


def test_an_export_of_many_pages_is_read_one_page_at_a_time(pohoda: Exporter) -> None:
    pohoda.cards(*map(card, (1, 2, 5, 8, 9, 30, 31)))

    counts = pohoda.export()

    assert [page[:3] for page in pohoda.asked] == [("stock", 0, 3), ("stock", 6, 3), ("stock", 31, 3)]
    assert set(stored(pohoda)) == {1, 2, 5, 8, 9, 30, 31}
    assert (counts["pages"], counts["records"]) == (3, 7)


def test_a_last_page_that_is_just_full_is_followed_by_an_empty_one(pohoda: Exporter) -> None:
    pohoda.cards(*map(card, (1, 2, 3)))

    pohoda.export()

    assert [page[1] for page in pohoda.asked] == [0, 4]
    assert set(stored(pohoda)) == {1, 2, 3}


def test_the_answers_are_dropped_once_they_are_worked_in(pohoda: Exporter) -> None:
    pohoda.cards(card(1))
    pohoda.export()

    with tenant_scope(pohoda.tenant_id):
        assert list(Job.objects.filter(unit=pohoda.unit)) == []
    read = read_of(pohoda)
    assert (read.mode, read.jobs, read.began_at) == ("", [], None)


def test_an_unchanged_export_writes_nothing_but_the_row_of_its_read(pohoda: Exporter, told: Told) -> None:
    pohoda.cards(*map(card, range(1, 8)))
    pohoda.export()
    before, heard = writes(), len(told)

    counts = pohoda.export()

    changed = {name for name, made in writes().items() if made != before.get(name, (0, 0, 0))}
    assert changed <= {"pohoda_mirrorread", "pohoda_job", "sync_due", "sync_run"}
    assert (counts["records"], counts["changed"]) == (7, 0)
    assert len(told) == heard


def test_only_what_changed_is_written_and_told(pohoda: Exporter, told: Told) -> None:
    pohoda.cards(*map(card, range(1, 8)))
    pohoda.export()
    known = ids(pohoda, *range(1, 8))
    before = writes()["pohoda_stockcard"]

    pohoda.records["stock"][4] = card(4, count="3")
    pohoda.records["stock"][9] = card(9, "NEW")
    pohoda.export()

    inserted, updated, deleted = writes()["pohoda_stockcard"]
    assert (inserted - before[0], updated - before[1], deleted - before[2]) == (1, 1, 0)
    assert ids(pohoda, *range(1, 8)) == known
    assert stored(pohoda)[4] == ("C4", Decimal(3), 0)
    assert (set(told[-1][1]), told[-1][2]) == (set(ids(pohoda, 4, 9)), [])


def test_a_page_that_comes_again_is_looked_into_again_when_its_rows_are_no_longer_those(pohoda: Exporter) -> None:
    pohoda.cards(*map(card, range(1, 6)))
    pohoda.export()
    with tenant_scope(pohoda.tenant_id):
        StockCard.objects.filter(record_id=2).update(fingerprint=b"\x00" * 16, count=99)
        StockCard.objects.filter(record_id=5).delete()

    counts = pohoda.export()

    assert counts["changed"] == 2
    assert {number: row[1] for number, row in stored(pohoda).items()} == dict.fromkeys(range(1, 6), Decimal(5))


def test_a_record_missing_once_stays_and_missing_twice_is_gone(pohoda: Exporter, told: Told) -> None:
    pohoda.cards(*map(card, range(1, 6)))
    pohoda.export()
    (missing,) = ids(pohoda, 3)
    heard = len(told)

    del pohoda.records["stock"][3]
    pohoda.export()
    with tenant_scope(pohoda.tenant_id):
        assert cards(pohoda.unit).filter(record_id=3).exists()
    assert (stored(pohoda)[3][2], len(told)) == (1, heard)

    pohoda.export()
    with tenant_scope(pohoda.tenant_id):
        assert not cards(pohoda.unit).filter(record_id=3).exists()
    assert (stored(pohoda)[3][2], told[heard:]) == (2, [("12345678", [], [missing])])

    before = writes()["pohoda_stockcard"]
    pohoda.export()  # a record that is gone is not counted on
    assert (stored(pohoda)[3][2], len(told), writes()["pohoda_stockcard"]) == (2, heard + 1, before)


@pytest.mark.parametrize("absences", [1, 2])
def test_a_record_that_comes_back_counts_again(pohoda: Exporter, told: Told, absences: int) -> None:
    pohoda.cards(*map(card, range(1, 6)))
    pohoda.export()
    back = pohoda.records["stock"].pop(3)
    for _ in range(absences):
        pohoda.export()

    pohoda.records["stock"][3] = back
    pohoda.export()

    assert stored(pohoda)[3] == ("C3", Decimal(5), 0)
    assert told[-1] == ("12345678", ids(pohoda, 3), [])


def test_a_record_that_comes_back_changed_is_stored_as_it_is_now(pohoda: Exporter) -> None:
    pohoda.cards(*map(card, range(1, 6)))
    pohoda.export()
    del pohoda.records["stock"][3]
    pohoda.export()

    pohoda.records["stock"][3] = card(3, count="1")
    pohoda.export()

    assert stored(pohoda)[3] == ("C3", Decimal(1), 0)


def test_the_snapshot_tells_when_its_export_began(pohoda: Exporter) -> None:
    pohoda.cards(card(1))
    with tenant_scope(pohoda.tenant_id):
        assert snapshot_of(pohoda.unit) is None
    pohoda.turn()
    began = read_of(pohoda).began_at
    pohoda.answer()
    pohoda.turn()

    with tenant_scope(pohoda.tenant_id):
        snapshot = snapshot_of(pohoda.unit)
        row = StockCard.objects.get(unit=pohoda.unit)
    assert snapshot is not None
    assert (snapshot.began_at, snapshot.records, snapshot.is_held) == (began, 1, False)
    assert snapshot.complete_at > snapshot.began_at
    assert row.began_at == began


def test_the_next_export_comes_on_schedule(pohoda: Exporter) -> None:
    pohoda.cards(card(1))
    pohoda.export()
    asked = len(pohoda.asked)

    run = pohoda.turn()

    assert (len(pohoda.asked), pohoda.answer(), run.counts["pages"]) == (asked, 0, 0)
    read = read_of(pohoda)
    assert read.complete_began_at is not None
    assert read.next_at - read.complete_began_at == dt.timedelta(seconds=270)


def test_a_unit_nobody_subscribed_is_not_read(pohoda: Exporter) -> None:
    with tenant_scope(pohoda.tenant_id):
        MirrorRead.objects.all().delete()

    assert (pohoda.turn().counts, pohoda.answer()) == ({}, 0)
