"""The real agent is killed at each of its points, started again, and settles: exactly one order, one result."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectify.domain import crashpoints as platform_points
from pohoda_bridge.agent import cli, crashpoints
from pohoda_bridge.documents import AlreadyThere, Imported
from pohoda_bridge.protocol import ListRead, ReadList, ReportPrinted
from pohoda_bridge.xml import requests
from tests.agent.platform import FakePlatform
from tests.agent.pohoda import importing, printing
from tests.bridge_xml.answers import FORM, PIN

pytestmark = pytest.mark.processes

FOUND_BY_LOOKUP = {
    "P2.s07.pohoda_committed",
    "P2.s08.first_byte_back",
    "P2.s09.response_read",
}


class AgentProcess:
    """`python -m pohoda_bridge.agent run` with a crash directory."""

    def __init__(self, home: Path, crash_dir: Path) -> None:
        self._command = [sys.executable, "-m", "pohoda_bridge.agent", "run", "--home", str(home)]
        self._environment = os.environ | {"CONNECTIFY_CRASH_DIR": str(crash_dir)}
        self._running: list[subprocess.Popen[bytes]] = []

    def start(self) -> subprocess.Popen[bytes]:
        self._running.append(
            subprocess.Popen(self._command, env=self._environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        )
        return self._running[-1]

    def close(self) -> None:
        for process in self._running:
            if process.poll() is None:
                process.kill()
            process.wait(20)


@pytest.fixture
def server() -> Iterator[FakePlatform]:
    with FakePlatform() as running:
        yield running


@pytest.fixture
def agent(server, pohoda, home, tmp_path, monkeypatch) -> Iterator[AgentProcess]:
    monkeypatch.setenv("CONNECTIFY_POHODA_PASSWORD", "heslo")
    cli.main(
        ["enroll", "--server", server.url, "--code", "CODE", "--mserver", pohoda.url, "--user", "mserver",
         "--ico", PIN.ico, "--database", PIN.database, "--year", "2026", "--home", str(home)]
    )  # fmt: skip
    crash_dir = tmp_path / "crash"
    crash_dir.mkdir()
    process = AgentProcess(home, crash_dir)
    yield process
    process.close()


@pytest.mark.parametrize("point", crashpoints.ORDER_POINTS)
def test_killed_at_any_point_there_is_one_order_and_one_result(point, server, pohoda, agent, tmp_path):
    gate = tmp_path / "gate"
    (tmp_path / "crash" / "armed").write_text(f"{point}@{gate}" if point == "P2.s07.pohoda_committed" else point)
    if point == "P2.s07.pohoda_committed":
        pohoda.fault("gate_after_commit", target="import", path=str(gate), seconds=1)
    job_id = server.give(*importing())
    assert agent.start().wait(30) == 137
    assert (tmp_path / "crash" / point).exists()
    agent.start()
    (report,) = server.wait_for(job_id)
    assert isinstance(report.result.outcome, AlreadyThere if point in FOUND_BY_LOOKUP else Imported | AlreadyThere)
    assert len(pohoda.orders()) == 1
    assert len({report.result for report in server.reports}) == 1


@pytest.mark.parametrize("point", [*crashpoints.LIST_POINTS, *crashpoints.PRINT_POINTS])
def test_killed_while_it_reads_it_reads_again_and_reports_once(point, server, pohoda, agent, tmp_path):
    """What was read and not told is asked for anew: nothing of it was written anywhere."""
    armed = tmp_path / "crash" / "armed"
    if point in crashpoints.LIST_POINTS:
        request = requests.stock_page(PIN, id_from=0, count=1000, request_id="CFL-1")
        job, kind = (ReadList(pin=PIN, agenda="stock", pack_id="CFL-1", item_id="CFL-1-1"), request.document), ListRead
    else:
        agent.start()
        server.wait_for(server.give(*importing()))
        agent.close()
        job, kind = printing(pohoda.control("POST", f"orders/{FORM}/invoice")["id"]), ReportPrinted
    armed.write_text(point)
    job_id = server.give(*job)
    assert agent.start().wait(30) == 137
    assert (tmp_path / "crash" / point).exists()
    agent.start()
    (report,) = server.wait_for(job_id)
    assert isinstance(report.result, kind)
    assert len({(report.result, report.body_sha256) for report in server.reports if report.job == job_id}) == 1


def test_the_agents_points_are_the_platforms():
    assert set(crashpoints.ORDER_POINTS) == {
        point for point in platform_points.ORDER_CREATE if point[3:6] not in ("s01", "s02", "s12")
    }
    assert set(crashpoints.POINTS) <= set(platform_points.POINTS)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly_while_it_waits(server, agent, number):
    server.wait_s = 30
    process = agent.start()
    server.wait_until(lambda: server.polls)
    process.send_signal(number)
    assert process.wait(20) == 0


def test_a_newer_session_ends_the_process_with_its_own_exit_code(server, agent):
    process = agent.start()
    server.wait_until(lambda: server.polls)
    server.session = "a newer one"
    assert process.wait(20) == 3
