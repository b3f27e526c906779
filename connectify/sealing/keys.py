"""Key-encryption keys: files outside the database, `<key id>.key` with 32 bytes in base64.

The last id by name is active.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
import secrets
from pathlib import Path

from django.conf import settings

_KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,40}", re.ASCII)


class MissingKey(RuntimeError):
    """What was sealed cannot be read without a key that is not there. Everything else goes on."""


def key_ids() -> list[str]:
    directory = Path(settings.SEALING_KEY_DIR)
    return sorted(path.stem for path in directory.glob("*.key") if _KEY_ID.fullmatch(path.stem))


def active_key_id() -> str:
    """Raises MissingKey when there is none at all."""
    ids = key_ids()
    if not ids:
        raise MissingKey(f"no key in {settings.SEALING_KEY_DIR}: run `manage.py make_keys`")
    return ids[-1]


def read_key(key_id: str) -> bytes:
    """32 bytes. Raises MissingKey, also for a file that holds no key."""
    if not _KEY_ID.fullmatch(key_id):
        raise MissingKey(f"not a key id: {key_id!r}")
    try:
        key = base64.b64decode((Path(settings.SEALING_KEY_DIR) / f"{key_id}.key").read_bytes().strip(), validate=True)
    except (FileNotFoundError, binascii.Error) as error:
        raise MissingKey(f"key {key_id} is not there or not readable") from error
    if len(key) != 32:
        raise MissingKey(f"key {key_id} does not hold 32 bytes")
    return key


def make_key() -> str:
    """A new active key; returns its id. Ids are numbers, so that the newest is the last by name."""
    numbers = [int(key_id) for key_id in key_ids() if key_id.isdigit()]
    key_id = f"{max(numbers, default=0) + 1:04d}"
    write_secret(Path(settings.SEALING_KEY_DIR) / f"{key_id}.key", base64.b64encode(secrets.token_bytes(32)) + b"\n")
    return key_id


def write_secret(path: Path, data: bytes) -> None:
    """A new file that only its owner reads, whole or not at all. Raises FileExistsError rather than overwrite a key."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = path.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(partial, path)
    finally:
        partial.unlink()
