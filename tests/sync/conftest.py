"""Two tenants, always: whatever is tested with one must leave the other alone."""

import uuid

import pytest

from connectify.sync import directions, pipelines
from connectify.sync.due import schedule
from connectify.tenants.context import tenant_scope
from tests.factories import InstanceFactory, TenantFactory

KIND = "test.resource"


@pytest.fixture
def clean_registries(monkeypatch):
    """Pipelines and kinds of changes of this test alone."""
    monkeypatch.setattr(pipelines, "_pipelines", {})
    monkeypatch.setattr(directions, "_directions", {"test.write": "orders"})


@pytest.fixture
def tenant(db):
    return TenantFactory()


@pytest.fixture
def other_tenant(db):
    """Has an instance of its own, so that there is something to leak."""
    tenant = TenantFactory()
    with tenant_scope(tenant.pk):
        InstanceFactory()
    return tenant


@pytest.fixture
def inside(tenant, other_tenant):
    with tenant_scope(tenant.pk):
        yield tenant


def schedule_resource(tenant_id, *, kind=KIND, interval_s=300, due_in_s=0) -> uuid.UUID:
    resource_id = uuid.uuid4()
    with tenant_scope(tenant_id):
        schedule(kind=kind, resource_id=resource_id, interval_s=interval_s, due_in_s=due_in_s)
    return resource_id
