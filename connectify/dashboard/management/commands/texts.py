"""Brings the translations up to date with the code: `manage.py texts`, or `--check` to see only whether they are."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from connectify.dashboard.texts import collect, read_po, write_mo, write_po

PLURALS = {"cs": 3}


class Command(BaseCommand):
    help = "Collects the texts of the screens into the catalogues and compiles them."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="change nothing; fail when something is missing")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        texts = collect(settings.BASE_DIR)
        for language, plurals in PLURALS.items():
            place = settings.LOCALE_PATHS[0] / language / "LC_MESSAGES"
            catalogue = read_po((place / "django.po").read_text())
            missing = [text for text in texts if not all(catalogue.get(text.key, [""]))]
            po, mo = write_po(texts, catalogue, plurals=plurals), write_mo(texts, catalogue)
            if check and ((place / "django.po").read_text() != po or (place / "django.mo").read_bytes() != mo):
                raise CommandError(f"{language}: out of date; run manage.py texts")
            if not check:
                (place / "django.po").write_text(po)
                (place / "django.mo").write_bytes(mo)
            for text in missing:
                self.stderr.write(f"{language}: not translated: {text.text!r} ({', '.join(text.places)})")
            if missing:
                raise CommandError(f"{language}: {len(missing)} of {len(texts)} texts are not translated")
            self.stdout.write(f"{language}: {len(texts)} texts, all translated")
