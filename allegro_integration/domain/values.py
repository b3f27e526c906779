"""Values that all of Allegro's messages share."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated

from msgspec import Meta, Struct

Instant = Annotated[dt.datetime, Meta(tz=True)]


class Amount(Decimal):
    """A Decimal read from the text of the answer by `connectify.domain.money.parse_decimal`, never from a float."""


class Price(Struct, frozen=True):
    """An amount in a currency (ISO 4217)."""

    amount: Amount
    currency: str


class Reference(Struct, frozen=True):
    """Names something by its id."""

    id: str
