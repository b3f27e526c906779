"""What the database's catalogue must say: forced row security, policies, keys, roles, the short list of functions."""

import os

import psycopg
import pytest

from tests.tenants.catalog import CLOSED_TABLES, tenant_tables

# Each looks something up before a tenant is known. A new one is a decision: read what it returns, then add it here.
DEFINER_FUNCTIONS = {
    "connectify_agent(uuid)",
    "connectify_agents_state(uuid)",
    "connectify_api_key(character varying)",
    "connectify_claim_account(character varying,character varying)",
    "connectify_claim_due(integer,integer)",
    "connectify_companies_for_staff(uuid,character varying)",
    "connectify_consent_tenant(character varying)",
    "connectify_data_keys()",
    "connectify_enrolment(character varying)",
    "connectify_invitation(character varying)",
    "connectify_memberships_of(uuid)",
    "connectify_platform_state(uuid)",
    "connectify_tenant_of_due(character varying,uuid)",
    "connectify_units_with_jobs(uuid[],uuid[])",
}
LOOKUP_READS = {
    "api_apikey",
    "allegro_consentrequest",
    "pohoda_agent",
    "pohoda_enrolmentcode",
    "pohoda_job",
    "sealing_datakey",
    "sync_due",
    "sync_quarantined",
    "sync_run",
    "tenants_invitation",
    "tenants_membership",
    "tenants_tenant",
}
# Unique without the tenant in front: what they hold is random, so that nobody can ask for another tenant's value.
UNGUESSABLE = {
    ("api_apikey", "key_sha256"),
    ("tenants_invitation", "token_sha256"),
    ("allegro_consentrequest", "state_sha256"),
    ("pohoda_enrolmentcode", "code_sha256"),
    ("sync_due", "kind, resource_id"),
}

UNIQUE_INDEXES = """
SELECT c.relname, (SELECT string_agg(a.attname, ', ' ORDER BY k.pos) FROM unnest(i.indkey) WITH ORDINALITY k(num, pos)
                   JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.num) AS columns, i.indisprimary
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid WHERE i.indisunique AND c.relname = ANY(%s)
"""


@pytest.fixture
def owner(committed_db):
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as connection:
        yield connection


@pytest.fixture
def tables(owner):
    found = [*tenant_tables(owner), "tenants_tenant"]
    assert len(found) > 20
    return found


def test_row_security_is_on_and_forced(owner, tables):
    rows = owner.execute(
        "SELECT relname FROM pg_class WHERE relname = ANY(%s) AND relrowsecurity AND relforcerowsecurity", [tables]
    )
    assert sorted(name for (name,) in rows) == sorted(tables)


def test_each_table_has_the_one_policy_for_reading_and_writing(owner, tables):
    rows = owner.execute(
        "SELECT tablename, cmd, permissive, roles::text, qual, with_check FROM pg_policies "
        "WHERE policyname = 'tenant_rows' ORDER BY tablename"
    ).fetchall()
    assert [row[0] for row in rows] == sorted(tables)
    for table, verb, permissive, roles, using, check in rows:
        column = "id" if table == "tenants_tenant" else "tenant_id"
        assert (verb, permissive, roles) == ("ALL", "PERMISSIVE", "{public}"), table
        assert (
            using == check == (f"({column} = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid)")
        ), table


def test_every_other_policy_is_for_the_lookup_role_alone(owner):
    rows = owner.execute(
        "SELECT tablename, roles::text FROM pg_policies WHERE policyname <> 'tenant_rows' ORDER BY tablename"
    ).fetchall()
    assert {table for table, _ in rows} == LOOKUP_READS
    assert {roles for _, roles in rows} == {"{connectify_lookup}"}


