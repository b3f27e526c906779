"""The agent's home directory: settings, the two secrets, the journal, the log."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from msgspec import Struct

from pohoda_bridge.agent.seal import read_secret, write_secret
from pohoda_bridge.documents import UnitPin

CONFIG: Final = "config.json"
KEY: Final = "agent.key"
PENDING_KEY: Final = "agent.key.pending"
PASSWORD: Final = "pohoda.password"  # noqa: S105 - a file's name
LOG: Final = "agent.log"
PRINTS: Final = "print"


class HomeError(Exception):
    """The home is not usable; the text says what is missing."""


class Config(Struct, frozen=True, kw_only=True):
    """What enrolment left behind. `pin` is this machine's own: the platform cannot aim the agent at other books."""

    server: str
    agent: str
    unit: str
    platform_key: bytes
    pin: UnitPin
    mserver: str
    user: str
    write_deadline_s: float = 60.0
    read_deadline_s: float = 600.0
    # Where Pohoda leaves printed files, as mServer's machine sees it; empty: a folder in the home.
    print_dir: str = ""


def prepare(home: Path) -> None:
    """Makes the directory, for its owner alone."""
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o700)


def save_config(home: Path, config: Config) -> None:
    write_secret(home / CONFIG, msgspec.json.format(msgspec.json.encode(config), indent=2))


def load_config(home: Path) -> Config:
    """Raises HomeError."""
    try:
        return msgspec.json.decode(read_secret(home / CONFIG), type=Config)
    except (OSError, msgspec.DecodeError) as error:
        raise HomeError(f"{home / CONFIG}: {error}") from error


def print_folder(home: Path, config: Config) -> str:
    """The print folder by its full name; the one in the home is made when it is not there. Raises HomeError."""
    if config.print_dir:
        return config.print_dir
    folder = home.absolute() / PRINTS
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise HomeError(f"{folder}: {error}") from error
    return str(folder)


def pending_key(home: Path) -> Ed25519PrivateKey:
    """The key to enrol with: kept until the answer came, because a code works once, for one key."""
    if not (home / PENDING_KEY).exists():
        key = Ed25519PrivateKey.generate()
        write_secret(home / PENDING_KEY, key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption()))
    return _key(home / PENDING_KEY)


def adopt_pending_key(home: Path) -> None:
    """From now on the pending key is the agent's."""
    (home / PENDING_KEY).replace(home / KEY)


def load_key(home: Path) -> Ed25519PrivateKey:
    """Raises HomeError."""
    return _key(home / KEY)


def _key(file: Path) -> Ed25519PrivateKey:
    try:
        return Ed25519PrivateKey.from_private_bytes(read_secret(file))
    except (OSError, ValueError) as error:
        raise HomeError(f"{file}: {error}") from error


def save_password(home: Path, password: str) -> None:
    write_secret(home / PASSWORD, password.encode())


def load_password(home: Path) -> str:
    """From the environment when set there, else from the home. Raises HomeError."""
    if (given := os.environ.get("CONNECTIFY_POHODA_PASSWORD")) is not None:
        return given
    try:
        return read_secret(home / PASSWORD).decode()
    except (OSError, UnicodeDecodeError) as error:
        raise HomeError(f"{home / PASSWORD}: {error}") from error
