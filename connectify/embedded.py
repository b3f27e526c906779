"""PostgreSQL and Valkey for a machine that has neither: started from wheels when no address is given.

    with Embedded(Path(".run")) as servers:
        servers.environment  # DATABASE_URL, DATABASE_OWNER_URL, REDIS_URL

An address that the environment holds already is left as it is, and nothing is started for it.
"""

import fcntl
import json
import os
import shutil
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from connectify.processes import place
from connectify.processes.postgres import Postgres, ServerFailed
from connectify.processes.valkey import Valkey

__all__ = ["AlreadyRunning", "Embedded", "ServerFailed", "environment_of_running"]

HANDOVER_WITHIN = 30.0
"""Seconds that the servers of a run that was killed have to end by themselves."""


class AlreadyRunning(Exception):
    """Another run uses this run directory."""


class Embedded:
    """The servers of one run directory. `postgres` and `valkey` are None where an address is given from outside.

    `environment` is complete from the start; the servers run between `start` and `stop` (or inside `with`).
    `fast` trades durability for speed (tests); `persistent` keeps Valkey's data over restarts.
    Raises AlreadyRunning, ServerFailed, and ValueError when only the owner's address is given.
    """

    def __init__(
        self,
        run_dir: Path,
        *,
        fast: bool = False,
        persistent: bool = True,
        given: Mapping[str, str] | None = None,
    ) -> None:
        given = os.environ if given is None else given
        names = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL")
        self.environment = {name: given[name] for name in names if given.get(name)}
        if "DATABASE_OWNER_URL" in self.environment and "DATABASE_URL" not in self.environment:
            raise ValueError("DATABASE_OWNER_URL is set, DATABASE_URL is not: set both or neither")
        self.run_dir = run_dir.absolute()
        self.run_dir.mkdir(parents=True, exist_ok=True)
        self._lock = self._take_lock()
        held = (self._lock,)
        self.postgres = None if "DATABASE_URL" in self.environment else Postgres(self.run_dir, fast=fast, held=held)
        self.valkey = (
            None
            if "REDIS_URL" in self.environment
            else Valkey(self.run_dir, persistent=persistent and not fast, held=held)
        )
        for server in self._servers():
            self.environment.update(server.environment)

    def _servers(self) -> list[Postgres | Valkey]:
        return [server for server in (self.postgres, self.valkey) if server is not None]

    def _take_lock(self) -> int:
        """Lock the run directory. The servers' guards hold the lock with us, so it is free only when they are gone."""
        path = self.run_dir / "lock"
        lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        deadline = time.monotonic() + HANDOVER_WITHIN
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError:
                holder = os.pread(lock, 32, 0).decode() or "?"
                if _is_running(holder) or time.monotonic() > deadline:
                    os.close(lock)
                    raise AlreadyRunning(
                        f"{self.run_dir} is in use by process {holder}; stop it, or set CONNECTIFY_RUN_DIR"
                    ) from None
                time.sleep(0.1)
        os.truncate(lock, 0)
        os.pwrite(lock, str(os.getpid()).encode(), 0)
        return lock

    def __enter__(self) -> "Embedded":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        try:
            for server in self._servers():
                server.start()
        except BaseException:
            self.stop()
            raise
        self._publish()

    def stop(self) -> None:
        """Stop the servers and give the run directory free. The object cannot be started again."""
        (self.run_dir / "servers.json").unlink(missing_ok=True)
        for server in reversed(self._servers()):
            server.stop()
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def restart_if_dead(self) -> list[str]:
        """Start again what has died, on the same address; return the names."""
        dead = [server for server in self._servers() if not server.is_alive()]
        for server in dead:
            server.start()
        return [server.name for server in dead]

    def _publish(self) -> None:
        """Tell other commands of this checkout where the servers are (see `environment_of_running`)."""
        path = self.run_dir / "servers.json"
        partial = path.with_suffix(".partial")
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(self.environment, file)
        partial.rename(path)


def _is_running(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True


def environment_of_running(run_dir: Path) -> dict[str, str]:
    """The addresses of the servers that run for this directory now; empty when none do."""
    try:
        published: dict[str, str] = json.loads((run_dir / "servers.json").read_text())
        lock = os.open(run_dir / "lock", os.O_RDONLY)
    except (OSError, ValueError):
        return {}
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return published
    finally:
        os.close(lock)
    return {}  # left behind by a run that was killed


def erase(run_dir: Path) -> None:
    """Remove what runs of this directory have left, also outside of it. Raises AlreadyRunning."""
    Embedded(run_dir, given={"DATABASE_URL": "-", "REDIS_URL": "-"}).stop()
    outside = place.OPEN_TO_ALL / place.short_name(run_dir)
    for home in (outside, run_dir.absolute() / "postgres"):
        shutil.rmtree(place.SHORT / f"{place.short_name(home)}-s", ignore_errors=True)
    shutil.rmtree(outside, ignore_errors=True)
    shutil.rmtree(run_dir)


if __name__ == "__main__":
    erase(Path(sys.argv[1]))
