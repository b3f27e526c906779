"""Every worker ticks by itself, so that beat is optional (RELIABILITY P11).

With the prefork pool the thread lives in each child, started after the fork (a thread in the parent could hold a lock
in the moment of a fork); with other pools it lives in the worker itself.
"""

from __future__ import annotations

import logging
import random
import threading
from typing import Any

from celery.signals import worker_process_init, worker_ready, worker_shutdown
from django.conf import settings
from django.db import DatabaseError, connection

logger = logging.getLogger(__name__)

_stop = threading.Event()
_thread: threading.Thread | None = None


def start() -> None:
    """Starts this process's ticker; again: nothing happens."""
    global _thread
    if _thread is not None and _thread.is_alive():
        return
    _stop.clear()
    _thread = threading.Thread(target=_run, name="connectify-ticker", daemon=True)
    _thread.start()


def stop() -> None:
    global _thread
    _stop.set()
    if _thread is not None:
        _thread.join(timeout=5)
    _thread = None


def _run() -> None:
    # Workers that started together must not tick together.
    wait = random.uniform(0, settings.SYNC_SWEEP_S)  # noqa: S311
    while not _stop.wait(wait):
        wait = settings.SYNC_SWEEP_S
        tick_once()
    connection.close()


def tick_once() -> None:
    """One tick that survives a database or broker which is away."""
    from connectify.sync import dispatch
    from connectify.sync.tasks import drop_stale_connections

    drop_stale_connections()
    try:
        dispatch.tick()
    except DatabaseError as error:
        logger.warning("no tick: %s", error)
        connection.close()
    except Exception:  # the thread must outlive whatever happens: nothing would tick in this process again
        logger.exception("a tick failed")


@worker_process_init.connect
def _in_prefork_child(**_: Any) -> None:
    start()


@worker_ready.connect
def _in_worker(sender: Any = None, **_: Any) -> None:
    pool = getattr(sender, "pool", None)
    if "prefork" not in type(pool).__module__:
        start()


@worker_shutdown.connect
def _stopped(**_: Any) -> None:
    stop()
