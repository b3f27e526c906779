"""Makes the keys this installation needs and lacks; never overwrites one. The job signing key is for workers only."""

from __future__ import annotations

import base64
import binascii
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from connectify.sealing.keys import key_ids, make_key, write_secret


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--new-sealing-key", action="store_true", help="a further one, for `rekey` to move to")
        parser.add_argument("--job-signing-key", type=Path, help="where the private half goes")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["new_sealing_key"] or not key_ids():
            self.stdout.write(f"sealing key {make_key()} in {settings.SEALING_KEY_DIR}")
        public_file = Path(settings.JOB_VERIFY_KEY_FILE)
        named = options["job_signing_key"] or settings.JOB_SIGNING_KEY_FILE
        private_file = Path(named) if named else public_file.with_suffix(".key")
        self._make_signing_pair(private_file, public_file)

    def _make_signing_pair(self, private_file: Path, public_file: Path) -> None:
        if not private_file.exists():
            if public_file.exists():
                raise CommandError(f"{public_file} is there and its private half is not at {private_file}")
            write_secret(private_file, _line(Ed25519PrivateKey.generate().private_bytes_raw()))
            self.stdout.write(f"job signing key {private_file}")
        key = Ed25519PrivateKey.from_private_bytes(_read(private_file))
        public = _line(key.public_key().public_bytes_raw())
        if not public_file.exists():
            write_secret(public_file, public)
            public_file.chmod(0o644)
            self.stdout.write(f"job verification key {public_file}")
        elif public_file.read_bytes().strip() != public.strip():
            raise CommandError(f"{public_file} does not belong to {private_file}")


def _line(raw: bytes) -> bytes:
    return base64.b64encode(raw) + b"\n"


def _read(file: Path) -> bytes:
    try:
        raw = base64.b64decode(file.read_bytes().strip(), validate=True)
    except binascii.Error as error:
        raise CommandError(f"{file} holds no key") from error
    if len(raw) != 32:
        raise CommandError(f"{file} holds no key")
    return raw
