"""The seller's offers: reading them, editing one, and the end of an edit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from urllib.parse import SplitResult, quote, urljoin, urlsplit

import msgspec

from allegro_integration.client.calls import Calls, OnSent, Query, confirmation
from allegro_integration.client.errors import SecurityStop, retry_after, unconfirmed, unreadable
from allegro_integration.client.governor import PRICE_RULES
from allegro_integration.client.offer_answers import (
    RawEvent,
    RawEventPage,
    RawListedOffer,
    RawOffer,
    RawOfferPage,
    RawRatesPage,
    RawRules,
    detailed,
    event,
    listed,
    parts,
    rules,
    shipping_rates,
    validation_errors,
)
from allegro_integration.client.offer_messages import (
    Accepted,
    Applied,
    Finished,
    OfferDetail,
    OfferEvents,
    OfferPage,
    OfferParts,
    OfferPatch,
    OfferRule,
    Running,
    ShippingRates,
)
from allegro_integration.client.records import last_id, page_of, read_records
from connectify.domain.errors import Retryable

MAX_OFFERS: Final = 1000
MAX_EXTERNAL_IDS: Final = 100
MAX_OFFER_EVENTS: Final = 1000


class OfferCalls(Calls):
    """Offers of one seller."""

    def offers(
        self,
        *,
        offset: int = 0,
        limit: int = MAX_OFFERS,
        ids: Sequence[str] = (),
        external_ids: Sequence[str] = (),
        statuses: Sequence[str] = (),
        sort: str | None = None,
    ) -> OfferPage:
        """A page of offers, the newest first unless sorted. At most 100 `external_ids`; they are free and not unique.

        The list lags edits a little: what was just written is read by `offer_parts`.
        """
        if len(external_ids) > MAX_EXTERNAL_IDS:
            raise ValueError("more external ids than Allegro takes at once")
        query = [
            *(("offer.id", one) for one in ids),
            *(("external.id", one) for one in external_ids),
            *(("publication.status", one) for one in statuses),
            *([("sort", sort)] if sort else []),
            ("offset", str(offset)),
            ("limit", str(limit)),
        ]
        answer = self._call(self._request("GET", "/sale/offers", tuple(query)))
        page = page_of(answer, RawOfferPage)
        found, odd = read_records(page.offers, RawListedOffer)
        return OfferPage(tuple(listed(one) for one in found), odd, page.total_count)

    def offer_detail(self, offer_id: str) -> OfferDetail:
        """One offer in full. Raises NotFound for a deleted draft and an archived offer."""
        return detailed(self._offer(_offer_path(offer_id), offer_id))

    def offer_parts(self, offer_id: str) -> OfferParts:
        """Stock and prices as they are now: the way to look at what a write did."""
        query = (("include", "stock"), ("include", "price"))
        return parts(self._offer(f"{_offer_path(offer_id)}/parts", offer_id, query))

    def offer_events(self, from_: str | None = None, limit: int = MAX_OFFER_EVENTS) -> OfferEvents:
        """The journal after the event `from_`, oldest first. Allegro keeps it for 24 hours."""
        query = (*((("from", from_),) if from_ else ()), ("limit", str(limit)))
        # The specification offers only English for this resource.
        answer = self._call(self._request("GET", "/sale/offer-events", query, language="en-US"))
        page = page_of(answer, RawEventPage)
        found, odd = read_records(page.offer_events, RawEvent)
        cursor = last_id(page.offer_events)
        if page.offer_events and not cursor:
            raise unreadable(answer, "the last event has no id: no cursor could pass it")
        return OfferEvents(tuple(event(one) for one in found), odd, cursor, len(page.offer_events))

    def patch_offer(self, offer_id: str, patch: OfferPatch, *, on_sent: OnSent = None) -> Applied | Accepted:
        """Changes what `patch` sets. Raises EditInProgress, OfferRefused, and OutcomeUnknown when unsure."""
        answer = self._write("PATCH", _offer_path(offer_id), patch.content(), subject="offer", on_sent=on_sent)
        if answer.status == 202:
            location = answer.headers.get("location", "")
            if not location:
                raise unconfirmed(answer, "taken without a place to ask")
            return Accepted(location, retry_after(answer))
        offer = confirmation(answer, RawOffer)
        if offer.id != offer_id:
            raise unconfirmed(answer, "the answer is about another offer")
        return Applied(validation_errors(offer))

    def operation(self, location: str) -> Running | Finished:
        """Whether an accepted edit is over. Raises OfferRefused when it failed: that is final.

        `location` is followed as Allegro gave it, but only to Allegro: else SecurityStop, and nothing is sent.
        """
        origin, target = _own(location, self._environment.api)
        request = msgspec.structs.replace(self._request("GET", target), base_url=origin)
        answer = self._call(request, subject="offer", also=(303,))
        return Running(retry_after(answer)) if answer.status == 202 else Finished()

    def offer_rules(self, offer_id: str) -> tuple[OfferRule, ...]:
        """The pricing rules of an offer, by marketplace. Allegro grants few of these a second."""
        path = f"/sale/price-automation/offers/{quote(offer_id, safe='')}/rules"
        return rules(self._read(path, RawRules, costs=((PRICE_RULES, 1),)))

    def shipping_rates(self) -> tuple[ShippingRates, ...]:
        """The seller's price lists of deliveries with the marketplaces that each reaches."""
        return shipping_rates(self._read("/sale/shipping-rates", RawRatesPage))

    def _offer(self, path: str, offer_id: str, query: Query = ()) -> RawOffer:
        offer = self._read(path, RawOffer, query)
        if offer.id != offer_id:
            raise Retryable("unreadable_answer", "the answer is about another offer")
        return offer


def _offer_path(offer_id: str) -> str:
    return f"/sale/product-offers/{quote(offer_id, safe='')}"


def _own(location: str, api: str) -> tuple[str, str]:
    """Origin of our Allegro, and path and query of the location in it. The token goes nowhere else."""
    own = urlsplit(api)
    try:
        there = urlsplit(urljoin(f"{api}/", location))
        is_own = (_origin(there), there.username) == (_origin(own), None)
    except ValueError:
        is_own = False
    if not is_own or not location.isascii() or not location.isprintable() or " " in location:
        raise SecurityStop("foreign_location", f"an edit is to be followed to {location!r}"[:200])
    return f"{own.scheme}://{own.netloc}", f"{there.path}?{there.query}" if there.query else there.path


def _origin(url: SplitResult) -> tuple[str, str | None, int | None]:
    return url.scheme, url.hostname, url.port or {"https": 443, "http": 80}.get(url.scheme)
