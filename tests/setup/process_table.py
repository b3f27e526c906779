"""Looks at the machine's processes, for tests that must leave none behind."""

import os
import subprocess
import threading
import time
from collections.abc import Callable


def is_running(pid: int) -> bool:
    """True while the process exists and is not a zombie waiting for its parent."""
    answer = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True)
    return bool(answer.stdout.strip()) and not answer.stdout.strip().startswith("Z")


def processes_with(text: str) -> list[str]:
    """The command lines of the processes that name `text`, this one aside."""
    answer = subprocess.run(["ps", "-ww", "-eo", "pid=,stat=,args="], capture_output=True, text=True, check=True)
    found = []
    for line in answer.stdout.splitlines():
        pid, state, arguments = line.split(None, 2)
        if text in arguments and int(pid) != os.getpid() and not state.startswith("Z"):
            found.append(line)
    return found


def descendants(pid: int) -> list[int]:
    """The process's children, their children, and so on."""
    answer = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True)
    pairs = [tuple(map(int, line.split())) for line in answer.stdout.splitlines()]
    found = [pid]
    for parent in found:
        found.extend(child for child, its_parent in pairs if its_parent == parent)
    return found[1:]


def wait_until(holds: Callable[[], object], *, within: float = 40.0) -> None:
    """Look again and again until it holds; fail when it never does."""
    pause = threading.Event()
    deadline = time.monotonic() + within
    while not holds():
        assert time.monotonic() < deadline, f"did not happen within {within:g} s: {holds.__name__}"
        pause.wait(0.05)
