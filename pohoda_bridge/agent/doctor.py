"""`check`: each thing the agent needs, what is wrong and what to do. Opens no session, writes nothing to Pohoda."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryFile
from typing import Final

from msgspec import Struct

from pohoda_bridge.agent.home import (
    CONFIG,
    KEY,
    Config,
    HomeError,
    load_config,
    load_key,
    load_password,
    print_folder,
)
from pohoda_bridge.agent.http import AdaptiveDeadline, Http, HttpError
from pohoda_bridge.agent.journal import FILE as JOURNAL
from pohoda_bridge.agent.journal import Journal, JournalError
from pohoda_bridge.agent.mserver import LookupFailed, MServer, NotReady
from pohoda_bridge.documents import ExternalId

FREE_BYTES: Final = 200 * 1024 * 1024
_PROBE: Final = ExternalId("connectify-check", "connectify:check:0")


class Finding(Struct, frozen=True):
    """`name` of the check; `problem` = the message's name, "" when all is well; `detail` for support."""

    name: str
    problem: str = ""
    detail: str = ""


def examine(home: Path) -> Iterator[Finding]:
    """Goes on after a finding as far as it makes sense."""
    if not any((home / name).exists() for name in (CONFIG, KEY, JOURNAL)):
        yield Finding("config", "config.absent", str(home))
        return  # nothing was ever set up here, so nothing is damaged
    config: Config | None = None
    try:
        config = load_config(home)
        yield Finding("config", detail=f"{config.server}, {config.pin.ico} {config.pin.database} {config.pin.year}")
    except HomeError as error:
        yield Finding("config", "config.bad", str(error))
    yield _try("key", lambda: load_key(home).public_key().public_bytes_raw().hex()[:16], HomeError)
    yield _try("journal", lambda: _journal(home), JournalError)
    free = shutil.disk_usage(home if home.exists() else home.parent).free
    yield Finding("disk", "" if free >= FREE_BYTES else "disk.bad", f"{free // 1024 // 1024} MB")
    if config is not None:
        yield _print_folder(home, config)
        yield _platform(config)
        yield from _pohoda(home, config)


def _try(name: str, check: Callable[[], str], expected: type[Exception]) -> Finding:
    try:
        return Finding(name, detail=check())
    except expected as error:
        return Finding(name, f"{name}.bad", str(error))


def _journal(home: Path) -> str:
    journal = Journal.open(home)
    try:
        return f"{journal.generation}; open: {len(journal.open_entries())}"
    finally:
        journal.close()


def _print_folder(home: Path, config: Config) -> Finding:
    """Whether this account may write there; of Pohoda's own account only a print can tell."""
    try:
        folder = print_folder(home, config)
        with TemporaryFile(dir=folder) as probe:
            probe.write(b"%PDF-")
    except (HomeError, OSError) as error:
        return Finding("print", "print.bad", str(error))
    return Finding("print", detail=folder)


def _platform(config: Config) -> Finding:
    """Asks without a signature: the platform's refusal is the proof that it is there."""
    http = Http()
    try:
        url = f"{config.server}/bridge/v1/session"
        answer = http.exchange("POST", url, headers={}, body=b"{}", deadline_s=15, limit=256 * 1024)
    except HttpError as error:
        return Finding("platform", "platform.bad", str(error))
    finally:
        http.close()
    if answer.status >= 500:
        return Finding("platform", "platform.bad", f"HTTP {answer.status}")
    if answer.status < 400 or b"<html" in answer.body[:2000].lower():
        return Finding("platform", "platform.foreign", f"HTTP {answer.status}")
    return Finding("platform", detail=config.server)


def _pohoda(home: Path, config: Config) -> Iterator[Finding]:
    try:
        password = load_password(home)
    except HomeError as error:
        yield Finding("mserver", "mserver.denied", str(error))
        return
    mserver = MServer(
        config.mserver, user=config.user, password=password, write_deadline=AdaptiveDeadline(), read_deadline_s=60
    )
    try:
        detail = mserver.preflight(config.pin)
        yield Finding("mserver", detail=f"{detail.company}, {detail.database}, {detail.year}")
        mserver.find_orders(config.pin, _PROBE)
        yield Finding("rights")
    except NotReady as error:
        yield Finding("mserver", f"mserver.{error.code}", error.detail)
    except LookupFailed as error:
        yield Finding("rights", "rights.bad", str(error))
    finally:
        mserver.close()
