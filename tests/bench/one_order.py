"""G5: one order from Allegro's form to its confirmation in Pohoda, against a bare script with the same effects.

Ours: CPU of web, worker and agent in a whole running system with durable commits. Bare: CPU of a script that makes the
same HTTP calls (with a bare server in place of our web), as many commits that reach the disk, and as many fsyncs of the
agent's journal. Neither counts PostgreSQL, Valkey, Allegro or Pohoda.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from psycopg.conninfo import make_conninfo
from psycopg.rows import dict_row

from allegro_integration.demo import scenario
from allegro_integration.demo.world import Options, World
from connectify.environment import BASE_DIR
from connectify.processes.ports import free_port
from connectify.processes.ready import HttpOk
from connectify.processes.supervisor import Process
from tests.bench.cpu import cpu_seconds
from tests.bench.registry import Figure, bench

ORDERS: Final = 100
WARM_UP: Final = 20
ROUNDS: Final = 5  # of the bare script; the median counts
OURS: Final = ("web", "worker", "agent")
FSYNCS_PER_IMPORT: Final = 3  # the agent's journal: intent, result, acknowledgement
ENVIRONMENT: Final = {"ALLEGRO_SWEEP_S": "900"}


@bench("G5", f"one order from its form to its confirmation, mean of {ORDERS}")
def measure() -> list[Figure]:
    if not Path("/proc/self/stat").exists():
        print("  NOT RUN: it reads CPU times from /proc")
        return []
    with tempfile.TemporaryDirectory(prefix="cfy-", dir="/tmp") as directory:
        Path(directory).chmod(0o711)  # as root PostgreSQL runs as a user who must be able to enter
        with World(Path(directory), Options(interval_s=10, isolated=True, environment=ENVIRONMENT)) as world:
            world.start()
            _play(world, WARM_UP, seed=5001)
            before = _Reading(world)
            _play(world, ORDERS, seed=5002)
            ours = _Reading(world).since(before)
            for name in (*OURS, "beat"):
                world.supervisor.stop(name)
            bare = _bare(world, ours)
    return _figures(ours, bare)


def _play(world: World, count: int, *, seed: int) -> None:
    """Returns when each is in Pohoda, acknowledged at Allegro, and its total was read back."""
    scenario.buy(world, count=count, seed=seed, marketplace="allegro-cz")
    if not scenario.settle(world, done=_is_quiet):
        raise RuntimeError("the orders did not arrive; see the logs of the demo")


def _is_quiet(world: World) -> bool:
    return not any(row.problems for row in scenario.rows(world)) and not _query(world, _OPEN)[0]["jobs"]


_OPEN: Final = """
    SELECT (SELECT count(*) FROM pohoda_job
            WHERE state IN ('waiting', 'handed') OR (state = 'done' AND settled_at IS NULL))
         + (SELECT count(*) FROM allegro_order WHERE pohoda_total IS NULL) AS jobs"""
_JOBS: Final = """
    SELECT length(body) + length("order") AS document, length(answer) AS answer, is_write FROM pohoda_job
    ORDER BY done_at, id"""
_FLUSHES: Final = (
    "SELECT sum(fsyncs)::int AS n FROM pg_stat_io WHERE object = 'wal' AND backend_type = 'client backend'"
)


def _query(world: World, statement: str) -> list[dict[str, Any]]:
    assert world.servers.postgres is not None
    with world.servers.postgres.connect() as database, database.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statement).fetchall()


class _Reading:
    """What has been used and done so far."""

    def __init__(self, world: World) -> None:
        world.supervisor.pause(1.5)  # PostgreSQL's backends hand in their counts within a second
        self.cpu = {name: cpu_seconds(world.supervisor.child(name).pid) for name in OURS}
        self.flushes = _query(world, _FLUSHES)[0]["n"]
        self.jobs = _query(world, _JOBS)
        self.exchanges = {name: _exchanges(world.ledger_dir / f"{name}.jsonl") for name in ("allegro", "pohoda")}

    def since(self, before: _Reading) -> _Reading:
        self.cpu = {name: used - before.cpu[name] for name, used in self.cpu.items()}
        self.flushes -= before.flushes
        self.jobs = self.jobs[len(before.jobs) :]
        self.exchanges = {name: made[len(before.exchanges[name]) :] for name, made in self.exchanges.items()}
        return self


def _exchanges(ledger: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in ledger.read_text().splitlines()]


def _calls(ours: _Reading, outside: str, web: str) -> list[dict[str, Any]]:
    """The run's requests to Allegro and mServer as recorded; for each job its poll and its result's PUT."""
    calls = [
        {"url": f"{outside}{made['path']}", "method": made["method"], "close": name == "pohoda",
         "sent": _size(made["request_body"]), "answer": _size(made["response_body"])}
        for name, exchanges in ours.exchanges.items()
        for made in exchanges
    ]  # fmt: skip
    for job in ours.jobs:
        poll = {"url": f"{web}/poll", "method": "POST", "sent": 100, "answer": job["document"], "close": False}
        put = {"url": f"{web}/result", "method": "PUT", "sent": job["answer"] or 0, "answer": 40, "close": False}
        calls += [poll, put]
    return calls


def _size(body: Any) -> int:
    return len(json.dumps(body) if isinstance(body, dict) else (body or ""))


def _bare(world: World, ours: _Reading) -> dict[str, float]:
    """→ CPU seconds of the bare script and of the bare server that stands for our web; the calls and fsyncs made."""
    outside, web = (_server(world, name) for name in ("bare-outside", "bare-web"))
    plan = {
        "calls": _calls(ours, outside[0], web[0]),
        "commits": ours.flushes,
        "row_bytes": 2000,
        "fsyncs": FSYNCS_PER_IMPORT * sum(1 for job in ours.jobs if job["is_write"]),
        "database": _conninfo(world),
        "file": str(world.run_dir / "bare-journal"),
    }
    runs = []
    for _ in range(ROUNDS):
        before = cpu_seconds(web[1])
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench.bare_order"],
            input=json.dumps(plan), stdout=subprocess.PIPE, text=True, cwd=BASE_DIR, check=True,
        )  # fmt: skip
        runs.append((float(done.stdout), cpu_seconds(web[1]) - before))
    script, served = sorted(runs)[ROUNDS // 2]
    return {"script": script, "server": served, "calls": len(plan["calls"]), "fsyncs": plan["fsyncs"]}


def _server(world: World, name: str) -> tuple[str, int]:
    """→ address and pid."""
    port = free_port()
    argv = [sys.executable, "-m", "tests.bench.bare_server", str(port)]
    url = f"http://127.0.0.1:{port}"
    return url, world.supervisor.start(Process(name, argv, ready=HttpOk(url), cwd=BASE_DIR)).pid


def _conninfo(world: World) -> str:
    postgres = world.servers.postgres
    assert postgres is not None
    return make_conninfo(
        host=str(postgres.sockets), user="postgres", password=postgres.passwords["postgres"], dbname="postgres"
    )


def _figures(ours: _Reading, bare: dict[str, float]) -> list[Figure]:
    used = sum(ours.cpu.values())
    baseline = bare["script"] + bare["server"]
    each = 1000 / ORDERS
    return [
        Figure("CPU of web, worker and agent / bare script", used / baseline, "x", limit=3.0),
        *(Figure(f"CPU of {name}", seconds * each, "ms an order") for name, seconds in ours.cpu.items()),
        Figure("CPU of the bare script", bare["script"] * each, "ms an order"),
        Figure("CPU of the bare web beside it", bare["server"] * each, "ms an order"),
        Figure("HTTP calls", bare["calls"] / ORDERS, "an order"),
        Figure("commits that reached the disk", ours.flushes / ORDERS, "an order"),
        Figure("fsyncs of the agent's journal", bare["fsyncs"] / ORDERS, "an order"),
    ]
