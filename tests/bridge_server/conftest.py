from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest
import uvicorn

from connectify.sync import directions, pipelines
from connectify.tenants.context import tenant_scope
from pohoda_bridge.server import asgi
from pohoda_bridge.server.keys import make_pair
from pohoda_bridge.server.mirror import listeners, pipeline
from pohoda_bridge.server.mirror.subscriptions import subscribe
from tests.bridge_server.exports import Exporter, card
from tests.bridge_server.fake_agent import FakeAgent
from tests.bridge_server.mirrors import Told, stored
from tests.bridge_server.world import DIRECTION, KIND, Company, found_company


class Bridge:
    """The bridge's app in a real server; `room` is its waiting room once a request came."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        config = uvicorn.Config(
            asgi.application, lifespan="off", log_level="warning", timeout_graceful_shutdown=1, ws="none"
        )
        self.server = uvicorn.Server(config)
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))

    async def _serve(self) -> None:
        await self.server.serve(sockets=[self.socket])
        await asgi.close()

    def start(self) -> None:
        self._thread.start()

    def wait_for_polls(self, count: int) -> None:
        """Until exactly this many polls wait."""
        pause = threading.Event()
        for _ in range(2000):
            if self.waiting() == count:
                return
            pause.wait(0.01)
        raise AssertionError(f"{self.waiting()} polls wait, not {count}")

    def waiting(self) -> int:
        return asgi._room.count() if asgi._room else 0

    def stop(self) -> None:
        self.server.should_exit = True
        self._thread.join(20)
        self.socket.close()
        assert not self._thread.is_alive()


@pytest.fixture
def bridge_settings(settings, tmp_path: Path, monkeypatch):
    """Only a notification wakes a poll: the slow re-check is an hour away."""
    settings.JOB_SIGNING_KEY_FILE = str(tmp_path / "jobs.key")
    settings.JOB_VERIFY_KEY_FILE = tmp_path / "jobs.pub"
    make_pair(tmp_path / "jobs.key", tmp_path / "jobs.pub")
    settings.BRIDGE_RECHECK_S = 3600
    settings.BRIDGE_POLL_WAIT_S = 20
    settings.BRIDGE_REHAND_S = 3600
    monkeypatch.setitem(directions._directions, KIND, DIRECTION)  # for this test alone
    return settings


@pytest.fixture
def company(committed_db: None, bridge_settings) -> Company:
    return found_company("Kola a.s.", "12345678")


@pytest.fixture
def other(company: Company) -> Company:
    """A second tenant, always there."""
    return found_company("Boty s.r.o.", "87654321")


@pytest.fixture
def bridge(company: Company, other: Company) -> Iterator[Bridge]:
    running = Bridge()
    running.start()
    try:
        yield running
    finally:
        running.stop()


@pytest.fixture
def new_agent(bridge: Bridge) -> Iterator[Callable[[], FakeAgent]]:
    made: list[FakeAgent] = []

    def make() -> FakeAgent:
        made.append(FakeAgent(bridge.address))
        return made[-1]

    yield make
    for agent in made:
        agent.close()


@pytest.fixture
def enrolled(new_agent: Callable[[], FakeAgent]) -> Callable[[Company], FakeAgent]:
    def make(company: Company) -> FakeAgent:
        agent = new_agent()
        assert agent.enrol(company.code()).status_code == 200
        return agent

    return make


@pytest.fixture
def agent(enrolled: Callable[[Company], FakeAgent], company: Company) -> FakeAgent:
    """The company's active agent with an open session."""
    made = enrolled(company)
    made.opened()
    return made


@pytest.fixture
def stranger(enrolled: Callable[[Company], FakeAgent], other: Company) -> FakeAgent:
    """The other company's active agent with an open session."""
    made = enrolled(other)
    made.opened()
    return made


# --- the mirror ------------------------------------------------------------------------------------------------------


@pytest.fixture
def mirror_alone(monkeypatch: pytest.MonkeyPatch, bridge_settings) -> None:
    """A unit's turn is its mirror's; nobody listens yet; pages of three."""
    monkeypatch.setattr(pipelines, "_pipelines", {one.name: one for one in pipeline.PIPELINES})
    for name in ("_changed", "_held", "_failed"):
        monkeypatch.setattr(listeners, name, type(getattr(listeners, name))())
    bridge_settings.MIRROR_PAGE = 3


@pytest.fixture
def neighbour(db: None, mirror_alone: None) -> Exporter:
    """A second tenant with the same record ids in its mirror."""
    made = _exporter("Boty s.r.o.", "87654321")
    made.cards(*(card(number, f"BOTY-{number}") for number in range(1, 6)))
    made.export()
    return made


@pytest.fixture
def pohoda(neighbour: Exporter) -> Iterator[Exporter]:
    """A unit whose stock is subscribed; the neighbour's mirror must be as it was in the end."""
    yield _exporter("Kola a.s.", "12345678")
    assert stored(neighbour) == {number: (f"BOTY-{number}", Decimal(5), 0) for number in range(1, 6)}


@pytest.fixture
def told(pohoda: Exporter) -> Told:
    """What listeners of the unit's stock hear."""
    heard: Told = []
    listeners.on_changed("stock", lambda unit, rows, gone: heard.append((unit.ico, rows, gone)))
    return heard


def _exporter(name: str, ico: str) -> Exporter:
    company = found_company(name, ico)
    with tenant_scope(company.tenant_id):
        subscribe(unit=company.unit, agenda="stock", every_s=300)
    return Exporter(company.tenant_id, company.unit)
