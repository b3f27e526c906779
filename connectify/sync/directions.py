"""Which direction a kind of change belongs to: `order.create` → `orders`. Modules register theirs at start."""

from __future__ import annotations

_directions: dict[str, str] = {}


class UnknownKind(LookupError):
    """A change of a kind that nobody registered: a bug."""


def register_kind(kind: str, *, direction: str) -> None:
    _directions[kind] = direction


def kinds_of(direction: str) -> list[str]:
    return [kind for kind, known in _directions.items() if known == direction]


def direction_of(kind: str) -> str:
    try:
        return _directions[kind]
    except KeyError:
        raise UnknownKind(kind) from None


def kinds_of(direction: str) -> list[str]:
    """The kinds of change that a direction sends."""
    return sorted(kind for kind, its in _directions.items() if its == direction)
