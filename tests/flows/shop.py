"""The demo's shop in a running world with all four directions armed: what people do, and what both sides hold then."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest

from allegro_integration.demo import scenario
from allegro_integration.demo.world import SELLER, Options, World
from tests.flows.ledgers import Applied, Entry, read_applied
from tests.flows.platform import Platform

LIMIT_S: Final = 90.0
GOODS: Final = 60
SHORT: Final = {
    "CONNECTIFY_LEASE_S": "3",
    "CONNECTIFY_SWEEP_S": "1",
    "CONNECTIFY_NUDGE_S": "3",
    "CONNECTIFY_DISPATCH_S": "0.5",
    "CONNECTIFY_POLL_RECHECK_S": "1",
    "CONNECTIFY_BRIDGE_RETRY_S": "2",
    "ALLEGRO_CALL_S": "3",
    "ALLEGRO_UPLOAD_S": "3",
    "ALLEGRO_SWEEP_S": "3600",
}
# Allegro looks at a file for a while before it says yes; nothing is sent meanwhile.
SCANNED: Final = "file: WAITING"
TURNS: Final = (
    "SELECT epoch, sum((SELECT coalesce(sum(value::int), 0) FROM jsonb_each_text(counts))) AS done"
    " FROM sync_run WHERE resource_kind = 'allegro.account' GROUP BY epoch ORDER BY epoch DESC LIMIT 10"
)
OPEN: Final = """
SELECT kind, code FROM sync_change WHERE state IN ('planned', 'intent', 'unknown')
UNION ALL SELECT 'invoice.print', code FROM allegro_invoicedocument WHERE state = 'waiting' AND step <> 'uploaded'
"""


class Shop:
    """`world` runs; `platform` is what it stored."""

    def __init__(self, run_dir: Path, *, goods: int = GOODS, **environment: str) -> None:
        options = Options(
            goods=goods, interval_s=1, fast=True, isolated=True, healthy_after_s=0,
            environment={**SHORT, **environment},
        )  # fmt: skip
        self.goods = goods
        self.world = World(run_dir, options)

    def open(self) -> None:
        """Starts everything and waits until the first plan of all offers is carried out."""
        self.world.start()
        self.platform = Platform(self.world, self.world.facts["unit"])
        self.until_agreed("the offers of a new company", limit_s=150)

    @contextmanager
    def running(self) -> Iterator[Shop]:
        """The open shop; everything ends with it."""
        with self.world:
            self.open()
            yield self

    # --- what people do ---------------------------------------------------------------------------------------------

    def buy(self, count: int, *, seed: int, **order: Any) -> list[str]:
        """Purchases of one line each; → form ids, once all are in Pohoda and both sides agree."""
        wish = {"lines": 1, "quantity": 1, **order.pop("wish", {})}
        bought = scenario.buy(self.world, count=count, seed=seed, marketplace="allegro-cz", wish=wish, **order)
        self.until(lambda: not any(row.problems for row in scenario.rows(self.world)), "the orders are in Pohoda")
        self.until_agreed("the orders")
        return bought

    def sell(self, card: Entry, pieces: int = 1) -> None:
        self._card(card, "sell", {"quantity": pieces})

    def receive(self, card: Entry, pieces: int) -> None:
        self._card(card, "receive", {"quantity": pieces})

    def set_card(self, card: Entry, **changes: Any) -> None:
        """`count` by stock-taking, `levels`, `ean`, `name`, `fields`."""
        self._card(card, "set", changes)

    def change_price(self, card: Entry, factor: str) -> None:
        """All price levels of the card, by a factor."""
        self.set_card(card, levels=times(card["levels"], factor))

    def slip(self, order: str, **more: Any) -> None:
        self.world.control("pohoda", "POST", f"orders/{order}/slip", more)

    def invoice(self, order: str) -> str:
        """→ its number."""
        return str(self.world.control("pohoda", "POST", f"orders/{order}/invoice", {})["number"])

    def _card(self, card: Entry, act: str, body: Entry) -> None:
        self.world.control("pohoda", "POST", f"stocks/{card['code']}/{act}", {**body, "store": card["store"]})

    def configure(self, **switches: Any) -> None:
        self.world.control("pohoda", "POST", "config", switches)

    def fault(self, sandbox: str, name: str, **order: Any) -> None:
        scenario.fault(self.world, sandbox, name, **order)

    @contextmanager
    def no_stock_read(self) -> Iterator[None]:
        """No export of the stock comes whole meanwhile: what is done in it is seen at once."""
        order = {"name": "list_cut", "target": "list.stock"}
        fault = self.world.control("pohoda", "POST", "faults", order)["id"]
        yield
        self.world.control("pohoda", "DELETE", f"faults?id={fault}")

    def clear(self) -> None:
        for sandbox in ("allegro", "pohoda"):
            self.world.control(sandbox, "DELETE", "faults")

    def fired(self, sandbox: str, name: str) -> int:
        return int(self.world.control(sandbox, "GET", "counters")["faults_fired"].get(name, 0))

    # --- what may be seen -------------------------------------------------------------------------------------------

    def cards(self) -> list[Entry]:
        return list(self.world.control("pohoda", "GET", "stocks")["stocks"])

    def offers(self) -> list[Entry]:
        return list(self.world.control("allegro", "GET", f"sellers/{SELLER}/offers")["offers"])

    def plain_cards(self) -> list[Entry]:
        """Cards of offers that nothing special is about: on sale, linked by code, priced by nobody else."""
        codes = {
            offer["external"]
            for offer in self.offers()
            if offer["status"] == "ACTIVE" and offer["external"] and not offer["rules"] and offer["stock"] >= 5
        }
        return [card for card in self.cards() if card["code"] in codes]

    def offer_of(self, card: Entry) -> Entry:
        return next(offer for offer in self.offers() if offer["external"] == card["code"])

    def order(self, form_id: str) -> Entry:
        orders = self.world.control("pohoda", "GET", "orders")["orders"]
        return next(order for order in orders if order["extId"] == form_id)

    def attached(self, form_id: str) -> Entry:
        return dict(self.world.control("allegro", "GET", f"orders/{form_id}/invoices"))

    def applied(self) -> Applied:
        """What both sandboxes did, in order."""
        return read_applied(self.world.ledger_dir, self.goods, self.offers())

    def differences(self, *, scanned: bool = False) -> list[tuple[str, str]]:
        """What both sides do not agree on. `scanned`: files that Allegro still looks at count too."""
        problems = [problem for flow in scenario.flows(self.world) for problem in flow.problems]
        return [(key, what) for key, what in problems if scanned or what != SCANNED]

    def open_changes(self) -> list[Entry]:
        return self.platform.rows(OPEN)

    def until(self, holds: Callable[[], Any], what: str, limit_s: float = LIMIT_S) -> None:
        """Waits for an observable fact while the supervisor does its work; fails naming the fact."""
        end = time.monotonic() + limit_s
        while time.monotonic() < end:
            self.world.supervisor.check()
            if holds():
                return
            self.world.supervisor.pause(0.2)
        pytest.fail(f"not within {limit_s:.0f} s: {what}\n{self._standing()}")

    def until_agreed(self, what: str, *, scanned: bool = False, limit_s: float = LIMIT_S) -> None:
        """Both sides agree, and nothing is under way that could change it."""
        self.until(
            lambda: not self.open_changes() and not self.differences(scanned=scanned), f"both agree: {what}", limit_s
        )

    def until_still(self) -> None:
        """The whole trail of what was done is worked in: two turns of the account in a row that had nothing to do."""
        self.until(lambda: self._idle_turns() >= 2, "nothing is to do any more", limit_s=60)

    def _idle_turns(self) -> int:
        """How many of the newest turns of accounts did nothing."""
        turns = self.platform.rows(TURNS)
        busy = [place for place, turn in enumerate(turns) if turn["done"]]
        return busy[0] if busy else len(turns)

    def _standing(self) -> str:
        rows = self.platform.rows(
            "SELECT direction, state, code FROM sync_directionstate WHERE state <> 'ok' ORDER BY direction"
        )
        lines = [*self.differences(scanned=True)[:10], *self.open_changes()[:10], *rows, *self.platform.open_tasks()]
        return "\n".join(map(str, lines))


def times(levels: dict[str, str], factor: str) -> dict[str, str]:
    """Price levels, each by a factor, to the cent."""
    cent = Decimal("0.01")
    return {name: str((Decimal(price) * Decimal(factor)).quantize(cent)) for name, price in levels.items()}
