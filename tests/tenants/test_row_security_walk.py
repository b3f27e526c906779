"""Every tenant table, as the serving role: without a tenant, with a foreign one, after it, and on a used connection.

The tables come from the catalogue of PostgreSQL; a second list from Django's models must be the same.
"""

import os
import uuid

import psycopg
import pytest
from django.apps import apps
from psycopg import sql
from psycopg_pool import ConnectionPool

from connectify.tenants.models import TenantModel
from tests.tenants import catalog

REFUSED = "42501"  # insufficient_privilege: row security's refusal, and a missing grant
BROKEN_REFERENCE = "23503"
GUARDED = "CF001"  # the trigger of the change ledger speaks before row security does
APPEND_ONLY = {"audit_event", "audit_auditentry"}


class Walk:
    """The serving role's connection and two tenants with a row in each table."""

    def __init__(self, connection):
        self.connection = connection
        self.tables = catalog.tenant_tables(connection)
        self.mine = catalog.build_world(connection, self.tables)
        self.theirs = catalog.build_world(connection, self.tables)

    def count(self, table, tenant=None):
        where = sql.SQL("") if tenant is None else sql.SQL(" WHERE tenant_id = {}").format(sql.Literal(tenant))
        statement = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table)) + where
        return self.connection.execute(statement).fetchone()[0]

    def attempt(self, table, statement, *values):
        return catalog.sqlstate_of(self.connection, sql.SQL(statement).format(sql.Identifier(table)), values)

    def attempt_insert(self, table, row):
        names = sql.SQL(", ").join(map(sql.Identifier, row))
        places = sql.SQL(", ").join([sql.Placeholder()] * len(row))
        statement = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(sql.Identifier(table), names, places)
        return catalog.sqlstate_of(self.connection, statement, list(row.values()))


@pytest.fixture
def walk(committed_db):
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        yield Walk(connection)


@pytest.fixture
def owner(committed_db):
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as connection:
        yield connection


@pytest.fixture(autouse=True)
def says_how_many(request):
    """A walk over nothing proves nothing."""
    walked: list[str] = []
    request.node.walked = walked
    yield walked
    assert walked, "0 tables were checked"
    print(f"{request.node.name}: {len(walked)} tables checked")


def test_the_models_and_the_database_name_the_same_tenant_tables(walk, says_how_many):
    models = [model for model in apps.get_models(include_auto_created=True) if issubclass(model, TenantModel)]
    assert sorted(model._meta.db_table for model in models) == walk.tables
    says_how_many += walk.tables


def test_a_model_that_points_at_a_tenant_is_a_tenant_model(says_how_many, committed_db):
    for model in apps.get_models(include_auto_created=True):
        names = {field.name for field in model._meta.get_fields() if getattr(field, "column", "") == "tenant_id"}
        assert bool(names) is issubclass(model, TenantModel), model
        says_how_many.append(model._meta.db_table)


def test_without_a_tenant_no_row_exists_and_none_can_be_made(walk, says_how_many):
    for table in [*walk.tables, "tenants_tenant"]:
        assert walk.count(table) == 0, table
        if table == "tenants_tenant":
            row = {"id": uuid.uuid4(), "name": "x", "created_at": "2026-01-01", "is_demo": False}
        else:
            row = catalog.new_row(walk.connection, table, walk.mine)
        assert walk.attempt_insert(table, row)[0] == REFUSED, table
        changed = walk.attempt(table, "UPDATE {} SET id = id")
        deleted = walk.attempt(table, "DELETE FROM {}")
        expected = (REFUSED, 0) if table in APPEND_ONLY else ("", 0)
        assert (changed, deleted) == (expected, expected), table
        says_how_many.append(table)


def test_with_a_tenant_in_force_only_its_own_rows_exist(walk, says_how_many):
    for table in walk.tables:
        with walk.connection.transaction():
            catalog.enter(walk.connection, walk.mine.tenant)
            assert walk.count(table) == walk.count(table, walk.mine.tenant) == 1, table
            assert walk.count(table, walk.theirs.tenant) == 0, table
            theirs = [walk.theirs.rows[table]["id"]]
            changed = walk.attempt(table, "UPDATE {} SET id = id WHERE id = %s", *theirs)
            deleted = walk.attempt(table, "DELETE FROM {} WHERE id = %s", *theirs)
        expected = (REFUSED, 0) if table in APPEND_ONLY else ("", 0)
        assert (changed, deleted) == (expected, expected), table
        says_how_many.append(table)


