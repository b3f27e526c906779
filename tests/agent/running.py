"""The agent in a thread of the test."""

import random
import threading

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pohoda_bridge.agent.clock import BackOff, SystemClock
from pohoda_bridge.agent.importer import Importer
from pohoda_bridge.agent.journal import Journal
from pohoda_bridge.agent.loop import Ending, Loop
from pohoda_bridge.agent.platform import Platform
from pohoda_bridge.agent.printer import Printer
from pohoda_bridge.agent.worker import Worker
from tests.agent.platform import AGENT, UNIT, FakePlatform
from tests.agent.pohoda import Pohoda
from tests.bridge_xml.answers import PIN


class RunningAgent:
    """The agent's loop in a thread, with the system's clock and back-off of a few milliseconds."""

    def __init__(
        self,
        server: FakePlatform,
        pohoda: Pohoda,
        journal: Journal | None,
        *,
        key: Ed25519PrivateKey | None = None,
        folder: str = "/nowhere",
    ) -> None:
        self.stop = threading.Event()
        key = key or Ed25519PrivateKey.generate()
        server.agent_key = key.public_key().public_bytes_raw()
        self.channel = pohoda.channel()
        clock = SystemClock(self.stop)
        self.platform = Platform(server.url, agent=AGENT, key=key)
        importer = Importer(mserver=self.channel, journal=journal, clock=clock)
        printer = Printer(mserver=self.channel, folder=folder)
        self.loop = Loop(
            platform=self.platform,
            worker=Worker(pin=PIN, mserver=self.channel, importer=importer, printer=printer),
            journal=journal,
            agent=AGENT,
            unit=UNIT,
            key=key,
            platform_key=server.key.public_key().public_bytes_raw(),
            clock=clock,
            back_off=BackOff(base_s=0.01, cap_s=0.02, rng=random.Random(1)),
            stop=self.stop,
        )
        self.ending: Ending | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        self.ending = self.loop.run()

    def join(self) -> Ending | None:
        self._thread.join(20)
        return self.ending

    def close(self) -> None:
        self.stop.set()
        if self.loop.is_polling:
            self.platform.abort()
        self._thread.join(20)
        self.platform.close()
        self.channel.close()
        assert not self._thread.is_alive()
