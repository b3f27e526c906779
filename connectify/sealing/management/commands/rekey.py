"""Moves all data keys, and the secrets of second factors, under the newest sealing key. Stops anywhere, goes on.

--dry-run   says how many are left to move
--check     fails unless all are under the newest key (and there is at least one)
"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from connectify.sealing.keys import MissingKey
from connectify.sealing.rekeying import count, rekey
from connectify.sealing.second_factor import reseal, sealed_elsewhere


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        one = parser.add_mutually_exclusive_group()
        one.add_argument("--dry-run", action="store_true")
        one.add_argument("--check", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["dry_run"] or options["check"]:
                self._look(check=options["check"])
            else:
                self._move()
        except MissingKey as error:
            raise CommandError(str(error)) from error

    def _look(self, *, check: bool) -> None:
        standing = count()
        self.stdout.write(f"{standing.total} data keys, {standing.left} left to move")
        factors = len(sealed_elsewhere())
        if factors:
            self.stdout.write(f"{factors} second factors left to move")
        if check and (standing.left or factors or not standing.total):
            raise CommandError("not all is under the newest key" if standing.total else "no data keys")

    def _move(self) -> None:
        standing = rekey()
        factors, unopened = reseal()
        if factors:
            self.stdout.write(f"{factors} second factors moved")
        self.stdout.write(f"{standing.total} data keys, {standing.moved} moved, {standing.left} left")
        for data_key_id, reason in standing.lost:
            self.stderr.write(f"data key {data_key_id} cannot be opened: {reason}")
        for authenticator_id, reason in unopened:
            self.stderr.write(f"second factor {authenticator_id} cannot be opened: {reason}")
        if unopened:
            raise CommandError(f"{len(unopened)} second factors cannot be opened")
        if standing.lost:
            raise CommandError(f"{len(standing.lost)} data keys cannot be opened")
