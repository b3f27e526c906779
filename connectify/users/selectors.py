"""Reading about people: who signs in with a second factor."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from allauth.mfa.models import Authenticator


def with_second_factor(user_ids: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """Those of these people who have an authenticator app. Recovery codes alone are no second factor."""
    rows = Authenticator.objects.filter(user_id__in=list(user_ids), type=Authenticator.Type.TOTP)
    return set(rows.values_list("user_id", flat=True))


def has_second_factor(user_id: uuid.UUID) -> bool:
    return bool(with_second_factor([user_id]))
