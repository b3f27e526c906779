"""The whole system as real processes on one machine: embedded servers, both sandboxes, web, worker, beat and the agent.

Used by `make demo`, `make demo-once` and the tests that kill processes. Nothing here touches the ORM: what needs Django
runs as a command of its own, with the environment of the process it belongs to.
"""

from __future__ import annotations

import json
import os
import shutil
import ssl
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import httpx

from connectify.embedded import Embedded
from connectify.environment import BASE_DIR
from connectify.processes.ports import free_port
from connectify.processes.ready import HttpOk, LogLine
from connectify.processes.supervisor import Process, Supervisor

CLIENT_ID: Final = "connectify-sandbox"
CLIENT_SECRET: Final = "connectify-sandbox-secret"  # noqa: S105  (of our own sandbox)
SELLER: Final = "44300012"
ICO: Final = "27604977"
STORE: Final = "ZBOZI"  # whose cards the orders name
YEAR: Final = 2026
MSERVER_USER, MSERVER_PASSWORD = "mserver", "heslo"
PYTHON: Final = sys.executable
# Made once: reading the certificates takes longer than a call to a sandbox, which has none.
_TLS: Final = ssl.create_default_context()


class PreparationFailed(Exception):
    """A command that prepares the world did not work; the message holds its output."""


@dataclass(frozen=True)
class Options:
    """`purchases_every` and `life_every` seconds (0: nothing by itself); `interval_s` between cycles; `goods` in the
    shop (None: the small catalogue, sold from one store); `directions` that are armed; `empty`: nothing is set up and
    no agent runs, a person does that on the pages; only goods of one store are sold.

    `fast` trades durability for speed; `isolated` ignores servers named in the environment. A process that
    dies again within `healthy_after_s` is started again later and later."""

    purchases_every: float = 0.0
    life_every: float = 0.0
    goods: int | None = None
    directions: tuple[str, ...] = ("orders", "offers", "statuses", "invoices")
    empty: bool = False
    interval_s: int = 5
    seed: int = 20261123
    web_port: int = 0
    fast: bool = False
    isolated: bool = False
    ledger_dir: Path | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    refresh_grace: int = 60
    access_lifetime: int = 43_199
    healthy_after_s: float = 60.0


