"""What tests look at after an act, and no page does: the tenant in force, and the record of one object."""

from __future__ import annotations

import uuid

from connectify.audit.models import AuditEntry
from connectify.tenants.context import NoTenant, require_tenant_id


def tenant_in_force() -> uuid.UUID | None:
    try:
        return require_tenant_id()
    except NoTenant:
        return None


def audit_of(object_kind: str, object_id: uuid.UUID) -> list[AuditEntry]:
    """What people did to one object, oldest first."""
    return list(AuditEntry.objects.filter(object_kind=object_kind, object_id=object_id).order_by("at", "id"))
