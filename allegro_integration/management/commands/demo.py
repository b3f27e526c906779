"""`manage.py demo`: the whole system with sample data until Ctrl-C; `--once`: a fixed scenario, compared."""

from __future__ import annotations

import shutil
import signal
import socket
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from allegro_integration.demo import scenario, way_back
from allegro_integration.demo.compare import table
from allegro_integration.demo.world import ICO, STORE, YEAR, Options, PreparationFailed, World, fresh
from connectify.embedded import AlreadyRunning
from connectify.environment import RUN_DIR
from connectify.processes.supervisor import StartFailed

DEMO_PORT = 8000
PURCHASES_EVERY_S = 8.0
LIFE_EVERY_S = 4.0
GOODS = 600
INTERRUPTED = 128 + signal.SIGINT


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="play the fixed scenario, compare, and end")
        parser.add_argument("--empty", action="store_true", help="a company without anything: set it up on the pages")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self._once() if options["once"] else self._live(empty=options["empty"])
        except (StartFailed, PreparationFailed, AlreadyRunning) as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            raise CommandError("stopped before its end", returncode=INTERRUPTED) from None

    def _live(self, *, empty: bool = False) -> None:
        port = DEMO_PORT if _is_free(DEMO_PORT) else 0
        options = Options(
            purchases_every=PURCHASES_EVERY_S, life_every=LIFE_EVERY_S, goods=GOODS, web_port=port, empty=empty
        )
        with World(RUN_DIR / "empty" if empty else RUN_DIR, options) as world:
            try:
                self.stdout.write("Starting PostgreSQL, Valkey, both sandboxes, web, worker, beat and the agent …")
                world.start()
                self._welcome(world)
                world.supervisor.run(stopping=lambda: self._farewell(world))
            except KeyboardInterrupt:
                self._farewell(world)
                raise

    def _farewell(self, world: World) -> None:
        """Said at once: the children take some seconds."""
        self.stdout.write(
            f"\nStopping. {world.run_dir} stays: the next start goes on with it, `make clean` removes it."
        )
        self.stdout.flush()

    def _welcome(self, world: World) -> None:
        facts, url = world.facts, world.web_url
        self.stdout.write(
            f"\nREADY  {url}\n\n"
            f"  owner          {facts['owner']}  /  {facts['password']}\n"
            f"  support staff  {facts['staff']}  /  {facts['password']}\n\n"
        )
        self.stdout.write(_first_steps(world) if world.options.empty else _places(url))
        self.stdout.write(
            f"  Allegro        {world.allegro_url}/_sandbox/forms     what the sandbox of Allegro holds\n"
            f"  Pohoda         {world.pohoda_url}/_sandbox/orders    what the sandbox of Pohoda holds\n"
            f"  ledgers        {world.ledger_dir}\n"
            f"  logs           {world.run_dir / 'log'}\n\n"
            "Ctrl-C stops everything."
        )
        self.stdout.flush()

    def _once(self) -> None:
        run_dir = RUN_DIR / "once"
        fresh(run_dir)
        ledger = RUN_DIR / "ledger"
        shutil.rmtree(ledger, ignore_errors=True)
        with World(run_dir, Options(ledger_dir=ledger, interval_s=2, goods=GOODS)) as world:
            world.start()
            rows, flows = scenario.play(world)
        self.stdout.write(table(rows))
        self.stdout.write(way_back.table(flows))
        self.stdout.write(f"ledgers: {ledger}")
        if any(row.problems for row in rows) or any(flow.problems for flow in flows):
            raise CommandError("the two sides differ")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _places(url: str) -> str:
    return (
        f"  home           {url}/          each flow of both instances, and what needs a person\n"
        f"  orders         {url}/orders/   new purchases arrive every few seconds; each step with what was sent\n"
        f"  offers         {url}/offers/   stock moves and prices change; each value says why it is so\n"
        f"  inbox          {url}/inbox/    what waits for a person, by cause\n"
        f"  set-up         {url}/setup/    accounts, units, instances and their settings\n"
        f"  administration {url}/admin/    for support staff\n"
        f"  API            {url}/api/docs/ for partners' programs\n"
    )


def _first_steps(world: World) -> str:
    enrol = " ".join(world.enrol_command("CODE"))
    return (
        f"  Sign in and start at {world.web_url}/setup/ . The sandbox's unit has the IČO {ICO},\n"
        f"  the year {YEAR} and the database StwPh_{ICO}_{YEAR}; the goods are in its store {STORE},\n"
        f"  in Czechia, with crowns as its currency. With the code from the unit's page:\n\n"
        f"    {enrol}\n"
        f"    {' '.join(world.agent().argv)}\n\n"
    )
