"""Reads about tenants that happen before one is in force, through definer functions of the database."""

from __future__ import annotations

import uuid
from typing import NamedTuple

from django.db import connection


class MembershipFact(NamedTuple):
    tenant_id: uuid.UUID
    tenant_name: str
    role: str
    requires_second_factor: bool = False


def memberships_of(user_id: uuid.UUID) -> list[MembershipFact]:
    """A person's tenants, by name. Suspended tenants are left out."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tenant_id, tenant_name, role, requires_second_factor FROM connectify_memberships_of(%s)", [user_id]
        )
        return [MembershipFact(*row) for row in cursor.fetchall()]
