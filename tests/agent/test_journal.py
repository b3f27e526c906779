"""The journal remembers what may be in Pohoda, or says that it cannot."""

import datetime as dt
import sqlite3

import pytest

from pohoda_bridge.agent.journal import FILE, Journal, JournalError, renew

NOW = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)


def test_intent_result_and_acknowledgement_survive_a_restart(journal, home):
    journal.intend("j1", "h1", now=NOW)
    assert journal.find("j1").state == "intent"
    journal.record("j1", b"{}", b"<xml/>", now=NOW)
    journal.close()
    again = Journal.open(home)
    entry = again.find("j1")
    assert (entry.state, entry.order_sha256, entry.result, entry.answer) == ("result", "h1", b"{}", b"<xml/>")
    again.acknowledge("j1", now=NOW)
    assert again.find("j1").state == "acked"
    assert again.open_entries() == ()
    again.close()


def test_open_entries_come_oldest_first(journal):
    for number in (2, 1):
        journal.intend(f"j{number}", "h", now=NOW + dt.timedelta(seconds=number))
    assert [entry.id for entry in journal.open_entries()] == ["j1", "j2"]


def test_one_id_has_one_intent_and_one_result(journal):
    journal.intend("j1", "h1", now=NOW)
    with pytest.raises(JournalError):
        journal.intend("j1", "h1", now=NOW)
    journal.record("j1", b"first", b"", now=NOW)
    with pytest.raises(JournalError):
        journal.record("j1", b"second", b"", now=NOW)
    assert journal.find("j1").result == b"first"


def test_a_result_without_intent_is_an_error(journal):
    with pytest.raises(JournalError):
        journal.record("j1", b"{}", b"", now=NOW)


def test_each_commit_is_synchronised_to_the_disk(journal):
    mode = journal._connection.execute("PRAGMA journal_mode").fetchone()[0]
    synchronous = journal._connection.execute("PRAGMA synchronous").fetchone()[0]
    assert (mode, synchronous) == ("wal", 2)


def test_only_what_was_acknowledged_long_ago_is_forgotten(journal):
    for job, acked in (("old", True), ("open", False)):
        journal.intend(job, "h", now=NOW)
        if acked:
            journal.acknowledge(job, now=NOW)
    journal.prune(now=NOW + dt.timedelta(days=29))
    assert journal.find("old") is not None
    journal.prune(now=NOW + dt.timedelta(days=31))
    assert journal.find("old") is None
    assert journal.find("open") is not None


def test_raw_answers_are_forgotten_a_day_after_the_acknowledgement(journal):
    for job in ("acked", "open"):
        journal.intend(job, "h", now=NOW)
        journal.record(job, b"{}", b"<xml/>", now=NOW)
    journal.acknowledge("acked", now=NOW)
    journal.prune(now=NOW + dt.timedelta(days=2))
    assert (journal.find("acked").result, journal.find("acked").answer) == (b"{}", b"")
    assert journal.find("open").answer == b"<xml/>"


def test_a_home_with_signs_in_its_name_works(tmp_path):
    odd = tmp_path / "a b#c%20?d ž"
    odd.mkdir()
    Journal.create(odd, now=NOW).close()
    Journal.open(odd).close()


def test_a_missing_journal_is_not_replaced_by_an_empty_one(home):
    with pytest.raises(JournalError):
        Journal.open(home)
    assert not (home / FILE).exists()


@pytest.mark.parametrize("damage", [b"", b"not a database" * 100])
def test_a_damaged_journal_is_refused(journal, home, damage):
    journal.close()
    (home / FILE).write_bytes(damage)
    with pytest.raises(JournalError):
        Journal.open(home)


def test_a_journal_with_a_damaged_page_is_refused(journal, home):
    for number in range(200):
        journal.intend(f"job-{number}", "h" * 64, now=NOW)
    journal.close()
    with sqlite3.connect(home / FILE) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    data = bytearray((home / FILE).read_bytes())
    data[-4096:-2048] = b"\xff" * 2048
    (home / FILE).write_bytes(data)
    with pytest.raises(JournalError):
        Journal.open(home)


def test_a_renewed_journal_keeps_the_old_one_beside_it_and_has_a_later_generation(journal, home):
    first = journal.generation
    journal.close()
    renewed = renew(home, now=NOW + dt.timedelta(days=1))
    assert renewed.generation > first
    assert list(home.glob(f"{FILE}.2026*"))
    renewed.close()
    with pytest.raises(JournalError):
        Journal.create(home, now=NOW)
