"""What the agent did, durably: INTENT before a write leaves, RESULT before it is reported (RELIABILITY M5).

SQLite, WAL, synchronous=FULL. Only enrolment makes a journal. One that is missing or unreadable later stops writes and
is never replaced by an empty one, which would forget what may be in Pohoda: a person decides about that (`renew`).
"""

from __future__ import annotations

import datetime as dt
import secrets
import sqlite3
from pathlib import Path
from typing import Final, Literal

from msgspec import Struct

FILE: Final = "journal.sqlite3"
KEPT_DAYS: Final = 30
ANSWER_KEPT_DAYS: Final = 1

_SCHEMA: Final = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE job (
    id TEXT PRIMARY KEY,
    order_sha256 TEXT NOT NULL,
    intent_at TEXT NOT NULL,
    result_at TEXT,
    result BLOB,
    answer BLOB,
    acked_at TEXT
) STRICT;
"""


class JournalError(Exception):
    """The journal cannot be trusted or written: no write may leave."""


class Entry(Struct, frozen=True, kw_only=True):
    """One write. `result` = the JSON of a JobResult, None as long as only the intent is known."""

    id: str
    order_sha256: str
    state: Literal["intent", "result", "acked"]
    result: bytes | None = None
    answer: bytes = b""


class Journal:
    """All methods raise JournalError. `generation` rises with each journal of a home."""

    def __init__(self, connection: sqlite3.Connection, generation: str) -> None:
        self._connection = connection
        self.generation = generation

    @classmethod
    def create(cls, home: Path, *, now: dt.datetime) -> Journal:
        """The first journal of a home: made whole under another name, so that a crash leaves nothing half-made."""
        file, unfinished = home / FILE, home / f"{FILE}.new"
        if file.exists():
            raise JournalError(f"{file} exists")
        try:
            unfinished.unlink(missing_ok=True)
            connection = sqlite3.connect(unfinished, isolation_level=None)
            connection.executescript(_SCHEMA)
            generation = f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(6)}"
            connection.execute("INSERT INTO meta VALUES ('generation', ?)", (generation,))
            connection.close()
            unfinished.chmod(0o600)
            unfinished.rename(file)
        except (sqlite3.Error, OSError) as error:
            raise JournalError(str(error)) from error
        return cls.open(home)

    @classmethod
    def open(cls, home: Path) -> Journal:
        """Opens an existing journal after checking its integrity."""
        connection = None
        try:
            connection = _connect(home / FILE)
            damage = connection.execute("PRAGMA integrity_check").fetchone()[0]
            generation = connection.execute("SELECT value FROM meta WHERE name = 'generation'").fetchone()[0]
            connection.execute("SELECT id, order_sha256, intent_at, result, answer, acked_at FROM job LIMIT 1")
        except (sqlite3.Error, TypeError) as error:
            if connection is not None:
                connection.close()
            raise JournalError(f"{home / FILE}: {error}") from error
        if damage != "ok":
            connection.close()
            raise JournalError(f"{home / FILE}: {damage}")
        return cls(connection, generation)

    def close(self) -> None:
        self._connection.close()

    def find(self, job_id: str) -> Entry | None:
        rows = self._read("SELECT id, order_sha256, result, answer, acked_at FROM job WHERE id = ?", (job_id,))
        return _entry(rows[0]) if rows else None

    def open_entries(self) -> tuple[Entry, ...]:
        """Everything the platform has not acknowledged, oldest first."""
        columns = "id, order_sha256, result, answer, acked_at"
        rows = self._read(f"SELECT {columns} FROM job WHERE acked_at IS NULL ORDER BY intent_at", ())  # noqa: S608
        return tuple(_entry(row) for row in rows)

    def intend(self, job_id: str, order_sha256: str, *, now: dt.datetime) -> None:
        """Durable when it returns. A second intent of one id is an error."""
        self._write(
            "INSERT INTO job (id, order_sha256, intent_at) VALUES (?, ?, ?)", (job_id, order_sha256, now.isoformat())
        )

    def record(self, job_id: str, result: bytes, answer: bytes, *, now: dt.datetime) -> None:
        """The first result stands for ever."""
        self._write(
            "UPDATE job SET result = ?, answer = ?, result_at = ? WHERE id = ? AND result IS NULL",
            (result, answer, now.isoformat(), job_id),
        )

    def acknowledge(self, job_id: str, *, now: dt.datetime) -> None:
        self._write("UPDATE job SET acked_at = ? WHERE id = ? AND acked_at IS NULL", (now.isoformat(), job_id), 0)

    def prune(self, *, now: dt.datetime) -> None:
        """Forgets what was acknowledged long ago, buyers' data first; what was not acknowledged stays."""
        limit = (now - dt.timedelta(days=ANSWER_KEPT_DAYS)).isoformat()
        self._write("UPDATE job SET answer = NULL WHERE acked_at < ? AND answer IS NOT NULL", (limit,), 0)
        limit = (now - dt.timedelta(days=KEPT_DAYS)).isoformat()
        self._write("DELETE FROM job WHERE acked_at < ?", (limit,), 0)

    def _read(self, sql: str, values: tuple[str, ...]) -> list[tuple[str, str, bytes | None, bytes | None, str | None]]:
        try:
            return self._connection.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise JournalError(str(error)) from error

    def _write(self, sql: str, values: tuple[str | bytes, ...], at_least: int = 1) -> None:
        try:
            changed = self._connection.execute(sql, values).rowcount
        except sqlite3.Error as error:
            raise JournalError(str(error)) from error
        if changed < at_least:
            raise JournalError(f"nothing was changed: {values[-1]!r}")


def renew(home: Path, *, now: dt.datetime) -> Journal:
    """Puts an untrusted journal aside and begins the next generation: a person's decision, once all was looked up."""
    for name in (FILE, f"{FILE}-wal", f"{FILE}-shm"):
        if (home / name).exists():
            (home / name).rename(home / f"{name}.{now:%Y%m%dT%H%M%S}")
    return Journal.create(home, now=now)


def _connect(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(f"{file.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None, timeout=10)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    return connection


def _entry(row: tuple[str, str, bytes | None, bytes | None, str | None]) -> Entry:
    job_id, order_sha256, result, answer, acked_at = row
    state: Literal["intent", "result", "acked"] = "intent" if result is None else "acked" if acked_at else "result"
    return Entry(id=job_id, order_sha256=order_sha256, state=state, result=result, answer=answer or b"")
