"""Allegro's answers as frozen values. Source: Allegro OpenAPI; the checkout form itself is `domain.checkout`.

Unknown keys are ignored and enumerations stay plain text. In lists each record is read on its own: one that cannot be
understood does not cost its page.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from allegro_integration.domain.checkout import CheckoutForm
from allegro_integration.domain.values import Instant, Reference


class EventForm(Struct, frozen=True):
    """The checkout form that an event is about."""

    id: str
    revision: str | None = None


class EventOrder(Struct, frozen=True, rename="camel"):
    """What happened to which order. Its lines are left to the form: an odd one must not cost the whole page."""

    seller: Reference
    checkout_form: EventForm | None = None


class OrderEvent(Struct, frozen=True, rename="camel"):
    """One entry of the order journal: a hint to look at the form. `id` is opaque."""

    id: str
    type: str
    occurred_at: Instant
    order: EventOrder


class RawOrderEvents(Struct, frozen=True):
    """A page of the journal whose entries are not looked at yet. Source: GET /order/events."""

    events: tuple[dict[str, Any], ...]


class OddEvent(Struct, frozen=True):
    """An entry that could not be understood. Its order is found by the list, which the sweep reads."""

    id: str
    problem: str


class OrderEvents(Struct, frozen=True):
    """A page of the journal, oldest first. `cursor` is the id of its last entry, `size` counts the odd ones too."""

    events: tuple[OrderEvent, ...]
    odd: tuple[OddEvent, ...] = ()
    cursor: str = ""

    @property
    def size(self) -> int:
        return len(self.events) + len(self.odd)


class LatestEvent(Struct, frozen=True, rename="camel"):
    """The newest entry of the journal."""

    id: str
    occurred_at: Instant


class EventStats(Struct, frozen=True, rename="camel"):
    """Where the journal ends now; empty for an account that never sold. Source: GET /order/event-stats."""

    latest_event: LatestEvent | None = None


class RawFormPage(Struct, frozen=True, rename="camel"):
    """A page of forms whose records are not looked at yet."""

    checkout_forms: tuple[dict[str, Any], ...]
    count: int = 0
    total_count: int = 0


class ListedForm(Struct, frozen=True):
    """One record of a list: the form, or why it could not be understood (`form` is None then)."""

    id: str
    form: CheckoutForm | None
    problem: str = ""


class FormPage(Struct, frozen=True):
    """A page of GET /order/checkout-forms; `total` counts the whole window (Allegro caps offset + limit at 10 000)."""

    forms: tuple[ListedForm, ...]
    total: int


class MyCompany(Struct, frozen=True, rename="camel"):
    """The seller's company."""

    name: str | None = None
    tax_id: str | None = None


class Me(Struct, frozen=True, rename="camel"):
    """Whose token it is. Source: GET /me."""

    id: str
    login: str = ""
    email: str = ""
    first_name: str | None = None
    last_name: str | None = None
    base_marketplace: Reference | None = None
    company: MyCompany | None = None
    features: tuple[str, ...] | None = None


class DeliveryMethod(Struct, frozen=True, rename="camel"):
    """A delivery method; only ids are unique. Source: GET /sale/delivery-methods."""

    id: str
    name: str = ""
    marketplaces: tuple[str, ...] | None = None
    payment_policy: str | None = None
    allegro_endorsed: bool | None = None
    dispatch_country: str | None = None
    destination_country: str | None = None


class DeliveryMethods(Struct, frozen=True, rename="camel"):
    """All delivery methods of a marketplace."""

    delivery_methods: tuple[DeliveryMethod, ...]


class CodeOnly(Struct, frozen=True):
    """A language, currency or country by its code."""

    code: str


class MarketplaceCurrencies(Struct, frozen=True):
    """Currencies of a marketplace."""

    base: CodeOnly | None = None
    additional: tuple[CodeOnly, ...] = ()


class MarketplaceLanguages(Struct, frozen=True, rename="camel"):
    """Languages of a marketplace."""

    offer_creation: tuple[CodeOnly, ...] = ()
    offer_display: tuple[CodeOnly, ...] = ()


class MarketplaceItem(Struct, frozen=True, rename="camel"):
    """One marketplace as Allegro describes it. Source: GET /marketplaces."""

    id: str
    languages: MarketplaceLanguages | None = None
    currencies: MarketplaceCurrencies | None = None
    shipping_countries: tuple[CodeOnly, ...] = ()


class Marketplaces(Struct, frozen=True):
    """All marketplaces."""

    marketplaces: tuple[MarketplaceItem, ...]


class ApiError(Struct, frozen=True, rename="camel"):
    """One reason of a refusal. `userMessage` is translated and may be shown; `path` names the field."""

    code: str = ""
    message: str | None = None
    details: str | None = None
    path: str | None = None
    user_message: str | None = None


class ApiErrors(Struct, frozen=True):
    """A refusal of the API."""

    errors: tuple[ApiError, ...]


class AuthError(Struct, frozen=True):
    """A refusal of the OAuth server, and of the API when a token does not hold."""

    error: str
    error_description: str | None = None


class TokenAnswer(Struct, frozen=True):
    """The OAuth server's answer with a pair of tokens. All four are required: half an answer is no answer."""

    access_token: str
    refresh_token: str
    expires_in: int
    token_type: str
    scope: str = ""


class DeviceAnswer(Struct, frozen=True):
    """The start of the device flow: what to show to the person and how often to ask (seconds)."""

    device_code: str
    user_code: str
    verification_uri: str
    expires_in: int
    interval: int
    verification_uri_complete: str = ""
