"""Prepares a world for the demo: keys, migrations, and a company that is set up as a customer would do it.

Prints one line of JSON: owner, staff, password, unit. Running it again changes nothing.
"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seller", required=True)
        parser.add_argument("--ico", required=True)
        parser.add_argument("--year", type=int, required=True)
        parser.add_argument("--interval", type=int, default=300)

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("make_keys", verbosity=0)
        call_command("migrate", database="owner", verbosity=0, interactive=False)
        from allegro_integration.demo.seeding import seed

        facts = seed(seller=options["seller"], ico=options["ico"], year=options["year"], interval_s=options["interval"])
        self.stdout.write(json.dumps(facts))
