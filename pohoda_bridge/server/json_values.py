"""Text from outside on its way into PostgreSQL's JSON, which knows no NUL character (RELIABILITY PG12)."""

from __future__ import annotations

from typing import Any

import msgspec


def storable(message: msgspec.Struct) -> Any:
    """The message as plain values without NUL characters; its original bytes are kept elsewhere."""
    return _without_nul(msgspec.to_builtins(message))


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, dict):
        return {_without_nul(key): _without_nul(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_nul(item) for item in value]
    return value
