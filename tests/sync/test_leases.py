"""Leases: one holder at a time, and nothing is ever committed under an epoch that has passed."""

import threading
import uuid

import pytest
from django.db import connection

from connectify.sync.due import nudge, schedule
from connectify.sync.leases import LeaseLost, release, take
from connectify.sync.models import Due, Payload
from connectify.sync.payloads import store_payload
from connectify.tenants.context import tenant_scope
from tests.factories import TenantFactory
from tests.sync.conftest import KIND, schedule_resource


@pytest.fixture
def resource(tenant, other_tenant):
    schedule_resource(other_tenant.pk)
    return schedule_resource(tenant.pk)


def row(tenant, resource_id):
    with tenant_scope(tenant.pk):
        return Due.objects.get(resource_id=resource_id)


def expire(tenant, resource_id):
    """The lease's time is over, as if its holder had vanished."""
    with tenant_scope(tenant.pk), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE sync_due SET leased_until = clock_timestamp() - interval '1 s' WHERE resource_id = %s",
            [resource_id],
        )


def in_other_threads(*works):
    """Runs each in a thread with a connection of its own; returns what they returned, in order."""
    results: list[object] = [None] * len(works)

    def call(index, work):
        try:
            results[index] = work()
        finally:
            connection.close()

    threads = [threading.Thread(target=call, args=item) for item in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
        assert not thread.is_alive()
    return results


def test_a_lease_names_its_tenant_and_raises_the_epoch(tenant, resource):
    lease = take(KIND, resource)
    assert (lease.tenant_id, lease.epoch, lease.failures) == (tenant.pk, 1, 0)
    release(lease, next_in_s=60, failures=0)
    assert take(KIND, resource).epoch == 2


def test_who_comes_second_gets_nothing_while_the_lease_lasts(resource):
    assert take(KIND, resource) is not None
    assert take(KIND, resource) is None


def test_what_is_not_scheduled_or_is_switched_off_cannot_be_taken(tenant, resource):
    assert take(KIND, uuid.uuid4()) is None
    assert take("other.kind", resource) is None
    with tenant_scope(tenant.pk):
        Due.objects.filter(resource_id=resource).update(enabled=False)
    assert take(KIND, resource) is None


def test_a_message_delivered_twice_finds_nothing_due_the_second_time(resource):
    lease = take(KIND, resource, only_due=True)
    release(lease, next_in_s=60, failures=0)
    assert take(KIND, resource, only_due=True) is None
    assert take(KIND, resource) is not None


def test_of_two_takers_at_once_one_gets_the_lease(committed_db):
    for _ in range(10):
        resource = schedule_resource(TenantFactory().pk)
        barrier = threading.Barrier(2)

        def attempt(resource=resource, barrier=barrier):
            barrier.wait(timeout=10)
            return take(KIND, resource)

        leases = in_other_threads(attempt, attempt)
        assert [lease is None for lease in leases].count(True) == 1
        assert next(lease for lease in leases if lease).epoch == 1


def test_an_expired_lease_goes_to_the_next_one_and_the_vanished_holder_counts_as_a_failure(tenant, resource):
    take(KIND, resource)
    expire(tenant, resource)
    second = take(KIND, resource)
    assert (second.epoch, second.failures, second.after_crash) == (2, 1, True)


def test_a_holder_that_was_overtaken_can_write_nothing(tenant, resource):
    old = take(KIND, resource)
    expire(tenant, resource)
    new = take(KIND, resource)
    with pytest.raises(LeaseLost), old.transaction():
        store_payload(b"late", "text/plain")
    with new.transaction():
        assert Payload.objects.count() == 0
        store_payload(b"in time", "text/plain")


def test_a_holder_whose_time_is_over_can_write_nothing_even_when_nobody_took_over(tenant, resource):
    lease = take(KIND, resource)
    expire(tenant, resource)
    with pytest.raises(LeaseLost), lease.transaction():
        pass
    for call in (lease.renew, lease.remaining, lambda: lease.require(0)):
        with pytest.raises(LeaseLost):
            call()


def test_nobody_takes_over_between_the_check_of_the_epoch_and_the_commit(committed_db):
    tenant = TenantFactory()
    resource = schedule_resource(tenant.pk)
    lease = take(KIND, resource)
    with lease.transaction():
        # Its time passes while the transaction is open; the row is locked, so a taker goes away empty-handed.
        with connection.cursor() as cursor:
            cursor.execute("UPDATE sync_due SET leased_until = '2000-01-01' WHERE resource_id = %s", [resource])
        assert in_other_threads(lambda: take(KIND, resource)) == [None]
        store_payload(b"finished", "text/plain")
    [taken] = in_other_threads(lambda: take(KIND, resource))
    assert taken.epoch == 2
    with tenant_scope(tenant.pk):
        assert Payload.objects.count() == 1


def test_a_nudge_is_not_kept_waiting_by_a_run_that_is_writing(committed_db):
    tenant = TenantFactory()
    resource = schedule_resource(tenant.pk)
    lease = take(KIND, resource)

    def nudge_it():
        with tenant_scope(tenant.pk), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '2s'")
            nudge(KIND, resource)
        return "nudged"

    with lease.transaction():
        assert in_other_threads(nudge_it) == ["nudged"]


def test_releasing_after_being_overtaken_changes_nothing(tenant, resource):
    old = take(KIND, resource)
    expire(tenant, resource)
    new = take(KIND, resource)
    release(old, next_in_s=0, failures=9)
    after = row(tenant, resource)
    assert (after.epoch, after.holder, after.failures) == (new.epoch, new.holder, 1)
    assert after.leased_until is not None


def test_a_lease_is_renewed_when_a_third_of_it_is_gone_or_the_effect_would_not_fit(tenant, resource, settings):
    settings.SYNC_LEASE_S = 100
    lease = take(KIND, resource)
    lease.require(10)
    assert lease.remaining() < 100
    with tenant_scope(tenant.pk), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE sync_due SET leased_until = clock_timestamp() + interval '66 s' WHERE resource_id = %s", [resource]
        )
    lease.require(10)
    assert 67 < lease.remaining() <= 100
    lease.require(200)
    assert 200 < lease.remaining() <= 225  # the effect's deadline and the margin, a quarter of the lease


