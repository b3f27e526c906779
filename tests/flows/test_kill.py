"""A real worker, agent or web process dies at each named step of the order flow; nothing is lost or doubled."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from allegro_integration.demo import scenario
from allegro_integration.demo.world import SELLER, World
from connectify.domain.crashpoints import ORDER_CREATE, ORDER_INTAKE, TOKEN

pytestmark = [pytest.mark.processes, pytest.mark.timeout(150)]

LIMIT_S = 100.0
OF_ORDERS = ORDER_INTAKE + ORDER_CREATE + TOKEN


def until(world: World, holds: Callable[[], Any], what: str) -> None:
    """Waits for an observable fact while the supervisor does its work; fails naming the fact."""
    end = time.monotonic() + LIMIT_S
    while time.monotonic() < end:
        world.supervisor.check()
        if holds():
            return
        world.supervisor.pause(0.05)
    pytest.fail(f"not within {LIMIT_S:.0f} s: {what}")


def arm(world: World, point: str) -> None:
    """The next process that reaches the point dies there, once."""
    gate = world.run_dir / "gates" / point
    gate.parent.mkdir(exist_ok=True)
    if point == "P2.s07.pohoda_committed":
        order = {"path": str(gate), "seconds": 4}
        scenario.fault(world, "pohoda", "gate_after_commit", times=1, params=order)
    if point == "P6.s04.rotated":
        scenario.fault(world, "allegro", "gate_after_rotate", times=1, params={"path": str(gate), "seconds": 4})
    has_gate = point in ("P2.s07.pohoda_committed", "P6.s04.rotated")
    (world.crash_dir / "armed").write_text(f"{point}@{gate}" if has_gate else point)


def created(world: World) -> Counter[str]:
    """How often Pohoda really made an order, by checkout form."""
    entries = world.applied("pohoda")
    return Counter(entry["key"].rsplit("/", 1)[1] for entry in entries if entry["kind"] == "order.created")


def refused_tokens(world: World) -> list[dict[str, Any]]:
    return [entry for entry in world.applied("allegro") if entry["kind"] == "token.refused"]


@pytest.mark.parametrize("point", OF_ORDERS)
def test_a_process_that_dies_there_loses_nothing_and_doubles_nothing(world: World, point: str) -> None:
    arm(world, point)
    if point in TOKEN:
        world.control("allegro", "POST", "tokens/expire", {"seller": SELLER})
    (form_id,) = scenario.buy(world, count=1, seed=9000 + OF_ORDERS.index(point), marketplace="allegro-cz")

    until(world, (world.crash_dir / point).exists, f"somebody reaches {point}")
    until(world, lambda: not any(row.problems for row in scenario.rows(world)), f"settled after {point}")

    assert created(world)[form_id] == 1
    assert set(created(world).values()) == {1}
    assert refused_tokens(world) == []


def test_the_points_are_the_27_of_the_reliability_plan() -> None:
    assert (len(ORDER_INTAKE), len(ORDER_CREATE), len(TOKEN)) == (7, 13, 7)
    assert len(set(OF_ORDERS)) == 27


def test_losing_all_of_valkey_in_mid_run_loses_no_order(world: World) -> None:
    before = set(created(world))
    bought = scenario.buy(world, count=6, seed=9900, marketplace="allegro-sk")
    until(world, lambda: set(created(world)) - before, "the first orders arrive")

    valkey = world.servers.valkey
    assert valkey is not None
    valkey.kill()
    valkey.erase()
    bought += scenario.buy(world, count=6, seed=9901, marketplace="allegro-cz")

    until(world, lambda: not any(row.problems for row in scenario.rows(world)), "settled without what Valkey held")
    assert {form_id: created(world)[form_id] for form_id in bought} == dict.fromkeys(bought, 1)
