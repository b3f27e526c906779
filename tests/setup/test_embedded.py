"""The embedded servers: what the environment gives wins, data persists, a dead server comes back on its address."""

import os
import stat

import psycopg
import pytest
import redis

from connectify.embedded import AlreadyRunning, Embedded, environment_of_running, erase
from connectify.processes import place
from tests.setup.process_table import wait_until

pytestmark = pytest.mark.processes


def embedded(run_dir, **options):
    return Embedded(run_dir, fast=True, given={}, **options)


def test_nothing_is_started_for_addresses_that_are_given(run_dir):
    given = {"DATABASE_URL": "postgres://a@db/c", "DATABASE_OWNER_URL": "postgres://o@db/c", "REDIS_URL": "redis://r"}
    with Embedded(run_dir, given={**given, "OTHER": "x"}) as servers:
        assert servers.environment == given
        assert (servers.postgres, servers.valkey) == (None, None)
        assert servers.restart_if_dead() == []


def test_the_owners_address_alone_is_refused(run_dir):
    with pytest.raises(ValueError, match="set both or neither"):
        Embedded(run_dir, given={"DATABASE_OWNER_URL": "postgres://o@db/c"})


def test_rows_persist_over_a_restart_and_passwords_stay(run_dir):
    with embedded(run_dir) as servers:
        first = servers.environment["DATABASE_URL"]
        with psycopg.connect(servers.environment["DATABASE_OWNER_URL"]) as owner:
            owner.execute("CREATE TABLE kept AS SELECT 7 AS number")
    with embedded(run_dir) as servers:
        assert servers.environment["DATABASE_URL"] == first
        with psycopg.connect(first) as serving:
            assert serving.execute("SELECT number FROM kept").fetchone() == (7,)


def test_the_cluster_checks_its_pages_and_knows_czech_capitals(run_dir):
    with Embedded(run_dir, given={"REDIS_URL": "-"}) as servers, servers.postgres.connect() as admin:
        assert [
            admin.execute(f"SHOW {name}").fetchone()[0] for name in ("data_checksums", "fsync", "server_encoding")
        ] == [
            "on",
            "on",
            "UTF8",
        ]
        assert admin.execute("SHOW synchronous_commit").fetchone() == ("on",)
        assert admin.execute("SELECT upper('žluť')").fetchone() == ("ŽLUŤ",)


def test_killed_servers_come_back_on_the_same_addresses(run_dir):
    with embedded(run_dir) as servers:
        addresses = dict(servers.environment)
        servers.postgres.kill()
        servers.valkey.kill()
        assert servers.restart_if_dead() == ["postgres", "valkey"]
        assert servers.environment == addresses
        psycopg.connect(addresses["DATABASE_URL"]).close()
        with redis.Redis.from_url(addresses["REDIS_URL"]) as client:
            assert client.ping()


def test_valkey_keeps_its_data_over_a_restart_when_asked_to(run_dir):
    with Embedded(run_dir, given={"DATABASE_URL": "-"}, persistent=True) as servers:
        with redis.Redis.from_url(servers.environment["REDIS_URL"]) as client:
            client.set("kept", "1")
        servers.valkey.restart()
        with redis.Redis.from_url(servers.environment["REDIS_URL"]) as client:
            assert client.get("kept") == b"1"
        servers.valkey.stop()
        servers.valkey.erase()
        servers.valkey.start()
        with redis.Redis.from_url(servers.environment["REDIS_URL"]) as client:
            assert client.get("kept") is None


def test_other_commands_find_the_running_servers_and_none_after_the_end(run_dir):
    with embedded(run_dir) as servers:
        assert environment_of_running(run_dir) == servers.environment
        left_behind = (run_dir / "servers.json").read_text()
        assert stat.S_IMODE((run_dir / "servers.json").stat().st_mode) == 0o600
    assert environment_of_running(run_dir) == {}
    (run_dir / "servers.json").write_text(left_behind)
    assert environment_of_running(run_dir) == {}


def test_a_second_run_in_the_same_directory_is_refused(run_dir):
    with embedded(run_dir), pytest.raises(AlreadyRunning, match=f"process {os.getpid()}"):
        embedded(run_dir)
    embedded(run_dir).stop()


def test_an_interrupted_initdb_is_done_again(run_dir):
    servers = embedded(run_dir)
    nursery = servers.postgres.home / "nursery" / "data"
    nursery.mkdir(parents=True)
    (nursery / "PG_VERSION").write_text("18")
    with servers:
        psycopg.connect(servers.environment["DATABASE_URL"]).close()


def test_a_wrong_password_is_refused(run_dir):
    with embedded(run_dir) as servers:
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(host=str(servers.postgres.sockets), dbname="connectify", user="postgres", password="x")
        with (
            redis.Redis(port=servers.valkey.port, password="x", retry=None) as client,
            pytest.raises(redis.exceptions.AuthenticationError),
        ):
            client.ping()


def test_a_deep_run_directory_gets_a_short_socket_path(run_dir):
    deep = run_dir / ("d" * 90)
    with Embedded(deep, fast=True, given={"REDIS_URL": "-"}) as servers:
        assert len(str(servers.postgres.sockets)) <= place.LONGEST_SOCKET_DIRECTORY
        psycopg.connect(servers.environment["DATABASE_URL"]).close()
    sockets = servers.postgres.sockets
    erase(deep)
    assert not sockets.exists()
    assert not deep.exists()


def test_a_directory_closed_to_others_works_for_root_and_user_alike(run_dir):
    closed = run_dir / "closed"
    closed.mkdir(mode=0o700)
    inner = closed / "run"
    with Embedded(inner, fast=True, given={"REDIS_URL": "-"}) as servers:
        psycopg.connect(servers.environment["DATABASE_URL"]).close()
        home = servers.postgres.home
        assert home.is_relative_to(closed) is (os.geteuid() != 0)
    erase(inner)
    assert not home.exists()


def test_files_that_others_cannot_read_are_copied_for_the_servers_user(run_dir):
    source = run_dir / "package"
    (source / "bin").mkdir(parents=True)
    program = source / "bin" / "program"
    program.write_text("x")
    program.chmod(0o700)
    (source / "data").write_text("y")
    (source / "data").chmod(0o600)
    assert place.readable_copy(source, run_dir, None) == source
    copies = run_dir / "copies"
    copies.mkdir()
    copy = place.open_copy(source, copies)
    assert copy == copies / "package"
    assert stat.S_IMODE((copy / "bin" / "program").stat().st_mode) == 0o755
    assert stat.S_IMODE((copy / "data").stat().st_mode) == 0o644


def test_backends_end_with_a_killed_server(run_dir):
    with embedded(run_dir) as servers, servers.postgres.connect("connectify_app") as connection:
        backend = connection.info.backend_pid
        servers.postgres.kill()
        from tests.setup.process_table import is_running

        wait_until(lambda: not is_running(backend))
