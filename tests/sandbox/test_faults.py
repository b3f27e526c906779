"""The fault switchboard: which fault fires when."""

from connectify.sandbox.faults import Faults


def test_a_fault_fires_as_often_as_it_was_armed_for() -> None:
    faults = Faults()
    faults.set("late", times=2, params={"seconds": 1})
    assert [faults.take("late") for _ in range(3)] == [{"seconds": 1}, {"seconds": 1}, None]
    assert faults.fired == {"late": 2}


def test_an_armed_fault_without_times_fires_until_it_is_cleared() -> None:
    faults = Faults()
    number = faults.set("late")
    other = faults.set("early")
    assert all(faults.take("late") == {} for _ in range(5))
    faults.clear(number)
    assert faults.take("late") is None
    assert [fault["id"] for fault in faults.list()] == [other]
    faults.clear()
    assert faults.list() == []


def test_a_path_is_a_prefix_and_a_name_is_exact() -> None:
    faults = Faults()
    faults.set("late", target="/order")
    faults.set("late", target="12")
    assert faults.take("late", "/order/events") == {}
    assert faults.take("late", "/me", "12") == {}
    assert faults.take("late", "/me", "123") is None
    assert faults.take("late") is None
    assert faults.take("early", "/order") is None


def test_the_first_armed_fault_that_fits_is_used_up_first() -> None:
    faults = Faults()
    faults.set("late", times=1, params={"n": 1})
    faults.set("late", params={"n": 2})
    assert [faults.take("late") for _ in range(3)] == [{"n": 1}, {"n": 2}, {"n": 2}]


def test_draws_of_a_seed_repeat() -> None:
    def draws(seed: int) -> list[bool]:
        faults = Faults()
        faults.set("late", probability=0.3, seed=seed)
        return [faults.take("late") is not None for _ in range(50)]

    assert draws(1) == draws(1)
    assert draws(1) != draws(2)
    assert 5 < sum(draws(1)) < 25


def test_params_given_out_cannot_change_the_armed_fault() -> None:
    faults = Faults()
    faults.set("late", params={"n": 1})
    taken = faults.take("late")
    assert taken is not None
    taken["n"] = 2
    assert faults.take("late") == {"n": 1}
