"""How many pieces of a real card would be offered, in the sentences that explain every quantity later."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from allegro_integration.domain.offer_settings import OfferSettings
from allegro_integration.domain.quantities import wanted_quantity
from allegro_integration.explain_words import in_words
from allegro_integration.setup.offers_forms import AVAILABILITY
from allegro_integration.setup.offers_seen import Example
from connectify.dashboard.explanations import Explained, explain


@dataclass(frozen=True)
class PiecesExample:
    """`lines` lead to `pieces`; None where the card takes no part, then `why_none` says why. `now`: at Allegro."""

    code: str
    name: str
    lines: tuple[str, ...] = ()
    pieces: int | None = None
    now: int | None = None
    why_none: Explained | None = None


def pieces_example(example: Example, settings: OfferSettings) -> PiecesExample:
    """Of the card alone: what was sold and is not in Pohoda yet is known to the effect."""
    cards = example.cards
    now = example.offer.stock if example.offer else None
    if settings.stores:
        cards = tuple(card for card in cards if card.store in settings.stores)
        if not cards:
            why = explain("card_not_in_stores", {"code": example.code, "stores": ", ".join(settings.stores)})
            return PiecesExample(example.code, example.name, now=now, why_none=why)
    if settings.only_internet:
        cards = tuple(card for card in cards if card.is_internet)
        if not cards:
            why = explain("card_not_internet", {"code": example.code})
            return PiecesExample(example.code, example.name, now=now, why_none=why)
    found = wanted_quantity(cards, settings, 0)
    lines = tuple(explain(step.code, in_words(step.params)).title for step in found.trace)
    return PiecesExample(example.code, example.name, lines, found.quantity, now)


def ways_to_count(example: Example | None, settings: OfferSettings) -> dict[str, str]:
    """The first line of the example for each availability: what the choice means on a real card."""
    if example is None:
        return {}
    found = {}
    for value, _label, _help in AVAILABILITY:
        shown = pieces_example(example, msgspec.structs.replace(settings, availability=value))
        found[value] = shown.lines[0] if shown.lines else ""
    return found
