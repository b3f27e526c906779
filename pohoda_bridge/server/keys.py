"""The pair of keys that signs jobs. Workers hold the private half; the web process has the public one.

Both files hold 32 raw bytes as base64, on one line.
"""

from __future__ import annotations

import os
from base64 import b64decode, b64encode
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


def signing_key() -> Ed25519PrivateKey:
    """The private key. Raises ImproperlyConfigured where there is none: the web process must not queue jobs."""
    if not settings.JOB_SIGNING_KEY_FILE:
        raise ImproperlyConfigured("this process has no job signing key (CONNECTIFY_JOB_SIGNING_KEY_FILE)")
    return Ed25519PrivateKey.from_private_bytes(_read(Path(settings.JOB_SIGNING_KEY_FILE)))


def verify_key() -> bytes:
    """The raw public key, which each agent pins when it enrols."""
    return _read(Path(settings.JOB_VERIFY_KEY_FILE))


def make_pair(private_file: Path, public_file: Path) -> None:
    """Makes the pair unless the private file exists; the private one is readable by its owner alone."""
    if private_file.exists():
        key = Ed25519PrivateKey.from_private_bytes(_read(private_file))
    else:
        key = Ed25519PrivateKey.generate()
        _write(private_file, key.private_bytes_raw(), 0o600)
    if not public_file.exists():
        _write(public_file, key.public_key().public_bytes_raw(), 0o644)


def _read(file: Path) -> bytes:
    try:
        raw = b64decode(file.read_text().strip(), validate=True)
    except (OSError, ValueError) as error:
        raise ImproperlyConfigured(f"the key file {file} cannot be read: {error}") from error
    if len(raw) != 32:
        raise ImproperlyConfigured(f"the key file {file} does not hold 32 bytes")
    return raw


def _write(file: Path, raw: bytes, mode: int) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(b64encode(raw) + b"\n")
