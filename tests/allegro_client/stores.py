"""A token store in memory, with the exclusion and the compare-and-swap that the real one has."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from allegro_integration.client.oauth import TokenPair
from allegro_integration.client.vault import LockBusy, RefreshIntent, StoredTokens


class MemoryStore:
    """Thread-safe. `log` tells what was committed, in order."""

    def __init__(self, pair: TokenPair, expires_at: dt.datetime) -> None:
        self.tokens = StoredTokens(1, pair.access, pair.refresh, expires_at)
        self.previous: StoredTokens | None = None
        self.log: list[str] = []
        self.held = threading.Lock()
        self._guard = threading.Lock()

    @contextmanager
    def locked(self) -> Iterator[None]:
        if not self.held.acquire(blocking=False):
            raise LockBusy
        try:
            yield
        finally:
            self.held.release()

    def read(self) -> StoredTokens:
        with self._guard:
            return self.tokens

    def commit_intent(self, *, version: int, intent: RefreshIntent) -> None:
        with self._guard:
            if self.tokens.version == version:
                self.tokens = msgspec.structs.replace(self.tokens, intent=intent)
                self.log.append(f"intent {intent.attempt}")

    def commit_pair(self, *, expected_version: int, pair: TokenPair, expires_at: dt.datetime) -> bool:
        with self._guard:
            if self.tokens.version != expected_version:
                return False
            self.previous = self.tokens
            self.tokens = StoredTokens(expected_version + 1, pair.access, pair.refresh, expires_at)
            self.log.append(f"pair {expected_version + 1}")
            return True

    def mark_reauth(self, *, version: int) -> None:
        with self._guard:
            if self.tokens.version == version:
                self.tokens = msgspec.structs.replace(self.tokens, needs_reauth=True)
                self.log.append("reauth")