def test_scheduling_again_takes_the_new_interval_and_never_postpones(tenant, resource):
    before = row(tenant, resource)
    with tenant_scope(tenant.pk):
        schedule(kind=KIND, resource_id=resource, interval_s=60, due_in_s=3600)
    after = row(tenant, resource)
    assert (after.pk, after.interval_s, after.due_at) == (before.pk, 60, before.due_at)


def test_a_nudge_during_a_run_makes_another_run_follow(tenant, resource):
    lease = take(KIND, resource)
    with tenant_scope(tenant.pk):
        nudge(KIND, resource)
    release(lease, next_in_s=300, failures=0)
    assert take(KIND, resource, only_due=True) is not None


def test_a_nudge_during_a_run_that_failed_waits_for_the_back_off(tenant, resource):
    lease = take(KIND, resource)
    with tenant_scope(tenant.pk):
        nudge(KIND, resource)
    release(lease, next_in_s=300, failures=1)
    assert take(KIND, resource, only_due=True) is None


def test_a_nudge_makes_a_waiting_resource_due_at_once(tenant, resource):
    release(take(KIND, resource), next_in_s=300, failures=0)
    assert take(KIND, resource, only_due=True) is None
    with tenant_scope(tenant.pk):
        nudge(KIND, resource)
    assert take(KIND, resource, only_due=True) is not None


def test_a_nudge_reaches_only_the_resources_of_the_tenant_in_force(tenant, other_tenant, resource):
    release(take(KIND, resource), next_in_s=300, failures=0)
    with tenant_scope(other_tenant.pk):
        nudge(KIND, resource)
    assert take(KIND, resource, only_due=True) is None
