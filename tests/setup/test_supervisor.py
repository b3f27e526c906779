"""No child outlives its supervisor, however that ends; a child that dies comes back."""

import os
import signal
import subprocess
import sys
import urllib.request
import uuid
from pathlib import Path

import pytest

from connectify.processes import GuardedChild, HttpOk, LogLine, Process, StartFailed, Supervisor
from tests.setup.process_table import descendants, is_running, processes_with, wait_until

pytestmark = pytest.mark.processes
ROOT = Path(__file__).resolve().parents[2]


class Program:
    """tests.setup.supervised as a process of its own, in a session of its own like a terminal's."""

    def __init__(self, run_dir, *options):
        self.mark = f"mark-{uuid.uuid4()}"
        command = [sys.executable, "-m", "tests.setup.supervised", str(run_dir), self.mark, *options]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True)
        self.family = int(self.line_with("READY").split()[1])

    def line_with(self, text):
        for line in self.process.stdout:
            if text in line:
                return line
        raise AssertionError(f"the program ended without saying {text!r}")

    def left(self):
        return processes_with(self.mark)


@pytest.fixture
def program(tmp_path):
    programs = []

    def start(*options, run_dir=tmp_path):
        programs.append(Program(run_dir, *options))
        return programs[-1]

    yield start
    for started in programs:
        if started.process.poll() is None:
            started.process.kill()
        started.process.wait()
        started.process.stdout.close()
        wait_until(lambda started=started: not started.left())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_every_process(program, number):
    running = program()
    assert len(running.left()) == 1 + 2 + 1 + 2  # itself, two children, a grandchild, two guards
    running.process.send_signal(number)
    running.line_with("STOPPED")
    assert running.process.wait() == 0
    assert running.left() == []


def test_ctrl_c_in_the_terminal_goes_to_the_whole_group_and_still_ends_in_order(program):
    running = program()
    os.killpg(running.process.pid, signal.SIGINT)
    running.line_with("STOPPED")
    assert running.process.wait() == 0
    assert running.left() == []


def test_killing_the_supervisor_leaves_no_process(program):
    running = program()
    running.process.kill()
    running.process.wait()
    wait_until(lambda: running.left() == [])


def test_killing_the_supervisors_whole_group_leaves_no_process(program):
    running = program()
    os.killpg(running.process.pid, signal.SIGKILL)
    running.process.wait()
    wait_until(lambda: running.left() == [])


def test_killing_the_supervisor_leaves_no_server(program, run_dir):
    running = program("servers", run_dir=run_dir)
    family = descendants(running.process.pid)
    assert len(family) > 5 + 4 + 3  # the children, their guards, the servers, and PostgreSQL's own children
    running.process.kill()
    running.process.wait()
    wait_until(lambda: not any(map(is_running, family)))


def test_killing_make_leaves_no_process(tmp_path):
    mark = f"mark-{uuid.uuid4()}"
    makefile = tmp_path / "Makefile"
    makefile.write_text(f"demo:\n\t@exec {sys.executable} -m tests.setup.supervised {tmp_path} {mark}\n")
    command = ["make", "--no-print-directory", "-f", str(makefile), "demo"]
    # The tests may themselves run under make, whose variables would be inherited.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True, env=environment
    ) as make:
        assert "READY" in make.stdout.readline()
        make.kill()
    wait_until(lambda: processes_with(mark) == [])


def test_a_killed_child_comes_back(program):
    running = program()
    os.kill(running.family, signal.SIGKILL)
    assert "ended with status -9" in running.line_with("family")
    assert "started again" in running.line_with("family")
    wait_until(lambda: len(running.left()) == 6)
    assert not is_running(running.family)


def test_a_child_whose_guard_is_killed_is_ended_and_comes_back(program):
    running = program()
    parent = subprocess.run(["ps", "-o", "ppid=", "-p", str(running.family)], capture_output=True, text=True)
    os.kill(int(parent.stdout), signal.SIGKILL)
    running.line_with("family was started again")
    wait_until(lambda: not is_running(running.family) and len(running.left()) == 6)


def test_a_child_that_ends_before_it_is_ready_fails_the_start_with_its_last_words(tmp_path):
    process = Process("short", ["/bin/sh", "-c", "echo no disk; exit 3"], ready=LogLine("never"))
    with Supervisor(tmp_path) as supervisor, pytest.raises(StartFailed, match=r"status 3:\nno disk"):
        supervisor.start(process)


def test_a_child_that_never_gets_ready_fails_the_start(tmp_path):
    process = Process("mute", ["/bin/sh", "-c", "exec sleep 60"], ready=LogLine("never"), ready_within=0.2)
    with Supervisor(tmp_path) as supervisor, pytest.raises(StartFailed, match="not ready within"):
        supervisor.start(process)


def test_a_program_that_does_not_exist_is_an_error(tmp_path):
    with pytest.raises(OSError, match="cannot start /nowhere/program"):
        GuardedChild(["/nowhere/program"], log_path=tmp_path / "log", environment={})


def test_a_child_that_keeps_dying_is_started_again_after_growing_pauses(tmp_path, monkeypatch):
    now = [0.0]
    said = []
    monkeypatch.setattr("connectify.processes.supervisor.time.monotonic", lambda: now[0])
    with Supervisor(tmp_path, say=said.append) as supervisor:
        supervisor.start(Process("brief", ["/bin/sh", "-c", "exit 1"]))
        for _ in range(4):
            supervisor.child("brief").wait()
            supervisor.check()  # notices the end
            delay = float(said[-1].split(" in ")[1].split(" s ")[0])
            now[0] += delay
            supervisor.check()  # starts it again
    assert [line.split(" in ")[1].split(" s ")[0] for line in said if " in " in line] == ["0", "0.5", "1", "2"]


def test_readiness_by_http(tmp_path):
    from connectify.processes.ports import free_port

    port = free_port()
    server = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"]
    ready = HttpOk(f"http://127.0.0.1:{port}/")
    with Supervisor(tmp_path) as supervisor:
        assert not ready.holds(tmp_path, 0)
        supervisor.start(Process("web", server, ready=ready, cwd=tmp_path))
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/") as answer:
            assert answer.status == 200


def test_the_log_keeps_what_earlier_runs_said_and_readiness_looks_at_this_run_only(tmp_path):
    (tmp_path / "log").mkdir()
    (tmp_path / "log" / "mute.log").write_text("ready\n")
    process = Process("mute", ["/bin/sh", "-c", "exec sleep 60"], ready=LogLine("ready"), ready_within=0.2)
    with Supervisor(tmp_path) as supervisor, pytest.raises(StartFailed, match="not ready within"):
        supervisor.start(process)
