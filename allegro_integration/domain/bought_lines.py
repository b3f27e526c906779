"""What was bought, read from a checkout form that is otherwise not understood: enough to offer no piece twice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

MOST_PIECES: Final = 2_000_000_000

LineId = Annotated[str, Meta(min_length=1, max_length=64)]
OfferId = Annotated[str, Meta(min_length=1, max_length=40)]
Pieces = Annotated[int, Meta(ge=0, le=MOST_PIECES)]


class BoughtOffer(Struct, frozen=True):
    """The offer of a line. `external` may have any shape: only its `id` is looked for."""

    id: OfferId
    external: object = None

    @property
    def external_id(self) -> str:
        """The seller's number as far as it can be seen, or ""."""
        found = self.external.get("id") if isinstance(self.external, dict) else None
        return found.strip()[:100] if isinstance(found, str) else ""


class BoughtLine(Struct, frozen=True):
    """A line item by what is needed of it."""

    id: LineId
    offer: BoughtOffer
    quantity: Pieces


def bought_lines(document: object) -> tuple[tuple[BoughtLine, ...], bool]:
    """→ (the line items of the expected shape, whether these are all of them). A purchase has at least one."""
    items = document.get("lineItems") if isinstance(document, dict) else None
    if not isinstance(items, Sequence) or isinstance(items, str) or not items:
        return (), False
    found = tuple(line for item in items if (line := _line(item)) is not None)
    return found, len(found) == len(items)


def _line(item: object) -> BoughtLine | None:
    try:
        return msgspec.convert(item, BoughtLine)
    except msgspec.ValidationError:
        return None
