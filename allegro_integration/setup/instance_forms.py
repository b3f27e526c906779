"""Forms of an instance: the general ones, and the one that creates it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django import forms
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from allegro_integration.domain.marketplaces import MARKETPLACES
from allegro_integration.models import Account, Market
from allegro_integration.services.markets import LONGEST_S, SHORTEST_S
from connectify.clock import now
from pohoda_bridge.server.models import Unit

NAMES: Final[Mapping[str, str | Promise]] = {
    "allegro-pl": pgettext_lazy("marketplace", "Allegro Poland"),
    "allegro-cz": pgettext_lazy("marketplace", "Allegro Czechia"),
    "allegro-sk": pgettext_lazy("marketplace", "Allegro Slovakia"),
    "allegro-hu": pgettext_lazy("marketplace", "Allegro Hungary"),
}

COUNTRIES: Final = (("CZ", _("Czechia")), ("SK", _("Slovakia")))
CURRENCIES: Final = (("CZK", _("Czech crown (CZK)")), ("EUR", _("euro (EUR)")))


def moment_field(**options: Any) -> forms.DateTimeField:
    """A moment in the reader's zone, to the minute."""
    picker = forms.DateTimeInput(attrs={"type": "datetime-local", "step": "60"}, format="%Y-%m-%dT%H:%M")
    return forms.DateTimeField(widget=picker, input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"], **options)


class GeneralForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120)
    interval_s = forms.IntegerField(
        label=_("Seconds between two rounds"),
        max_value=LONGEST_S,
        help_text=format_lazy(
            _("{shortest} to {longest}; 300 are five minutes. The account and the unit follow the shortest one."),
            shortest=SHORTEST_S,
            longest=LONGEST_S,
        ),
    )

    @classmethod
    def of(cls, market: Market, data: Mapping[str, Any] | None = None) -> GeneralForm:
        """An interval that is shorter already may stay."""
        instance = market.instance
        form = cls(data, initial={"name": instance.name, "interval_s": instance.interval_s})
        field = form.fields["interval_s"]
        field.widget.attrs["min"] = shortest = min(SHORTEST_S, instance.interval_s)
        field.validators.append(forms.IntegerField(min_value=shortest).validators[-1])
        return form


class NewInstanceForm(forms.Form):
    """`place` is "<account id>:<marketplace>" of those that have no instance yet."""

    place = forms.ChoiceField(
        label=_("Account and marketplace"),
        help_text=_(
            "The account's own marketplace becomes the primary instance, which carries the offers with their pieces. "
            "Others are secondary: they take orders and set prices."
        ),
    )
    unit = forms.ChoiceField(
        label=_("Accounting unit"),
        help_text=_("All instances of one account use the same one: one stock cannot be kept in two units."),
    )
    name = forms.CharField(
        label=_("Name"), max_length=120, required=False, help_text=_("Empty: the name of the marketplace.")
    )
    store = forms.CharField(
        label=_("Store in Pohoda"),
        max_length=40,
        required=False,
        help_text=_(
            "The abbreviation of the store whose stock cards the orders name, for example ZBOZI. "
            "It can be set later; orders cannot be switched on without it."
        ),
        widget=forms.TextInput(attrs={"list": "known-stores", "autocomplete": "off"}),
    )
    unit_country = forms.ChoiceField(
        label=_("Country of the accounting unit"),
        choices=(("", _("Choose a country…")), *COUNTRIES),
        required=False,
        help_text=_("Decides which VAT rates there are."),
    )
    home_currency = forms.ChoiceField(
        label=_("Currency of the accounting unit"), choices=(("", _("Choose a currency…")), *CURRENCIES), required=False
    )
    orders_since = moment_field(
        label=_("Take orders bought since"),
        required=False,
        help_text=_("Older orders are left alone: whoever has written them by hand gets none twice."),
    )

    def clean(self) -> dict[str, Any]:
        """With a store, orders can be switched on: then nothing about their VAT is guessed."""
        given = super().clean() or {}
        for name in ("unit_country", "home_currency"):
            if given.get("store") and not given.get(name):
                self.add_error(name, _("Needed with the store: orders could have wrong VAT without it."))
        return given

    @classmethod
    def of(
        cls,
        accounts: Sequence[Account],
        units: Sequence[Unit],
        data: Mapping[str, Any] | None = None,
        *,
        wanted: str = "",
    ) -> NewInstanceForm:
        """`accounts` come with their markets prefetched. `wanted`: the place to begin with, if there is such a one."""
        form = cls(data, initial={"orders_since": now(), "place": wanted})
        form.fields["place"].choices = [(str(one), _places(one)) for one in accounts]  # type: ignore[attr-defined]
        form.fields["unit"].choices = [(str(unit.pk), str(unit)) for unit in units]  # type: ignore[attr-defined]
        return form


def _places(account: Account) -> list[tuple[str, str]]:
    """The marketplaces without an instance, the account's own first."""
    used = {market.marketplace for market in account.markets.all()}
    free = [place for place in NAMES if place in MARKETPLACES and place not in used]
    free.sort(key=lambda place: (place != account.base_marketplace, place))
    return [(f"{account.pk}:{place}", _label(account, place)) for place in free]


def _label(account: Account, place: str) -> str:
    role = Market.Role.PRIMARY if place == account.base_marketplace else Market.Role.SECONDARY
    return f"{account.connection.name}: {NAMES[place]} ({role.label})"
