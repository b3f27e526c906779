"""A price made of real cards, step by step, in the sentences that explain every price later."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from allegro_integration.domain.guards import guard_price
from allegro_integration.domain.marketplaces import Marketplace
from allegro_integration.domain.offer_settings import OfferSettings
from allegro_integration.domain.prices import price_card, price_source, wanted_price
from allegro_integration.explain_words import in_words
from allegro_integration.setup.offers_seen import Example
from connectify.dashboard.explanations import Explained, explain
from connectify.dashboard.templatetags.show import money
from connectify.domain.money import Money
from connectify.domain.price_steps import NoPrice
from connectify.domain.trace import Step


@dataclass(frozen=True)
class PriceExample:
    """`lines` lead to `price`; "" where there is none, then `why_none` says why. `held` are the guards' sentences."""

    code: str
    name: str
    lines: tuple[str, ...]
    price: str = ""
    now: str = ""
    why_none: Explained | None = None
    held: tuple[str, ...] = ()


def price_examples(
    examples: Iterable[Example],
    settings: OfferSettings,
    *,
    stores: tuple[str, ...],
    place: Marketplace,
    home_currency: str,
) -> list[PriceExample]:
    """One for each card that the stores have."""
    found = []
    for example in examples:
        now = example.price_at(place.id)
        card = price_card(example.cards, stores)
        if card is None:
            why = explain("card_not_in_stores", {"code": example.code, "stores": ", ".join(stores)})
            found.append(PriceExample(example.code, example.name, (), why_none=why))
            continue
        priced = wanted_price(price_source(card, home_currency), settings, place, place.currency)
        lines = tuple(_sentence(step) for step in priced.trace)
        shown_now = money(now.amount, now.currency) if now else ""
        if isinstance(priced, NoPrice):
            why = explain(priced.code, in_words(priced.params))
            found.append(PriceExample(example.code, example.name, lines, now=shown_now, why_none=why))
            continue
        price = priced.amount
        held = tuple(_sentence(step) for step in _guards(price, now, settings, place))
        text = money(price.amount, price.currency)
        found.append(PriceExample(example.code, example.name, lines, text, shown_now, held=held))
    return found


def accepted_prices(place: Marketplace) -> str:
    """What the marketplace takes, and what we do with other prices."""
    words = {"marketplace": place.id, "currency": place.currency}
    match place.price_step:
        case step if step == 1:
            text = _("%(marketplace)s takes whole crowns only. A price with haléř is rounded to the nearest crown.")
        case step if step == 5:
            text = _("%(marketplace)s takes forints that end in 0 or 5. Another price is rounded to the nearest such.")
        case _:
            text = _("%(marketplace)s takes prices in %(currency)s with two decimals.")
    return text % in_words(words)


def _guards(price: Money, now: Money | None, settings: OfferSettings, place: Marketplace) -> tuple[Step, ...]:
    return guard_price(
        price, place=place, currency=place.currency, floor=settings.floor, before=now, limits=settings.limits
    )  # fmt: skip


def _sentence(step: Step) -> str:
    return explain(step.code, in_words(step.params)).title
