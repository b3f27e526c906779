"""`make demo-once`: a fixed, seeded run to its end, without a person."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

from allegro_integration.demo.compare import Row, compare_orders
from allegro_integration.demo.world import SELLER, World

LIMIT_S: Final = 240.0
SEED: Final = 7001
HOLD: Final = {"seconds": 1}


def play(world: World) -> list[Row]:
    """Purchases with the troubles of a real day; waits until both sides are quiet. → the comparison."""
    buy(world, count=24, seed=SEED, marketplace="allegro-cz")
    _trouble(world)
    buy(world, count=16, seed=SEED + 1, marketplace="allegro-sk")
    unpaid = buy(world, count=2, seed=SEED + 2, marketplace="allegro-cz", until="FILLED_IN")
    merged = buy(world, count=2, seed=SEED + 3, marketplace="allegro-cz", until="BOUGHT", same_buyer=True)
    world.control("allegro", "POST", "merge", {"forms": merged})
    world.control("allegro", "POST", f"forms/{unpaid[0]}/cancel")
    settle(world)
    return rows(world)


def buy(world: World, **order: Any) -> list[str]:
    return list(world.control("allegro", "POST", "purchases", {"seller": SELLER, **order})["ids"])


def _trouble(world: World) -> None:
    """Each of these loses or doubles an order in a naive integration."""
    fault(world, "allegro", "http_503", times=2, target="/order/checkout-forms")
    fault(world, "allegro", "http_429", times=1, target="/order/events", params={"retry_after": 2})
    fault(world, "allegro", "journal_gap", probability=0.2, seed=SEED, times=4)
    fault(world, "allegro", "journal_duplicate", probability=0.3, seed=SEED, times=6)
    fault(world, "allegro", "apply_then_timeout", times=1, target="/order/checkout-forms", params={"seconds": 1})
    # Only imports, and only some: two faults of one import would hide each other.
    fault(world, "pohoda", "apply_then_timeout", target="order.add", probability=0.1, seed=SEED, times=2, params=HOLD)
    fault(world, "pohoda", "truncated", target="order.add", probability=0.15, seed=SEED + 1, times=2)
    fault(world, "pohoda", "html_200", target="order.add", probability=0.15, seed=SEED + 2, times=2)


def fault(world: World, sandbox: str, name: str, **order: Any) -> None:
    world.control(sandbox, "POST", "faults", {"name": name, **order})


def rows(world: World) -> list[Row]:
    return compare_orders(world.ready_forms(), world.control("pohoda", "GET", "orders")["orders"])


def settle(world: World, *, limit_s: float = LIMIT_S, done: Callable[[World], bool] | None = None) -> bool:
    """Waits until each ready order is in Pohoda once and acknowledged. → False when the limit was over first."""
    end = time.monotonic() + limit_s
    finished = done or (lambda world: not any(row.problems for row in rows(world)))
    while time.monotonic() < end:
        world.supervisor.check()
        if finished(world):
            return True
        time.sleep(0.5)
    return False
