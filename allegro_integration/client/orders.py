"""The order journal, checkout forms and the seller's status."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final, Literal
from urllib.parse import quote

from msgspec import Struct

from allegro_integration.client.calls import Calls, OnSent
from allegro_integration.client.errors import FormNotUnderstood, unreadable
from allegro_integration.client.messages import (
    EventStats,
    FormPage,
    ListedForm,
    OddEvent,
    OrderEvent,
    OrderEvents,
    RawFormPage,
    RawOrderEvents,
)
from allegro_integration.client.strict_json import NotAsExpected, NotJson, load, shape
from allegro_integration.domain.checkout import CheckoutForm
from connectify.domain.errors import Retryable

SellerStatus = Literal[
    "NEW", "PROCESSING", "READY_FOR_SHIPMENT", "READY_FOR_PICKUP", "SENT", "PICKED_UP", "CANCELLED", "SUSPENDED"
]
MAX_EVENTS: Final = 1000
MAX_FORMS: Final = 100


class FormFilter(Struct, frozen=True, kw_only=True):
    """Which forms to list. Times are aware; a window by `updated` moves only when the buyer acts."""

    statuses: tuple[str, ...] = ()
    bought_from: dt.datetime | None = None
    bought_to: dt.datetime | None = None
    updated_from: dt.datetime | None = None
    updated_to: dt.datetime | None = None
    marketplace: str | None = None
    sort: Literal["lineItems.boughtAt", "-lineItems.boughtAt", "updatedAt", "-updatedAt"] | None = None

    def query(self) -> tuple[tuple[str, str], ...]:
        """As Allegro's query parameters. Unknown ones would be ignored silently, so the names matter."""
        times = {
            "lineItems.boughtAt.gte": self.bought_from,
            "lineItems.boughtAt.lte": self.bought_to,
            "updatedAt.gte": self.updated_from,
            "updatedAt.lte": self.updated_to,
        }
        pairs = [("status", status) for status in self.statuses]
        pairs += [(name, _instant(at)) for name, at in times.items() if at is not None]
        if self.marketplace:
            pairs.append(("marketplace.id", self.marketplace))
        if self.sort:
            pairs.append(("sort", self.sort))
        return tuple(pairs)


class OrderCalls(Calls):
    """Orders of one seller."""

    def order_events(self, from_: str | None = None, limit: int = MAX_EVENTS) -> OrderEvents:
        """The journal after the event `from_`, oldest first, at most 1000. One odd entry does not cost its page."""
        query = [("from", from_)] if from_ else []
        page = events_page(self._read("/order/events", RawOrderEvents, (*query, ("limit", str(limit)))))
        for event in page.events:
            self._check_seller(event.order.seller.id)
        return page

    def event_stats(self) -> EventStats:
        """Where the journal ends."""
        return self._read("/order/event-stats", EventStats)

    def checkout_forms(self, filters: FormFilter, offset: int = 0, limit: int = MAX_FORMS) -> FormPage:
        """A page of forms. Allegro refuses offset + limit beyond 10 000: narrow the window instead."""
        query = (*filters.query(), ("offset", str(offset)), ("limit", str(limit)))
        page = self._read("/order/checkout-forms", RawFormPage, query)
        return FormPage(tuple(_listed(record) for record in page.checkout_forms), page.total_count)

    def checkout_form(self, form_id: str) -> tuple[CheckoutForm, bytes]:
        """One form and its bytes as they came. Raises NotFound, and FormNotUnderstood (with the bytes)."""
        answer = self._call(self._request("GET", form_path(form_id)))
        try:
            document = load(answer.body)
        except NotJson as error:
            raise unreadable(answer, str(error)) from error
        try:
            form = shape(document, CheckoutForm)
        except NotAsExpected as error:
            raise FormNotUnderstood(str(error), form_id=form_id, raw=answer.body) from error
        if form.id != form_id:
            raise unreadable(answer, "the answer is about another order")
        return form, answer.body

    def set_fulfillment(
        self, form_id: str, status: SellerStatus, revision: str | None, *, on_sent: OnSent = None
    ) -> None:
        """Sets the seller's status. Raises RevisionConflict when the order changed, OutcomeUnknown when unsure."""
        query = (("checkoutForm.revision", revision),) if revision else ()
        # The specification offers only English for this resource.
        self._write(
            "PUT",
            f"{form_path(form_id)}/fulfillment",
            {"status": status},
            subject="order",
            on_sent=on_sent,
            query=query,
            language="en-US",
        )


def events_page(raw: RawOrderEvents) -> OrderEvents:
    """Each entry on its own. Raises Retryable for one that has not even an id: no cursor could pass it."""
    events: list[OrderEvent] = []
    odd: list[OddEvent] = []
    cursor = ""
    for record in raw.events:
        event_id = record.get("id")
        if not isinstance(event_id, str) or not event_id:
            raise Retryable("unreadable_answer", "an event without an id")
        cursor = event_id
        try:
            events.append(shape(record, OrderEvent))
        except NotAsExpected as error:
            odd.append(OddEvent(event_id, str(error)[:200]))
    return OrderEvents(tuple(events), tuple(odd), cursor)


def _listed(record: dict[str, Any]) -> ListedForm:
    form_id = record.get("id")
    try:
        form = shape(record, CheckoutForm)
    except NotAsExpected as error:
        return ListedForm(form_id if isinstance(form_id, str) else "", None, str(error))
    return ListedForm(form.id, form)


def form_path(form_id: str) -> str:
    """Where an order is."""
    return f"/order/checkout-forms/{quote(form_id, safe='')}"


def _instant(at: dt.datetime) -> str:
    if at.tzinfo is None:
        raise ValueError("a time without its zone")
    return at.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