def test_unique_keys_start_with_the_tenant(owner, tables):
    rows = owner.execute(UNIQUE_INDEXES, [tables]).fetchall()
    loose = {(table, names) for table, names, primary in rows if not primary and not names.startswith("tenant_id")}
    one_to_one = {(table, names) for table, names in loose if names.endswith("_id") and "," not in names}
    assert loose - one_to_one == UNGUESSABLE
    random_keys = owner.execute(
        "SELECT c.relname, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid "
        "WHERE c.relname = ANY(%s) AND a.atttypid = 'uuid'::regtype",
        [tables],
    ).fetchall()
    assert one_to_one <= {(table, column) for table, column in random_keys}


def test_every_primary_key_is_random(owner, tables):
    rows = owner.execute(UNIQUE_INDEXES, [tables]).fetchall()
    assert {names for _, names, primary in rows if primary} == {"id"}
    kinds = owner.execute(
        "SELECT DISTINCT data_type FROM information_schema.columns WHERE table_name = ANY(%s) AND column_name = 'id'",
        [tables],
    ).fetchall()
    assert kinds == [("uuid",)]


def test_the_tenant_is_never_empty(owner):
    rows = owner.execute(
        "SELECT table_name FROM information_schema.columns WHERE column_name = 'tenant_id' AND is_nullable = 'YES' "
        "AND table_schema = 'public'"
    ).fetchall()
    assert rows == []


def test_no_role_goes_round_row_security(owner):
    rows = owner.execute(
        "SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolcanlogin FROM pg_roles "
        "WHERE rolname LIKE 'connectify%' ORDER BY rolname"
    ).fetchall()
    assert rows == [
        ("connectify_app", False, False, False, False, True),
        ("connectify_lookup", False, False, False, False, False),
        ("connectify_owner", False, False, False, False, True),
    ]


def test_the_serving_role_owns_nothing_makes_nothing_and_is_nobody_else(owner):
    owned = owner.execute("SELECT count(*) FROM pg_class WHERE pg_get_userbyid(relowner) = 'connectify_app'").fetchone()
    creates = owner.execute("SELECT has_schema_privilege('connectify_app', 'public', 'CREATE')").fetchone()
    member = owner.execute("SELECT count(*) FROM pg_auth_members WHERE member = 'connectify_app'::regrole").fetchone()
    assert (owned, creates, member) == ((0,), (False,), (0,))


def test_the_definer_functions_are_exactly_the_known_ones_with_a_pinned_search_path(owner):
    rows = owner.execute(
        "SELECT oid::regprocedure::text, pg_get_userbyid(proowner), proconfig::text, "
        "has_function_privilege('public', oid, 'EXECUTE') FROM pg_proc "
        "WHERE prosecdef AND pronamespace = 'public'::regnamespace"
    ).fetchall()
    assert {name for name, *_ in rows} == DEFINER_FUNCTIONS
    for name, owned_by, settings, public in rows:
        assert owned_by == "connectify_lookup", name
        assert settings == '{"search_path=public, pg_temp"}', name
        assert not public, name


def test_there_are_no_views_that_could_show_every_tenants_rows(owner):
    rows = owner.execute(
        "SELECT relname FROM pg_class WHERE relkind IN ('v', 'm') AND relnamespace = 'public'::regnamespace"
    ).fetchall()
    assert rows == []


def test_the_lookup_role_writes_nothing_but_due_rows_and_claims(owner):
    rows = owner.execute(
        "SELECT DISTINCT table_name, privilege_type FROM information_schema.role_table_grants "
        "WHERE grantee = 'connectify_lookup' AND privilege_type <> 'SELECT' ORDER BY 1, 2"
    ).fetchall()
    assert rows == [
        ("allegro_account_claim", "DELETE"),
        ("allegro_account_claim", "INSERT"),
        ("sync_due", "UPDATE"),
    ]
    assert {"allegro_account_claim"} == CLOSED_TABLES


def test_data_keys_themselves_are_not_shown_to_the_lookup_role(owner):
    shown = owner.execute("SELECT has_column_privilege('connectify_lookup', 'sealing_datakey', 'wrapped', 'SELECT')")
    assert shown.fetchone() == (False,)
