"""The serial heart of mServer: one worker takes requests in order, whether their clients still wait or not."""

import asyncio
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

Result = TypeVar("Result")
Job = tuple[Callable[[], object], "Future[object]"]


class SerialQueue:
    """Runs callables one by one on its own thread."""

    def __init__(self) -> None:
        self._jobs: queue.Queue[Job | None] = queue.Queue()
        self._waiting = 0
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._work, name="mserver", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """Requests at work or in the queue."""
        with self._lock:
            return self._waiting

    async def run(self, job: Callable[[], Result]) -> Result:
        """Queue a job and wait for its result. Cancelling the wait does not cancel the job."""
        future: Future[Result] = Future()
        with self._lock:
            self._waiting += 1
        self._jobs.put((job, future))  # type: ignore[arg-type]
        return await asyncio.shield(asyncio.wrap_future(future))

    def close(self) -> None:
        """Finish what is queued, then end the thread; one that still holds a request is left to the process's end."""
        self._jobs.put(None)
        if self._thread is not None:
            self._thread.join(5)

    def _work(self) -> None:
        while (entry := self._jobs.get()) is not None:
            job, future = entry
            try:
                result = job()
            except BaseException as error:  # noqa: BLE001 - it is the waiting handler's to raise
                failure: BaseException | None = error
            else:
                failure = None
            with self._lock:
                self._waiting -= 1
            if failure is not None:
                future.set_exception(failure)
            else:
                future.set_result(result)
