"""Making and revoking keys of partners' programs. A key is shown once; what is kept is its hash."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Iterable
from typing import Final

from connectify import clock
from connectify.api.models import ApiKey
from connectify.api.scopes import SCOPES, unknown
from connectify.audit.services import record_audit
from connectify.domain.errors import Rejected
from connectify.users.models import User

PREFIX: Final = "cfy_"  # lets scanners of leaked secrets know one when they see it
_HINT: Final = 8
# A key nobody remembers must die by itself (RELIABILITY U5).
LIVES: Final = dt.timedelta(days=90)
LIVES_AT_MOST: Final = dt.timedelta(days=365)


def sha256_of(key: str) -> str:
    """What is kept of a key: 256 random bits need no slow hash."""
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()


def create_key(
    *, name: str, scopes: Iterable[str], actor: User, expires_at: dt.datetime | None = None
) -> tuple[ApiKey, str]:
    """A new key of the company in force → (its row, the key in plain, to be shown this once).

    `expires_at`: 90 days from now unless given, and a year at most. Raises Rejected: "key_without_name",
    "key_without_scope", "unknown_scope", "key_expired", "key_lives_too_long".
    """
    now = clock.now()
    expires_at = now + LIVES if expires_at is None else expires_at
    name, wanted = name.replace("\x00", "").strip()[:80], set(scopes)
    if not name:
        raise Rejected("key_without_name")
    if not wanted:
        raise Rejected("key_without_scope")
    if strange := unknown(wanted):
        raise Rejected("unknown_scope", scope=", ".join(strange)[:200])
    if expires_at <= now:
        raise Rejected("key_expired")
    if expires_at > now + LIVES_AT_MOST:
        raise Rejected("key_lives_too_long", days=LIVES_AT_MOST.days)
    plain = PREFIX + secrets.token_urlsafe(32)
    key = ApiKey.objects.create(
        name=name,
        hint=plain[:_HINT],
        key_sha256=sha256_of(plain),
        scopes=[scope for scope in SCOPES if scope in wanted],
        created_by=actor,
        expires_at=expires_at,
    )
    after = {
        "name": name,
        "hint": key.hint,
        "scopes": key.scopes,
        "expires_at": expires_at.isoformat(),
    }
    record_audit(actor=actor, action="api_key.created", object_kind="api_key", object_id=key.pk, after=after)
    return key, plain


def revoke_key(*, key: ApiKey, actor: User) -> None:
    """From the next request on the key is unknown. Revoking it again changes nothing."""
    current = ApiKey.objects.select_for_update().get(pk=key.pk)
    if current.revoked_at is None:
        current.revoked_at = clock.now()
        current.save(update_fields=["revoked_at"])
        before = {"name": current.name, "hint": current.hint, "scopes": current.scopes}
        record_audit(actor=actor, action="api_key.revoked", object_kind="api_key", object_id=key.pk, before=before)
    key.revoked_at = current.revoked_at
