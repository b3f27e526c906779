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


def prepare() -> None:
    """Put the addresses of servers yet to be started into the environment, where child processes find them too."""
    global _servers, _run_dir
    if given := os.environ.get("DATABASE_URL"):
        database = urlsplit(given).path.lstrip("/")
        if not database.startswith("test") and os.environ.get("CONNECTIFY_TEST_SERVERS") != "prepared":
            raise RuntimeError(f"the tests empty the database they run on; {database!r} does not begin with 'test'")
    if os.environ.get("CONNECTIFY_TEST_SERVERS") == "prepared":
        return
    _run_dir = Path(tempfile.mkdtemp(prefix="cfy-", dir="/tmp"))  # short: socket paths end at 107 bytes
    _run_dir.chmod(0o711)  # as root the server runs as nobody, who must be able to enter
    _servers = Embedded(_run_dir, fast=True)
    os.environ.update(_servers.environment)
    os.environ["CONNECTIFY_TEST_SERVERS"] = "prepared"
    os.environ.setdefault("CONNECTIFY_RUN_DIR", str(_run_dir))
    atexit.register(stop)


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
