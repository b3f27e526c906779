"""The unit's database: a SQLite file whose tables and columns are named as in Pohoda (`schema.txt`)."""

import json
import sqlite3
import threading
import uuid
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from decimal import Decimal
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from connectify.sandbox.ledger import Ledger

Row = dict[str, Any]
Connection = sqlite3.Connection

SQL_TYPES = {"int": "INTEGER", "bit": "BIT", "float": "REAL", "money": "MONEY", "text": "TEXT", "datetime": "TEXT"}
USER_FIELD_PREFIXES = ("VPr", "RefVPr")
INDEXED = (
    ("OBJ", "Cislo"),
    ("OBJpol", "RefAg"),
    ("XML", "IDS"),
    ("XMLpol", "IDS"),
    ("XMLpol", "RelID"),
    ("sExtID", "IDS"),
    ("sExtID", "RefDocID"),
    ("SKz", "IDS"),
    ("SKz", "EAN"),
    ("SKzCn", "RefAg"),
    ("FApol", "RefPol"),
    ("FApol", "RefAg"),
    ("SKPVpol", "RefPol"),
    ("SKPVpol", "RefAg"),
    ("RefPolToPol", "RefPol"),
    ("RefPolToPol", "RefPol1"),
    ("Zasilky", "RelID"),
)
CENT = Decimal("0.01")

sqlite3.register_converter("BIT", lambda raw: raw not in (b"0", b""))
sqlite3.register_converter("MONEY", lambda raw: Decimal(raw.decode()))


class UnknownColumn(ValueError):
    """A row names a table or column that a unit database does not have."""


