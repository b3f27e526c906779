"""A hint tells a worker at once; it is given when somebody could act on it, and not while the resource is held."""

import pytest

from connectify.sync import due
from connectify.sync.due import nudge
from connectify.sync.leases import release, take
from connectify.tenants.context import tenant_scope
from tests.sync.conftest import KIND, schedule_resource


@pytest.fixture
def hints(monkeypatch):
    given = []
    monkeypatch.setattr(due, "hint", lambda kind, resource_id: given.append((kind, resource_id)))
    return given


def nudge_it(tenant, resource_id, capture):
    with capture(execute=True), tenant_scope(tenant.pk):
        nudge(KIND, resource_id)


def test_a_nudge_of_what_nobody_holds_is_told_at_once(tenant, hints, django_capture_on_commit_callbacks):
    resource = schedule_resource(tenant.pk)
    nudge_it(tenant, resource, django_capture_on_commit_callbacks)
    assert hints == [(KIND, resource)]


def test_a_nudge_of_what_is_held_is_told_when_it_is_released(tenant, hints, django_capture_on_commit_callbacks):
    resource = schedule_resource(tenant.pk)
    lease = take(KIND, resource)
    nudge_it(tenant, resource, django_capture_on_commit_callbacks)
    assert hints == []
    release(lease, next_in_s=300, failures=0)
    assert hints == [(KIND, resource)]


def test_a_release_without_a_nudge_tells_nobody(tenant, hints):
    release(take(KIND, schedule_resource(tenant.pk)), next_in_s=300, failures=0)
    assert hints == []


def test_a_run_that_failed_is_not_hurried_by_a_nudge(tenant, hints, django_capture_on_commit_callbacks):
    resource = schedule_resource(tenant.pk)
    lease = take(KIND, resource)
    nudge_it(tenant, resource, django_capture_on_commit_callbacks)
    release(lease, next_in_s=60, failures=1)
    assert hints == []


def test_an_overtaken_holder_tells_nobody(tenant, hints):
    resource = schedule_resource(tenant.pk)
    lease = take(KIND, resource)
    release(lease, next_in_s=0, failures=0)
    hints.clear()
    release(take(KIND, resource), next_in_s=300, failures=0)
    release(lease, next_in_s=0, failures=0)
    assert hints == []
