"""The SQLite file that holds everything the sandbox knows. One connection, used from the event loop alone.

Each transaction is durable against a kill of the process; its effects reach the ledger right after the commit.
"""

import json
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from connectify.sandbox.ledger import Ledger, utc_now

SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS client (
    id TEXT PRIMARY KEY, secret TEXT NOT NULL, redirect_uris TEXT NOT NULL, scopes TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS seller (id TEXT PRIMARY KEY, data TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS offer (id TEXT PRIMARY KEY, seller TEXT NOT NULL, data TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS form (
    id TEXT PRIMARY KEY, seller TEXT NOT NULL, status TEXT, marketplace TEXT, bought_at TEXT, updated_at TEXT,
    data TEXT NOT NULL, complete TEXT, hidden_reads INTEGER NOT NULL DEFAULT 0, merged_into TEXT);
CREATE INDEX IF NOT EXISTS form_of_seller ON form (seller, bought_at);
CREATE TABLE IF NOT EXISTS event (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE NOT NULL, seller TEXT NOT NULL, type TEXT NOT NULL,
    occurred_at TEXT NOT NULL, data TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS event_of_seller ON event (seller, seq);
CREATE TABLE IF NOT EXISTS access_token (
    jti TEXT PRIMARY KEY, seller TEXT NOT NULL, client TEXT NOT NULL, scopes TEXT NOT NULL, expires_at TEXT NOT NULL,
    alive INTEGER NOT NULL DEFAULT 1);
CREATE TABLE IF NOT EXISTS refresh_token (
    hash TEXT PRIMARY KEY, seller TEXT NOT NULL, client TEXT NOT NULL, scopes TEXT NOT NULL, expires_at TEXT NOT NULL,
    used_at TEXT, alive INTEGER NOT NULL DEFAULT 1);
CREATE TABLE IF NOT EXISTS code (
    code TEXT PRIMARY KEY, seller TEXT NOT NULL, client TEXT NOT NULL, scopes TEXT NOT NULL, redirect_uri TEXT NOT NULL,
    challenge TEXT NOT NULL, expires_at TEXT NOT NULL, used INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS device (
    device_code TEXT PRIMARY KEY, user_code TEXT UNIQUE NOT NULL, client TEXT NOT NULL, seller TEXT, decision TEXT,
    expires_at TEXT NOT NULL, polled_at TEXT);
CREATE INDEX IF NOT EXISTS offer_of_seller ON offer (seller, id);
CREATE INDEX IF NOT EXISTS offer_activating ON offer (json_extract(data, '$.active_at'));
CREATE TABLE IF NOT EXISTS offer_event (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE NOT NULL, seller TEXT NOT NULL, type TEXT NOT NULL,
    occurred_at TEXT NOT NULL, data TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS offer_event_of_seller ON offer_event (seller, seq);
CREATE TABLE IF NOT EXISTS operation (
    id TEXT PRIMARY KEY, offer TEXT NOT NULL, seller TEXT NOT NULL, created_at TEXT NOT NULL, due_at TEXT NOT NULL,
    body TEXT NOT NULL, state TEXT NOT NULL DEFAULT 'WAITING', error TEXT);
CREATE INDEX IF NOT EXISTS operation_waiting ON operation (state, due_at);
CREATE INDEX IF NOT EXISTS operation_of_offer ON operation (offer, state);
CREATE TABLE IF NOT EXISTS command (
    id TEXT PRIMARY KEY, seller TEXT NOT NULL, kind TEXT NOT NULL, created_at TEXT NOT NULL, due_at TEXT,
    reported_at TEXT, completed_at TEXT, blind_reads INTEGER NOT NULL DEFAULT 0, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS command_due ON command (completed_at, due_at);
CREATE TABLE IF NOT EXISTS command_task (
    command TEXT NOT NULL, seq INTEGER NOT NULL, offer TEXT NOT NULL, status TEXT NOT NULL DEFAULT 'NEW', error TEXT,
    PRIMARY KEY (command, seq));
CREATE TABLE IF NOT EXISTS invoice (
    id TEXT PRIMARY KEY, form TEXT NOT NULL, seller TEXT NOT NULL, number TEXT, name TEXT NOT NULL,
    created_at TEXT NOT NULL, content BLOB, uploaded_at TEXT, verified_at TEXT, verdict TEXT);
CREATE INDEX IF NOT EXISTS invoice_of_form ON invoice (form, created_at);
CREATE TABLE IF NOT EXISTS shipment (
    id TEXT PRIMARY KEY, form TEXT NOT NULL, seller TEXT NOT NULL, waybill TEXT NOT NULL, data TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS shipment_of_form ON shipment (form);
CREATE INDEX IF NOT EXISTS shipment_by_waybill ON shipment (waybill);
"""


class State:
    """Rows, a clock that the control routes can move, and the effects waiting for the commit."""

    def __init__(self, path: Path, ledger: Ledger) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")  # it must survive a kill, not a loss of power
        self._connection.executescript(SCHEMA)
        self._ledger = ledger
        self._effects: list[tuple[str, str, dict[str, Any]]] = []
        self.signing_key = self._signing_key().encode()

    def close(self) -> None:
        self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            self._effects.clear()
            raise
        self._connection.execute("COMMIT")
        effects, self._effects = self._effects, []
        for kind, key, data in effects:
            self._ledger.applied(kind, key, data)

    def applied(self, kind: str, key: str, data: dict[str, Any]) -> None:
        """Note an effect of the transaction in force; it is written to the ledger once that is committed."""
        self._effects.append((kind, key, data))

    def run(self, sql: str, *values: Any) -> None:
        self._connection.execute(sql, values)

    def row(self, sql: str, *values: Any) -> sqlite3.Row | None:
        row: sqlite3.Row | None = self._connection.execute(sql, values).fetchone()
        return row

    def rows(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        return self._connection.execute(sql, values).fetchall()

    def meta(self, key: str, default: Any = None) -> Any:
        row = self.row("SELECT value FROM meta WHERE key = ?", key)
        return default if row is None else json.loads(row["value"])

    def set_meta(self, key: str, value: Any) -> None:
        self.run("INSERT OR REPLACE INTO meta VALUES (?, ?)", key, json.dumps(value))

    def next_number(self, key: str) -> int:
        """The next of a lasting sequence, from 1."""
        number = int(self.meta(key, 0)) + 1
        self.set_meta(key, number)
        return number

    def now(self) -> datetime:
        return utc_now() + timedelta(seconds=float(self.meta("clock_offset", 0)))

    def advance_clock(self, seconds: float) -> None:
        self.set_meta("clock_offset", float(self.meta("clock_offset", 0)) + seconds)

    def _signing_key(self) -> str:
        key = self.meta("signing_key")
        if key is None:
            key = secrets.token_hex(32)
            self.set_meta("signing_key", key)
        return str(key)


def timestamp(moment: datetime) -> str:
    """A moment as Allegro writes it: UTC with milliseconds and Z."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
