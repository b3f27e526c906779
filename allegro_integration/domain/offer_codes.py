"""Every code with which the planner of offers explains itself, and the parameters each carries.

A price's own steps are in `connectify.domain.price_codes`, those of rules in `connectify.domain.rules`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

Codes = Mapping[str, tuple[str, ...]]

SKIPS: Final[Codes] = MappingProxyType(
    {
        # the whole offer
        "offer_not_linked": ("external_id",),
        "link_code_ambiguous": ("code", "cards"),
        "link_ean_ambiguous": ("ean", "cards"),
        "card_not_in_stores": ("code", "stores"),
        "card_not_internet": ("code",),
        "offer_filtered_out": ("rule",),
        "offer_is_draft": (),
        "offer_status_unknown": ("status",),
        # its quantity
        "sold_not_known": (),
        "sold_not_understood": ("form_id",),
        "sold_just_now": (),
        "card_without_pieces": ("code", "kind"),
        "offer_from_allegros_warehouse": (),
        "offer_ended_by_seller": (),
        "offer_ended_by_allegro": ("ended_by",),
        "offer_expired": (),
        # its price
        "price_by_rule": ("marketplace", "rule"),
        "price_in_campaign": ("marketplace",),
    }
)
"""Why a field of an offer is left alone. The reasons for no price are price_codes.REASONS."""

HOLDS: Final[Codes] = MappingProxyType(
    {
        "price_not_positive": ("price", "currency"),
        "price_below_floor": ("price", "floor", "currency"),
        "price_jump": ("price", "before", "percent", "low", "high", "currency"),
        "wrong_currency": ("currency", "expected"),
        "price_precision": ("price", "step", "currency"),
        "mass_price": ("marketplace", "count", "active", "percent", "limit", "moved_by"),
        "mass_zero": ("count", "active", "percent", "limit"),
        "quantity_too_high": ("quantity", "limit"),
        "unit_of_measure_changed": ("code", "before", "after"),
        "restart_waits_for_price": ("marketplace",),
    }
)
"""Which guard holds a change; the two mass guards are alarms of the account as well."""

ALARMS: Final[Codes] = MappingProxyType({"market_unknown": ("marketplace",)})
"""What concerns the whole account, beside the mass guards."""

TRACE: Final[Codes] = MappingProxyType(
    {
        "stock_after_reservation": ("store", "code", "count", "reservation", "available"),
        "stock_after_received_orders": ("store", "code", "count", "received_orders", "available"),
        "stock_count": ("store", "code", "available"),
        "stock_negative": ("available",),
        "sold_not_in_pohoda": ("pieces",),
        "safety_kept": ("pieces",),
        "whole_pieces": ("available", "quantity"),
        "quantity_capped": ("most",),
        "quantity_result": ("quantity", "before"),
        "offer_ends_empty": (),
        "offer_restarts": ("quantity",),
        "price_fits_market": ("marketplace", "step", "price"),
        "price_result": ("price", "before", "currency"),
    }
)
"""Where a quantity or price comes from."""

PIECES: Final[Codes] = MappingProxyType(
    {
        "pieces_sold": ("form_id", "quantity", "status"),
        "pieces_not_reserved": ("form_id", "quantity"),
        "pieces_released_cancelled": ("form_id", "quantity"),
        "pieces_released_merged": ("form_id", "quantity"),
        "pieces_released_skipped": ("form_id", "quantity"),
        "pieces_released_allegro": ("form_id", "quantity"),
    }
)
"""Why sold pieces are taken off or released."""
