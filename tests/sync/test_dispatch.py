"""From due rows to tasks: each due resource once, nothing twice at once, and what was lost comes again."""

import threading
import uuid

import pytest
from celery import current_app
from django.db import connection, transaction
from kombu.exceptions import OperationalError

from connectify.sync import dispatch, due, tasks
from connectify.sync.due import nudge
from connectify.sync.leases import release, take
from connectify.sync.models import Due
from connectify.tenants.context import tenant_scope
from tests.factories import TenantFactory
from tests.sync.conftest import KIND, schedule_resource


@pytest.fixture
def published(monkeypatch):
    """What would have gone to the broker."""
    batches: list[list[tuple[str, uuid.UUID]]] = []

    def publish(more):
        batches.extend(more)
        return True

    for module in (dispatch, due, tasks):
        monkeypatch.setattr(module, "publish", publish)
    return batches


def ids(batches):
    return [resource_id for batch in batches for _, resource_id in batch]


def as_if_later(tenant, **changes):
    with tenant_scope(tenant.pk):
        Due.objects.update(**changes)


def test_a_tick_sends_what_is_due_of_every_tenant_oldest_first(tenant, other_tenant, published):
    third = schedule_resource(tenant.pk, due_in_s=-10)
    first = schedule_resource(other_tenant.pk, due_in_s=-30)
    second = schedule_resource(tenant.pk, due_in_s=-20)
    schedule_resource(other_tenant.pk, due_in_s=60)
    assert dispatch.tick() == 3
    assert ids(published) == [first, second, third]


def test_few_resources_go_one_by_one_so_that_all_workers_share_them(tenant, published):
    for _ in range(3):
        schedule_resource(tenant.pk)
    dispatch.tick()
    assert [len(batch) for batch in published] == [1, 1, 1]


def test_many_resources_go_a_hundred_to_a_task(tenant, published):
    with tenant_scope(tenant.pk), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO sync_due (id, tenant_id, kind, resource_id, interval_s, due_at, epoch, holder, failures, "
            "enabled) SELECT gen_random_uuid(), %s, %s, gen_random_uuid(), 300, now() - interval '1 s', 0, '', 0, true "
            "FROM generate_series(1, 2310)",
            [tenant.pk, KIND],
        )
    assert dispatch.tick() == 2310
    assert len(set(ids(published))) == 2310
    assert {len(batch) for batch in published} <= set(range(1, 101))
    assert len(published) <= 32


def test_what_was_just_sent_is_not_sent_again_at_once(tenant, published):
    schedule_resource(tenant.pk)
    assert (dispatch.tick(), dispatch.tick()) == (1, 0)


def test_a_nudge_that_was_lost_is_repeated(tenant, published):
    resource = schedule_resource(tenant.pk)
    dispatch.tick()
    as_if_later(tenant, nudged_until="2026-01-01T00:00:00Z")
    assert dispatch.tick() == 1
    assert ids(published) == [resource, resource]


def test_what_is_being_worked_on_is_not_sent_until_its_lease_ends(tenant, published):
    resource = schedule_resource(tenant.pk)
    take(KIND, resource)
    assert dispatch.tick() == 0
    as_if_later(tenant, leased_until="2026-01-01T00:00:00Z")
    assert dispatch.tick() == 1
    assert ids(published) == [resource]


def test_what_is_switched_off_is_never_sent(tenant, published):
    resource = schedule_resource(tenant.pk)
    with tenant_scope(tenant.pk):
        Due.objects.filter(resource_id=resource).update(enabled=False)
    assert dispatch.tick() == 0


def test_the_dispatchers_claim_waits_for_no_locked_row(committed_db):
    tenant = TenantFactory()
    locked, free = (schedule_resource(tenant.pk) for _ in range(2))
    claimed: list[list[dispatch.Pair]] = []

    def claim():
        try:
            claimed.append(dispatch.claim(10))
        finally:
            connection.close()

    with tenant_scope(tenant.pk), connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM sync_due WHERE resource_id = %s FOR UPDATE", [locked])
        thread = threading.Thread(target=claim)
        thread.start()
        thread.join(timeout=20)
    assert claimed == [[(KIND, free)]]


