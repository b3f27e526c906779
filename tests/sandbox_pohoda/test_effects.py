"""Effects reach the ledger exactly once, also when the process ends between the commit and the ledger's line."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from connectify.sandbox.ledger import Ledger
from pohoda_bridge.sandbox.database import Database, record_effect, select


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with closing(Database(tmp_path / "unit.sqlite3")) as opened:
        yield opened


def test_a_committed_effect_reaches_the_ledger_at_the_next_start_once(tmp_path: Path, database: Database) -> None:
    with database.writing() as connection:
        record_effect(connection, "order.created", "allegro:sandbox:42/1", {"id": 1})
    ledger = Ledger(tmp_path, "pohoda")
    database.flush_effects(ledger)
    database.flush_effects(ledger)
    ledger.close()
    again = Ledger(tmp_path, "pohoda")
    assert [(e["kind"], e["data"]["id"]) for e in again.entries()] == [("order.created", 1)]
    again.close()


def test_an_effect_whose_line_was_written_before_the_kill_is_not_written_again(
    tmp_path: Path, database: Database
) -> None:
    with database.writing() as connection:
        record_effect(connection, "order.created", "k", {"id": 1})
        (pending,) = select(connection, "SELECT * FROM _effects")
    ledger = Ledger(tmp_path, "pohoda")
    database.flush_effects(ledger)
    with database.writing() as connection:
        connection.execute("INSERT INTO _effects VALUES (?, ?, ?, ?)", tuple(pending.values()))
    database.flush_effects(ledger, after_restart=True)
    assert len(ledger.entries()) == 1
    with database.reading() as connection:
        assert select(connection, "SELECT * FROM _effects") == []
    ledger.close()


def test_a_transaction_that_fails_has_no_effect(tmp_path: Path, database: Database) -> None:
    ledger = Ledger(tmp_path, "pohoda")
    try:
        with database.writing() as connection:
            record_effect(connection, "order.created", "k", {"id": 1})
            raise RuntimeError("the disk is full")
    except RuntimeError:
        database.flush_effects(ledger)
    assert ledger.entries() == []
    ledger.close()
