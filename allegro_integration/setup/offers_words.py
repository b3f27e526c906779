"""Short names for what a preview counts: why offers are left alone, and what holds a change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

SKIPPED: Final[Mapping[str, Promise]] = {
    "offer_not_linked": _("left alone: no stock card belongs to the offer"),
    "link_code_ambiguous": _("left alone: several cards have the offer's code"),
    "link_ean_ambiguous": _("left alone: several cards have the offer's EAN"),
    "card_not_in_stores": _("left alone: the card is in none of the chosen stores"),
    "card_not_internet": _("left alone: the card is not marked for the internet"),
    "offer_filtered_out": _("left alone: left out by the filter"),
    "offer_is_draft": _("left alone: drafts"),
    "offer_status_unknown": _("left alone: a state at Allegro that we do not know"),
    "card_without_pieces": _("pieces left alone: Pohoda keeps no pieces of the card"),
    "offer_from_allegros_warehouse": _("pieces left alone: the goods are in Allegro's warehouse"),
    "offer_ended_by_seller": _("pieces left alone: ended by a person"),
    "offer_ended_by_allegro": _("pieces left alone: ended by Allegro"),
    "offer_expired": _("pieces left alone: their time has run out"),
    "price_by_rule": _("price left alone: Allegro's own rule makes it"),
    "price_in_campaign": _("price left alone: a campaign holds it"),
    "price_without_source": _("no price: the steps do not begin with a price from Pohoda"),
    "price_level_missing": _("no price: the card has none in this price level"),
    "price_source_not_positive": _("no price: the card's price is zero"),
    "price_vat_unknown": _("no price: the card names no VAT rate"),
    "price_without_vat": _("no price: the steps end without VAT"),
    "price_in_other_currency": _("no price: the steps end in another currency"),
}

HELD: Final[Mapping[str, Promise]] = {
    "price_not_positive": _("held: the price would be zero or less"),
    "price_below_floor": _("held: below the lowest allowed price"),
    "price_jump": _("held: the price jumps too far"),
    "wrong_currency": _("held: wrong currency"),
    "price_precision": _("held: Allegro does not take such a price"),
    "mass_price": _("held: too many prices would move at once"),
    "mass_zero": _("held: too many offers would end at once"),
    "quantity_too_high": _("held: a suspiciously high number of pieces"),
    "unit_of_measure_changed": _("held: the card is counted in another unit now"),
    "restart_waits_for_price": _("held: waits for its price"),
}
