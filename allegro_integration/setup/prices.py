"""The tab "Prices": the steps that make a price, tried out on real cards, and what holds a price back."""

from __future__ import annotations

import uuid
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import Any, Final

import msgspec
from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from allegro_integration.domain.marketplaces import MARKETPLACES, Marketplace
from allegro_integration.domain.offer_settings import OfferSettings
from allegro_integration.models import Market
from allegro_integration.services.offers.scope import may_carry
from allegro_integration.setup.flow_pages import FlowPage, Invalid, respond
from allegro_integration.setup.offers_effect import MOST_OFFERS, prices_effect
from allegro_integration.setup.offers_seen import Seen, examples_for, home_currency_of, is_large, seen_at
from allegro_integration.setup.offers_stored import LEAST_ACTIVE, SAVED, LimitsForm, carrying, checked, stored_of, whole
from allegro_integration.setup.price_forms import StepRows, StepsInvalid
from allegro_integration.setup.price_numbers import NumberField
from allegro_integration.setup.prices_example import PriceExample, accepted_prices, price_examples
from connectify.dashboard.access import MEMBERS, open_to
from connectify.domain.price_steps import AddVat, FromLevel, PriceStep, RoundTo

CURRENCIES: Final = ("CZK", "EUR", "PLN", "HUF")
STEPS: Final = "price_steps"


class FloorForm(forms.Form):
    floor = NumberField(
        label=_("Lowest price that may go out by itself"),
        required=False,
        help_text=_("A lower price is held until you approve it. Empty: no such limit."),
    )

    def clean_floor(self) -> Decimal | None:
        floor: Decimal | None = self.cleaned_data["floor"]
        if floor is not None and floor < 0:
            raise forms.ValidationError(_("A price is not below zero."))
        return floor


class PriceLimitsForm(LimitsForm):
    price_low = whole(
        _("A price may fall to (% of the last one)"), _("A price that falls further is held."), least=0, most=100
    )
    price_high = whole(
        _("A price may rise to (% of the last one)"), _("A price that rises further is held."), least=100, most=10_000
    )
    moved_by = whole(
        _("A price moves strongly when it moves by more than (%)"), _("See the next limit."), least=1, most=1000
    )
    moved_share = whole(
        _("So many prices may move strongly at once (% of active offers)"),
        _("When more would, all of them are held: it looks like a mistake in a price list."),
        least=0,
        most=100,
    )
    least_active = whole(_("Masses are judged from so many active offers"), LEAST_ACTIVE, least=0, most=1_000_000)


class PricesDraft:
    """What the form of prices says."""

    def __init__(self, market: Market, post: QueryDict | None = None) -> None:
        self.market = market
        self.stored = stored_of(market)
        self.seen: Seen = seen_at(market.unit)
        self.place: Marketplace | None = MARKETPLACES.get(market.marketplace)
        self.carrier, self._carrier_settings = carrying(market)
        self.home = home_currency_of(self.carrier)
        wanted = (self.home, *([self.place.currency] if self.place else []), *CURRENCIES)
        page = {"levels": self.seen.levels, "currencies": tuple(dict.fromkeys(wanted))}
        # Until prices were ever set, a beginning is proposed; nothing of it counts before it is saved.
        self.is_proposed = post is None and STEPS not in self.stored.content
        steps = proposed_steps(self.place) if self.is_proposed else self.stored.settings.price_steps
        self.rows = StepRows.of(steps, **page) if post is None else StepRows.from_post(post, **page)
        floor = {"floor": self.stored.settings.floor}
        self.floor = FloorForm(post, initial=floor, prefix="price")
        self.limits = PriceLimitsForm(self.stored.settings, post)
        self._post = post or QueryDict()

    def apply_edit(self, edit: str) -> bool:
        self.rows.apply_edit(edit, new_kind=self._post.get("steps-new", ""))
        return True

    def content(self) -> dict[str, Any]:
        """The other tab's settings stay as they are stored."""
        forms_valid = all([self.floor.is_valid(), self.limits.is_valid()])
        try:
            steps = self.rows.as_json()
        except StepsInvalid:
            raise Invalid from None
        if not forms_valid:
            raise Invalid
        floor: Decimal | None = self.floor.cleaned_data["floor"]
        content = {
            **self.stored.content,
            STEPS: steps,
            "floor": None if floor is None else f"{floor:f}",
            "limits": self.limits.changed(self.stored.content),
        }
        return checked(content)

    def context(self) -> dict[str, Any]:
        is_business = self.place is not None and self.place.is_business
        return {
            "rows": self.rows,
            "floor_form": self.floor,
            "limits_form": self.limits,
            "place": self.place,
            "is_business": is_business,
            "accepts": accepted_prices(self.place) if self.place and not is_business else "",
            "examples": self._examples(),
            "is_whole": self.rows.readable()[1],
            "example_search": self._post.get("example", ""),
            "effect_search": self._post.get("search", ""),
            "is_large": is_large(self.market, MOST_OFFERS),
            "most_offers": MOST_OFFERS,
            "is_proposed": self.is_proposed,
            "is_readable": self.stored.is_readable,
            "is_read": self.seen.is_read,
            "goes_with": None if may_carry(self.market) else self.carrier.instance,
        }

    def _examples(self) -> list[PriceExample]:
        if self.place is None or not self.rows.rows:
            return []
        found = examples_for(self.market, self._post.get("example", ""))
        return price_examples(
            found,
            self._tried_settings(),
            stores=self._carrier_settings.stores,
            place=self.place,
            home_currency=self.home,
        )

    def _tried_settings(self) -> OfferSettings:
        """The settings as far as the form can be read."""
        floor = self.stored.settings.floor
        if self.floor.is_bound:
            floor = self.floor.cleaned_data.get("floor") if self.floor.is_valid() else None
        return msgspec.structs.replace(self.stored.settings, price_steps=self.rows.readable()[0], floor=floor)


def proposed_steps(place: Marketplace | None) -> tuple[PriceStep, ...]:
    """A beginning that suits most sellers: the selling price with VAT, as the marketplace takes it."""
    return (FromLevel(), AddVat(), RoundTo(place.price_step if place else Decimal("0.01")))


PAGE: Final = FlowPage(
    name="instance_prices",
    part="offers",
    body="allegro/setup/_prices.html",
    stored=PricesDraft,
    posted=PricesDraft,
    effect=prices_effect,
    saved=SAVED,
)


@open_to(*MEMBERS)
@require_http_methods(["GET", "HEAD", "POST"])
def instance_prices(request: HttpRequest, instance_id: uuid.UUID) -> HttpResponse:
    search = request.POST.get("search", "")
    return respond(request, instance_id, replace(PAGE, effect=partial(prices_effect, search=search)))
