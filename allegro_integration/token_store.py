"""Where the vault keeps an account's pair: sealed in PostgreSQL (RELIABILITY 2.3.3). Called outside transactions."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.db import OperationalError, connection, connections
from django.db.models.functions import Now

from allegro_integration.client.oauth import TokenPair
from allegro_integration.client.vault import LockBusy, RefreshIntent, StoredTokens
from allegro_integration.models import Account, Token, TokenLock
from connectify.sealing.vault import seal, unseal
from connectify.sync import due
from connectify.tenants.context import tenant_scope

TOKEN_KIND: Final = "allegro.token"  # noqa: S105  (a kind of resource, not a secret)
# A worker that died with an intent is followed well inside Allegro's 60 s.
ADOPT_AFTER_S: Final = 10
TOKEN_INTERVAL_S: Final = 1800
KEEP_PREVIOUS: Final = dt.timedelta(hours=24)
LOCK_LIMIT_MS: Final = 90_000


class DjangoTokenStore:
    """The TokenStore of one account. Each method is a transaction of its own, so it refuses to run inside one."""

    def __init__(self, tenant_id: uuid.UUID, account_id: uuid.UUID) -> None:
        self._tenant_id: Final = tenant_id
        self._account_id: Final = account_id

    @contextmanager
    def locked(self) -> Iterator[None]:
        """FOR UPDATE NOWAIT on a connection of its own: it ends with the process, and blocks nobody who stores."""
        own = connections.create_connection("default")
        try:
            with own.cursor() as cursor:
                cursor.execute("BEGIN")
                cursor.execute("SELECT set_config('app.tenant', %s, true)", [str(self._tenant_id)])
                cursor.execute(f"SET LOCAL idle_in_transaction_session_timeout = {LOCK_LIMIT_MS}")
                try:
                    cursor.execute(
                        f"SELECT 1 FROM {TokenLock._meta.db_table} WHERE account_id = %s FOR UPDATE NOWAIT",  # noqa: S608
                        [self._account_id],
                    )
                except OperationalError as error:
                    raise LockBusy from error
                if cursor.fetchone() is None:
                    raise Account.DoesNotExist(self._account_id)
            yield
        finally:
            own.close()

    def read(self) -> StoredTokens:
        with self._transaction():
            token = Token.objects.select_related("account").get(account_id=self._account_id)
            return StoredTokens(
                version=token.version,
                access=_unsealed(token, "access"),
                refresh=_unsealed(token, "refresh"),
                expires_at=token.expires_at,
                intent=_intent(token),
                needs_reauth=token.account.needs_reauth_since is not None,
            )

    def commit_intent(self, *, version: int, intent: RefreshIntent) -> None:
        with self._transaction():
            Token.objects.filter(account_id=self._account_id, version=version).update(
                intent_at=intent.at, intent_attempt=intent.attempt, intent_fingerprint=intent.fingerprint
            )
            due.schedule(
                kind=TOKEN_KIND, resource_id=self._account_id, interval_s=TOKEN_INTERVAL_S, due_in_s=ADOPT_AFTER_S
            )

    def commit_pair(self, *, expected_version: int, pair: TokenPair, expires_at: dt.datetime) -> bool:
        with self._transaction():
            token = Token.objects.select_for_update().get(account_id=self._account_id)
            if token.version != expected_version:
                return False
            token.previous_access, token.previous_refresh = token.access, token.refresh
            token.previous_until = Now() + KEEP_PREVIOUS
            store_pair(token, pair, expires_at)
            token.version = expected_version + 1
            token.intent_at, token.intent_attempt, token.intent_fingerprint = None, 0, ""
            token.save()
            return True

    def mark_reauth(self, *, version: int) -> None:
        with self._transaction():
            if Token.objects.filter(account_id=self._account_id, version=version).exists():
                Account.objects.filter(pk=self._account_id, needs_reauth_since__isnull=True).update(
                    needs_reauth_since=Now()
                )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        if connection.in_atomic_block:
            raise RuntimeError("the token store commits by itself")
        with tenant_scope(self._tenant_id):
            yield


def store_pair(token: Token, pair: TokenPair, expires_at: dt.datetime) -> None:
    """Seals the pair into the row; the caller saves it."""
    token.access = _sealed(token, "access", pair.access)
    token.refresh = _sealed(token, "refresh", pair.refresh)
    token.scope = pair.scope
    token.expires_at = expires_at
    token.updated_at = Now()


def _sealed(token: Token, column: str, secret: str) -> bytes:
    return seal(secret.encode(), table=Token._meta.db_table, column=column, row=token.pk)


def _unsealed(token: Token, column: str) -> str:
    return unseal(bytes(getattr(token, column)), table=Token._meta.db_table, column=column, row=token.pk).decode()


def _intent(token: Token) -> RefreshIntent | None:
    if token.intent_at is None:
        return None
    return RefreshIntent(token.intent_at, token.intent_attempt, token.intent_fingerprint)
