"""What the database itself says about its tenant tables, and rows for them made from that alone.

Nothing here knows a model: a table that is added later is walked without a word from anybody.
"""

import datetime as dt
import graphlib
import uuid
from typing import NamedTuple

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

# One tenant's claim on a seller: no role but the lookup role may touch the table at all.
CLOSED_TABLES = {"allegro_account_claim"}

TABLES = """
SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND a.attname = 'tenant_id'
  AND NOT a.attisdropped ORDER BY 1
"""
COLUMNS = """
SELECT a.attname, t.typname, a.atttypmod, a.attnotnull, d.oid IS NOT NULL FROM pg_attribute a
JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
"""
FOREIGN_KEYS = """
SELECT con.conname, con.confrelid::regclass::text,
  ARRAY(SELECT a.attname::text FROM unnest(con.conkey) WITH ORDINALITY k(num, pos)
        JOIN pg_attribute a ON a.attrelid = con.conrelid AND a.attnum = k.num ORDER BY k.pos),
  ARRAY(SELECT a.attname::text FROM unnest(con.confkey) WITH ORDINALITY k(num, pos)
        JOIN pg_attribute a ON a.attrelid = con.confrelid AND a.attnum = k.num ORDER BY k.pos)
FROM pg_constraint con WHERE con.contype = 'f' AND con.conrelid = %s::regclass
"""
# What a trigger or a convention demands of a column, where a value of the right type is not enough.
DEMANDED = {("sync_change", "state"): "planned"}


class Column(NamedTuple):
    name: str
    type: str
    modifier: int
    required: bool
    has_default: bool


class ForeignKey(NamedTuple):
    name: str
    target: str
    columns: list[str]
    target_columns: list[str]

    @property
    def is_composite(self) -> bool:
        return self.columns[0] == "tenant_id" and len(self.columns) == 2


def tenant_tables(connection) -> list[str]:
    """By their tenant_id column, less the closed ones."""
    return [name for (name,) in connection.execute(TABLES) if name not in CLOSED_TABLES]


def columns(connection, table) -> list[Column]:
    return [Column(*row) for row in connection.execute(COLUMNS, [table])]


def foreign_keys(connection, table) -> list[ForeignKey]:
    return [ForeignKey(*row) for row in connection.execute(FOREIGN_KEYS, [table])]


def in_order_of_reference(connection, tables) -> list[str]:
    graph = {
        table: {key.target for key in foreign_keys(connection, table) if key.target in tables and key.target != table}
        for table in tables
    }
    return list(graphlib.TopologicalSorter(graph).static_order())


def value_for(table: str, column: Column) -> object:
    if (table, column.name) in DEMANDED:
        return DEMANDED[table, column.name]
    match column.type:
        case "uuid":
            return uuid.uuid4()
        case "varchar" | "text" | "bpchar":
            text = uuid.uuid4().hex * 2
            return text[: column.modifier - 4] if column.modifier > 0 else text
        case "int2" | "int4" | "int8" | "numeric":
            return 0
        case "bool":
            return False
        case "date":
            return dt.date(2026, 11, 1)
        case "timestamptz":
            return dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
        case "jsonb":
            return Jsonb({})
        case "bytea":
            return b"x"
    raise AssertionError(f"no value for {table}.{column.name} of type {column.type}: teach the walk this type")


class World(NamedTuple):
    """One row of one tenant in every tenant table."""

    tenant: uuid.UUID
    user: uuid.UUID
    rows: dict[str, dict[str, object]]


def new_row(connection, table: str, world: World) -> dict[str, object]:
    """A row that the database would take: references go to the world's own rows, self references stay empty."""
    referred = {key.columns[-1]: key for key in foreign_keys(connection, table)}
    row: dict[str, object] = {}
    for column in columns(connection, table):
        key = referred.get(column.name)
        if column.name == "tenant_id":
            row[column.name] = world.tenant
        elif key is None:
            row[column.name] = value_for(table, column)
        elif key.target in world.rows and key.target != table:
            row[column.name] = world.rows[key.target][key.target_columns[-1]]
        elif key.target == "users_user":
            row[column.name] = world.user
    return row


def insert(connection, table: str, row: dict[str, object]) -> None:
    names = sql.SQL(", ").join(map(sql.Identifier, row))
    places = sql.SQL(", ").join([sql.Placeholder()] * len(row))
    statement = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(sql.Identifier(table), names, places)
    connection.execute(statement, list(row.values()))


def row_on_new_parents(connection, table: str, world: World) -> dict[str, object]:
    """A further row, on parents of its own that nothing refers to yet: no one-to-one is in the way. Not inserted."""
    row = new_row(connection, table, world)
    for key in foreign_keys(connection, table):
        if key.target in world.rows and key.target != table:
            parent = row_on_new_parents(connection, key.target, world)
            insert(connection, key.target, parent)
            row[key.columns[-1]] = parent[key.target_columns[-1]]
        elif key.target == "users_user":
            row[key.columns[-1]] = new_user(connection)
    return row


def enter(connection, tenant: uuid.UUID | str) -> None:
    connection.execute("SELECT set_config('app.tenant', %s, true)", [str(tenant)])


def new_user(connection) -> uuid.UUID:
    user = {column.name: value_for("users_user", column) for column in columns(connection, "users_user")}
    insert(connection, "users_user", user)
    return user["id"]


def build_world(connection, tables) -> World:
    """Commits."""
    with connection.transaction():
        world = World(uuid.uuid4(), new_user(connection), {})
        enter(connection, world.tenant)
        tenant = {column.name: value_for("tenants_tenant", column) for column in columns(connection, "tenants_tenant")}
        insert(connection, "tenants_tenant", tenant | {"id": world.tenant})
        for table in in_order_of_reference(connection, tables):
            if table not in tables:
                continue
            row = new_row(connection, table, world)
            insert(connection, table, row)
            world.rows[table] = row
    return world


def sqlstate_of(connection, statement, values=()) -> tuple[str, int]:
    """(SQLSTATE or "", rows touched) of a statement that is undone again."""
    touched = 0
    try:
        with connection.transaction():
            touched = connection.execute(statement, values).rowcount
            connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
            raise psycopg.Rollback
    except psycopg.Error as error:
        return error.sqlstate or "?", 0
    return "", touched
