"""The token vault: how one of many workers refreshes a pair, and how nobody has to sign in again (RELIABILITY 2.3.3).

Allegro's refresh tokens work once, but a used one goes on working for 60 s after its first use, for lost answers. So
the intent is committed before the call; a lost answer is asked for again with the same token inside that minute, by us
or by whoever finds our intent after we died; and a pair is used only when it is stored.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Final, NoReturn, Protocol

from msgspec import Struct

from allegro_integration.client.errors import NotSent, OutcomeUnknown
from allegro_integration.client.oauth import InvalidGrant, TokenPair
from connectify.domain.crashpoints import crashpoint
from connectify.domain.errors import NeedsUser, Retryable

REFRESH_BEFORE: Final = dt.timedelta(hours=2)
# Seconds after the first use at which a lost answer is asked for again, after one try at once.
RETRIES_AT_S: Final = (5, 15, 30)
LOSER_WAITS_S: Final = 0.25
LOSER_GIVES_UP: Final = dt.timedelta(seconds=75)


class RefreshIntent(Struct, frozen=True):
    """Committed before a refresh token is used. `at` is its first use, from which Allegro counts its 60 s."""

    at: dt.datetime
    attempt: int
    fingerprint: str


class StoredTokens(Struct, frozen=True):
    """What the store holds for one account. `version` grows by one with each pair."""

    version: int
    access: str
    refresh: str
    expires_at: dt.datetime
    intent: RefreshIntent | None = None
    needs_reauth: bool = False

    def __repr__(self) -> str:
        return f"StoredTokens(version={self.version}, expires_at={self.expires_at!r}, intent={self.intent!r})"


class LockBusy(Exception):
    """Somebody else refreshes this account now."""


class TokenStore(Protocol):
    """Where the pair lives. Each method but `locked` commits on its own before it returns."""

    def locked(self) -> AbstractContextManager[None]:
        """Excludes every other refresher of this account, in all processes, while the context is open.

        Raises LockBusy at once when somebody holds it (FOR UPDATE NOWAIT). It is held during HTTP calls (75 s at most)
        and must neither block `read`, `commit_intent` and `commit_pair` nor outlive its process.
        """
        ...

    def read(self) -> StoredTokens: ...

    def commit_intent(self, *, version: int, intent: RefreshIntent) -> None: ...

    def commit_pair(self, *, expected_version: int, pair: TokenPair, expires_at: dt.datetime) -> bool:
        """Stores the pair as `expected_version + 1`, clears the intent, keeps the previous pair for 24 h.

        False when the stored version is another one: then nothing changed.
        """
        ...

    def mark_reauth(self, *, version: int) -> None:
        """Notes that a person must sign in again, unless the stored version is another one by now."""
        ...


class TokenVault:
    """The access token of one account, refreshed by exactly one of all who ask. A `TokenProvider` of the API client."""

    def __init__(
        self,
        store: TokenStore,
        refresh: Callable[[str], TokenPair],
        *,
        environment: str,
        seller_id: str,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._store: Final = store
        self._refresh: Final = refresh
        self._environment: Final = environment
        self._seller_id: Final = seller_id
        self._now: Final = now
        self._sleep: Final = sleep
        self._seen: StoredTokens | None = None

    @property
    def environment(self) -> str:
        """Name of the environment that the pair belongs to."""
        return self._environment

    @property
    def seller_id(self) -> str:
        """The seller that the pair belongs to."""
        return self._seller_id

    def access(self) -> str:
        """An access token that has not expired. Raises NeedsUser("reauth"), or Retryable while a refresh hangs.

        Read once and then remembered until it expires or Allegro refuses it: a cycle makes hundreds of calls.
        """
        if self._seen is not None and self._seen.expires_at > self._now():
            return self._seen.access
        tokens = self._usable(self._store.read())
        if tokens.expires_at > self._now():
            self._seen = tokens
            return tokens.access
        return self._refreshed(tokens)

    def after_401(self, rejected: str) -> str:
        """A token other than the one Allegro has just refused."""
        self._seen = None
        tokens = self._usable(self._store.read())
        if tokens.access != rejected:
            return tokens.access
        return self._refreshed(tokens)

    def refresh_if_due(self) -> bool:
        """Refreshes early (less than 2 h left) or adopts the intent of one who died. True when a new pair is stored.

        For the sweeper, every 15 s: a worker that was killed in the middle is then followed inside Allegro's 60 s.
        """
        tokens = self._store.read()
        if tokens.needs_reauth or not self._is_due(tokens):
            return False
        try:
            with self._store.locked():
                crashpoint("P6.s01.locked")
                current = self._store.read()
                if current.version != tokens.version or current.needs_reauth:
                    return False
                self._rotate(current)
        except LockBusy:
            return False
        crashpoint("P6.s07.unlocked")
        return True

    def _is_due(self, tokens: StoredTokens) -> bool:
        return tokens.intent is not None or tokens.expires_at - self._now() < REFRESH_BEFORE

    def _refreshed(self, seen: StoredTokens) -> str:
        """The access token of a pair newer than `seen`: ours, or the one that whoever was quicker stored."""
        give_up = self._now() + LOSER_GIVES_UP
        while self._now() < give_up:
            try:
                with self._store.locked():
                    crashpoint("P6.s01.locked")
                    current = self._usable(self._store.read())
                    fresh = current if current.version != seen.version else self._rotate(current)
            except LockBusy:
                self._sleep(LOSER_WAITS_S)
                fresh = self._usable(self._store.read())
                if fresh.version == seen.version:
                    continue
                return fresh.access
            crashpoint("P6.s07.unlocked")
            return fresh.access
        raise Retryable("refresh_in_progress", "another worker has been refreshing for too long", retry_after_s=15)

    def _rotate(self, tokens: StoredTokens) -> StoredTokens:
        """Refreshes under the lock and stores the pair. Returns what is stored afterwards, also when it is not ours."""
        try:
            pair, asked_at = self._ask(tokens)
        except InvalidGrant:
            newer = self._store.read()
            if newer.version == tokens.version:
                self._give_up(tokens)
            if newer.expires_at > self._now():
                return newer
            return self._rotate_newer(newer)
        return self._commit(tokens, pair, asked_at)

    def _rotate_newer(self, tokens: StoredTokens) -> StoredTokens:
        try:
            pair, asked_at = self._ask(tokens)
        except InvalidGrant:
            self._give_up(tokens)
        return self._commit(tokens, pair, asked_at)

    def _commit(self, tokens: StoredTokens, pair: TokenPair, asked_at: dt.datetime) -> StoredTokens:
        expires_at = asked_at + dt.timedelta(seconds=pair.expires_in_s)
        if not self._store.commit_pair(expected_version=tokens.version, pair=pair, expires_at=expires_at):
            return self._usable(self._store.read())
        crashpoint("P6.s06.committed")
        return StoredTokens(tokens.version + 1, pair.access, pair.refresh, expires_at)

    def _ask(self, tokens: StoredTokens) -> tuple[TokenPair, dt.datetime]:
        """Uses the refresh token, again while its answer is lost. Returns the pair and when it was asked for."""
        mark = fingerprint(tokens.refresh)
        intent = tokens.intent
        if intent is None or intent.fingerprint != mark:
            intent = RefreshIntent(self._now(), 0, mark)
        lost: Retryable | None = None
        for offset in (None, None, *RETRIES_AT_S):
            if offset is not None and not self._wait_until(intent.at + dt.timedelta(seconds=offset)):
                continue
            asked_at = self._now()
            intent = RefreshIntent(intent.at, intent.attempt + 1, mark)
            self._store.commit_intent(version=tokens.version, intent=intent)
            crashpoint("P6.s02.intent")
            try:
                return self._refresh(tokens.refresh), asked_at
            except (NotSent, OutcomeUnknown) as error:
                lost = error
        raise Retryable("token_answer_lost", lost.detail if lost else "", retry_after_s=15) from lost

    def _wait_until(self, at: dt.datetime) -> bool:
        """Sleeps until then; False when that moment has passed, as it does behind slow calls or an adopted intent."""
        left = (at - self._now()).total_seconds()
        if left < 0:
            return False
        self._sleep(left)
        return True

    def _usable(self, tokens: StoredTokens) -> StoredTokens:
        if tokens.needs_reauth:
            raise NeedsUser("reauth", "the account must be linked again")
        return tokens

    def _give_up(self, tokens: StoredTokens) -> NoReturn:
        self._store.mark_reauth(version=tokens.version)
        raise NeedsUser("reauth", "the refresh token is no longer valid")


def fingerprint(token: str) -> str:
    """Names a token without telling it: the first 16 hex digits of its SHA-256."""
    return hashlib.sha256(token.encode()).hexdigest()[:16]
