"""One turn of a resource: what its errors mean for the next one."""

import uuid

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.db import OperationalError, connection

from connectify.domain.errors import NeedsUser, Rejected, Retryable
from connectify.sync import backoff
from connectify.sync.leases import LeaseLost, take
from connectify.sync.models import Due, Payload, Run
from connectify.sync.payloads import store_payload
from connectify.sync.pipelines import Pipeline, pipelines_of, register
from connectify.sync.runs import run_resource
from connectify.tenants.context import tenant_scope
from tests.seen import tenant_in_force
from tests.sync.conftest import KIND, schedule_resource

pytestmark = pytest.mark.usefixtures("clean_registries")


@pytest.fixture
def resource(tenant, other_tenant):
    schedule_resource(other_tenant.pk)
    return schedule_resource(tenant.pk, interval_s=300)


def raising(error):
    def run(lease):
        raise error

    return run


def runs(tenant):
    with tenant_scope(tenant.pk):
        return [(run.pipeline, run.outcome, run.code) for run in Run.objects.order_by("started_at", "pipeline")]


def wait_of(tenant, resource_id):
    """(seconds until due by the database's clock, failures)."""
    with tenant_scope(tenant.pk), connection.cursor() as cursor:
        cursor.execute(
            "SELECT extract(epoch FROM due_at - clock_timestamp())::float8, failures FROM sync_due "
            "WHERE resource_id = %s",
            [resource_id],
        )
        return cursor.fetchone()


def test_a_good_run_is_recorded_with_its_counts_and_waits_for_its_slot(tenant, resource):
    register(Pipeline("orders", KIND, lambda lease: {"read": 3}))
    assert run_resource(KIND, resource)
    with tenant_scope(tenant.pk):
        run = Run.objects.get()
        assert (run.outcome, run.counts, run.epoch, run.resource_id) == ("ok", {"read": 3}, 1, resource)
        assert run.finished_at >= run.started_at
        due = Due.objects.get()
        assert (due.holder, due.leased_until, due.failures) == ("", None, 0)
    assert 0 < wait_of(tenant, resource)[0] <= 330


def test_a_run_has_no_tenant_in_force_outside_its_transactions(tenant, resource):
    seen = []

    def run(lease):
        seen.append(tenant_in_force())
        with lease.transaction():
            seen.append(tenant_in_force())
            store_payload(b"x", "text/plain")
        return {}

    register(Pipeline("orders", KIND, run))
    run_resource(KIND, resource)
    assert seen == [None, tenant.pk]
    with tenant_scope(tenant.pk):
        assert Payload.objects.count() == 1


@pytest.mark.parametrize(
    ("error", "outcome", "code", "failures"),
    [
        (Retryable("timeout", "60 s"), "retry", "timeout", 1),
        (OperationalError("server closed the connection"), "retry", "database", 1),
        (NeedsUser("needs_reauth"), "needs_user", "needs_reauth", 0),
        (Rejected("one_record"), "bug", "Rejected", 1),
        (KeyError("x"), "bug", "KeyError", 1),
    ],
)
def test_errors_are_classed_by_who_must_act(tenant, resource, error, outcome, code, failures):
    register(Pipeline("orders", KIND, raising(error)))
    assert run_resource(KIND, resource)
    assert runs(tenant) == [("orders", outcome, code)]
    wait, counted = wait_of(tenant, resource)
    assert counted == failures
    assert 0 < wait <= 330


def test_one_pipelines_error_does_not_keep_the_others_from_running(tenant, resource):
    register(Pipeline("a", KIND, raising(KeyError("x"))))
    register(Pipeline("b", KIND, raising(NeedsUser("needs_reauth"))))
    register(Pipeline("c", KIND, lambda lease: {}))
    run_resource(KIND, resource)
    assert [outcome for _, outcome, _ in runs(tenant)] == ["bug", "needs_user", "ok"]
    assert wait_of(tenant, resource)[1] == 1


def test_a_run_that_was_overtaken_stops_there_and_leaves_the_lease_to_the_other(tenant, resource):
    def is_overtaken(lease):
        with tenant_scope(tenant.pk):
            Due.objects.filter(resource_id=resource).update(leased_until="2026-01-01T00:00:00Z")
        assert take(KIND, resource).epoch == 2
        with lease.transaction():
            raise AssertionError("must not come so far")

    register(Pipeline("a", KIND, is_overtaken))
    register(Pipeline("b", KIND, lambda lease: {}))
    run_resource(KIND, resource)
    assert runs(tenant) == [("a", "lost", "lease_lost")]
    with tenant_scope(tenant.pk):
        due = Due.objects.get()
        assert (due.epoch, due.leased_until is None) == (2, False)


def test_after_the_time_limit_no_further_pipeline_begins(tenant, resource):
    register(Pipeline("a", KIND, raising(SoftTimeLimitExceeded())))
    register(Pipeline("b", KIND, lambda lease: {}))
    run_resource(KIND, resource)
    assert runs(tenant) == [("a", "retry", "time_limit")]
    with tenant_scope(tenant.pk):
        assert Due.objects.get().leased_until is None


