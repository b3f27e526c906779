"""Which offers take part: linked ones whose card is in the instance's stores and passes the customer's filter."""

from __future__ import annotations

from typing import Final

from allegro_integration.domain.offer_settings import OfferSettings
from allegro_integration.domain.offer_values import WHOLE_OFFER, Card, OfferView, Skip
from allegro_integration.domain.order_facts import FIELD
from connectify.domain.facts import Catalogue, FactDefinition, Kind
from connectify.domain.rules import FactValue, first_match

INCLUDE: Final = "include"
EXCLUDE: Final = "exclude"
OUTCOMES: Final = frozenset({INCLUDE, EXCLUDE})
_STATUSES: Final = frozenset({"ACTIVE", "ACTIVATING", "ENDED"})

OFFER_CATALOGUE: Final = Catalogue.of(
    FactDefinition("offer_name", Kind.TEXT, "fact_offer_name"),
    FactDefinition("external_id", Kind.TEXT, "fact_external_id"),
    FactDefinition("code", Kind.TEXT, "fact_code"),
    FactDefinition("store", Kind.TEXT, "fact_store"),
    FactDefinition("card_name", Kind.TEXT, "fact_card_name"),
    FactDefinition("ean", Kind.TEXT, "fact_ean"),
    FactDefinition("card_kind", Kind.TEXT, "fact_card_kind"),
    FactDefinition("unit", Kind.TEXT, "fact_unit"),
    FactDefinition("sales", Kind.BOOL, "fact_sales"),
    FactDefinition("internet", Kind.BOOL, "fact_internet"),
)
"""The facts of every offer's filter; `order_facts.with_fields` adds the optional fields of the unit's cards."""


def linked_cards(offer: OfferView, settings: OfferSettings) -> tuple[Card, ...] | Skip:
    """The cards an offer follows, or why it is left alone."""
    if offer.link_problem is not None:
        return Skip(offer.offer_id, WHOLE_OFFER, offer.link_problem.code, offer.link_problem.params)
    if not offer.cards:
        return _skip(offer, "offer_not_linked", external_id=offer.external_id)
    cards = offer.cards
    if settings.stores:
        cards = tuple(card for card in cards if card.store in settings.stores)
        if not cards:
            return _skip(offer, "card_not_in_stores", code=offer.cards[0].code, stores=", ".join(settings.stores))
    if settings.only_internet:
        code, cards = cards[0].code, tuple(card for card in cards if card.is_internet)
        if not cards:
            return _skip(offer, "card_not_internet", code=code)
    if settings.include:
        rule = first_match(settings.include, offer_facts(offer, cards[0]))
        if rule is None or rule.outcome != INCLUDE:
            return _skip(offer, "offer_filtered_out", rule=rule.name if rule else "")
    if offer.status == "INACTIVE":
        return _skip(offer, "offer_is_draft")
    if offer.status not in _STATUSES:
        return _skip(offer, "offer_status_unknown", status=offer.status)
    return cards


def offer_facts(offer: OfferView, card: Card) -> dict[str, FactValue]:
    """The facts of an offer and its card by the keys of OFFER_CATALOGUE."""
    facts: dict[str, FactValue] = {
        "offer_name": offer.name,
        "external_id": offer.external_id,
        "code": card.code,
        "store": card.store,
        "card_name": card.name,
        "ean": card.ean,
        "card_kind": card.kind,
        "unit": card.unit,
        "sales": card.is_sales,
        "internet": card.is_internet,
    }
    for name, value in card.fields.items():
        facts[f"{FIELD}{name}"] = value
    return facts


def _skip(offer: OfferView, code: str, /, **params: str) -> Skip:
    return Skip(offer.offer_id, WHOLE_OFFER, code, params)
