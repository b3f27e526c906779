"""Codes of the offers' flow in sentences: why an offer is left alone, what holds a change, where a value is from.

The codes come from `domain.offer_codes` and from the platform's price steps (`connectify.domain.price_codes`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext_lazy as _

from connectify.dashboard.explanations import Explanation

_LEAVES = _("We leave the offer as it is.")
_LEAVES_PRICE = _("We leave this price as it is; the quantity goes on.")
_LEAVES_QUANTITY = _("We leave the quantity as it is; the price goes on.")
_KNOW_FIRST = _("We offer no more pieces until we know what was sold; fewer pieces go out at once.")
_HOLDS = _("We hold the change. The offer stays as it is until you approve it.")
_CHECK_PRICE = _("Check the price of the card in Pohoda and the price steps, or approve the change.")

SKIPS: Final[Mapping[str, Explanation]] = {
    "offer_not_linked": Explanation(
        _("No stock card belongs to the offer; its external number is %(external_id)s."),
        _("We leave the offer as it is and look again after every change in Pohoda."),
        _("Fill in the offer's external number with the code of the stock card."),
    ),
    "link_code_ambiguous": Explanation(
        _("The code %(code)s belongs to several stock cards of one store (%(cards)s)."),
        _LEAVES,
        _("Give each card its own code in Pohoda."),
    ),
    "link_ean_ambiguous": Explanation(
        _("The EAN %(ean)s belongs to several stock cards (%(cards)s)."),
        _LEAVES,
        _("Fill in the offer's external number with the code of the right card."),
    ),
    "card_not_in_stores": Explanation(
        _("The card %(code)s is in none of the stores that are sold from (%(stores)s)."),
        _LEAVES,
        _("Add the card's store in the settings of the instance, if its goods are to be sold."),
    ),
    "card_not_internet": Explanation(
        _("The card %(code)s is not marked for the internet in Pohoda."),
        _LEAVES,
        _("Tick “Internet” on the card, or switch this condition off in the settings."),
    ),
    "offer_filtered_out": Explanation(
        _("The filter of offers leaves this one out (rule: %(rule)s)."),
        _LEAVES,
        _("Change the filter in the settings of the instance, if the offer is to take part."),
    ),
    "offer_is_draft": Explanation(_("The offer is a draft that was never published."), _LEAVES),
    "offer_status_unknown": Explanation(
        _("Allegro reports a state of the offer that we do not know: %(status)s."), _LEAVES, _("Write to support.")
    ),
    "sold_not_known": Explanation(
        _("Allegro told of purchases that we have not read yet."),
        _KNOW_FIRST,
    ),
    "sold_not_understood": Explanation(
        _("The order %(form_id)s has a shape that we do not know, and we cannot see what was bought."),
        _KNOW_FIRST,
        _("Try the order again where it was put aside; or enter it in Pohoda by hand, then ignore it there."),
    ),
    "sold_just_now": Explanation(
        _("Pieces of these goods were gone at Allegro moments ago, and their order may not be reported yet."),
        _KNOW_FIRST,
    ),
    "card_without_pieces": Explanation(
        _("Pohoda keeps no pieces of the card %(code)s: it is of the kind “%(kind)s”."), _LEAVES_QUANTITY
    ),
    "offer_from_allegros_warehouse": Explanation(
        _("The goods of this offer are in Allegro's warehouse, which counts its pieces itself."), _LEAVES_QUANTITY
    ),
    "offer_ended_by_seller": Explanation(
        _("The offer was ended by a person."),
        _("We do not start it again."),
        _("Start the offer at Allegro, if it is to be sold again; we then go on by ourselves."),
    ),
    "offer_ended_by_allegro": Explanation(
        _("Allegro ended the offer (%(ended_by)s)."),
        _("We do not start it again."),
        _("Look at the offer at Allegro; once it is started again, we go on by ourselves."),
    ),
    "offer_expired": Explanation(
        _("The offer's time has run out."),
        _("We do not start it again."),
        _("Start the offer at Allegro, preferably for an unlimited time; we then go on by ourselves."),
    ),
    "price_by_rule": Explanation(
        _("On %(marketplace)s Allegro makes the price by its own rule (%(rule)s)."),
        _LEAVES_PRICE,
        _("Take the rule off the offer at Allegro, if Pohoda is to make the price."),
    ),
    "price_in_campaign": Explanation(
        _("On %(marketplace)s a campaign holds the price."), _("We send our price when the campaign is over.")
    ),
    "price_without_source": Explanation(
        _("The price steps do not begin with a price of the card."),
        _LEAVES_PRICE,
        _("Begin the price steps with a price level or the selling price."),
    ),
    "price_level_missing": Explanation(
        _("The card has no price in the level “%(level)s”."),
        _LEAVES_PRICE,
        _("Fill in the price level in Pohoda, or choose another one in the settings."),
    ),
    "price_source_not_positive": Explanation(
        _("The card's price is %(price)s (level: %(level)s)."), _LEAVES_PRICE, _("Fill in the price in Pohoda.")
    ),
    "price_vat_unknown": Explanation(
        _("The price is without VAT and the card names no VAT rate."),
        _LEAVES_PRICE,
        _("Set the VAT rate of the card, or name it in the price step."),
    ),
    "price_without_vat": Explanation(
        _("The price steps end with a price without VAT: %(price)s."),
        _("We leave this price as it is: prices at Allegro include VAT."),
        _("Add the step “VAT” to the price steps."),
    ),
    "price_in_other_currency": Explanation(
        _("The price steps end in %(currency)s, the marketplace sells in %(wanted)s."),
        _LEAVES_PRICE,
        _("Add a step with the exchange rate to the price steps."),
    ),
}

HOLDS: Final[Mapping[str, Explanation]] = {
    "price_not_positive": Explanation(
        _("The new price would be %(price)s %(currency)s."),
        _HOLDS,
        _CHECK_PRICE,
        of_many=_("The new prices would be zero or less."),
    ),
    "price_below_floor": Explanation(
        _("The new price %(price)s %(currency)s is below the lowest allowed price %(floor)s %(currency)s."),
        _HOLDS,
        _CHECK_PRICE,
        of_many=_("The new prices are below the lowest allowed price."),
    ),
    "price_jump": Explanation(
        _("The new price %(price)s %(currency)s is %(percent)s %% of the last one, %(before)s %(currency)s."),
        _("We hold the change: below %(low)s %% and above %(high)s %% a person decides."),
        _CHECK_PRICE,
        of_many=_("The new prices are far from the last ones."),
    ),
    "wrong_currency": Explanation(
        _("The price is in %(currency)s instead of %(expected)s."),
        _HOLDS,
        _("Check the exchange rate in the price steps and the currency of the offer at Allegro."),
    ),
    "price_precision": Explanation(
        _("Allegro does not accept the price %(price)s %(currency)s: it must be a multiple of %(step)s."),
        _HOLDS,
        _("Add rounding to the price steps."),
        of_many=_("Allegro does not accept these prices: they are not rounded as the marketplace asks."),
    ),
    "mass_price": Explanation(
        _("On %(marketplace)s %(count)s prices of %(active)s active offers would move by more than %(moved_by)s %%."),
        _("We hold these prices: more than %(limit)s %% of the offers at once look like a mistake."),
        _("Check prices in Pohoda and the price steps, then approve the changes or correct the cause."),
    ),
    "mass_zero": Explanation(
        _("%(count)s of %(active)s active offers would end, because nothing is left of their goods."),
        _("We hold these ends: more than %(limit)s %% of the offers at once look like a mistake."),
        _("Check stock and stores in Pohoda, then approve the changes or correct the cause."),
    ),
    "quantity_too_high": Explanation(
        _("The quantity %(quantity)s is more than %(limit)s pieces."),
        _HOLDS,
        _("Check the stock of the card in Pohoda, or approve the change."),
    ),
    "unit_of_measure_changed": Explanation(
        _("The card %(code)s is now counted in %(after)s instead of %(before)s."),
        _HOLDS,
        _("Check the quantity and the price of the card, then approve the change."),
    ),
    "restart_waits_for_price": Explanation(
        _("There are goods again, and the offer's new price on %(marketplace)s is held."),
        _("We do not start the offer at its old price."),
        _("Decide on the price first."),
    ),
}

ALARMS: Final[Mapping[str, Explanation]] = {
    "market_unknown": Explanation(
        _("We do not know the marketplace %(marketplace)s."), _("We send no prices to it."), _("Write to support.")
    ),
}

TRACE: Final[Mapping[str, Explanation]] = {
    code: Explanation(sentence)
    for code, sentence in {
        "stock_after_reservation": _(
            "Store %(store)s, card %(code)s: %(count)s in stock − %(reservation)s reserved = %(available)s."
        ),
        "stock_after_received_orders": _(
            "Store %(store)s, card %(code)s: %(count)s in stock − %(received_orders)s ordered = %(available)s."
        ),
        "stock_count": _("Store %(store)s, card %(code)s: %(available)s in stock."),
        "stock_negative": _("Pohoda shows less than nothing (%(available)s), so nothing is offered."),
        "sold_not_in_pohoda": _("Sold at Allegro and not in Pohoda yet: − %(pieces)s."),
        "safety_kept": _("Kept as a reserve: − %(pieces)s."),
        "whole_pieces": _("Only whole pieces are sold: %(available)s → %(quantity)s."),
        "quantity_capped": _("No more than %(most)s pieces are offered."),
        "quantity_result": _("Quantity at Allegro: %(before)s → %(quantity)s."),
        "offer_ends_empty": _("Nothing is left, so the offer ends."),
        "offer_restarts": _("There are goods again, so the offer starts with %(quantity)s pieces."),
        "price_fits_market": _("Rounded to a multiple of %(step)s, as %(marketplace)s demands: %(price)s."),
        "price_result": _("Price at Allegro: %(before)s → %(price)s %(currency)s."),
        "price_from_card": _("Selling price of the card: %(price)s %(currency)s with VAT."),
        "price_from_card_net": _("Selling price of the card: %(price)s %(currency)s without VAT."),
        "price_from_level": _("Price level %(level)s: %(price)s %(currency)s with VAT."),
        "price_from_level_net": _("Price level %(level)s: %(price)s %(currency)s without VAT."),
        "price_vat_added": _("VAT %(percent)s %%: %(price)s."),
        "price_converted": _("Rate %(rate)s for %(units)s %(currency)s: %(price)s %(currency)s."),
        "price_multiplied": _("× %(factor)s: %(price)s."),
        "price_added": _("%(amount)s added: %(price)s."),
        "price_margin": _("Margin of %(percent)s %%: %(price)s."),
        "price_rounded": _("Rounded to a multiple of %(step)s: %(price)s."),
        "price_rounded_up": _("Rounded up to a multiple of %(step)s: %(price)s."),
        "price_rounded_down": _("Rounded down to a multiple of %(step)s: %(price)s."),
        "price_ending": _("Ends in %(ending)s: %(price)s."),
        "price_floor": _("Raised to the lowest price: %(price)s."),
        "price_ceiling": _("Lowered to the highest price: %(price)s."),
        "pieces_sold": _("Order %(form_id)s (%(status)s): %(quantity)s pieces are not in Pohoda yet."),
        "pieces_not_reserved": _("Order %(form_id)s: Pohoda does not reserve its %(quantity)s pieces."),
        "pieces_released_cancelled": _("Order %(form_id)s is cancelled: %(quantity)s pieces are free again."),
        "pieces_released_merged": _(
            "Order %(form_id)s was paid together with another one, which counts its %(quantity)s pieces."
        ),
        "pieces_released_skipped": _(
            "Order %(form_id)s is older than the start of the take-over: its %(quantity)s pieces do not count."
        ),
        "pieces_released_allegro": _("Order %(form_id)s: Allegro ships its %(quantity)s pieces from its warehouse."),
    }.items()
}
