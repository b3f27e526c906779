"""Whose program is calling: from the key in the header to the company in force."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Final, NamedTuple

from django.db import connection

from connectify import clock
from connectify.api.models import ApiKey
from connectify.api.services import PREFIX, sha256_of
from connectify.users.models import User

NOTED_EVERY: Final = dt.timedelta(minutes=1)
_LONGEST: Final = 200


class KeyFact(NamedTuple):
    tenant_id: uuid.UUID
    key_id: uuid.UUID


class Caller(NamedTuple):
    """A key in force. What it does is audited as done by who made it, by way of the key."""

    key: ApiKey

    @property
    def actor(self) -> User:
        return self.key.created_by

    @property
    def via(self) -> str:
        return f"api:{self.key.name}"

    def may(self, scope: str) -> bool:
        return scope in self.key.scopes


def find_key(authorization: str) -> KeyFact | None:
    """The key of an Authorization header, before any company is in force. None: not one that is valid now."""
    scheme, _, plain = authorization.strip().partition(" ")
    plain = plain.strip()
    if scheme.lower() != "bearer" or not plain.startswith(PREFIX) or len(plain) > _LONGEST:
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT tenant_id, key_id FROM connectify_api_key(%s)", [sha256_of(plain)])
        row = cursor.fetchone()
    return None if row is None else KeyFact(*row)


def caller_of(fact: KeyFact) -> Caller | None:
    """In the company's scope."""
    key = ApiKey.objects.select_related("created_by").filter(pk=fact.key_id).first()
    return None if key is None else Caller(key)


def note_use(caller: Caller) -> None:
    """At most once a minute, and never waiting for a parallel request of the same key that does it."""
    now, last = clock.now(), caller.key.last_used_at
    if last is not None and now - last < NOTED_EVERY:
        return
    free = ApiKey.objects.select_for_update(skip_locked=True).filter(pk=caller.key.pk)
    ApiKey.objects.filter(pk__in=list(free.values_list("pk", flat=True))).update(last_used_at=now)
