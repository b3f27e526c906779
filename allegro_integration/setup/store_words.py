"""Words about offers whose cards are in other stores than the settings name: said before an order is refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from allegro_integration.models import Market, Offer
from allegro_integration.services.offers.scope import OFFERS, carrying_markets, may_carry
from allegro_integration.services.seen import stores
from allegro_integration.services.store_gaps import Gap, gaps
from connectify.dashboard.counting import MOST, shown
from pohoda_bridge.server.models import Unit

NOT_IN_STORES: Final = "card_not_in_stores"


def order_notes(market: Market, store: str) -> list[str]:
    """What becomes of orders of offers whose goods are not in the store that orders name; one or two queries."""
    is_linking = _is_linking(market)
    found = gaps(market, store, is_linking=is_linking) if store else []
    if not found:
        return []
    return [" ".join((*(_gap(one, store) for one in found), *_outcome(market, is_linking=is_linking)))]


def unknown_store(unit: Unit, store: str) -> list[str]:
    """A sentence where Pohoda's cards were read and none is in this store; one query."""
    known = stores(unit) if store else ()
    if not known or store in known:
        return []
    text = _("No stock card in Pohoda is in a store named %(store)s. Pohoda has cards in: %(known)s.")
    return [text % {"store": store, "known": ", ".join(known)}]


def _is_linking(market: Market) -> bool:
    """Whether the account's offers are linked to cards: they are once the pieces of an instance are set."""
    return OFFERS in market.instance.settings if may_carry(market) else bool(carrying_markets(market.account))


def _gap(one: Gap, store: str) -> str:
    if one.store:
        text = ngettext(
            "%(count)s active offer sells goods whose stock card is in the store %(other)s and not in %(store)s.",
            "%(count)s active offers sell goods whose stock cards are in the store %(other)s and not in %(store)s.",
            one.offers,
        )
    else:
        text = ngettext(
            "%(count)s active offer has a code that no stock card in Pohoda has.",
            "%(count)s active offers have codes that no stock card in Pohoda has.",
            one.offers,
        )
    return text % {"count": one.offers, "other": one.store, "store": store}


def _outcome(market: Market, *, is_linking: bool) -> Iterator[str]:
    yield _("Pohoda would refuse an order of such goods, and the order would wait for you.")
    if is_linking:
        return
    if may_carry(market):
        yield _("Save the tab “Pieces” first: it links each offer to its own card, and orders then name that card.")
    else:
        yield _(
            "Save the tab “Pieces” of the account's primary instance first: it links each offer to its own card, and"
            " orders then name that card."
        )


def left_alone_note(count: int) -> str:
    """About offers whose card is in none of the stores that pieces are sold from."""
    text = ngettext(
        "%(count)s offer sells goods of a store that is not chosen: its pieces and prices stay as they are at Allegro."
        " An order of it names the store of its own card.",
        "%(count)s offers sell goods of stores that are not chosen: their pieces and prices stay as they are at"
        " Allegro. An order of them names the store of their own card.",
        count,
    )
    return text % {"count": shown(count)}


def offer_notes(market: Market) -> list[str]:
    """About the account's offers as they were planned last."""
    alone = Offer.objects.filter(account=market.account_id, state=Offer.State.SKIPPED, code=NOT_IN_STORES)
    count = len(alone.order_by().values_list("pk", flat=True)[: MOST + 1])
    return [left_alone_note(count)] if count else []
