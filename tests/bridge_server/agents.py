"""The real agent, enrolled at the real bridge, beside a running Pohoda sandbox."""

from __future__ import annotations

import random
import sqlite3
import threading
from pathlib import Path

from pohoda_bridge.agent.clock import BackOff, SystemClock
from pohoda_bridge.agent.importer import Importer
from pohoda_bridge.agent.journal import FILE, Journal
from pohoda_bridge.agent.loop import Loop
from pohoda_bridge.agent.platform import Platform
from pohoda_bridge.agent.printer import Printer
from pohoda_bridge.agent.worker import Worker
from pohoda_bridge.documents import UnitPin
from tests.agent.pohoda import Pohoda
from tests.bridge_server.fake_agent import FakeAgent


class BesidePohoda:
    """`enrolled` has the agent's identity and key; its own session is never opened."""

    def __init__(self, address: str, enrolled: FakeAgent, pohoda: Pohoda, pin: UnitPin, home: Path) -> None:
        self._stop = threading.Event()
        clock = SystemClock(self._stop)
        Journal.create(home, now=clock.now()).close()
        self._connection = sqlite3.connect(home / FILE, isolation_level=None, check_same_thread=False)
        journal = Journal(self._connection, "g1")
        channel = pohoda.channel()
        self._platform = Platform(address, agent=enrolled.id, key=enrolled.key)
        self._loop = Loop(
            platform=self._platform,
            worker=Worker(
                pin=pin,
                mserver=channel,
                importer=Importer(mserver=channel, journal=journal, clock=clock),
                printer=Printer(mserver=channel, folder=str(home)),
            ),
            journal=journal,
            agent=enrolled.id,
            unit=enrolled.unit,
            key=enrolled.key,
            platform_key=enrolled.platform_key,
            clock=clock,
            back_off=BackOff(base_s=0.01, cap_s=0.02, rng=random.Random(1)),
            stop=self._stop,
        )
        self._thread = threading.Thread(target=self._loop.run, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        if self._loop.is_polling:
            self._platform.abort()
        self._thread.join(20)
        self._platform.close()
        self._connection.close()
        assert not self._thread.is_alive()
