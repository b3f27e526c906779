"""The append-only account of what a sandbox was asked and of what it really did.

Two files per directory: `<name>.jsonl`, every HTTP exchange whole and in order, and `applied.jsonl`,
shared by the sandboxes of one run, the effects. The product never reads them; the checkers read nothing else.
"""

import json
import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

Entry = dict[str, Any]


def utc_now() -> datetime:
    return datetime.now(UTC)


class Ledger:
    """Ledger of one sandbox; `name` is "allegro" or "pohoda". Safe to use from several threads.

    Effects written by an earlier process with the same directory are read again at the start, so indexes go on.
    """

    def __init__(self, directory: Path, name: str, now: Callable[[], datetime] = utc_now) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.name = name
        self._now = now
        self._lock = threading.Lock()
        applied = directory / "applied.jsonl"
        self._entries: list[Entry] = [e for e in _read_lines(applied) if e.get("sandbox") == name]
        self._exchange_file = _open_append(directory / f"{name}.jsonl")
        self._applied_file = _open_append(applied)

    def exchange(self, entry: Entry) -> None:
        """Append one recorded exchange (see `recorder.ExchangeRecorder` for its keys)."""
        with self._lock:
            _append(self._exchange_file, entry)

    def applied(self, kind: str, key: str, data: Entry) -> None:
        """Record one effect: what was done (`kind`, a dotted participle), to whom (`key`), and how (`data`)."""
        entry = {"at": self._now().isoformat(), "sandbox": self.name, "kind": kind, "key": key, "data": data}
        with self._lock:
            _append(self._applied_file, entry)
            self._entries.append(entry)

    def entries(self, after: int = 0) -> list[Entry]:
        """Effects of this sandbox from index `after` on; pass `after + len(result)` the next time."""
        with self._lock:
            return self._entries[after:]

    def close(self) -> None:
        with self._lock:
            for descriptor in (self._exchange_file, self._applied_file):
                if descriptor >= 0:
                    os.close(descriptor)
            self._exchange_file = self._applied_file = -1


def _open_append(path: Path) -> int:
    descriptor = os.open(path, os.O_APPEND | os.O_CREAT | os.O_RDWR, 0o644)
    size = os.fstat(descriptor).st_size
    if size and os.pread(descriptor, 1, size - 1) != b"\n":
        os.write(descriptor, b"\n")  # a writer was killed in the middle of its line: the next one starts clean
    return descriptor


def _append(descriptor: int, entry: Entry) -> None:
    if descriptor < 0:
        return
    line = json.dumps(entry, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")
    os.write(descriptor, line + b"\n")


def _read_lines(path: Path) -> list[Entry]:
    if not path.exists():
        return []
    entries = []
    for line in path.read_bytes().splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict):
            entries.append(entry)
    return entries
