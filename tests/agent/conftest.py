import datetime as dt
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from pohoda_bridge.agent.journal import FILE, Journal
from tests.agent.pohoda import Pohoda


class FixedClock:
    """Stands still until it is told to wait or to go on."""

    def __init__(self) -> None:
        self.seconds = 1000.0
        self.waits: list[float] = []

    def monotonic(self) -> float:
        return self.seconds

    def now(self) -> dt.datetime:
        return dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC) + dt.timedelta(seconds=self.seconds)

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.seconds += seconds


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture(scope="session")
def pohoda_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pohoda]:
    with Pohoda(tmp_path_factory.mktemp("pohoda")) as running:
        yield running


@pytest.fixture
def pohoda(pohoda_server: Pohoda) -> Pohoda:
    """A freshly seeded unit without faults."""
    pohoda_server.reset()
    return pohoda_server


@pytest.fixture
def home(tmp_path: Path) -> Path:
    made = tmp_path / "home"
    made.mkdir()
    return made


@pytest.fixture
def journal(home: Path, clock: FixedClock) -> Iterator[Journal]:
    made = Journal.create(home, now=clock.now())
    yield made
    made.close()


@pytest.fixture
def threads_journal(home: Path, clock: FixedClock) -> Iterator[Journal]:
    """A journal that the agent's thread uses."""
    Journal.create(home, now=clock.now()).close()
    connection = sqlite3.connect(home / FILE, isolation_level=None, check_same_thread=False)
    yield Journal(connection, "g1")
    connection.close()
