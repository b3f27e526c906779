"""The servers the tests run on: made ready when the settings load, started when the first test needs them.

Addresses given by the environment win. A database given from outside is emptied by the tests, so its name must
begin with `test`.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from connectify.embedded import Embedded

_servers: Embedded | None = None
_run_dir: Path | None = None
_given = False


def prepare() -> None:
    """Put the addresses of servers yet to be started into the environment, where child processes find them too."""
    global _servers, _run_dir, _given
    prepared, mine = os.environ.get("CONNECTIFY_TEST_SERVERS", ""), os.environ.get("PYTEST_XDIST_WORKER", "alone")
    if prepared == mine:
        return
    _given = not prepared and "DATABASE_URL" in os.environ
    if not prepared and (given := os.environ.get("DATABASE_URL")):
        database = urlsplit(given).path.lstrip("/")
        if not database.startswith("test"):
            raise RuntimeError(f"the tests empty the database they run on; {database!r} does not begin with 'test'")
    _run_dir = Path(tempfile.mkdtemp(prefix="cfy-", dir="/tmp"))  # short: socket paths end at 107 bytes
    _run_dir.chmod(0o711)  # as root the server runs as nobody, who must be able to enter
    # A worker of a parallel run finds the addresses of the process that started it: it takes servers of its own.
    _servers = Embedded(_run_dir, fast=True, given={} if prepared else None)
    os.environ.update(_servers.environment)
    os.environ["CONNECTIFY_TEST_SERVERS"] = mine
    if prepared or "CONNECTIFY_RUN_DIR" not in os.environ:
        os.environ["CONNECTIFY_RUN_DIR"] = str(_run_dir)
    atexit.register(stop)


def are_given() -> bool:
    """Whether the database is somebody else's: then there is only one, and tests cannot run side by side."""
    return _given


def start() -> Embedded | None:
    """The running servers; None where they were given from outside."""
    if _servers is not None:
        _servers.start()
    return _servers


def stop() -> None:
    global _servers
    if _servers is not None and _run_dir is not None:
        _servers.stop()
        _servers = None
        shutil.rmtree(_run_dir, ignore_errors=True)