def test_a_row_cannot_be_made_for_or_given_to_another_tenant(walk, says_how_many):
    for table in walk.tables:
        with walk.connection.transaction():
            catalog.enter(walk.connection, walk.mine.tenant)
            row = catalog.new_row(walk.connection, table, walk.theirs)
            assert walk.attempt_insert(table, row)[0] == REFUSED, table
            gift = walk.attempt(table, "UPDATE {} SET tenant_id = %s", walk.theirs.tenant)
        assert gift[0] == (GUARDED if table == "sync_change" else REFUSED), table
        says_how_many.append(table)


def test_the_row_that_the_walk_would_smuggle_in_is_taken_in_its_own_tenant(walk, says_how_many):
    """Else the refusals above could come from something else than row security."""
    for table in walk.tables:
        with walk.connection.transaction(force_rollback=True):
            catalog.enter(walk.connection, walk.mine.tenant)
            row = catalog.row_on_new_parents(walk.connection, table, walk.mine)
            assert walk.attempt_insert(table, row) == ("", 1), table
        says_how_many.append(table)


def test_a_reference_to_another_tenants_row_is_refused(walk, says_how_many):
    for table in walk.tables:
        for key in catalog.foreign_keys(walk.connection, table):
            if key.target not in walk.tables:
                continue
            assert key.is_composite, f"{table}.{key.name} does not carry the tenant"
            with walk.connection.transaction(force_rollback=True):
                catalog.enter(walk.connection, walk.theirs.tenant)
                parent = catalog.row_on_new_parents(walk.connection, key.target, walk.theirs)
                catalog.insert(walk.connection, key.target, parent)
                catalog.enter(walk.connection, walk.mine.tenant)
                row = catalog.row_on_new_parents(walk.connection, table, walk.mine)
                row[key.columns[-1]] = parent[key.target_columns[-1]]
                assert walk.attempt_insert(table, row)[0] == BROKEN_REFERENCE, (table, key)
            says_how_many.append(f"{table}.{key.columns[-1]}")


@pytest.mark.parametrize("ending", ["commit", "rollback"])
def test_the_tenant_ends_with_its_transaction(walk, says_how_many, ending):
    with walk.connection.transaction():
        catalog.enter(walk.connection, walk.mine.tenant)
        assert walk.count(walk.tables[0]) == 1
        if ending == "rollback":
            raise psycopg.Rollback
    for table in walk.tables:
        assert walk.count(table) == 0, table
        says_how_many.append(table)


def test_the_next_user_of_a_pooled_connection_has_no_tenant(walk, says_how_many):
    with ConnectionPool(os.environ["DATABASE_URL"], min_size=1, max_size=1, open=True) as pool:
        with pool.connection() as connection:
            first = connection.info.backend_pid
            catalog.enter(connection, walk.theirs.tenant)
            assert connection.execute("SELECT count(*) FROM sync_due").fetchone() == (1,)
        with pool.connection() as connection:
            assert connection.info.backend_pid == first
            for table in walk.tables:
                statement = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))
                assert connection.execute(statement).fetchone() == (0,), table
                says_how_many.append(table)


def test_nothing_of_a_closed_table_is_open_to_the_serving_role(walk, says_how_many):
    for table in catalog.CLOSED_TABLES:
        for verb in ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES"):
            granted = walk.connection.execute("SELECT has_table_privilege(%s, %s)", [table, verb]).fetchone()
            assert granted == (False,), (table, verb)
        says_how_many.append(table)


def test_the_owner_sees_no_rows_either(walk, owner, says_how_many):
    for table in [*walk.tables, "tenants_tenant"]:
        statement = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))
        assert owner.execute(statement).fetchone() == (0,), table
        says_how_many.append(table)


def test_the_serving_role_cannot_empty_or_change_a_table(walk, says_how_many):
    for table in walk.tables:
        assert walk.attempt(table, "TRUNCATE {} CASCADE")[0] == REFUSED, table
        assert walk.attempt(table, "ALTER TABLE {} DISABLE ROW LEVEL SECURITY")[0] == REFUSED, table
        says_how_many.append(table)
