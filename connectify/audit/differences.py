"""Before and after as what changed: one row for each value that differs, by its path."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

MOST: Final = 200
_LONGEST: Final = 300


@dataclass(frozen=True)
class Difference:
    """`path` from the outside in; list places count from 1. An empty `before` or `after`: there was or is nothing."""

    path: tuple[str, ...]
    before: str
    after: str


def differences(before: Any, after: Any) -> list[Difference]:
    """At most MOST + 1 rows, so that the caller knows of more. Either side None: everything came, or went."""
    found: list[Difference] = []
    for path, old, new in _walk((), before, after):
        found.append(Difference(path, _text(old), _text(new)))
        if len(found) > MOST:
            break
    return found


class _Absent:
    """Tells a value that is missing from one that is null."""


_ABSENT: Final = _Absent()


def _walk(path: tuple[str, ...], before: Any, after: Any) -> Iterator[tuple[tuple[str, ...], Any, Any]]:
    if before is None and not path:
        before = _ABSENT
    if after is None and not path:
        after = _ABSENT
    one_is = isinstance(before, dict), isinstance(after, dict)
    if any(one_is) and all(
        kind or isinstance(value, _Absent) for kind, value in zip(one_is, (before, after), strict=True)
    ):
        old, new = (value if isinstance(value, dict) else {} for value in (before, after))
        for key in [*old, *(key for key in new if key not in old)]:
            yield from _walk((*path, str(key)), old.get(key, _ABSENT), new.get(key, _ABSENT))
        if not old and not new and path:
            yield path, before, after
        return
    if _is_rows(before) and _is_rows(after):
        for place in range(max(len(before), len(after))):
            old_row = before[place] if place < len(before) else _ABSENT
            new_row = after[place] if place < len(after) else _ABSENT
            yield from _walk((*path, str(place + 1)), old_row, new_row)
        return
    if type(before) is not type(after) or before != after:
        yield path, before, after


def _is_rows(value: Any) -> bool:
    """A list of rows is compared row by row; a list of plain values as a whole."""
    return isinstance(value, list) and bool(value) and all(isinstance(row, dict) for row in value)


def _text(value: Any) -> str:
    if isinstance(value, _Absent) or value is None:
        return ""
    if isinstance(value, str):
        text = value
    elif isinstance(value, list) and all(isinstance(one, str | int | float) for one in value):
        text = ", ".join(str(one) for one in value)
    else:
        text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
