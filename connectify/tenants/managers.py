"""Managers bound to the tenant in force (DESIGN decision 3): the first of the two locks; row security is the second."""

from __future__ import annotations

import uuid
from typing import Any, TypeVar

from django.db import models

from connectify.tenants.context import require_tenant_id

M = TypeVar("M", bound=models.Model)


class TenantManager(models.Manager[M]):
    """Sees the rows of the tenant in force and raises NoTenant without one."""

    use_in_migrations = False

    def get_queryset(self) -> models.QuerySet[M]:
        return super().get_queryset().filter(tenant_id=require_tenant_id())

    def create(self, **fields: Any) -> M:
        fields.setdefault("tenant_id", require_tenant_id())
        return super().create(**fields)

    def bulk_create(self, objs: Any, *args: Any, **kwargs: Any) -> list[M]:
        tenant_id: uuid.UUID = require_tenant_id()
        rows = list(objs)
        for row in rows:
            row.tenant_id = row.tenant_id or tenant_id
        return super().bulk_create(rows, *args, **kwargs)
