"""Many rows in few statements: COPY into a temporary table, then one guarded upsert (PERFORMANCE "bulk store").

Row security stays in force: the temporary table is the session's own, the upsert is an INSERT like any other.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any, Final

import msgspec
import psycopg
from django.db import connection, models
from psycopg import sql

from connectify.tenants.context import require_tenant_id
from connectify.tenants.models import TenantModel

FEW: Final = 100
"""Up to so many rows travel in the statement itself: a temporary table costs more than that."""
ROWS_PER_STATEMENT: Final = 5_000

Row = Sequence[Any]


def upsert(
    model: type[TenantModel],
    rows: Iterable[Row],
    *,
    columns: Sequence[str],
    key: Sequence[str],
    fixed: Mapping[str, Any] | None = None,
    compare: Sequence[str] = (),
    touch: Sequence[str] = (),
) -> list[uuid.UUID]:
    """Inserts rows, or updates those that differ; → ids of the rows that were inserted or updated.

    `columns` name the model's fields in the order of each row's values; JSON fields take plain values. `key` with the
    tenant is a unique constraint of the model, and no two rows of a call have the same. `fixed` fields have one value
    for all rows. A known row is written only when one of `compare` (default: all columns outside the key) differs.
    `touch` fields get the time of the statement where a row is written. What is not named keeps its value, a new row
    gets the database's default. `rows` may be lazy: a few thousand are held at once.
    """
    statement = _Upsert(model, columns=columns, key=key, fixed=fixed or {}, compare=compare, touch=touch)
    remaining, written = iter(rows), list[uuid.UUID]()
    while batch := list(islice(remaining, ROWS_PER_STATEMENT)):
        written += statement.few(batch) if len(batch) <= FEW else statement.many(batch)
    return written


def fetch_binary(statement: str | sql.SQL | sql.Composed, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """Rows of a query whose values travel as they are: a bytea costs half of what its text does, an id a tenth."""
    with _raw_cursor() as raw:
        return raw.execute(statement, values, binary=True).fetchall()


@contextmanager
def _raw_cursor() -> Iterator[psycopg.Cursor[tuple[Any, ...]]]:
    """A cursor of psycopg's own in Django's transaction: Django's puts values into the text and gets text back."""
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as raw:
        yield raw


class _Upsert:
    """The parts of one upsert, written once for all its batches."""

    def __init__(
        self,
        model: type[TenantModel],
        *,
        columns: Sequence[str],
        key: Sequence[str],
        fixed: Mapping[str, Any],
        compare: Sequence[str],
        touch: Sequence[str],
    ) -> None:
        self._table = sql.Identifier(model._meta.db_table)
        self._fields = [_field(model, name) for name in columns]
        self._json = [place for place, field in enumerate(self._fields) if isinstance(field, models.JSONField)]
        self._fixed = {_field(model, name): value for name, value in fixed.items()}
        self._touch = [_field(model, name) for name in touch]
        self._key = [_field(model, name) for name in key]
        chosen = [_field(model, name) for name in compare]
        self._compare = chosen or [field for field in (*self._fields, *self._fixed) if field not in self._key]

    def few(self, rows: Sequence[Row]) -> list[uuid.UUID]:
        line = sql.SQL("({})").format(sql.SQL(", ").join(_hole(field) for field in self._fields))
        source = sql.SQL("(VALUES {}) AS given ({})").format(sql.SQL(", ").join([line] * len(rows)), self._names())
        with _raw_cursor() as raw:
            return self._run(raw, source, [value for row in rows for value in self._values(row)])

    def many(self, rows: Sequence[Row]) -> list[uuid.UUID]:
        given = sql.Identifier("bulk_rows")
        # Like the table's columns, without its constraints; gone at the latest with the transaction.
        make = sql.SQL("CREATE TEMPORARY TABLE {} ON COMMIT DROP AS SELECT {} FROM {} WITH NO DATA")
        with _raw_cursor() as raw:
            raw.execute(make.format(given, self._names(), self._table))
            with raw.copy(sql.SQL("COPY {} ({}) FROM STDIN").format(given, self._names())) as copy:
                for row in rows:
                    copy.write_row(self._values(row))
            written = self._run(raw, given, [])
            raw.execute(sql.SQL("DROP TABLE {}").format(given))
        return written

    def _names(self) -> sql.Composable:
        return _list(field.column for field in self._fields)

    def _values(self, row: Row) -> Row:
        if not self._json:
            return row
        values = list(row)
        for place in self._json:
            values[place] = _json_text(values[place])
        return values

    def _run(self, raw: psycopg.Cursor[Any], source: sql.Composable, values: Sequence[Any]) -> list[uuid.UUID]:
        """One statement. Columns of the key are equal where a row is known, so `DO UPDATE` leaves them out."""
        given = [field.column for field in self._fields]
        fixed, touch = [field.column for field in self._fixed], [field.column for field in self._touch]
        key, compare = [field.column for field in self._key], [field.column for field in self._compare]
        made = sql.SQL(", ").join(
            [sql.SQL("gen_random_uuid()"), sql.SQL("%s::uuid"), *map(_hole, self._fixed)]
            + [sql.SQL("statement_timestamp()")] * len(touch)
            + [sql.Identifier(name) for name in given]
        )
        statement = sql.SQL(
            "INSERT INTO {table} AS known (id, tenant_id, {columns}) SELECT {made} FROM {source} "
            "ON CONFLICT (tenant_id, {key}) DO UPDATE SET {changes} "
            "WHERE ({known}) IS DISTINCT FROM ({new}) RETURNING id"
        ).format(
            table=self._table,
            columns=_list([*fixed, *touch, *given]),
            made=made,
            source=source,
            key=_list(key),
            changes=sql.SQL(", ").join(
                sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name))
                for name in [*fixed, *touch, *given]
                if name not in key
            ),
            known=sql.SQL(", ").join(sql.Identifier("known", name) for name in compare),
            new=sql.SQL(", ").join(sql.Identifier("excluded", name) for name in compare),
        )
        constants = [
            _json_text(value) if isinstance(field, models.JSONField) else value for field, value in self._fixed.items()
        ]
        raw.execute(statement, [require_tenant_id(), *constants, *values], binary=True)
        return [written for (written,) in raw]


def _field(model: type[TenantModel], name: str) -> Any:
    return model._meta.get_field(name)


def _hole(field: Any) -> sql.Composable:
    # Without the length: a cast to varchar(64) cuts a longer text, the insert refuses it.
    return sql.SQL("%s::{}").format(sql.SQL(field.db_type(connection).partition("(")[0]))


def _json_text(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _list(names: Iterable[str]) -> sql.Composable:
    return sql.SQL(", ").join(sql.Identifier(name) for name in names)
