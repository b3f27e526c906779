"""One child process behind its guard (see `guard`): started, watched, stopped, never orphaned."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

GUARD = Path(__file__).with_name("guard.py")


class GuardedChild:
    """A running child. Its output goes straight to `log_path`, so a slow or dead parent never blocks it.

    `stop_steps` are the signals to stop it with and the seconds each is given, e.g. `SIGINT:10,SIGQUIT:5`.
    `held` are descriptors the guard keeps open until the child is gone (a lock file, for example).
    Raises OSError when the child cannot be started.
    """

    def __init__(
        self,
        argv: Sequence[str],
        *,
        log_path: Path,
        environment: Mapping[str, str],
        cwd: Path | None = None,
        stop_steps: str = "SIGTERM:10",
        user: str | None = None,
        held: Sequence[int] = (),
    ) -> None:
        self.log_path = log_path
        self.returncode: int | None = None
        self.pid = 0
        self._heard = b""
        self._control, theirs = socket.socketpair()
        command = [sys.executable, "-I", "-S", str(GUARD), str(theirs.fileno()), str(os.getpid())]
        command += [stop_steps, user or "-", "--", *argv]
        log_path.parent.mkdir(parents=True, exist_ok=True)
        with theirs, log_path.open("ab") as log:
            self._guard = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=dict(environment),
                cwd=cwd,
                pass_fds=(theirs.fileno(), *held),
                start_new_session=True,
            )
        while not self.pid and self._read(block=True):
            pass
        if not self.pid:
            self.wait()
            raise OSError(f"cannot start {argv[0]}; see {log_path}")

    def _read(self, *, block: bool) -> bool:
        """Take in what the guard has said. False once it has nothing more to say."""
        try:
            said = self._control.recv(256, 0 if block else socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False
        except OSError:
            return False
        self._heard += said
        *lines, self._heard = self._heard.split(b"\n")
        for line in lines:
            word, _, number = line.decode().partition(" ")
            if word == "started":
                self.pid = int(number)
            elif word == "exited":
                self.returncode = int(number)
        return bool(said)

    def poll(self) -> int | None:
        """The child's exit status (negative: the signal that ended it), or None while it runs."""
        if self._guard.poll() is None:
            return None
        self._settle()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait until the child and its guard are gone. Raises `subprocess.TimeoutExpired`."""
        self._guard.wait(timeout)
        self._settle()
        assert self.returncode is not None
        return self.returncode

    def _settle(self) -> None:
        if self._control.fileno() < 0:
            return
        while self._read(block=False):
            pass
        if self.returncode is None:
            # The guard was killed, so it could not end the child; we do it in its place.
            if self.pid:
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(self.pid, signal.SIGKILL)
            self.returncode = self._guard.returncode
        self._control.close()

    def request_stop(self) -> None:
        """Begin the stop and return at once."""
        self._send(b"s")

    def stop(self) -> int:
        """Stop as the stop steps say and wait for the end."""
        self.request_stop()
        return self.wait()

    def kill(self) -> int:
        """Kill the child with its whole process group and wait for the end."""
        self._send(b"k")
        return self.wait()

    def _send(self, order: bytes) -> None:
        if self._control.fileno() >= 0:
            with suppress(OSError):
                self._control.send(order)

    def log_tail(self, lines: int = 20) -> str:
        """The last lines of the log, for a message to a person."""
        with self.log_path.open("rb") as log:
            log.seek(max(0, self.log_path.stat().st_size - 16_384))
            text = log.read().decode(errors="replace")
        return "\n".join(text.splitlines()[-lines:])
