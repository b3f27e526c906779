"""Empties the database after a test that committed."""

from collections.abc import Callable

import psycopg
from psycopg import sql

TABLES = (
    "SELECT c.oid::regclass::text, pg_relation_size(c.oid) > 0 FROM pg_class c WHERE c.relkind IN ('r', 'p') "
    "AND c.relnamespace = 'public'::regnamespace AND NOT c.relispartition ORDER BY 1"
)
# Triggers that refuse TRUNCATE (32: the event's bit).
GUARDED = "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal AND tgtype & 32 <> 0"


class Emptier:
    """Made right after the migrations: tables that hold rows then are left alone for good.

    A table's size tells whether it has been written to: row security binds the owner too, so counting sees nothing.
    With a superuser's connection (`admin`) the rows are deleted, which is many times faster than TRUNCATE for the few
    rows of a test; without one the owner truncates.
    """

    def __init__(self, owner_url: str, admin: Callable[[], psycopg.Connection] | None) -> None:
        self.owner_url = owner_url
        self.admin = admin
        with psycopg.connect(owner_url) as owner:
            tables = owner.execute(TABLES).fetchall()
            self.guarded = [name for (name,) in owner.execute(GUARDED)]
        self.tables = [name for name, written in tables if not written]

    def empty(self) -> None:
        if self.admin is not None:
            with self.admin() as admin:
                self._delete(admin)
        else:
            with psycopg.connect(self.owner_url) as owner:
                self._truncate(owner)

    def _written(self, connection: psycopg.Connection) -> list[str]:
        written = {name for name, written in connection.execute(TABLES) if written}
        return [name for name in self.tables if name in written]

    def _delete(self, admin: psycopg.Connection) -> None:
        # As a replica: neither triggers nor foreign keys are asked.
        statements = ["SET session_replication_role = replica", "SET lock_timeout = '10s'"]
        statements += [f"DELETE FROM {name}" for name in self._written(admin)]
        admin.execute("; ".join(statements).encode())

    def _truncate(self, owner: psycopg.Connection) -> None:
        if not self._written(owner):
            return
        for name in self.guarded:
            owner.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(sql.SQL(name)))
        owner.execute(sql.SQL("TRUNCATE {}").format(sql.SQL(", ").join(map(sql.SQL, self.tables))))
        for name in self.guarded:
            owner.execute(sql.SQL("ALTER TABLE {} ENABLE TRIGGER USER").format(sql.SQL(name)))
