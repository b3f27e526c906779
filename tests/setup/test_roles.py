"""What each database role may do."""

import psycopg
import pytest

from connectify.processes.postgres import ROLES, Postgres


@pytest.fixture
def postgres(servers):
    if servers is None or servers.postgres is None:
        pytest.fail("these tests need the embedded PostgreSQL: unset DATABASE_URL")
    server: Postgres = servers.postgres
    with server.connect("connectify_owner") as owner:
        owner.execute("DROP TABLE IF EXISTS role_probe")
        owner.execute("CREATE TABLE role_probe (id bigserial PRIMARY KEY, word text)")
        yield server
        owner.execute("DROP FUNCTION IF EXISTS probe_lookup()")
        owner.execute("DROP TABLE IF EXISTS role_probe")


@pytest.fixture
def serving(postgres):
    with postgres.connect("connectify_app") as connection:
        yield connection


@pytest.fixture
def owner(postgres):
    with postgres.connect("connectify_owner") as connection:
        yield connection


def test_no_role_is_superuser_or_bypasses_row_security(postgres):
    with postgres.connect() as admin:
        rows = admin.execute(
            "SELECT rolname, rolcanlogin, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles "
            "WHERE rolname LIKE 'connectify%' ORDER BY 1"
        ).fetchall()
    assert rows == [
        ("connectify_app", True, False, False, False, False),
        ("connectify_lookup", False, False, False, False, False),
        ("connectify_owner", True, False, False, False, False),
    ]


def test_the_serving_role_reads_and_writes_rows_of_the_owners_tables(serving):
    serving.execute("INSERT INTO role_probe (word) VALUES ('a')")
    serving.execute("UPDATE role_probe SET word = 'b'")
    assert serving.execute("SELECT word FROM role_probe").fetchall() == [("b",)]
    serving.execute("DELETE FROM role_probe")


@pytest.mark.parametrize(
    "statement",
    [
        "TRUNCATE role_probe",
        "DROP TABLE role_probe",
        "ALTER TABLE role_probe ADD COLUMN x int",
        "CREATE TABLE other (id int)",
        "CREATE SCHEMA other",
        "SET ROLE connectify_owner",
        "SET ROLE connectify_lookup",
    ],
)
def test_the_serving_role_may_not_change_the_schema_or_become_another(serving, statement):
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        serving.execute(statement)


def test_the_serving_role_may_load_through_a_temporary_table(serving):
    serving.execute("CREATE TEMPORARY TABLE load (id int)")


def test_a_function_handed_over_runs_as_the_lookup_role_for_the_serving_role_alone(owner, serving):
    owner.execute(
        "CREATE FUNCTION probe_lookup() RETURNS text LANGUAGE sql SECURITY DEFINER "
        "SET search_path = public, pg_temp AS 'SELECT current_user::text'"
    )
    owner.execute("SELECT connectify_hand_to_lookup('probe_lookup()'::regprocedure)")
    assert serving.execute("SELECT probe_lookup()").fetchone() == ("connectify_lookup",)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        owner.execute("SELECT probe_lookup()")
    can_create = owner.execute("SELECT has_schema_privilege('connectify_lookup', 'public', 'CREATE')").fetchone()
    assert can_create == (False,)


def test_a_function_without_a_pinned_search_path_is_not_handed_over(owner):
    owner.execute("CREATE FUNCTION probe_lookup() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'")
    with pytest.raises(psycopg.errors.RaiseException, match="pinned search_path"):
        owner.execute("SELECT connectify_hand_to_lookup('probe_lookup()'::regprocedure)")


def test_forced_row_security_hides_from_the_owner_what_the_lookup_role_sees(owner):
    owner.execute("INSERT INTO role_probe (word) VALUES ('a')")
    owner.execute("ALTER TABLE role_probe ENABLE ROW LEVEL SECURITY")
    owner.execute("ALTER TABLE role_probe FORCE ROW LEVEL SECURITY")
    owner.execute("CREATE POLICY lookup ON role_probe FOR SELECT TO connectify_lookup USING (true)")
    assert owner.execute("SELECT count(*) FROM role_probe").fetchone() == (0,)


def test_waits_are_bounded_for_the_serving_role(serving):
    settings = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
    assert [serving.execute(f"SHOW {name}").fetchone()[0] for name in settings] == ["1min", "3s", "30s"]


def test_running_the_roles_script_again_changes_nothing(postgres):
    catalogue = (
        "SELECT (SELECT array_agg(r::text ORDER BY oid) FROM pg_roles r WHERE rolname LIKE 'connectify%'),"
        "(SELECT array_agg(d::text ORDER BY oid) FROM pg_default_acl d),"
        "(SELECT nspacl::text FROM pg_namespace WHERE nspname = 'public')"
    )
    with postgres.connect() as admin:
        before = admin.execute(catalogue).fetchone()
        admin.execute(ROLES.read_text())
        assert admin.execute(catalogue).fetchone() == before
