"""Which direction a kind of change belongs to: `order.create` → `orders`. Modules register theirs at start."""

from __future__ import annotations

_directions: dict[str, str] = {}


class UnknownKind(LookupError):
    """A change of a kind that nobody registered: a bug."""


def register_kind(kind: str, *, direction: str) -> None:
    _directions[kind] = direction


def direction_of(kind: str) -> str:
    try:
        return _directions[kind]
    except KeyError:
        raise UnknownKind(kind) from None


def kinds_of(direction: str) -> list[str]:
    """The kinds of change that a direction sends."""
    return sorted(kind for kind, its in _directions.items() if its == direction)


def known_kinds() -> dict[str, str]:
    """Every kind of change that somebody registered, with its direction."""
    return dict(_directions)
