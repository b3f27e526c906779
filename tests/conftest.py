"""What every test may ask for.

- `db` (pytest-django): a transaction that is rolled back, as the serving role.
- `committed_db`: real commits, for tests with several connections, threads or processes; emptied afterwards.
- `servers`: the running PostgreSQL and Valkey, for tests that kill and restart them.
- `run_dir`: a directory for servers of the test's own (`Embedded`, `Supervisor`, `manage.py demo`).
- `redis_url`: an emptied Valkey.
- `reference_dir`: the official schemas, which are other people's files and not part of the project.
- `chromium`: the browser's program, for tests marked `browser`.
"""

import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import servers as test_servers
from tests.directories import run_directory
from tests.emptying import Emptier

ROOT = Path(__file__).resolve().parents[1]
IN_CI = os.environ.get("CI", "").lower() == "true"
LOOPBACK = ("127.", "::1", "localhost")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "reference: reads the official schemas from the reference directory")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if find_chromium() is None:
        for item in items:
            if item.get_closest_marker("browser"):
                item.add_marker(pytest.mark.skip(reason="no Chromium found (set CHROMIUM, or install chromium)"))


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One more than there are cores: tests wait for processes more than they compute."""
    return 0 if test_servers.are_given() else (os.cpu_count() or 1) + 1


def pytest_unconfigure(config: pytest.Config) -> None:
    test_servers.stop()


@pytest.fixture(scope="session", autouse=True)
def loopback_only() -> Iterator[None]:
    """Refuse connections and look-ups beyond this machine, so that no test depends on the network."""
    connect, connect_ex, getaddrinfo = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def check(host: object) -> None:
        if isinstance(host, bytes):
            host = host.decode()
        if host and not str(host).startswith(LOOPBACK):
            raise AssertionError(f"a test tried to reach {host}")

    def checked(original):
        def call(self: socket.socket, address: object) -> object:
            if self.family in (socket.AF_INET, socket.AF_INET6):
                check(address[0])
            return original(self, address)

        return call

    def look_up(host: object, *arguments: object, **named: object) -> object:
        check(host)
        return getaddrinfo(host, *arguments, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", checked(connect))
        patch.setattr(socket.socket, "connect_ex", checked(connect_ex))
        patch.setattr(socket, "getaddrinfo", look_up)
        yield


@pytest.fixture(scope="session")
def servers() -> object:
    """The running servers (`connectify.embedded.Embedded`); None where they were given from outside."""
    return test_servers.start()


@pytest.fixture
def run_dir() -> Iterator[Path]:
    """A run directory for servers and processes of a test's own."""
    with run_directory() as directory:
        yield directory


@pytest.fixture
def redis_url(servers: object) -> str:
    import redis

    url = os.environ["REDIS_URL"]
    with redis.Redis.from_url(url) as client:
        client.flushall()
    return url


@pytest.fixture(scope="session")
def django_db_setup(servers: Any, django_test_environment: None, django_db_blocker) -> Iterator[Emptier]:
    """Migrate as the owner; the tests run as the serving role.

    The emptier is made here, before any test: a table that a rolled-back test has written to no longer looks empty.
    """
    from django.core.management import call_command
    from django.db import connections

    with django_db_blocker.unblock():
        call_command("migrate", database="owner", verbosity=0, interactive=False)
        connections["owner"].close()
    embedded = servers.postgres if servers is not None else None
    yield Emptier(os.environ["DATABASE_OWNER_URL"], embedded and embedded.connect)
    with django_db_blocker.unblock():
        connections.close_all()


@pytest.fixture(scope="session")
def emptier(django_db_setup: Emptier) -> Emptier:
    return django_db_setup


@pytest.fixture
def committed_db(emptier: Emptier, django_db_blocker) -> Iterator[None]:
    """Every statement commits. Afterwards all tables are emptied, except of what the migrations put there."""
    from django.db import connections

    with django_db_blocker.unblock():
        try:
            yield
        finally:
            connections.close_all()
            emptier.empty()


@pytest.fixture(scope="session")
def reference_dir() -> Path:
    path = Path(os.environ.get("CONNECTIFY_REFERENCE", ROOT.parent / "shared" / "reference"))
    if path.is_dir():
        return path
    reason = f"the official schemas are not at {path} (set CONNECTIFY_REFERENCE)"
    if IN_CI:
        pytest.fail(reason)
    pytest.skip(reason)


def find_chromium() -> str | None:
    """The path of a Chromium: named by CHROMIUM, on the PATH, or installed by Playwright."""
    if named := os.environ.get("CHROMIUM"):
        return named if shutil.which(named) else None
    for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"):
        if found := shutil.which(name):
            return found
    caches = (Path.home() / ".cache/ms-playwright", Path.home() / "Library/Caches/ms-playwright")
    names = ("chromium-*/chrome-linux*/chrome", "chromium-*/chrome-mac*/Chromium.app/Contents/MacOS/Chromium")
    return next((str(found) for cache in caches for name in names for found in sorted(cache.glob(name))), None)


@pytest.fixture(scope="session")
def chromium() -> str:
    found = find_chromium()
    assert found is not None, "a test that asks for chromium must be marked `browser`"
    return found
