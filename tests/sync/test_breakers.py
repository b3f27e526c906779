"""Circuit breakers: five failures open one, one try at a time closes it again."""

import pytest
from django.db import connection

from connectify.sync.breakers import allow, failed, is_open, succeeded
from connectify.sync.models import Breaker
from connectify.tenants.context import tenant_scope

HOP = "allegro:44000000"


def open_it():
    for _ in range(5):
        failed(HOP)


def its_time_is_up():
    with connection.cursor() as cursor:
        cursor.execute("UPDATE sync_breaker SET retry_at = clock_timestamp() - interval '1 s'")


def test_it_opens_at_the_fifth_failure_in_a_row(inside):
    for _ in range(4):
        failed(HOP)
        assert allow(HOP)
    failed(HOP)
    assert not allow(HOP)
    assert allow("other:hop")


def test_a_success_in_between_starts_the_count_anew(inside):
    for _ in range(4):
        failed(HOP)
    succeeded(HOP)
    for _ in range(4):
        failed(HOP)
    assert allow(HOP)


def test_when_its_time_is_up_one_call_may_try_and_the_others_still_wait(inside):
    open_it()
    its_time_is_up()
    assert [allow(HOP), allow(HOP), allow(HOP)] == [True, False, False]


def test_a_try_that_succeeds_closes_it(inside):
    open_it()
    its_time_is_up()
    assert allow(HOP)
    succeeded(HOP)
    assert [allow(HOP), allow(HOP)] == [True, True]
    breaker = Breaker.objects.get()
    assert (breaker.failures, breaker.opened_at, breaker.backoff_s) == (0, None, 30)


def test_each_try_that_fails_doubles_the_wait_up_to_a_quarter_of_an_hour(inside):
    open_it()
    waits = [Breaker.objects.get().backoff_s]
    for _ in range(7):
        its_time_is_up()
        assert allow(HOP)
        failed(HOP)
        assert not allow(HOP)
        waits.append(Breaker.objects.get().backoff_s)
    assert waits == [30, 60, 120, 240, 480, 900, 900, 900]


def test_opened_since_stays_when_further_tries_fail(inside):
    open_it()
    since = Breaker.objects.get().opened_at
    its_time_is_up()
    allow(HOP)
    failed(HOP)
    assert Breaker.objects.get().opened_at == since


def test_one_tenants_open_breaker_stops_nobody_else(tenant, other_tenant):
    with tenant_scope(tenant.pk):
        open_it()
        assert not allow(HOP)
    with tenant_scope(other_tenant.pk):
        assert allow(HOP)


@pytest.mark.parametrize("call", [succeeded, allow])
def test_a_hop_that_never_failed_needs_no_row(inside, call):
    call(HOP)
    assert not Breaker.objects.exists()


def test_a_hop_may_open_at_its_first_failure_and_try_at_a_steady_pace(inside):
    for _ in range(3):
        failed(HOP, open_after=1, first_s=60, longest_s=60)
        assert not allow(HOP)
        assert (is_open(HOP), Breaker.objects.get().backoff_s) == (True, 60)
        its_time_is_up()
        assert allow(HOP)
        assert not allow(HOP)
    succeeded(HOP)
    assert (allow(HOP), is_open(HOP)) == (True, False)
