"""A program for the tests: a supervisor over two children, one of which has a child of its own.

python -m tests.setup.supervised RUN_DIR MARK [servers]
"""

import sys
from contextlib import suppress
from pathlib import Path

from connectify.embedded import Embedded
from connectify.processes import LogLine, Process, Supervisor

FAMILY = """
import subprocess, sys, threading
grandchild = subprocess.Popen([sys.executable, "-c", "import threading; threading.Event().wait()", sys.argv[1]])
print("ready", flush=True)
threading.Event().wait()
"""
STUBBORN = """
import signal, sys, threading
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready", flush=True)
threading.Event().wait()
"""


def supervise(run_dir: Path, mark: str, servers: Embedded | None) -> None:
    # A signal that comes before `run` has taken the signals over unwinds instead.
    with (
        suppress(KeyboardInterrupt, SystemExit),
        Supervisor(run_dir, servers=servers, say=lambda line: print(line, flush=True)) as supervisor,
    ):
        supervisor.start_all(
            [
                Process("family", [sys.executable, "-c", FAMILY, mark], ready=LogLine("^ready")),
                Process(
                    "stubborn", [sys.executable, "-c", STUBBORN, mark], ready=LogLine("ready"), stop_steps="SIGTERM:0.2"
                ),
            ]
        )
        print(f"READY {supervisor.child('family').pid}", flush=True)
        supervisor.run()
    print("STOPPED", flush=True)


def main() -> None:
    run_dir, mark = Path(sys.argv[1]), sys.argv[2]
    if "servers" in sys.argv:
        with Embedded(run_dir, fast=True, given={}) as servers:
            supervise(run_dir, mark, servers)
    else:
        supervise(run_dir, mark, None)


if __name__ == "__main__":
    main()
