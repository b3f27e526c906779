"""Every code with which the calculation of a price explains itself, and the parameters each carries."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

CODES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "price_from_card": ("price", "currency"),
        "price_from_card_net": ("price", "currency"),
        "price_from_level": ("level", "price", "currency"),
        "price_from_level_net": ("level", "price", "currency"),
        "price_vat_added": ("percent", "price"),
        "price_converted": ("rate", "units", "price", "currency"),
        "price_multiplied": ("factor", "price"),
        "price_added": ("amount", "price"),
        "price_margin": ("percent", "price"),
        **dict.fromkeys(("price_rounded", "price_rounded_up", "price_rounded_down"), ("step", "price")),
        "price_ending": ("ending", "price"),
        "price_floor": ("price",),
        "price_ceiling": ("price",),
    }
)
"""What a price's trace may hold, with the parameters of each."""

REASONS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "price_without_source": (),
        "price_level_missing": ("level",),
        "price_source_not_positive": ("level", "price"),
        "price_vat_unknown": (),
        "price_without_vat": ("price",),
        "price_in_other_currency": ("currency", "wanted"),
    }
)
"""Why there is no price, with the parameters of each."""