class World:
    """`with World(run_dir, options) as world: world.start()`; leaving it stops everything."""

    def __init__(self, run_dir: Path, options: Options | None = None) -> None:
        self.run_dir = run_dir.absolute()
        self.options = options or Options()
        self.ledger_dir = (self.options.ledger_dir or self.run_dir / "ledger").absolute()
        self.agent_home = self.run_dir / "agent"
        self.crash_dir = self.run_dir / "crashed"
        self.servers = Embedded(self.run_dir, fast=self.options.fast, given={} if self.options.isolated else None)
        ports = [free_port() for _ in range(3)]
        self.web_url = f"http://127.0.0.1:{self.options.web_port or ports[0]}"
        self.allegro_url = f"http://127.0.0.1:{ports[1]}"
        self.pohoda_url = f"http://127.0.0.1:{ports[2]}"
        self.environment = self._environment()
        self.supervisor = Supervisor(
            self.run_dir,
            environment=self.environment,
            servers=self.servers,
            healthy_after=self.options.healthy_after_s,
        )
        self.facts: dict[str, Any] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.supervisor.__exit__(kind, error, trace)
        finally:
            self.servers.stop()

    def _environment(self) -> dict[str, str]:
        keys = self.run_dir / "keys"
        return {
            **os.environ,
            **self.servers.environment,
            "DJANGO_SETTINGS_MODULE": "connectify.settings",
            "CONNECTIFY_RUN_DIR": str(self.run_dir),
            "CONNECTIFY_SEALING_KEY_DIR": str(keys / "sealing"),
            "CONNECTIFY_JOB_VERIFY_KEY_FILE": str(keys / "jobs.pub"),
            "CONNECTIFY_PUBLIC_URL": self.web_url,
            "CONNECTIFY_CRASH_DIR": str(self.crash_dir),
            "ALLEGRO_CLIENT_ID": CLIENT_ID,
            "ALLEGRO_CLIENT_SECRET": CLIENT_SECRET,
            "ALLEGRO_CUSTOM_API_URL": self.allegro_url,
            "ALLEGRO_CUSTOM_AUTH_URL": self.allegro_url,
            "ALLEGRO_SWEEP_S": "20",
            "CONNECTIFY_BRIDGE_RETRY_S": "5",
            **self.options.environment,
        }

    @property
    def signing_key(self) -> dict[str, str]:
        """Only what signs jobs gets it: the worker, never the web process."""
        return {"CONNECTIFY_JOB_SIGNING_KEY_FILE": str(self.run_dir / "keys" / "jobs.key")}

    def start(self) -> None:
        """Everything, side by side where one does not need the other.

        Raises StartFailed or PreparationFailed with what went wrong.
        """
        self.crash_dir.mkdir(parents=True, exist_ok=True)
        self.ledger_dir.mkdir(parents=True, exist_ok=True)
        wait_for_sandboxes = self.supervisor.launch([self.allegro(), self.pohoda()])
        self.servers.start()
        workers = [self.worker(), self.beat()]
        # What an earlier run has prepared needs no waiting for: only the first run lacks the tables.
        early, late = (workers, []) if self.is_enrolled else ([], workers)
        wait_for_web = self.supervisor.launch([self.web(), *early])
        wait_for_sandboxes()
        self.prepare()
        wait_for_workers = self.supervisor.launch(late)
        wait_for_web()
        if not self.options.empty:
            self.enrol()
            self.supervisor.start(self.agent())
        wait_for_workers()

    def prepare(self) -> None:
        """Keys, migrations and the demo company, by a command that knows all of them."""
        arguments = ["demo_prepare", "--seller", SELLER, "--ico", ICO, "--year", str(YEAR)]
        arguments += ["--interval", str(self.options.interval_s), "--directions", ",".join(self.options.directions)]
        arguments += self._goods()
        if self.options.goods is None or self.options.empty:
            arguments.append("--one-store")
        if self.options.empty:
            arguments.append("--empty")
        if not self.is_enrolled:
            arguments.append("--with-code")
        output = self.manage(*arguments, **self.signing_key)
        self.facts = json.loads(output.splitlines()[-1])

    @property
    def is_enrolled(self) -> bool:
        return (self.agent_home / "agent.key").exists() or any(self.agent_home.glob("*.sqlite3"))

    def enrol(self) -> None:
        """Enrols the agent as a customer would, with a code that works once.

        The agent of an earlier run only learns where the others listen this time.
        """
        if self.is_enrolled:
            config = self.agent_home / "config.json"
            known = json.loads(config.read_text())
            config.write_text(json.dumps({**known, "server": self.web_url, "mserver": self.pohoda_url}, indent=2))
            return
        self.enrol_with(self.facts["code"])

    def enrol_with(self, code: str) -> None:
        """Raises PreparationFailed with what the agent said."""
        self._run(self.enrol_command(code))

    def enrol_command(self, code: str) -> list[str]:
        """What a person runs beside Pohoda with a code from the unit's page."""
        password = self.run_dir / "mserver-password"
        password.write_text(MSERVER_PASSWORD)
        password.chmod(0o600)
        command = [PYTHON, "-m", "pohoda_bridge.agent", "enroll", "--home", str(self.agent_home)]
        command += ["--server", self.web_url, "--code", code, "--mserver", self.pohoda_url]
        command += ["--user", MSERVER_USER, "--password-file", str(password)]
        return [*command, "--ico", ICO, "--database", f"StwPh_{ICO}_{YEAR}", "--year", str(YEAR)]

    def manage(self, *arguments: str, **environment: str) -> str:
        return self._run([PYTHON, str(BASE_DIR / "manage.py"), *arguments], **environment)

    def _run(self, command: list[str], **environment: str) -> str:
        done = subprocess.run(
            command, env={**self.environment, **environment}, capture_output=True, text=True, cwd=BASE_DIR, check=False
        )
        if done.returncode:
            raise PreparationFailed(f"{' '.join(command[1:4])}\n{done.stdout}\n{done.stderr}")
        return done.stdout

    # --- the processes ----------------------------------------------------------------------------------------------

    def allegro(self) -> Process:
        port = self.allegro_url.rsplit(":", 1)[1]
        options = self.options
        argv = [PYTHON, "-m", "allegro_integration.sandbox", "--port", port, "--ledger-dir", str(self.ledger_dir)]
        argv += ["--state", str(self.run_dir / "allegro.sqlite3"), "--seed", str(options.seed)]
        argv += ["--client-id", CLIENT_ID, "--client-secret", CLIENT_SECRET]
        argv += ["--purchases-every", str(options.purchases_every), "--refresh-grace", str(options.refresh_grace)]
        argv += ["--access-lifetime", str(options.access_lifetime), *self._goods()]
        argv += ["--command-delay", "1", "--scan-delay", "1", "--operation-delay", "0.5"]
        return Process("allegro-sandbox", argv, ready=HttpOk(f"{self.allegro_url}/_sandbox/health"), cwd=BASE_DIR)

    def pohoda(self) -> Process:
        port = self.pohoda_url.rsplit(":", 1)[1]
        argv = [PYTHON, "-m", "pohoda_bridge.sandbox", "--port", port, "--ledger-dir", str(self.ledger_dir)]
        argv += ["--state", str(self.run_dir / "pohoda.sqlite3"), "--ico", ICO, "--year", str(YEAR)]
        argv += ["--user", MSERVER_USER, "--password", MSERVER_PASSWORD, *self._goods()]
        argv += ["--life-every", str(self.options.life_every), "--seed", str(self.options.seed)]
        return Process("pohoda-sandbox", argv, ready=HttpOk(f"{self.pohoda_url}/_sandbox/health"), cwd=BASE_DIR)

    def _goods(self) -> list[str]:
        return [] if self.options.goods is None else ["--goods", str(self.options.goods)]

    def web(self, **environment: str) -> Process:
        port = self.web_url.rsplit(":", 1)[1]
        argv = [PYTHON, "-m", "uvicorn", "connectify.asgi:application", "--host", "127.0.0.1", "--port", port]
        argv += ["--log-level", "warning", "--timeout-graceful-shutdown", "3"]
        return Process("web", argv, environment, ready=HttpOk(f"{self.web_url}/accounts/login/"), cwd=BASE_DIR)

    def worker(self, **environment: str) -> Process:
        argv = [PYTHON, "-m", "celery", "-A", "connectify.celery", "worker", "--pool", "threads", "--concurrency", "4"]
        argv += ["--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "INFO"]
        return Process(
            "worker",
            argv,
            {**self.signing_key, "CONNECTIFY_CONN_MAX_AGE": "60", **environment},
            ready=LogLine(r"celery@\S+ ready"),
            cwd=BASE_DIR,
        )

    def beat(self) -> Process:
        schedule = str(self.run_dir / "beat-schedule")
        argv = [PYTHON, "-m", "celery", "-A", "connectify.celery", "beat", "--loglevel", "INFO", "--schedule", schedule]
        return Process("beat", argv, ready=LogLine("beat: Starting"), cwd=BASE_DIR)

    def agent(self, **environment: str) -> Process:
        argv = [PYTHON, "-m", "pohoda_bridge.agent", "run", "--home", str(self.agent_home)]
        return Process("agent", argv, environment, cwd=BASE_DIR)

    # --- the sandboxes' control -------------------------------------------------------------------------------------

    def control(self, sandbox: str, method: str, path: str, body: Any = None) -> Any:
        """A call to a sandbox's control endpoints: `sandbox` is "allegro" or "pohoda"."""
        base = self.allegro_url if sandbox == "allegro" else self.pohoda_url
        with httpx.Client(trust_env=False, timeout=30, verify=_TLS) as client:
            answer = client.request(method, f"{base}/_sandbox/{path}", json=body)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def applied(self, sandbox: str) -> list[dict[str, Any]]:
        """What a sandbox really did, in order."""
        return list(self.control(sandbox, "GET", "ledger")["entries"])

    def ready_forms(self) -> dict[str, dict[str, Any]]:
        """Checkout forms that are READY_FOR_PROCESSING now, by id."""
        forms = self.control("allegro", "GET", "forms")["forms"]
        return {row["id"]: row["form"] for row in forms if row["form"]["status"] == "READY_FOR_PROCESSING"}


def fresh(run_dir: Path) -> None:
    """Forgets what an earlier run of this directory left."""
    from connectify.embedded import erase

    if run_dir.exists():
        erase(run_dir)
    shutil.rmtree(run_dir, ignore_errors=True)
