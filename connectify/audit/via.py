"""Which way an act came when no member clicked it: an API key's name, or support's visit, for the audit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

SUPPORT: Final = "support"

_via: ContextVar[str] = ContextVar("connectify_via", default="")


def current_via() -> str:
    return _via.get()


@contextmanager
def acting_via(name: str) -> Iterator[None]:
    """Everything audited inside names this way ("api:Sklad")."""
    token = _via.set(name[:120])
    try:
        yield
    finally:
        _via.reset(token)
