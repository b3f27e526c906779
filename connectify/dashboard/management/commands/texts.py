"""Brings the translations up to date with the code: `manage.py texts`, or `--check` to see only whether they are."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from connectify.dashboard.texts import Catalogue, Text, collect, read_po, write_mo, write_po

# Languages that are offered besides English, each with its number of plural forms: every text must be there.
PLURALS = {"cs": 3}
# Languages that may be begun: what they lack comes from the language they fall back to, and nobody is offered them.
# When one is whole it moves up, and into OFFERED of `connectify.dashboard.languages`.
PREPARED = {"pl": 3, "sk": 3}
_PLURAL_RULES = {
    "cs": "(n==1) ? 0 : (n>=2 && n<=4) ? 1 : 2",
    "pl": "(n==1) ? 0 : (n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20)) ? 1 : 2",
    "sk": "(n==1) ? 0 : (n>=2 && n<=4) ? 1 : 2",
}


class Command(BaseCommand):
    help = "Collects the texts of the screens into the catalogues and compiles them."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="change nothing; fail when something is missing")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        texts = collect(settings.BASE_DIR)
        lacking = []
        for language, plurals in {**PLURALS, **PREPARED}.items():
            place = settings.LOCALE_PATHS[0] / language / "LC_MESSAGES"
            catalogue = _catalogue(place / "django.po", language)
            _bring_up_to_date(place, write_po(texts, catalogue, plurals=plurals), write_mo(texts, catalogue), check)
            missing = [text for text in texts if not all(catalogue.get(text.key, [""]))]
            if language in PREPARED:
                self.stdout.write(f"{language}: {len(texts) - len(missing)} of {len(texts)} texts translated, prepared")
            elif missing:
                self._name(language, missing)
                lacking.append(f"{language}: {len(missing)} of {len(texts)} texts are not translated")
            else:
                self.stdout.write(f"{language}: {len(texts)} texts, all translated")
        if lacking:
            raise CommandError("\n".join(lacking))

    def _name(self, language: str, missing: list[Text]) -> None:
        for text in missing:
            self.stderr.write(f"{language}: not translated: {text.text!r} ({', '.join(text.places)})")


def _catalogue(path: Path, language: str) -> Catalogue:
    """What is translated so far; a language that is only begun starts with its header."""
    return read_po(path.read_text()) if path.exists() else {"": [header(language)]}


def header(language: str) -> str:
    """What a catalogue begins with: its language, encoding and way of counting."""
    forms = {**PLURALS, **PREPARED}[language]
    return (
        f"Project-Id-Version: Connectify\nLanguage: {language}\nMIME-Version: 1.0\n"
        "Content-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: 8bit\n"
        f"Plural-Forms: nplurals={forms}; plural={_PLURAL_RULES[language]};\n"
    )


def _bring_up_to_date(place: Path, po: str, mo: bytes, check: bool) -> None:
    """Writes both files. With `check` raises CommandError where they are not these already."""
    paths = (place / "django.po", place / "django.mo")
    if check:
        if any(not path.exists() for path in paths) or (paths[0].read_text(), paths[1].read_bytes()) != (po, mo):
            raise CommandError(f"{place.parent.name}: out of date; run manage.py texts")
        return
    place.mkdir(parents=True, exist_ok=True)
    paths[0].write_text(po)
    paths[1].write_bytes(mo)
