"""Starts named children, waits until they are ready, starts again one that dies, and stops all in order."""

import os
import select
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Protocol

from connectify.processes.child import GuardedChild
from connectify.processes.ready import Ready

FIRST_BACK_OFF = 0.5
LONGEST_BACK_OFF = 30.0
HEALTHY_AFTER = 60.0
"""Seconds a child must have run for its next death to count as the first again."""


class StartFailed(Exception):
    """A child ended or stayed silent before it was ready. The message holds the end of its log."""


class ParentGone(SystemExit):
    """`make` was killed, so nobody waits for this run any more."""


class Servers(Protocol):
    """What runs below the children (PostgreSQL, Valkey) and can be started again."""

    def restart_if_dead(self) -> list[str]:
        """Start again what has died; return the names."""


@dataclass(frozen=True)
class Process:
    """A child to run. `environment` is added to the supervisor's."""

    name: str
    argv: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    ready: Ready | None = None
    ready_within: float = 60.0
    stop_steps: str = "SIGTERM:10"
    restart: bool = True
    cwd: Path | None = None


def _exit_on_term(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


@dataclass
class _Running:
    process: Process
    child: GuardedChild
    log_start: int
    since: float
    back_off: float = 0.0
    start_again_at: float | None = None


class Supervisor:
    """Logs go to `<run_dir>/log/<name>.log`. Use it as a context manager: leaving it stops the children.

    `say` gets one line whenever a child dies or comes back. Under `make` it ends with `make` (`check` raises
    ParentGone): a killed `make` cannot pass the signal on.
    """

    def __init__(
        self,
        run_dir: Path,
        *,
        environment: Mapping[str, str] | None = None,
        servers: Servers | None = None,
        say: Callable[[str], None] = print,
        healthy_after: float = HEALTHY_AFTER,
    ) -> None:
        self.log_dir = run_dir / "log"
        self.environment = {"PYTHONUNBUFFERED": "1", **(os.environ if environment is None else environment)}
        self.servers = servers
        self.say = say
        self.healthy_after = healthy_after
        self.stop_requested = False
        self._make = os.getppid() if "MAKELEVEL" in os.environ else None
        self._term_before: Any = None
        self._running: dict[str, _Running] = {}
        self._wake, self._waker = socket.socketpair()

    def __enter__(self) -> "Supervisor":
        if threading.current_thread() is threading.main_thread():
            # Until `run` takes the signals over, SIGTERM unwinds like Ctrl-C, so that the children end in order.
            self._term_before = signal.signal(signal.SIGTERM, _exit_on_term)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop_all()
        if self._term_before is not None:
            signal.signal(signal.SIGTERM, self._term_before)
        self._wake.close()
        self._waker.close()

    def start(self, process: Process) -> GuardedChild:
        """Start one child and wait until it is ready. Raises StartFailed."""
        running = self._launch(process)
        self._wait_ready(running)
        return running.child

    def start_all(self, processes: Iterable[Process]) -> None:
        """Start several children side by side, then wait until each is ready. Raises StartFailed."""
        self.launch(processes)()

    def launch(self, processes: Iterable[Process]) -> Callable[[], None]:
        """Start several children; the function returned waits until each is ready. It raises StartFailed."""
        launched = [self._launch(process) for process in processes]

        def wait() -> None:
            for running in launched:
                self._wait_ready(running)

        return wait

    def child(self, name: str) -> GuardedChild:
        """The child now running under this name (after a restart it is another one)."""
        return self._running[name].child

    def stop(self, name: str) -> int:
        """Stop one child for good; return its exit status."""
        return self._running.pop(name).child.stop()

    def stop_all(self) -> None:
        """Stop the children, the last started first. A second Ctrl-C kills what is left."""
        interrupted_before = self.stop_requested
        self.stop_requested = False
        while self._running:
            _, running = self._running.popitem()
            running.child.request_stop()
            while running.child.poll() is None:
                self.pause(0.05)
                if self.stop_requested:
                    running.child.kill()
        self.stop_requested = interrupted_before

    def run(self, *, stopping: Callable[[], None] | None = None) -> None:
        """Watch the children until SIGINT or SIGTERM comes, or `stop_requested` is set; `stopping` is told first."""
        earlier = {number: signal.signal(number, self._on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            while not self.stop_requested:
                self.check()
                self.pause(0.2)
            if stopping is not None:
                stopping()
            self.stop_all()
        finally:
            for number, handler in earlier.items():
                signal.signal(number, handler)

    def check(self) -> None:
        """Start again whatever has died and waited out its back-off. Raises ParentGone."""
        if self._make not in (None, os.getppid()):
            raise ParentGone(143)
        for name in self.servers.restart_if_dead() if self.servers else ():
            self.say(f"{name} had died and was started again")
        now = time.monotonic()
        for name, running in list(self._running.items()):
            if running.start_again_at is not None:
                if now >= running.start_again_at:
                    self._launch(running.process, back_off=running.back_off)
                    self.say(f"{name} was started again")
            elif running.child.poll() is not None and running.process.restart:
                self._schedule(running, now)

    def _schedule(self, running: _Running, now: float) -> None:
        if now - running.since > self.healthy_after:
            running.back_off = 0.0
        delay = running.back_off
        running.back_off = min(max(FIRST_BACK_OFF, 2 * delay), LONGEST_BACK_OFF)
        running.start_again_at = now + delay
        self.say(
            f"{running.process.name} ended with status {running.child.returncode}, "
            f"starting it again in {delay:g} s (log: {running.child.log_path})"
        )

    def _launch(self, process: Process, *, back_off: float = 0.0) -> _Running:
        log = self.log_dir / f"{process.name}.log"
        log_start = log.stat().st_size if log.exists() else 0
        child = GuardedChild(
            process.argv,
            log_path=log,
            environment={**self.environment, **process.environment},
            cwd=process.cwd,
            stop_steps=process.stop_steps,
        )
        running = _Running(process, child, log_start, time.monotonic(), back_off)
        self._running[process.name] = running
        return running

    def _wait_ready(self, running: _Running) -> None:
        process, child = running.process, running.child
        if process.ready is None:
            return
        deadline = time.monotonic() + process.ready_within
        while not process.ready.holds(child.log_path, running.log_start):
            if child.poll() is not None:
                raise StartFailed(f"{process.name} ended with status {child.returncode}:\n{child.log_tail()}")
            if time.monotonic() > deadline:
                raise StartFailed(
                    f"{process.name} was not ready within {process.ready_within:g} s:\n{child.log_tail()}"
                )
            self.pause(0.05)

    def pause(self, seconds: float) -> None:
        """Wait, but no longer than until a signal comes."""
        if select.select([self._wake], [], [], seconds)[0]:
            self._wake.recv(64)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.stop_requested = True
        self._waker.send(b"!")
