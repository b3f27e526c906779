"""Allegro's REST API as one account sees it: typed answers, errors by who must act, one refresh after a 401."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final, Literal, Protocol, TypeVar
from urllib.parse import quote

import msgspec
from msgspec import Struct

from allegro_integration.client.environments import Environment
from allegro_integration.client.errors import (
    Answer,
    FormNotUnderstood,
    SecurityStop,
    Throttled,
    TokenInvalid,
    api_error,
    unreadable,
)
from allegro_integration.client.governor import Governor
from allegro_integration.client.http import V1, AllegroHttp, Observer, Request
from allegro_integration.client.messages import DeliveryMethod as DeliveryMethod
from allegro_integration.client.messages import (
    DeliveryMethods,
    EventStats,
    FormPage,
    ListedForm,
    MarketplaceItem,
    Marketplaces,
    Me,
    OddEvent,
    OrderEvent,
    OrderEvents,
    RawFormPage,
    RawOrderEvents,
)
from allegro_integration.client.strict_json import NotAsExpected, NotJson, load, shape
from allegro_integration.domain.checkout import CheckoutForm
from connectify.domain.errors import NeedsUser, Retryable

T = TypeVar("T")
SellerStatus = Literal[
    "NEW", "PROCESSING", "READY_FOR_SHIPMENT", "READY_FOR_PICKUP", "SENT", "PICKED_UP", "CANCELLED", "SUSPENDED"
]
MAX_EVENTS: Final = 1000
MAX_FORMS: Final = 100
MAX_WINDOW: Final = 10_000


class TokenProvider(Protocol):
    """Gives an account's access token. `client.vault.TokenVault` is one."""

    @property
    def environment(self) -> str: ...

    @property
    def seller_id(self) -> str: ...

    def access(self) -> str: ...

    def after_401(self, rejected: str) -> str: ...


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


class AllegroApi:
    """Calls for one seller in one environment. `observer` sees every exchange (for the timeline), without secrets."""

    def __init__(
        self,
        http: AllegroHttp,
        environment: Environment,
        seller_id: str,
        token_provider: TokenProvider,
        governor: Governor,
        *,
        observer: Observer | None = None,
        language: str = "cs-CZ",
    ) -> None:
        if token_provider.environment != environment.name:
            raise NeedsUser("wrong_environment", f"a token of {token_provider.environment} for {environment.name}")
        if token_provider.seller_id != seller_id:
            raise SecurityStop("wrong_seller", "the token belongs to another account")
        self._http: Final = http
        self._environment: Final = environment
        self._seller_id: Final = seller_id
        self._tokens: Final = token_provider
        self._governor: Final = governor
        self._observer: Final = observer
        self._language: Final = language

    def me(self) -> Me:
        """Whose token this is. Raises SecurityStop when it is another seller's."""
        me = self._read("/me", Me)
        self._check_seller(me.id)
        return me

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
        answer = self._call(self._request("GET", _form_path(form_id)))
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

    def set_fulfillment(self, form_id: str, status: SellerStatus, revision: str | None) -> None:
        """Sets the seller's status. Raises RevisionConflict when the order changed, OutcomeUnknown when unsure."""
        query = (("checkoutForm.revision", revision),) if revision else ()
        body = msgspec.json.encode({"status": status})
        # The specification offers only English for this resource.
        request = self._request("PUT", f"{_form_path(form_id)}/fulfillment", query, body, language="en-US")
        self._call(request)

    def delivery_methods(self, marketplace: str) -> tuple[DeliveryMethod, ...]:
        """Delivery methods that buyers of a marketplace can choose."""
        query = (("marketplace", marketplace),)
        return self._read("/sale/delivery-methods", DeliveryMethods, query).delivery_methods

    def marketplaces(self) -> tuple[MarketplaceItem, ...]:
        """All marketplaces with their currencies, languages and countries."""
        return self._read("/marketplaces", Marketplaces, language="en-US").marketplaces

    def _read(
        self, path: str, type_: type[T], query: tuple[tuple[str, str], ...] = (), language: str | None = None
    ) -> T:
        answer = self._call(self._request("GET", path, query, language=language))
        try:
            return shape(load(answer.body), type_)
        except (NotJson, NotAsExpected) as error:
            raise unreadable(answer, str(error)) from error

    def _call(self, request: Request) -> Answer:
        """Sends with the account's token; after a 401 once more with a refreshed one."""
        token = self._tokens.access()
        try:
            return self._send(request, token)
        except TokenInvalid:
            token = self._tokens.after_401(token)
        try:
            return self._send(request, token)
        except TokenInvalid as error:
            raise NeedsUser("reauth", "a fresh token is refused as well", **error.params) from error

    def _send(self, request: Request, token: str) -> Answer:
        self._governor.admit(self._seller_id)
        headers = {**request.headers, "Authorization": f"Bearer {token}"}
        answer = self._http.exchange(msgspec.structs.replace(request, headers=headers), self._observer)
        if 200 <= answer.status < 300:
            return answer
        error = api_error(answer, is_write=request.method != "GET")
        if isinstance(error, Throttled):
            self._governor.refused(self._seller_id, error.retry_after_s)
        raise error

    def _request(
        self,
        method: str,
        path: str,
        query: tuple[tuple[str, str], ...] = (),
        body: bytes = b"",
        *,
        language: str | None = None,
        media_type: str = V1,
    ) -> Request:
        headers = {"Accept": media_type, "Accept-Language": language or self._language}
        if body:
            headers["Content-Type"] = media_type
        return Request(
            method=method, base_url=self._environment.api, path=path, query=query, headers=headers, body=body
        )

    def _check_seller(self, seller_id: str) -> None:
        if seller_id != self._seller_id:
            raise SecurityStop("wrong_seller", "an answer belongs to another account", seller=seller_id)


def identify_seller(http: AllegroHttp, environment: Environment, tokens: TokenProvider) -> Me:
    """Whose token this is, for a pair that belongs to no account yet."""
    api = AllegroApi(http, environment, tokens.seller_id, tokens, Governor())
    return api._read("/me", Me)


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


def _form_path(form_id: str) -> str:
    return f"/order/checkout-forms/{quote(form_id, safe='')}"


def _instant(at: dt.datetime) -> str:
    if at.tzinfo is None:
        raise ValueError("a time without its zone")
    return at.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
