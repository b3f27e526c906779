"""The tenant in force: a context variable for our code, a transaction-local setting for PostgreSQL's row security."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import connection, transaction

_tenant: ContextVar[uuid.UUID | None] = ContextVar("connectify_tenant", default=None)


class NoTenant(RuntimeError):
    """Tenant data was asked for while no tenant is in force: a bug, never an empty list."""


class OtherTenant(RuntimeError):
    """A second tenant was entered inside a first one: a bug."""


def require_tenant_id() -> uuid.UUID:
    tenant_id = _tenant.get()
    if tenant_id is None:
        raise NoTenant
    return tenant_id


@contextmanager
def tenant_scope(tenant_id: uuid.UUID) -> Iterator[None]:
    """Opens a transaction in which this tenant's rows, and no others, exist.

    The setting is transaction-local, so a pooled connection cannot carry it to the next user. Entering the same tenant
    again nests as a savepoint; entering another one raises OtherTenant.
    """
    before = _tenant.get()
    if before is not None:
        if before != tenant_id:
            raise OtherTenant(f"{tenant_id} inside {before}")
        with transaction.atomic():
            yield
        return
    token = _tenant.set(tenant_id)
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('app.tenant', %s, true)", [str(tenant_id)])
            yield
            if connection.savepoint_ids and not connection.needs_rollback:
                # In an outer transaction the setting would outlive this block; a rollback takes it back.
                with connection.cursor() as cursor:
                    cursor.execute("SELECT set_config('app.tenant', '', true)")
    finally:
        _tenant.reset(token)
