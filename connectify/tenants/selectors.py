"""Reads about tenants that happen before one is in force, through definer functions of the database."""

from __future__ import annotations

import uuid
from typing import Final, NamedTuple

from allauth.mfa.models import Authenticator
from django.db import connection

# With whether the person has a second factor, so that the pages of a company that requires one cost no query more.
_MEMBERSHIPS: Final = f"""
SELECT tenant_id, tenant_name, role, requires_second_factor,
  EXISTS (SELECT 1 FROM {Authenticator._meta.db_table} WHERE user_id = %(user)s AND type = %(type)s)
FROM connectify_memberships_of(%(user)s)
"""  # noqa: S608 (the name of a table)


class MembershipFact(NamedTuple):
    tenant_id: uuid.UUID
    tenant_name: str
    role: str
    requires_second_factor: bool = False
    has_second_factor: bool = False


def memberships_of(user_id: uuid.UUID) -> list[MembershipFact]:
    """A person's tenants, by name. Suspended tenants are left out."""
    with connection.cursor() as cursor:
        cursor.execute(_MEMBERSHIPS, {"user": user_id, "type": Authenticator.Type.TOTP})
        return [MembershipFact(*row) for row in cursor.fetchall()]