@cache
def load_schema() -> dict[str, dict[str, str]]:
    """Table -> column -> type, as `schema.txt` lists them."""
    schema: dict[str, dict[str, str]] = {}
    columns: dict[str, str] = {}
    for line in files("pohoda_bridge.sandbox").joinpath("schema.txt").read_text("utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        if not line.startswith(" "):
            columns = schema[line.strip()] = {}
            continue
        columns.update(part.split(":", 1) for part in line.split())  # type: ignore[misc]
    return schema


class Database:
    """Connections to one state file. Writes are serial; readers see the last committed state."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.is_new = not path.exists() or path.stat().st_size == 0
        self._lock = threading.RLock()
        self._idle: list[Connection] = []
        with self.writing() as connection:
            for table, columns in load_schema().items():
                connection.execute(_create_table(table, columns))
            for table, column in INDEXED:
                connection.execute(f'CREATE INDEX IF NOT EXISTS "{table}_{column}" ON "{table}" ("{column}")')
            connection.execute("CREATE TABLE IF NOT EXISTS _config (key TEXT PRIMARY KEY, value TEXT)")
            connection.execute(
                "CREATE TABLE IF NOT EXISTS _life (id INTEGER PRIMARY KEY, tick INTEGER, invoiced INTEGER)"
            )
            connection.execute(
                "CREATE TABLE IF NOT EXISTS _effects"
                " (id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT, key TEXT, data TEXT)"
            )

    def _connect(self) -> Connection:
        connection = sqlite3.connect(
            self.path, timeout=60, detect_types=sqlite3.PARSE_DECLTYPES, isolation_level=None, check_same_thread=False
        )
        connection.row_factory = _as_dict
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        return connection

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection of its own, given back afterwards."""
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = self._connect()
        try:
            yield connection
        finally:
            self._idle.append(connection)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction: committed at the end, rolled back by an exception."""
        with self._lock, self.reading() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def backup(self, name: str) -> Path:
        """Copy the unit as it is now; the copy lies beside the state file."""
        target = self._backup_path(name)
        with self._lock, self.reading() as source, closing(sqlite3.connect(target)) as copy:
            source.backup(copy)
        return target

    def restore(self, name: str) -> None:
        """Bring an earlier copy back: rows, identifiers and number series go back in time together."""
        path = self._backup_path(name)
        if not path.exists():
            raise FileNotFoundError(name)
        with self._lock, closing(sqlite3.connect(path)) as copy, self.reading() as target:
            copy.backup(target)

    def _backup_path(self, name: str) -> Path:
        if not name or not name.replace("-", "").replace("_", "").isalnum():
            raise ValueError(f"a backup's name is letters, digits, - and _: {name!r}")
        return self.path.with_name(f"{self.path.name}.backup-{name}")

    def flush_effects(self, ledger: Ledger, after_restart: bool = False) -> None:
        """Tell the ledger what was committed. An effect is kept with its data, so a kill in between loses none.

        `after_restart`: the ledger may already have a line whose effect is still noted here.
        """
        with self._lock:
            with self.reading() as connection:
                pending = select(connection, "SELECT * FROM _effects ORDER BY id")
            if not pending:
                return
            known = {entry["data"].get("effect") for entry in ledger.entries()} if after_restart else set()
            for effect in pending:
                data = json.loads(effect["data"])
                if data["effect"] not in known:
                    ledger.applied(effect["kind"], effect["key"], data)
            with self.writing() as connection:
                connection.execute("DELETE FROM _effects WHERE id <= ?", (pending[-1]["id"],))


def select(connection: Connection, sql: str, *params: object) -> list[Row]:
    return connection.execute(sql, params).fetchall()


def first(connection: Connection, sql: str, *params: object) -> Row | None:
    row: Row | None = connection.execute(sql, params).fetchone()
    return row


def insert(connection: Connection, table: str, values: Mapping[str, object], replace: bool = False) -> int:
    """Insert a row (or replace the one with the same ID) and return its ID."""
    names = ", ".join(f'"{name}"' for name in values)
    marks = ", ".join("?" for _ in values)
    verb = "INSERT OR REPLACE" if replace else "INSERT"
    cursor = connection.execute(
        f'{verb} INTO "{table}" ({names}) VALUES ({marks})',
        [_storable(value) for value in values.values()],
    )
    return int(cursor.lastrowid or 0)


def put_rows(connection: Connection, table: str, rows: list[Row]) -> list[int]:
    """Insert or replace rows by ID; unknown user fields become columns, any other unknown name is refused."""
    columns = table_columns(connection, table)
    ids = []
    for row in rows:
        for name in row:
            if name.lower() in columns:
                continue
            if not name.startswith(USER_FIELD_PREFIXES) or not name.isidentifier():
                raise UnknownColumn(f"table {table} has no column {name}")
            connection.execute(f'ALTER TABLE "{table}" ADD COLUMN "{name}"')
            columns.add(name.lower())
        ids.append(insert(connection, table, row, replace=True))
    return ids


def table_columns(connection: Connection, table: str) -> set[str]:
    """Lower-case column names of a Pohoda table, user fields included."""
    if table not in load_schema():
        raise UnknownColumn(f"the unit database has no table {table}")
    return {row["name"].lower() for row in select(connection, f'PRAGMA table_info("{table}")')}


def record_effect(connection: Connection, kind: str, key: str, data: Row) -> None:
    """Note an effect in the same transaction; `Database.flush_effects` carries it to the ledger."""
    insert(connection, "_effects", {"kind": kind, "key": key, "data": json.dumps({**data, "effect": uuid.uuid4().hex})})


def jsonable(row: Row) -> Row:
    """A row for JSON: money as text with at least two decimals, the rest as it is."""
    return {name: money_text(value) if isinstance(value, Decimal) else value for name, value in row.items()}


def money_text(value: Decimal) -> str:
    """Plain digits, two decimals, more only where they are not zero (Pohoda keeps four)."""
    exact = value.quantize(Decimal("0.0001")).normalize()
    exponent = exact.as_tuple().exponent
    return format(exact if isinstance(exponent, int) and exponent < -2 else exact.quantize(CENT), "f")


def _create_table(table: str, columns: dict[str, str]) -> str:
    parts = ['"ID" INTEGER PRIMARY KEY AUTOINCREMENT']
    parts += [f'"{name}" {SQL_TYPES[kind]}' for name, kind in columns.items() if name != "ID"]
    return f'CREATE TABLE IF NOT EXISTS "{table}" ({", ".join(parts)})'


def _as_dict(cursor: sqlite3.Cursor, values: tuple[Any, ...]) -> Row:
    return {column[0]: value for column, value in zip(cursor.description, values, strict=True)}


def _storable(value: object) -> object:
    if isinstance(value, Decimal):
        return str(value)
    return int(value) if isinstance(value, bool) else value