def test_failures_in_a_row_are_counted_and_a_good_run_forgets_them(tenant, resource):
    outcome = iter([Retryable("a"), Retryable("a"), None])

    def run(lease):
        error = next(outcome)
        if error:
            raise error
        return {}

    register(Pipeline("orders", KIND, run))
    for expected in (1, 2, 0):
        run_resource(KIND, resource, only_due=False)
        assert wait_of(tenant, resource)[1] == expected


def test_the_other_sides_wish_is_waited_for(tenant, resource):
    register(Pipeline("orders", KIND, raising(Retryable("too_many_requests", retry_after_s=1000))))
    run_resource(KIND, resource)
    assert 900 < wait_of(tenant, resource)[0] <= 1000


def test_a_pipeline_may_ask_to_come_again_earlier_and_the_wish_is_not_counted_as_work(tenant, resource):
    register(Pipeline("orders", KIND, lambda lease: {"read": 1, "again_in_s": 2}))
    run_resource(KIND, resource)
    assert wait_of(tenant, resource)[0] <= 2
    with tenant_scope(tenant.pk):
        assert Run.objects.get().counts == {"read": 1}


def test_a_second_task_for_the_same_resource_does_nothing(tenant, resource):
    register(Pipeline("orders", KIND, lambda lease: {}))
    assert run_resource(KIND, resource)
    assert not run_resource(KIND, resource)
    assert len(runs(tenant)) == 1


def test_what_ends_its_worker_again_and_again_is_left_out_for_a_turn_and_then_tried_again(tenant, resource, settings):
    calls = []
    register(Pipeline("orders", KIND, lambda lease: calls.append(lease) or {}))
    with tenant_scope(tenant.pk):
        Due.objects.update(holder="gone", leased_until="2026-01-01T00:00:00Z", failures=settings.SYNC_ATTEMPTS - 1)
    run_resource(KIND, resource)
    assert (calls, runs(tenant)) == ([], [("", "bug", "worker_died")])
    assert 250 < wait_of(tenant, resource)[0] <= 300
    run_resource(KIND, resource, only_due=False)
    assert len(calls) == 1
    assert wait_of(tenant, resource)[1] == 0


def test_crash_points_stand_right_after_the_lease_was_taken_and_released(tenant, resource, monkeypatch):
    from connectify.sync import runs as module

    reached = []

    def point(name):
        with tenant_scope(tenant.pk):
            reached.append((name, Due.objects.get().leased_until is not None))

    monkeypatch.setattr(module, "crashpoint", point)
    register(Pipeline("orders", KIND, lambda lease: {}, crash_points=("P1.s01.lease", "P1.s07.lease_released")))
    run_resource(KIND, resource)
    assert reached == [("P1.s01.lease", True), ("P1.s07.lease_released", False)]


def test_registering_a_pipeline_again_replaces_it():
    register(Pipeline("orders", KIND, lambda lease: {"old": 1}))
    register(Pipeline("orders", KIND, lambda lease: {"new": 1}))
    [pipeline] = pipelines_of(KIND)
    assert pipeline.run(None) == {"new": 1}
    assert pipelines_of("other.kind") == []


def test_a_lost_lease_counts_as_retryable():
    assert issubclass(LeaseLost, Retryable)


class TestBackoff:
    def test_back_off_grows_is_random_and_never_exceeds_the_interval(self):
        waits = {failures: [backoff.after_failure(failures, 300) for _ in range(400)] for failures in (1, 3, 5, 40)}
        assert max(waits[1]) <= 2
        assert max(waits[3]) <= 8 < max(waits[5]) <= 32 < max(waits[40]) <= 300
        assert min(min(row) for row in waits.values()) >= backoff.SHORTEST_S
        assert len(set(waits[40])) > 100

    def test_a_wish_is_never_cut_short(self):
        assert all(backoff.after_failure(1, 300, wished_s=3600) == 3600 for _ in range(50))

    def test_slots_do_not_drift_however_long_a_run_took(self):
        resource = uuid.uuid4()
        slot = 1_000_000.0 + backoff.until_next_slot(resource, 300, 1_000_000.0)
        for late in (0.0, 1.5, 40.0, 260.0):
            following = slot + late + backoff.until_next_slot(resource, 300, slot + late)
            assert following == pytest.approx(slot + 300, abs=0.01)

    def test_a_slot_that_is_almost_there_is_passed(self):
        resource = uuid.uuid4()
        slot = 1_000_000.0 + backoff.until_next_slot(resource, 300, 1_000_000.0)
        assert backoff.until_next_slot(resource, 300, slot - 20) == pytest.approx(320, abs=0.01)

    def test_thousands_of_resources_spread_evenly_over_the_interval(self):
        waits = [backoff.until_next_slot(uuid.uuid4(), 300, 0.0) for _ in range(5000)]
        by_tenth = [sum(30 + 30 * n <= wait < 60 + 30 * n for wait in waits) for n in range(10)]
        assert min(by_tenth) > 350
