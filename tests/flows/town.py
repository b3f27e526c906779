"""A world with two companies, each with an Allegro account, Pohoda and agent: what strikes one spares the other."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from allegro_integration.demo import scenario
from allegro_integration.demo.world import (
    ICO,
    MSERVER_PASSWORD,
    MSERVER_USER,
    PYTHON,
    SELLER,
    YEAR,
    Options,
    World,
)
from connectify.environment import BASE_DIR
from connectify.processes.ports import free_port
from connectify.processes.ready import HttpOk
from connectify.processes.supervisor import Process
from pohoda_bridge.xml.ids import pack_id
from tests.flows.acts import act
from tests.flows.platform import Platform

LIMIT_S = 60.0
READY = "READY_FOR_PROCESSING"
NEIGHBOUR, NEIGHBOUR_ICO = "44300099", "45274649"
SHORT = {
    "CONNECTIFY_LEASE_S": "6",
    "CONNECTIFY_SWEEP_S": "1",
    "CONNECTIFY_NUDGE_S": "3",
    "CONNECTIFY_DISPATCH_S": "0.5",
    "CONNECTIFY_POLL_WAIT_S": "2",
    "CONNECTIFY_POLL_RECHECK_S": "1",
    "CONNECTIFY_BRIDGE_RETRY_S": "1",
    "ALLEGRO_CALL_S": "3",
    "ALLEGRO_SWEEP_S": "2",
}


class Town:
    """`platform` is the struck company's view, `neighbour` the other's."""

    def __init__(self, run_dir: Path) -> None:
        self.world = World(
            run_dir, Options(interval_s=1, fast=True, isolated=True, environment=SHORT, directions=("orders",))
        )
        self.other_url = f"http://127.0.0.1:{free_port()}"
        self.other_home = run_dir / "agent-2"

    def start(self) -> None:
        self.world.start()
        self.platform = Platform(self.world, self.world.facts["unit"])
        seller = {"login": "soused", "marketplaces": ["allegro-cz"]}
        self.world.control("allegro", "PUT", f"sellers/{NEIGHBOUR}", seller)
        self.world.supervisor.start_all([self._other_pohoda()])
        company = act(
            self.world, "add_company", name="Soused s.r.o.", email="soused@example.com", seller=NEIGHBOUR,
            ico=NEIGHBOUR_ICO, year=YEAR,
        )  # fmt: skip
        self.neighbour = Platform(self.world, company["unit"])
        self._enrol_other(company["unit"])
        argv = [PYTHON, "-m", "pohoda_bridge.agent", "run", "--home", str(self.other_home)]
        self.world.supervisor.start_all([Process("agent-2", argv, cwd=BASE_DIR)])

    def _other_pohoda(self) -> Process:
        ledger, port = self.world.run_dir / "ledger-2", self.other_url.rsplit(":", 1)[1]
        argv = [PYTHON, "-m", "pohoda_bridge.sandbox", "--port", port, "--ledger-dir", str(ledger)]
        argv += ["--state", str(self.world.run_dir / "pohoda-2.sqlite3"), "--ico", NEIGHBOUR_ICO, "--year", str(YEAR)]
        argv += ["--user", MSERVER_USER, "--password", MSERVER_PASSWORD]
        return Process("pohoda-2", argv, ready=HttpOk(f"{self.other_url}/_sandbox/health"), cwd=BASE_DIR)

    def _enrol_other(self, unit: str) -> None:
        code = self.world.manage("bridge_code", unit, "--code-only").split()[-1]
        command = [PYTHON, "-m", "pohoda_bridge.agent", "enroll", "--home", str(self.other_home)]
        command += ["--server", self.world.web_url, "--code", code, "--mserver", self.other_url]
        command += ["--user", MSERVER_USER, "--password-file", str(self.world.run_dir / "mserver-password")]
        command += ["--ico", NEIGHBOUR_ICO, "--database", f"StwPh_{NEIGHBOUR_ICO}_{YEAR}", "--year", str(YEAR)]
        self.world._run(command)

    # --- acts of the outside ----------------------------------------------------------------------------------------

    def buy(self, count: int = 1, *, seller: str = SELLER, until: str = READY, **order: Any) -> list[str]:
        body = {"seller": seller, "count": count, "until": until, "marketplace": "allegro-cz", **order}
        return list(self.world.control("allegro", "POST", "purchases", body)["ids"])

    def buy_one(self, **order: Any) -> str:
        return self.buy(**order)[0]

    def pay(self, form_id: str) -> None:
        """A purchase that stopped at BOUGHT goes on to READY_FOR_PROCESSING."""
        for _ in range(2):
            self.world.control("allegro", "POST", f"forms/{form_id}/advance")

    def strike_import(self, form_id: str, name: str, *, times: int = 1, **params: Any) -> None:
        """The fault hits the dataPack of this order alone, not the looks for it."""
        target = pack_id(unit=ICO, environment="custom", seller=SELLER, kind="order.create", form_id=form_id)
        scenario.fault(self.world, "pohoda", name, times=times, target=target, params=params)

    def clear(self, sandbox: str) -> None:
        self.world.control(sandbox, "DELETE", "faults")

    def calm(self) -> None:
        """Ends every fault, so that a test that failed in the middle spoils no other."""
        self.clear("allegro")
        self.clear("pohoda")
        self.world.control("pohoda", "POST", "config", {"enabled": True, "import_right": True, "ico": ICO})

    def form(self, form_id: str) -> dict[str, Any]:
        forms = self.world.control("allegro", "GET", "forms")["forms"]
        return next(row["form"] for row in forms if row["id"] == form_id)

    def put_form(self, form: dict[str, Any], event: str = "READY_FOR_PROCESSING") -> None:
        """Any checkout form, as Allegro might send it."""
        self.world.control("allegro", "PUT", f"forms/{form['id']}?event={event}&seller={SELLER}", form)

    # --- what may be seen -------------------------------------------------------------------------------------------

    def until(self, holds: Callable[[], Any], what: str, limit_s: float = LIMIT_S) -> None:
        """Waits for an observable fact while the supervisor does its work; fails naming the fact."""
        end = time.monotonic() + limit_s
        while time.monotonic() < end:
            self.world.supervisor.check()
            if holds():
                return
            self.world.supervisor.pause(0.1)
        pytest.fail(f"not within {limit_s:.0f} s: {what}\n{self.platform.directions()} {self.platform.open_tasks()}")

    def until_state(self, state: str, code: str) -> None:
        self.until(lambda: self.platform.directions() == {(state, code)}, f"the direction says {state}/{code}")

    def until_waits(self, form_id: str, code: str) -> dict[str, Any]:
        self.until(lambda: self.platform.order(form_id).get("code") == code, f"the order waits with {code}")
        return self.platform.order(form_id)

    def until_settled(self, *form_ids: str) -> None:
        """In Pohoda, total compared, acknowledged."""
        wanted = set(form_ids)

        def settled() -> bool:
            return not {form_id for form_id in wanted if not self._is_settled(form_id)}

        self.until(settled, f"settled: {sorted(wanted)}")

    def _is_settled(self, form_id: str) -> bool:
        order = self.platform.order(form_id)
        return order.get("state") == "sent" and order["pohoda_total"] is not None

    def created(self) -> Counter[str]:
        """How often Pohoda really made an order, by checkout form."""
        entries = self.world.applied("pohoda")
        return Counter(entry["key"].rsplit("/", 1)[1] for entry in entries if entry["kind"] == "order.created")

    def others_orders(self) -> Counter[str]:
        """The neighbour's Pohoda: orders by checkout form."""
        with httpx.Client(trust_env=False, timeout=30) as client:
            orders = client.get(f"{self.other_url}/_sandbox/orders").raise_for_status().json()["orders"]
        return Counter(order["extId"] for order in orders if order["extId"])
