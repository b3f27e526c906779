"""Where Allegro is: production, its sandbox, or addresses of our own (the sandbox of this repository)."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from allegro_integration.client.http import check_base_url


class Environment(Struct, frozen=True):
    """Base URLs of one Allegro. A token belongs to exactly one environment, by its name."""

    name: str
    api: str
    auth: str
    upload: str


PRODUCTION: Final = Environment(
    "production", "https://api.allegro.pl", "https://allegro.pl", "https://upload.allegro.pl"
)
SANDBOX: Final = Environment(
    "sandbox",
    "https://api.allegro.pl.allegrosandbox.pl",
    "https://allegro.pl.allegrosandbox.pl",
    "https://upload.allegro.pl.allegrosandbox.pl",
)


def custom_environment(*, name: str, api: str, auth: str, upload: str) -> Environment:
    """An Allegro at other addresses. Raises ValueError for a taken name or an address that is not safe to use."""
    if name in {PRODUCTION.name, SANDBOX.name}:
        raise ValueError(f"{name} has fixed addresses")
    return Environment(name, check_base_url(api), check_base_url(auth), check_base_url(upload))
