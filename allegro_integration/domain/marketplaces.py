"""Facts about Allegro's marketplaces: currency, country and the step of prices.

Source: Allegro `GET /marketplaces` for what exists; the price steps are only in Allegro's announcements (whole crowns
on allegro-cz, forints ending in 0 or 5 on allegro-hu).
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from msgspec import Struct

from connectify.domain.errors import Rejected


class Marketplace(Struct, frozen=True):
    """One marketplace. A price there is a multiple of `price_step`; on a business one Allegro copies the prices."""

    id: str
    currency: str
    country: str
    price_step: Decimal
    is_business: bool = False

    def accepts_price(self, amount: Decimal) -> bool:
        """Whether Allegro takes this price without refusing its decimals."""
        return amount > 0 and amount % self.price_step == 0


_CENT: Final = Decimal("0.01")

MARKETPLACES: Final[Mapping[str, Marketplace]] = MappingProxyType(
    {
        place.id: place
        for place in (
            Marketplace("allegro-pl", "PLN", "PL", _CENT),
            Marketplace("allegro-cz", "CZK", "CZ", Decimal(1)),
            Marketplace("allegro-sk", "EUR", "SK", _CENT),
            Marketplace("allegro-hu", "HUF", "HU", Decimal(5)),
            Marketplace("allegro-business-cz", "CZK", "CZ", Decimal(1), is_business=True),
            Marketplace("allegro-business-pl", "PLN", "PL", _CENT, is_business=True),
        )
    }
)


def marketplace(marketplace_id: str) -> Marketplace:
    """The facts of a marketplace. Raises Rejected("unknown_marketplace"): Allegro opens new ones."""
    try:
        return MARKETPLACES[marketplace_id]
    except KeyError:
        raise Rejected("unknown_marketplace", marketplace=marketplace_id) from None
