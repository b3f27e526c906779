"""Whoever wants to know what an export brought. Modules register when Django starts; nothing here knows them.

Callbacks run inside the transaction of what they are told of: they mark what is to be done and nudge, no more.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from pohoda_bridge.protocol import Agenda
from pohoda_bridge.server.mirror.models import MirrorRead
from pohoda_bridge.server.models import Unit

ChangedCallback = Callable[[Unit, list[uuid.UUID], list[uuid.UUID]], None]
ReadCallback = Callable[[Unit, MirrorRead], None]

_changed: dict[str, list[ChangedCallback]] = {}
_held: list[ReadCallback] = []
_failed: list[ReadCallback] = []


def on_changed(agenda: Agenda, callback: ChangedCallback) -> None:
    """`callback(unit, rows, gone)`: ids of mirrored rows that are new, changed or back, and of those that are gone.

    It is not called for an export that brought nothing new. Registering the same function again changes nothing.
    """
    _add(_changed.setdefault(agenda, []), callback)


def on_held(callback: ReadCallback) -> None:
    """`callback(unit, read)` for each export that is held, also when the one before was."""
    _add(_held, callback)


def on_failed(callback: ReadCallback) -> None:
    """`callback(unit, read)` for each page that could not be read."""
    _add(_failed, callback)


def tell_changed(unit: Unit, agenda: str, rows: list[uuid.UUID], gone: list[uuid.UUID]) -> None:
    if rows or gone:
        for callback in _changed.get(agenda, ()):
            callback(unit, rows, gone)


def tell_held(unit: Unit, read: MirrorRead) -> None:
    for callback in _held:
        callback(unit, read)


def tell_failed(unit: Unit, read: MirrorRead) -> None:
    for callback in _failed:
        callback(unit, read)


def _add(registered: list[Any], callback: Any) -> None:
    if callback not in registered:
        registered.append(callback)
