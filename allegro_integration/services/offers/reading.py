"""Observing an account's offers: the journal hints, the list tells (RELIABILITY R3).

The journal names what changed and never the new value, so what it names is read again by id. Every few hours the whole
list is read, a few pages a cycle, and finds what the journal never said.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.conf import settings
from django.db.models import F, Q

from allegro_integration.client.api import AllegroApi
from allegro_integration.client.errors import NotFound, Refused
from allegro_integration.client.offer_messages import OfferDetail
from allegro_integration.models import Account, Offer
from allegro_integration.services.offers.settling import gone
from allegro_integration.services.offers.storing import hint_offers, note_odd, store_listed
from connectify.clock import now
from connectify.sync.leases import Lease

EVENTS_PER_PAGE: Final = 1000
JOURNAL_PAGES_PER_CYCLE: Final = 20
PAGE: Final = 1000
PAGES_PER_CYCLE: Final = 10
IDS_PER_CALL: Final = 200
CALLS_PER_CYCLE: Final = 20
DETAILS_PER_CYCLE: Final = 20
# What the journal also tells and no plan of ours depends on.
WITHOUT_MEANING: Final = frozenset({"OFFER_BID_PLACED", "OFFER_BID_CANCELED", "OFFER_TRANSLATION_UPDATED"})


class Reader:
    """Reads for one account's run."""

    def __init__(self, lease: Lease, account: Account, api: AllegroApi) -> None:
        self._lease: Final = lease
        self._account: Final = account
        self._api: Final = api
        # Whether the journal goes on in the next cycle.
        self.is_behind = False

    # --- the journal ----------------------------------------------------------------------------------------------

    def drain_journal(self) -> int:
        """Marks what the journal names. The first time there is nothing to mark: the list comes whole right after."""
        total = 0
        for _ in range(JOURNAL_PAGES_PER_CYCLE):
            self._lease.require(settings.ALLEGRO_CALL_S)
            try:
                page = self._api.offer_events(self._account.offers_cursor or None, EVENTS_PER_PAGE)
            except (NotFound, Refused):
                if not self._account.offers_cursor:
                    raise
                self._begin_anew()
                return total
            if page.size:
                named = {event.offer_id: "" for event in page.events if event.type not in WITHOUT_MEANING}
                named |= {event.offer_id: event.ended_by for event in page.events if event.ended_by}
                with self._lease.transaction():
                    if self._account.offers_listed_at is not None:
                        hint_offers(self._account, named)
                        total += len(named)
                    self._save(offers_cursor=page.cursor)
            if page.size < EVENTS_PER_PAGE:
                return total
        self.is_behind = True
        return total

    def _begin_anew(self) -> None:
        """Allegro has forgotten the event we stand at (it keeps a day): the whole list makes up for it."""
        with self._lease.transaction():
            self._save(offers_cursor="", offers_listing_at=now(), offers_offset=0)

    # --- the list -------------------------------------------------------------------------------------------------

    def list_some(self) -> int:
        """A few pages of the whole list, when it is due or under way. → how many offers were new or changed."""
        account, changed = self._account, 0
        if not self._listing_is_due():
            return 0
        if account.offers_listing_at is None:
            with self._lease.transaction():
                self._save(offers_listing_at=now(), offers_offset=0)
        for _ in range(PAGES_PER_CYCLE):
            self._lease.require(settings.ALLEGRO_CALL_S)
            page = self._api.offers(offset=account.offers_offset, limit=PAGE)
            size = len(page.offers) + len(page.odd)
            with self._lease.transaction():
                changed += store_listed(account, page.offers, moment=now())
                note_odd(account, page.odd)
                self._save(offers_offset=account.offers_offset + size)
                if not size or account.offers_offset >= page.total:
                    self._finish_listing()
            if account.offers_listing_at is None:
                break
        return changed

    @property
    def is_listing(self) -> bool:
        """Whether the whole list goes on in the next cycle."""
        return self._account.offers_listing_at is not None

    def _listing_is_due(self) -> bool:
        listed = self._account.offers_listed_at
        return (
            self.is_listing or listed is None or now() - listed >= dt.timedelta(seconds=settings.ALLEGRO_OFFERS_LIST_S)
        )

    def _finish_listing(self) -> None:
        """What two whole lists in a row did not show is no longer at Allegro (archived, or not this seller's)."""
        before = self._account.offers_listed_at
        if before is not None:
            missing = Q(listed_at__lt=before) | Q(listed_at=None, observed_at__lt=before)
            unseen = Offer.objects.filter(missing, account=self._account).exclude(state=Offer.State.SUPERSEDED)
            gone(list(unseen.values_list("pk", flat=True)))
        self._save(offers_listed_at=self._account.offers_listing_at, offers_listing_at=None, offers_offset=0)

    # --- by id ----------------------------------------------------------------------------------------------------

    def read_named(self) -> bool:
        """Reads what the journal named. → whether there is more."""
        for _ in range(CALLS_PER_CYCLE):
            with self._lease.transaction():
                named = Offer.objects.filter(account=self._account, needs_reading=True)
                ids = list(named.order_by("offer_id").values_list("offer_id", flat=True)[:IDS_PER_CALL])
            if not ids:
                return False
            self.read(ids)
        return True

    def read(self, ids: list[str]) -> None:
        """These offers as the list shows them now. What it does not show is looked for by the next whole lists."""
        self._lease.require(settings.ALLEGRO_CALL_S)
        page = self._api.offers(ids=ids, limit=PAGE)
        with self._lease.transaction():
            store_listed(self._account, page.offers, moment=now())
            note_odd(self._account, page.odd)
            Offer.objects.filter(account=self._account, offer_id__in=ids).update(needs_reading=False)

    # --- details --------------------------------------------------------------------------------------------------

    def read_details(self) -> bool:
        """What the list does not tell: the EAN of offers without a link, and who ended one. → whether more wait."""
        with self._lease.transaction():
            unlinked = Q(code="offer_not_linked", ean="", detail_read_at=None)
            ended = Q(status="ENDED", ended_by="", ended_by_us=False, card__isnull=False)
            fresh = Q(detail_read_at=None) | Q(detail_read_at__lt=F("observed_at"))
            wanted = Offer.objects.filter(unlinked | (ended & fresh), account=self._account, needs_plan=False)
            rows = list(wanted.filter(state=Offer.State.SKIPPED).order_by("offer_id")[:DETAILS_PER_CYCLE])
        for row in rows:
            self._lease.require(settings.ALLEGRO_CALL_S)
            try:
                detail = self._api.offer_detail(row.offer_id)
            except NotFound:
                with self._lease.transaction():
                    gone([row.pk])
                continue
            with self._lease.transaction():
                _store_detail(row, detail)
        return len(rows) == DETAILS_PER_CYCLE

    def _save(self, **fields: object) -> None:
        for name, value in fields.items():
            setattr(self._account, name, value)
        self._account.save(update_fields=list(fields))


def _store_detail(row: Offer, detail: OfferDetail) -> None:
    """Reading a detail once is enough, until the list shows the offer changed."""
    learnt: dict[str, object] = {"detail_read_at": now()}
    if detail.ean and detail.ean != row.ean:
        learnt |= {"ean": detail.ean[:20], "needs_plan": True}
    if row.status == "ENDED" and detail.ended_by and detail.ended_by != row.ended_by:
        learnt |= {"ended_by": detail.ended_by[:30], "needs_plan": True}
    Offer.objects.filter(pk=row.pk).update(**learnt)
