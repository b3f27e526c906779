"""`make demo-once`: a fixed, seeded run to its end, without a person."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from allegro_integration.demo import way_back
from allegro_integration.demo.compare import Row, compare_orders
from allegro_integration.demo.way_back import Flow, Sides
from allegro_integration.demo.world import SELLER, World

LIMIT_S: Final = 240.0
SEED: Final = 7001
HOLD: Final = {"seconds": 1}
SHIPPED: Final = 24
INVOICED: Final = 14
STOCK_MOVES: Final = 50
PRICE_MOVES: Final = 25


def play(world: World) -> tuple[list[Row], list[Flow]]:
    """A real day with its troubles: purchases, then stock, prices, parcels and invoices; waits until both are quiet."""
    settle(world, done=lambda world: not _differences(world))
    buy(world, count=24, seed=SEED, marketplace="allegro-cz")
    _trouble(world)
    buy(world, count=16, seed=SEED + 1, marketplace="allegro-sk")
    unpaid = buy(world, count=2, seed=SEED + 2, marketplace="allegro-cz", until="FILLED_IN")
    merged = buy(world, count=2, seed=SEED + 3, marketplace="allegro-cz", until="BOUGHT", same_buyer=True)
    world.control("allegro", "POST", "merge", {"forms": merged})
    world.control("allegro", "POST", f"forms/{unpaid[0]}/cancel")
    settle(world)
    _trouble_on_the_way_back(world)
    trade(world)
    ship(world, SHIPPED)
    invoice(world, INVOICED)
    settle(world, done=is_quiet)
    return rows(world), flows(world)


def is_quiet(world: World) -> bool:
    return not any(row.problems for row in rows(world)) and not _differences(world)


def _differences(world: World) -> list[tuple[str, str]]:
    return [problem for flow in flows(world) for problem in flow.problems]


# --- what people do -------------------------------------------------------------------------------------------------


def buy(world: World, **order: Any) -> list[str]:
    return list(world.control("allegro", "POST", "purchases", {"seller": SELLER, **order})["ids"])


def trade(world: World, *, seed: int = SEED) -> None:
    """Counter sales, some to the last piece, receipts of what was sold out, and price changes of a few per cent."""
    draw = random.Random(seed)  # noqa: S311 - the same day each time
    cards = world.control("pohoda", "GET", "stocks")["stocks"]
    free = [card for card in cards if card["count"] - card["reserved"] >= 3]
    empty = [card for card in cards if card["count"] <= 0]
    for number, card in enumerate(draw.sample(free, STOCK_MOVES)):
        pieces = card["count"] - card["reserved"] if number % 10 == 0 else draw.randint(1, 2)
        world.control("pohoda", "POST", f"stocks/{card['code']}/sell", {"quantity": pieces, "store": card["store"]})
    for card in draw.sample(empty, min(6, len(empty))):
        world.control("pohoda", "POST", f"stocks/{card['code']}/receive", {"quantity": 12, "store": card["store"]})
    for card in draw.sample([card for card in cards if "Allegro CZ" in card["levels"]], PRICE_MOVES):
        factor = Decimal(draw.choice(("0.93", "0.96", "1.04", "1.08")))
        levels = {
            name: str((Decimal(price) * factor).quantize(Decimal("0.01"))) for name, price in card["levels"].items()
        }
        world.control("pohoda", "POST", f"stocks/{card['code']}/set", {"levels": levels, "store": card["store"]})


def ship(world: World, count: int) -> list[str]:
    """Issue slips with parcel numbers for the oldest orders; every fourth one stays to be executed by its invoice."""
    chosen = [order for order in _orders(world) if not order["slips"]][:count]
    for number, order in enumerate(chosen):
        body = {"parcel": f"Z{order['id']:09d}", "executed": number % 4 != 3}
        world.control("pohoda", "POST", f"orders/{order['id']}/slip", body)
    return [order["extId"] for order in chosen]


def invoice(world: World, count: int) -> list[str]:
    """Final invoices of orders that have a slip, and some of orders that have none."""
    orders = [order for order in _orders(world) if not order["invoices"]]
    chosen = [order for order in orders if order["slips"]][: count - 2] + [one for one in orders if not one["slips"]][
        :2
    ]
    made = [world.control("pohoda", "POST", f"orders/{order['id']}/invoice", {}) for order in chosen]
    return [one["number"] for one in made]


def _orders(world: World) -> list[dict[str, Any]]:
    orders = world.control("pohoda", "GET", "orders")["orders"]
    return [order for order in orders if order["extId"] and not order["cancelled"]]


# --- what goes wrong ------------------------------------------------------------------------------------------------


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


def _trouble_on_the_way_back(world: World) -> None:
    """Answers that do not arrive, exports that end too early, reports that come late."""
    fault(world, "allegro", "apply_then_timeout", times=1, target="/sale/offer-quantity-change-commands", params=HOLD)
    fault(world, "allegro", "apply_then_timeout", times=1, target="/sale/product-offers", params=HOLD)
    fault(world, "allegro", "command_fail", times=1, params={"code": "SERVICE_UNAVAILABLE", "message": "Try again"})
    fault(world, "allegro", "apply_then_timeout", times=2, target="/invoices", params=HOLD)
    fault(world, "pohoda", "list_cut", times=1, target="list.stock")
    fault(world, "pohoda", "list_without_end", times=1, target="list.invoice")
    fault(world, "pohoda", "print_without_file", times=1)


def fault(world: World, sandbox: str, name: str, **order: Any) -> None:
    world.control(sandbox, "POST", "faults", {"name": name, **order})


# --- what both sides hold -------------------------------------------------------------------------------------------


def rows(world: World) -> list[Row]:
    return compare_orders(world.ready_forms(), world.control("pohoda", "GET", "orders")["orders"])


def flows(world: World) -> list[Flow]:
    """Offers, statuses and invoices of the demo's seller, compared."""
    forms = world.control("allegro", "GET", f"forms?seller={SELLER}")["forms"]
    orders = world.control("pohoda", "GET", "orders")["orders"]
    watched = [order["extId"] for order in orders if order["extId"] and (order["parcel"] or order["invoices"])]
    sides = Sides(
        offers=world.control("allegro", "GET", f"sellers/{SELLER}/offers")["offers"],
        stocks=world.control("pohoda", "GET", "stocks")["stocks"],
        forms={row["id"]: row["form"] for row in forms},
        orders=orders,
        invoices=world.control("pohoda", "GET", "invoices")["invoices"],
        attached={form_id: world.control("allegro", "GET", f"orders/{form_id}/invoices") for form_id in watched},
    )
    return way_back.compare(sides)


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
