"""The rate governor, on a clock that tests move."""

from __future__ import annotations

import pytest

from allegro_integration.client.governor import (
    APP_PER_MINUTE,
    CHANGES,
    PRICES_HOURLY,
    QUANTITIES_HOURLY,
    Governor,
    LeasedBudget,
    Meter,
    TokenBucket,
)
from connectify.domain.errors import Retryable
from tests.allegro_client.conftest import ManualTime


def test_the_whole_application_stays_at_four_fifths_of_allegros_limit(manual_time: ManualTime) -> None:
    governor = Governor(clock=manual_time.seconds, sleep=manual_time.sleep, seller_per_minute=1e6, max_wait_s=5)
    started = manual_time.seconds()
    for number in range(3_000):
        governor.admit(f"seller-{number % 50}")
    minutes = (manual_time.seconds() - started) / 60
    assert APP_PER_MINUTE * minutes + APP_PER_MINUTE / 60 + 1 >= 3_000
    assert APP_PER_MINUTE == 7200


def test_one_greedy_seller_waits_and_another_does_not(manual_time: ManualTime) -> None:
    governor = Governor(clock=manual_time.seconds, sleep=manual_time.sleep, seller_per_minute=60)
    for _ in range(5):
        governor.admit("greedy")
    assert sum(manual_time.slept) == pytest.approx(4)
    slept = len(manual_time.slept)
    governor.admit("other")
    assert len(manual_time.slept) == slept


def test_a_long_wait_is_given_back_with_its_length(manual_time: ManualTime) -> None:
    governor = Governor(clock=manual_time.seconds, sleep=manual_time.sleep, seller_per_minute=6, max_wait_s=5)
    governor.admit("a")
    with pytest.raises(Retryable) as caught:
        governor.admit("a")
    assert caught.value.code == "throttled"
    assert caught.value.retry_after_s == pytest.approx(10, abs=0.1)
    assert manual_time.slept == []


def test_a_refused_seller_pauses_alone(manual_time: ManualTime, governor: Governor) -> None:
    governor.refused("a")
    with pytest.raises(Retryable) as caught:
        governor.admit("a")
    assert caught.value.retry_after_s == pytest.approx(65)
    governor.admit("b")
    manual_time.advance(66)
    governor.admit("a")


def test_a_second_refused_seller_means_that_everybody_pauses_and_goes_on_more_slowly(
    manual_time: ManualTime, governor: Governor
) -> None:
    governor.refused("a")
    governor.refused("b", retry_after_s=30)
    with pytest.raises(Retryable):
        governor.admit("c")
    manual_time.advance(36)
    governor.admit("c")
    with pytest.raises(Retryable):
        governor.admit("a")


def test_a_slowed_bucket_fills_at_the_lower_rate_until_its_time(manual_time: ManualTime) -> None:
    bucket = TokenBucket(per_minute=60, burst=1)
    assert bucket.take(0) == 0
    bucket.slow_down(0.5, until=100)
    assert bucket.take(0) == pytest.approx(2)
    assert bucket.take(2) == 0
    assert bucket.take(102) == 0
    assert bucket.take(102) == pytest.approx(1)


def test_a_leased_budget_spends_its_slice_and_asks_for_the_next() -> None:
    class Source:
        leases = [(2, 10.0), (1, 10.0)]

        def lease(self) -> tuple[int, float]:
            return self.leases.pop(0)

    budget = LeasedBudget(Source())
    assert [budget.take(0), budget.take(1), budget.take(4), budget.take(10), budget.take(12)] == [0, 0, 6, 0, 8]


@pytest.mark.parametrize(("meter", "hourly"), [(PRICES_HOURLY, 150_000), (QUANTITIES_HOURLY, 250_000)])
def test_changes_stay_within_allegros_limits_in_any_minute_and_hour(meter: Meter, hourly: int) -> None:
    assert CHANGES.per_minute + CHANGES.burst <= 9_000
    assert meter.per_minute * 60 + meter.burst <= 0.8 * hourly


def test_commands_of_one_seller_wait_by_the_offers_they_change(manual_time: ManualTime, governor: Governor) -> None:
    governor.admit("a", [(CHANGES, 1000)])
    governor.admit("b", [(CHANGES, 1000)])
    assert manual_time.slept == []
    governor.admit("a", [(CHANGES, 800)])
    assert sum(manual_time.slept) == pytest.approx(6)
    governor.admit("a")
    assert sum(manual_time.slept) == pytest.approx(6)


def test_what_a_refused_admission_took_is_given_back(manual_time: ManualTime, governor: Governor) -> None:
    rare = Meter("rare", per_minute=1, burst=1)
    governor.admit("a", [(rare, 1)])
    for _ in range(5):
        with pytest.raises(Retryable) as caught:
            governor.admit("a", [(CHANGES, 1000), (rare, 1)])
        assert caught.value.retry_after_s == pytest.approx(60)
    governor.admit("a", [(CHANGES, 1000)])
    assert manual_time.slept == []


def test_a_refused_seller_changes_offers_more_slowly_for_a_while(manual_time: ManualTime, governor: Governor) -> None:
    governor.admit("a", [(CHANGES, 1000)])
    governor.refused("a")
    manual_time.advance(66)
    governor.admit("a", [(CHANGES, 1000)])
    governor.admit("a", [(CHANGES, 700)])
    assert sum(manual_time.slept) == pytest.approx(7.5)
