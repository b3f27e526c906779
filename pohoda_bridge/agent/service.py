"""Puts the agent together from its home and runs it until it is told to stop."""

from __future__ import annotations

import logging
import signal
import threading
from pathlib import Path
from types import FrameType

from pohoda_bridge.agent.clock import BackOff, SystemClock
from pohoda_bridge.agent.home import load_config, load_key, load_password, print_folder
from pohoda_bridge.agent.http import AdaptiveDeadline
from pohoda_bridge.agent.importer import Importer
from pohoda_bridge.agent.journal import Journal, JournalError
from pohoda_bridge.agent.loop import Ending, Loop
from pohoda_bridge.agent.mserver import MServer
from pohoda_bridge.agent.platform import Platform
from pohoda_bridge.agent.printer import Printer
from pohoda_bridge.agent.worker import Worker

log = logging.getLogger("connectify.agent")


def run_agent(home: Path) -> Ending:
    """Raises HomeError. SIGTERM and SIGINT end it after the job at hand."""
    config, key = load_config(home), load_key(home)
    stop = threading.Event()
    clock = SystemClock(stop)
    journal = _open_journal(home, clock)
    mserver = MServer(
        config.mserver,
        user=config.user,
        password=load_password(home),
        write_deadline=AdaptiveDeadline(floor_s=config.write_deadline_s),
        read_deadline_s=config.read_deadline_s,
    )
    platform = Platform(config.server, agent=config.agent, key=key)
    importer = Importer(mserver=mserver, journal=journal, clock=clock)
    printer = Printer(mserver=mserver, folder=print_folder(home, config))
    loop = Loop(
        platform=platform,
        worker=Worker(pin=config.pin, mserver=mserver, importer=importer, printer=printer),
        journal=journal,
        agent=config.agent,
        unit=config.unit,
        key=key,
        platform_key=config.platform_key,
        clock=clock,
        back_off=BackOff(),
        stop=stop,
    )
    _end_on_signals(loop, platform, stop)
    try:
        return loop.run()
    finally:
        platform.close()
        mserver.close()
        if journal is not None:
            journal.close()


def _end_on_signals(loop: Loop, platform: Platform, stop: threading.Event) -> None:
    def end(number: int, frame: FrameType | None) -> None:
        stop.set()
        if loop.is_polling:
            platform.abort()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)


def _open_journal(home: Path, clock: SystemClock) -> Journal | None:
    try:
        journal = Journal.open(home)
        journal.prune(now=clock.now())
    except JournalError as error:
        log.error("journal unreadable, writes are stopped, reads go on: %s", error)
        return None
    return journal
