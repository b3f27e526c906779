"""Values that several answers share."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any

import msgspec

from connectify.dashboard.explanations import Explained


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """An explanation as data: a stable code with its parameters, and its sentences in the language asked for."""

    code: Annotated[str, msgspec.Meta(description="Stable; programs decide by it.")]
    params: Annotated[dict[str, Any], msgspec.Meta(description="What fills the sentences, as it was recorded.")]
    title: str
    we_do: Annotated[str, msgspec.Meta(description="What Connectify does by itself; empty when nothing.")] = ""
    you_do: Annotated[str, msgspec.Meta(description="What a person has to do; empty when nothing.")] = ""


class Money(msgspec.Struct, frozen=True):
    """`amount` is a decimal number as text."""

    amount: Decimal
    currency: str


def cause_of(explained: Explained, params: Mapping[str, Any] | None = None) -> Cause:
    return Cause(
        code=explained.code,
        params=dict(params or {}),
        title=explained.title,
        we_do=explained.we_do,
        you_do=explained.you_do,
    )
