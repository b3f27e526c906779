"""Prepares a world for the demo: keys, migrations, and a company that is set up as a customer would do it.

Prints one line of JSON: owner, staff, password, unit, and with --with-code a code that enrols an agent.
Running it again changes nothing.
"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from connectify.sealing.keys import key_ids, make_key
from pohoda_bridge.server.keys import make_pair

DIRECTIONS = ("orders", "offers", "statuses", "invoices")


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seller", required=True)
        parser.add_argument("--ico", required=True)
        parser.add_argument("--year", type=int, required=True)
        parser.add_argument("--interval", type=int, default=300)
        parser.add_argument("--directions", default=",".join(DIRECTIONS), help="what is armed")
        parser.add_argument("--one-store", action="store_true", help="only offers of the store that orders name")
        parser.add_argument("--goods", type=int, help="how many goods of the catalogue the seller has")
        parser.add_argument("--empty", action="store_true", help="a company with its people and nothing else")
        parser.add_argument("--with-code", action="store_true", help="saves the demo a process of its own for the code")

    def handle(self, *args: Any, **options: Any) -> None:
        if not key_ids():
            make_key()
        make_pair(Path(settings.JOB_SIGNING_KEY_FILE), Path(settings.JOB_VERIFY_KEY_FILE))
        call_command("migrate", database="owner", verbosity=0, interactive=False)
        from allegro_integration.demo.seeding import enrolment_code, seed

        facts = seed(
            seller=options["seller"],
            ico=options["ico"],
            year=options["year"],
            interval_s=options["interval"],
            directions=options["directions"].split(","),
            one_store=options["one_store"],
            goods=options["goods"],
            empty=options["empty"],
        )
        if options["with_code"] and facts["unit"]:
            facts["code"] = enrolment_code(facts["unit"])
        self.stdout.write(json.dumps(facts))
