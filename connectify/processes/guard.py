"""The guard: stands between a supervisor and one child, and outlives both.

    python -I -S guard.py CONTROL_FD PARENT_PID STOP_STEPS USER -- ARGV...

CONTROL_FD is one end of a socket pair whose other end only the supervisor holds. When it reads end of file, the
supervisor is gone, however it died, and the child's process group is stopped. A parent-death signal would do the same
on Linux alone, and is lost when the child changes its user, as PostgreSQL does.

The supervisor sends `s` (stop as STOP_STEPS says) or `k` (kill now). The guard sends `started PID` and `exited STATUS`.
STOP_STEPS is like `SIGINT:10,SIGQUIT:5`: the signals to try and the seconds each is given; SIGKILL comes last always.
USER is a name to change to, or `-`.

Only the standard library and no imports of ours: it starts in a few milliseconds.
"""

import os
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress

LOOK_AT_PARENT_EVERY = 1.0
"""Seconds. A forked copy of the supervisor may hold the socket open after the supervisor's death."""

GRACE_WITHOUT_PARENT = 5.0
"""Seconds each stop step gets at most when the supervisor is gone: nobody is waiting for a slow, tidy end."""


def parse_steps(text: str) -> list[tuple[int, float]]:
    """`SIGINT:10,SIGQUIT:5` -> [(2, 10.0), (3, 5.0)]."""
    steps = []
    for part in text.split(","):
        name, _, seconds = part.partition(":")
        steps.append((int(signal.Signals[name]), float(seconds)))
    return steps


class Guard:
    def __init__(
        self, control: int, parent: int, steps: list[tuple[int, float]], child: subprocess.Popen[bytes]
    ) -> None:
        self.control = control
        self.parent = parent
        self.steps = steps
        self.child = child
        self.deadline: float | None = None
        self.hurried = False

    def tell(self, line: str) -> None:
        with suppress(OSError):  # when the supervisor is gone there is nobody to tell
            os.write(self.control, line.encode())

    def signal_child(self, number: int) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.child.pid, number)

    def kill_group(self) -> None:
        with suppress(ProcessLookupError, PermissionError):  # macOS answers "not permitted" for a group of zombies
            os.killpg(self.child.pid, signal.SIGKILL)

    def next_step(self) -> None:
        """Send the next stop signal, or kill when all have had their time."""
        if not self.steps:
            self.kill_group()
            self.deadline = time.monotonic() + 1.0
            return
        number, grace = self.steps.pop(0)
        if self.hurried:
            grace = min(grace, GRACE_WITHOUT_PARENT)
        self.signal_child(number)
        self.deadline = time.monotonic() + grace

    def begin_stop(self) -> None:
        if self.deadline is None:
            self.next_step()

    def parent_is_gone(self) -> None:
        if not self.hurried:
            self.hurried = True
            self.deadline = None
            self.begin_stop()

    def hear(self) -> None:
        """Read what the supervisor sent; end of file means it has died."""
        try:
            orders = os.read(self.control, 64)
        except ConnectionError:
            orders = b""
        if not orders:
            self.parent_is_gone()
        elif b"k" in orders:
            self.steps.clear()
            self.next_step()
        elif b"s" in orders:
            self.begin_stop()

    def watch(self, wake: int) -> int:
        """Wait for the child's end; return its status as `subprocess` counts it (negative: a signal)."""
        while True:
            status = self.child.poll()
            if status is not None:
                self.kill_group()
                return status
            timeout = LOOK_AT_PARENT_EVERY
            if self.deadline is not None:
                timeout = min(timeout, max(0.0, self.deadline - time.monotonic()))
            watched = [wake] if self.hurried else [wake, self.control]
            readable, _, _ = select.select(watched, [], [], timeout)
            if wake in readable:
                os.read(wake, 64)
            if self.control in readable:
                self.hear()
            if os.getppid() != self.parent:
                self.parent_is_gone()
            if self.deadline is not None and time.monotonic() >= self.deadline:
                self.next_step()


def start_child(argv: list[str], user: str) -> subprocess.Popen[bytes]:
    """Start the child in a session of its own, as `user` where one is named, so that its group can be ended whole."""
    if user == "-":
        return subprocess.Popen(argv, stdin=subprocess.DEVNULL, start_new_session=True)
    import pwd

    entry = pwd.getpwnam(user)
    return subprocess.Popen(
        argv,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        user=entry.pw_uid,
        group=entry.pw_gid,
        extra_groups=[],
    )


def main(arguments: list[str]) -> int:
    control, parent, steps, user = int(arguments[0]), int(arguments[1]), arguments[2], arguments[3]
    argv = arguments[arguments.index("--") + 1 :]
    wake_read, wake_write = os.pipe()
    os.set_blocking(wake_write, False)
    signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
    # Handlers, not SIG_IGN: an ignored signal would stay ignored in the child.
    guard: Guard | None = None

    def on_signal(number: int, _: object) -> None:
        if number == signal.SIGTERM and guard is not None:
            guard.begin_stop()

    for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, on_signal)
    try:
        child = start_child(argv, user)
    except OSError as error:
        print(f"cannot start {argv[0]}: {error}", file=sys.stderr, flush=True)
        return 127
    guard = Guard(control, parent, parse_steps(steps), child)
    guard.tell(f"started {child.pid}\n")
    status = guard.watch(wake_read)
    guard.tell(f"exited {status}\n")
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
