"""The stored settings of offers, of which each of two pages changes its own part and keeps the other's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from allegro_integration.domain.offer_settings import OfferSettings
from allegro_integration.models import Market
from allegro_integration.services.offers.scope import (
    OFFERS,
    carrying_markets,
    may_carry,
    offer_settings,
    parse_settings,
)
from allegro_integration.setup.flow_pages import Invalid
from connectify.domain.errors import NeedsUser

SAVED: Final = _("Saved. The next round plans with it.")


@dataclass(frozen=True)
class Stored:
    """`content` is what the instance has stored; what cannot be read any more is begun anew (`is_readable` False)."""

    content: dict[str, Any]
    settings: OfferSettings
    is_readable: bool = True


def stored_of(market: Market) -> Stored:
    content: dict[str, Any] = market.instance.settings.get(OFFERS, {})
    try:
        return Stored(content, parse_settings(content))
    except NeedsUser:
        return Stored({}, OfferSettings(), is_readable=False)


def checked(content: dict[str, Any]) -> dict[str, Any]:
    """Settings as they would be stored. Raises Invalid where they could not be read again."""
    try:
        parse_settings(content)
    except NeedsUser as error:
        raise Invalid(str(error)) from None
    return content


def carrying(market: Market) -> tuple[Market, OfferSettings]:
    """The market that carries the offers this one takes part in, and its settings: they say which stores count."""
    if may_carry(market):
        return market, stored_of(market).settings
    first = next(iter(carrying_markets(market.account)), market)
    try:
        return first, offer_settings(first.instance)
    except NeedsUser:
        return first, OfferSettings()


class LimitsForm(forms.Form):
    """Some of the limits beyond which a change is held. Fields carry the names of GuardLimits."""

    prefix = "limits"

    def __init__(self, settings: OfferSettings, post: QueryDict | None = None) -> None:
        initial = {name: getattr(settings.limits, name) for name in self.base_fields}
        super().__init__(post, initial=initial)

    def changed(self, content: dict[str, Any]) -> dict[str, int]:
        """The limits as they are to be stored, those of the other page kept. Of a valid form."""
        return {**content.get("limits", {}), **self.cleaned_data}

    @property
    def is_open(self) -> bool:
        """Whether the fold has to be open: something in it is wrong."""
        return bool(self.is_bound and self.errors)


def whole(label: Any, help_text: Any, *, least: int, most: int) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        help_text=help_text,
        min_value=least,
        max_value=most,
        widget=forms.NumberInput(attrs={"class": "narrow-input"}),
    )


LEAST_ACTIVE: Final = _("Fewer active offers than this are not judged as a mass: each one would be a large share.")
