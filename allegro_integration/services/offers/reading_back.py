"""What Allegro shows after a write (RELIABILITY R3): the list for all offers, and each alone where the list disagrees.

The list lags edits a little; an offer's parts and details do not.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Final

from django.conf import settings

from allegro_integration.client.api import AllegroApi
from allegro_integration.client.errors import NotFound
from allegro_integration.client.offer_messages import BASE
from allegro_integration.models import Account, Offer
from allegro_integration.services.offers.ledger import END, RESTART, shown_value
from allegro_integration.services.offers.reading import IDS_PER_CALL, Reader
from allegro_integration.services.offers.settling import sent_value
from allegro_integration.services.offers.storing import ACTIVE, stored_money
from connectify.clock import now
from connectify.sync.leases import Lease
from connectify.sync.models import Change

# So many offers of one write are asked for one by one; the whole list finds the rest.
ALONE: Final = 25


class ReaderBack:
    """Reads for one account's run."""

    def __init__(self, lease: Lease, account: Account, api: AllegroApi) -> None:
        self._lease: Final = lease
        self._account: Final = account
        self._api: Final = api
        self._reader: Final = Reader(lease, account, api)

    def shown(self, changes: Sequence[Change]) -> dict[uuid.UUID, str]:
        """What is shown of each change's field now; what is not at Allegro any more is missing."""
        ids = sorted({change.content["offer_id"] for change in changes})
        for start in range(0, len(ids), IDS_PER_CALL):
            self._reader.read(ids[start : start + IDS_PER_CALL])
        offers = self._rows(ids)
        for change in self._different(changes, offers)[:ALONE]:
            self._look_at(offers[change.content["offer_id"]], change)
        offers = self._rows(ids)
        found = {change.pk: offers.get(change.content["offer_id"]) for change in changes}
        return {one.pk: field_shown(offer, one) for one in changes if (offer := found[one.pk]) is not None}

    def _rows(self, ids: Sequence[str]) -> dict[str, Offer]:
        with self._lease.transaction():
            rows = Offer.objects.filter(account=self._account, offer_id__in=ids)
            return {row.offer_id: row for row in rows.exclude(state=Offer.State.SUPERSEDED)}

    def _different(self, changes: Sequence[Change], offers: dict[str, Offer]) -> list[Change]:
        return [
            change
            for change in changes
            if (offer := offers.get(change.content["offer_id"])) and not has_arrived(field_shown(offer, change), change)
        ]

    def _look_at(self, offer: Offer, change: Change) -> None:
        """This offer alone, as it is at this moment."""
        self._lease.require(settings.ALLEGRO_CALL_S)
        fresh: dict[str, object] = {}
        try:
            if change.kind in (END, RESTART):
                detail = self._api.offer_detail(offer.offer_id)
                fresh = {"status": detail.status, "stock": detail.stock}
            else:
                parts = self._api.offer_parts(offer.offer_id)
                base = offer.base_marketplace
                prices = {name if name != BASE else base: stored_money(one) for name, one in parts.prices.items()}
                fresh = {"stock": parts.stock, "prices": {**offer.prices, **prices}}
        except NotFound:
            return
        known = {name: value for name, value in fresh.items() if value is not None and value != ""}
        if any(getattr(offer, name) != value for name, value in known.items()):
            moment = now()
            if isinstance(stock := known.get("stock"), int) and stock < (offer.stock or 0):
                known["fell_at"] = moment
            with self._lease.transaction():
                Offer.objects.filter(pk=offer.pk).update(**known, observed_at=moment)


def field_shown(offer: Offer, change: Change) -> str:
    """What the row says of the change's field, in the words of `sent_value`."""
    if change.kind == END:
        return "0" if offer.status not in ACTIVE or offer.stock == 0 else shown_value(offer, "quantity")
    if change.kind == RESTART and offer.status not in ACTIVE:
        return "0"
    return shown_value(offer, change.content["field"])


def has_arrived(shown: str, change: Change) -> bool:
    """Whether what is shown proves that the change was taken.

    An offer that runs again may have sold pieces already; a stock is judged by its very value.
    """
    if change.kind == RESTART:
        return shown not in ("", "0")
    return shown == sent_value(change)
