"""Settings that come from outside: the environment first, then the embedded servers that run for this checkout."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

BASE_DIR = Path(__file__).resolve().parent.parent
RUN_DIR = Path(os.environ.get("CONNECTIFY_RUN_DIR", BASE_DIR / ".run"))


def _running() -> dict[str, str]:
    from connectify.embedded import environment_of_running

    return environment_of_running(RUN_DIR)


_embedded: dict[str, str] | None = None


def server_url(name: str) -> str:
    """DATABASE_URL, DATABASE_OWNER_URL or REDIS_URL; "" when neither set nor embedded."""
    global _embedded
    value = os.environ.get(name, "")
    if value:
        return value
    if _embedded is None:
        _embedded = _running()
    return _embedded.get(name, "")


def flag(name: str, default: bool = False) -> bool:
    return os.environ.get(name, str(default)).strip().lower() in {"1", "true", "yes", "on"}


def database(url: str) -> dict[str, Any]:
    """A Django database from `postgres://user:password@host:port/name?host=/socket/directory`."""
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    host = options.pop("host", "") or parts.hostname or ""
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": options.pop("port", "") or str(parts.port or ""),
        # The web process makes a thread per request, whose connection nobody would use again; workers keep theirs.
        "CONN_MAX_AGE": int(os.environ.get("CONNECTIFY_CONN_MAX_AGE", "0")),
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
        "ATOMIC_REQUESTS": False,
    }
