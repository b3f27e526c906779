"""The polls that wait in this process, and what wakes them. A waiting poll costs an event: no thread, no connection.

One connection LISTENs for all of them; one slow question finds what a lost notification missed. Work with the database
runs in a few threads, each with its own connection.
"""

from __future__ import annotations

import asyncio
import logging
import random
import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Final, TypeVar

import psycopg
from django.conf import settings
from django.db import Error as DatabaseError
from django.db import close_old_connections, connections

from pohoda_bridge.server.wakeup import CHANNEL, units_with_jobs

logger = logging.getLogger(__name__)

THREADS: Final = 4
CONNECTION_KEPT_S: Final = 60
FIRST_PAUSE_S: Final = 0.5
LONGEST_PAUSE_S: Final = 30.0

_T = TypeVar("_T")


class WaitingRoom:
    """Belongs to one event loop; `close` ends its tasks, threads and connections."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self._events: dict[tuple[uuid.UUID, uuid.UUID], set[asyncio.Event]] = {}
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="bridge", initializer=_keep_connection)
        self.listening = asyncio.Event()
        self._tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._ask_again())]

    async def work(self, function: Callable[..., _T], *arguments: Any) -> _T:
        """Runs a function that uses the database in one of the threads."""
        return await self.loop.run_in_executor(self._threads, _with_connection, function, *arguments)

    @contextmanager
    def place(self, tenant_id: uuid.UUID, unit_id: uuid.UUID) -> Iterator[asyncio.Event]:
        """An event that is set when the unit may have a job."""
        event = asyncio.Event()
        events = self._events.setdefault((tenant_id, unit_id), set())
        events.add(event)
        try:
            yield event
        finally:
            events.discard(event)
            if not events:
                self._events.pop((tenant_id, unit_id), None)

    def count(self) -> int:
        return sum(len(events) for events in self._events.values())

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.to_thread(self._end_threads)

    def _end_threads(self) -> None:
        together = threading.Barrier(THREADS, timeout=10)

        def end() -> None:
            together.wait()
            connections.close_all()

        for _ in range(THREADS):
            self._threads.submit(end)
        self._threads.shutdown(wait=True)

    def _wake(self, units: set[uuid.UUID] | None) -> None:
        for (_, unit_id), events in self._events.items():
            if units is None or unit_id in units:
                for event in events:
                    event.set()

    async def _listen(self) -> None:
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(**_address(), autocommit=True) as listener:
                    await listener.execute(f"LISTEN {CHANNEL}")
                    pause_s = FIRST_PAUSE_S
                    self.listening.set()
                    self._wake(None)  # whatever was said while nobody listened
                    async for notice in listener.notifies():
                        self._wake({uuid.UUID(notice.payload)})
            except (psycopg.Error, OSError) as error:
                logger.warning("not listening for jobs: %s", str(error).strip())
            except ValueError:
                logger.exception("a notification that is not a unit")
            self.listening.clear()
            await asyncio.sleep(pause_s * random.uniform(0.5, 1.0))  # noqa: S311
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    async def _ask_again(self) -> None:
        while True:
            await asyncio.sleep(settings.BRIDGE_RECHECK_S * random.uniform(0.8, 1.2))  # noqa: S311
            try:
                self._wake(await self.work(units_with_jobs, list(self._events)))
            except DatabaseError as error:
                logger.warning("waiting polls were not checked: %s", str(error).strip())


def _keep_connection() -> None:
    """These threads last, unlike those of Django's requests: signing in anew for each message would cost more."""
    own = connections["default"]
    own.settings_dict = {**own.settings_dict, "CONN_MAX_AGE": CONNECTION_KEPT_S}


def _with_connection(function: Callable[..., _T], *arguments: Any) -> _T:
    close_old_connections()
    try:
        return function(*arguments)
    finally:
        close_old_connections()


def _address() -> dict[str, Any]:
    database = settings.DATABASES["default"]
    named = {
        "dbname": database["NAME"],
        "user": database["USER"],
        "password": database["PASSWORD"],
        "host": database["HOST"],
        "port": database["PORT"],
    }
    given = {key: value for key, value in named.items() if value}
    return {**given, "keepalives_idle": 30, "connect_timeout": 5, **database["OPTIONS"]}