def test_two_dispatchers_at_once_claim_each_row_once(committed_db, published):
    tenant = TenantFactory()
    wanted = {schedule_resource(tenant.pk) for _ in range(40)}
    barrier = threading.Barrier(2)

    def dispatch_all():
        try:
            barrier.wait(timeout=10)
            for _ in range(20):
                dispatch.publish([dispatch.claim(4)])
        finally:
            connection.close()

    threads = [threading.Thread(target=dispatch_all) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    while rest := dispatch.claim(4):
        dispatch.publish([rest])
    assert set(ids(published)) == wanted
    assert len(ids(published)) == len(wanted)


def test_while_one_dispatcher_claims_a_second_one_goes_away(committed_db, published):
    tenant = TenantFactory()
    schedule_resource(tenant.pk)
    sent: list[int] = []

    def tick():
        try:
            sent.append(dispatch.tick())
        finally:
            connection.close()

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [dispatch._ADVISORY_KEY])
        thread = threading.Thread(target=tick)
        thread.start()
        thread.join(timeout=20)
    assert sent == [0]
    assert dispatch.tick() == 1


def test_a_broker_that_does_not_answer_costs_no_work(tenant, monkeypatch):
    resource = schedule_resource(tenant.pk)

    class Dead:
        def acquire(self, **_):
            raise OperationalError("no broker")

    monkeypatch.setattr(type(current_app._get_current_object()), "producer_pool", Dead())
    assert dispatch.tick() == 0
    as_if_later(tenant, nudged_until="2026-01-01T00:00:00Z")
    assert dispatch.claim(10) == [(KIND, resource)]


def test_a_nudge_is_published_after_its_commit_and_not_after_a_rollback(
    tenant, published, django_capture_on_commit_callbacks
):
    resource = schedule_resource(tenant.pk, due_in_s=3600)
    with django_capture_on_commit_callbacks(execute=True), tenant_scope(tenant.pk):
        nudge(KIND, resource)
        assert published == []
    assert ids(published) == [resource]
    published.clear()
    with django_capture_on_commit_callbacks(execute=True), tenant_scope(tenant.pk):
        nudge(KIND, resource)
        transaction.set_rollback(True)
    assert published == []


def test_a_nudge_whose_publishing_fails_still_makes_the_resource_due(
    tenant, monkeypatch, django_capture_on_commit_callbacks
):
    def broken(_):
        raise ConnectionError("no broker")

    monkeypatch.setattr(due, "publish", broken)
    resource = schedule_resource(tenant.pk, due_in_s=3600)
    with django_capture_on_commit_callbacks(execute=True), tenant_scope(tenant.pk):
        nudge(KIND, resource)
    assert dispatch.claim(10) == [(KIND, resource)]


def test_a_batch_that_takes_long_goes_back_to_the_queue(tenant, published, monkeypatch):

    resources = [schedule_resource(tenant.pk) for _ in range(3)]
    monkeypatch.setattr(tasks, "_START_WITHIN_S", -1.0)
    ran: list[uuid.UUID] = []
    monkeypatch.setattr(tasks, "run_resource", lambda kind, resource_id: ran.append(resource_id))
    tasks.run_batch([[KIND, str(resource)] for resource in resources])
    assert ran == resources[:1]
    assert ids(published) == resources[1:]


def test_a_resource_that_has_gone_since_is_passed_over(db):
    tasks.run_batch([[KIND, str(uuid.uuid4())]])


def test_released_resources_wait_for_their_next_time(tenant, published):
    resource = schedule_resource(tenant.pk)
    release(take(KIND, resource), next_in_s=60, failures=0)
    assert dispatch.tick() == 0
