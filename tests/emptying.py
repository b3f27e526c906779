"""Empties the database after a test that committed."""

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
    """

    def __init__(self, owner_url: str) -> None:
        self.owner_url = owner_url
        with psycopg.connect(owner_url) as owner:
            tables = owner.execute(TABLES).fetchall()
            self.guarded = [name for (name,) in owner.execute(GUARDED)]
        self.tables = [name for name, written in tables if not written]

    def empty(self) -> None:
        with psycopg.connect(self.owner_url) as owner:
            written = {name for name, written in owner.execute(TABLES) if written}
            if not written.intersection(self.tables):
                return
            for name in self.guarded:
                owner.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(sql.SQL(name)))
            owner.execute(sql.SQL("TRUNCATE {}").format(sql.SQL(", ").join(map(sql.SQL, self.tables))))
            for name in self.guarded:
                owner.execute(sql.SQL("ALTER TABLE {} ENABLE TRIGGER USER").format(sql.SQL(name)))
