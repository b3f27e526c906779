"""A few of the changes that switching a direction on lets go, with where all of them are."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from allegro_integration.explain_words import fulfilment_in_words
from allegro_integration.models import Market, Offer, Order
from allegro_integration.offer_words import QUANTITY, field_in_words, money_in_words, pieces_in_words
from allegro_integration.services.markets import first_planned, first_to_print
from allegro_integration.services.orders import CREATE
from allegro_integration.setup.orders_shown import label_of, summary
from connectify.dashboard.effects import EffectRow
from connectify.sync.models import Change
from pohoda_bridge.documents import ReceivedOrder

EXAMPLES: Final = 5


@dataclass(frozen=True)
class FullList:
    """Where everything is that the examples are some of."""

    url: str
    label: str


def full_list(market: Market, direction: str) -> FullList:
    """The list with the filter that shows these records."""
    if direction == "offers":
        wanted = {"account": str(market.account_id), "state": Offer.State.WAITING.value}
        return FullList(_address("offers", wanted), _("Show all offers that wait"))
    wanted = {"instance": str(market.instance_id)}
    if direction == "orders":
        return FullList(
            _address("orders", {**wanted, "state": Order.State.WAITING.value, "code": "queued"}),
            _("Show all orders that would go"),
        )
    return FullList(
        _address("orders", {**wanted, "state": Order.State.SENT.value}), _("Show all orders that Pohoda has")
    )


def examples(market: Market, direction: str) -> tuple[EffectRow, ...]:
    """The first changes that would go, each with its record's page; at most three queries."""
    changes = first_planned(market, direction, EXAMPLES)
    subjects = [change.subject_id for change in changes]
    if direction == "offers":
        offers = Offer.objects.filter(account=market.account_id).in_bulk(subjects)
        names = {market.marketplace: market.instance.name}
        return tuple(_of_offer(one, offers[one.subject_id], names) for one in changes if one.subject_id in offers)
    orders: dict[uuid.UUID, Order] = Order.objects.filter(instance=market.instance_id).in_bulk(subjects)
    rows = [
        _row(orders[one.subject_id], _what(one, orders[one.subject_id])) for one in changes if one.subject_id in orders
    ]
    if direction == "invoices" and len(rows) < EXAMPLES:
        rows += [_row(one.order, _prints(one.number)) for one in first_to_print(market, EXAMPLES - len(rows))]
    return tuple(rows)


def _of_offer(change: Change, offer: Offer, names: Mapping[str, str]) -> EffectRow:
    content: dict[str, Any] = change.content
    if "amount" in content:
        place = str(content.get("marketplace", ""))
        field, before, after = f"price:{place}", money_in_words(offer.prices.get(place)), money_in_words(content)
    else:
        field, before = QUANTITY, pieces_in_words(offer.stock)
        after = pieces_in_words(content.get("quantity", 0))
    label = offer.name or offer.offer_id
    named = f"{field_in_words(field, names)}: {after}"
    return EffectRow(label, reverse("offer", args=[offer.pk]), before, named, tone="good")


def _row(order: Order, what: str) -> EffectRow:
    return EffectRow(label_of(order), reverse("order", args=[order.pk]), after=what, tone="good")


def _what(change: Change, order: Order) -> str:
    """What a change of an order would set, in one line."""
    content: dict[str, Any] = change.content
    if change.kind == CREATE:
        return _document(content, order)
    if "waybill" in content:
        carrier = content.get("carrier_name") or content.get("carrier_id", "")
        return _("parcel number %(waybill)s, %(carrier)s") % {"waybill": content["waybill"], "carrier": carrier}
    if "number" in content:
        return _prints(str(content["number"]))
    state = fulfilment_in_words(str(content.get("status", "PROCESSING")))
    return _("gets the state at Allegro: %(state)s") % {"state": state}


def _document(content: dict[str, Any], order: Order) -> str:
    """One that an older version has planned may read differently: its order's page shows it."""
    try:
        document = msgspec.convert(content, type=ReceivedOrder, strict=False)
    except msgspec.ValidationError:
        return _("a received order in Pohoda")
    return summary(document, order)


def _prints(number: str) -> str:
    return _("gets the invoice %(number)s") % {"number": number}


def _address(name: str, query: Mapping[str, str]) -> str:
    return f"{reverse(name)}?{urlencode(query)}"
