"""The form of an instance's settings of orders: from the stored settings, and back into what is stored."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import Any, Final

import msgspec
from django import forms
from django.http import QueryDict
from django.utils.formats import get_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from allegro_integration.domain.settings import OrderSettings
from allegro_integration.domain.vat import PERIODS, rate_name
from allegro_integration.explain_words import number_in_words
from allegro_integration.models import Market
from allegro_integration.services.markets import start_of
from allegro_integration.services.seen import stores
from allegro_integration.setup.flow_pages import Invalid
from allegro_integration.setup.instance_forms import COUNTRIES, CURRENCIES, moment_field
from connectify.clock import now
from connectify.domain.money import NotANumber, parse_decimal
from pohoda_bridge.xml.limits import ORDER_TEXT, REF_IDS, STOCK_IDS

PLACEHOLDERS: Final = ("form_id", "login", "marketplace")
EXAMPLE: Final = {"form_id": "29738e61-7f6a-11e8-ac45-09db60ede9d6", "login": "jana_n", "marketplace": "allegro-cz"}
VAT_FIELDS: Final = ("line_vat", "delivery_vat", "service_vat", "deposit_vat")
FLAGS: Final = ("text_lines_allowed", "zero_delivery_line", "link_companies")
_DEFAULTS: Final[dict[str, Any]] = {
    field.name: field.default
    for field in msgspec.structs.fields(OrderSettings)
    if field.default is not msgspec.NODEFAULT
}
_ABROAD: Final = (
    ("unit_rate", gettext_lazy("Use the rate of goods from above")),
    ("wait", gettext_lazy("Wait for a person")),
)
_EU: Final = (
    ("wait", gettext_lazy("Wait for a person")),
    ("zero", gettext_lazy("Write the order without VAT")),
)


class PlainDecimal(forms.CharField):
    """A decimal as text, with a comma or a point; "" stays empty."""

    def prepare_value(self, value: Any) -> Any:
        """As the reader's language writes it."""
        return value.replace(".", get_format("DECIMAL_SEPARATOR")) if isinstance(value, str) else value

    def clean(self, value: Any) -> str:
        text = str(super().clean(value) or "").replace(" ", "").replace("\u00a0", "").replace(",", ".")
        if not text:
            return ""
        try:
            return f"{parse_decimal(text).normalize():f}"
        except NotANumber:
            raise forms.ValidationError(_("Write a number, for example 21 or 24.315.")) from None


def _percent(label: Any, help_text: Any = "") -> PlainDecimal:
    widget = forms.TextInput(attrs={"inputmode": "decimal", "class": "narrow-input"})
    return PlainDecimal(label=label, help_text=help_text, widget=widget)


class OrdersForm(forms.Form):
    """How orders of the instance become received orders. Fields are named as in OrderSettings."""

    use_required_attribute = False

    orders_since = moment_field(
        label=gettext_lazy("Take orders bought since"),
        required=False,
        help_text=gettext_lazy("Older orders are left alone. Empty: every order that Allegro still tells of."),
    )
    store = forms.CharField(
        label=gettext_lazy("Store"),
        max_length=STOCK_IDS,
        help_text=gettext_lazy(
            "Where the stock cards of ordered goods are looked for, as the store is named in Pohoda. Goods of other"
            " stores need the settings of pieces first: these link each offer to its own card."
        ),
    )
    number_series = forms.CharField(
        label=gettext_lazy("Number series"),
        required=False,
        max_length=REF_IDS,
        help_text=gettext_lazy(
            "Code of a series of received orders in Pohoda, for example ALG. Empty: the series that Pohoda uses itself."
        ),
    )
    text_template = forms.CharField(
        label=gettext_lazy("Text of the order"),
        max_length=ORDER_TEXT,
        help_text=gettext_lazy(
            "{form_id} stands for the number of the order at Allegro, {login} for the buyer's name there, {marketplace}"
            " for the marketplace."
        ),
    )
    centre = forms.CharField(
        label=gettext_lazy("Centre"),
        required=False,
        max_length=REF_IDS,
        help_text=gettext_lazy("Code of a centre in Pohoda that orders get, or empty."),
    )
    activity = forms.CharField(
        label=gettext_lazy("Activity"),
        required=False,
        max_length=REF_IDS,
        help_text=gettext_lazy("Code of an activity in Pohoda that orders get, or empty."),
    )
    unit_country = forms.ChoiceField(
        label=gettext_lazy("Country of the accounting unit"),
        choices=COUNTRIES,
        help_text=gettext_lazy("Decides which VAT rates there are."),
    )
    home_currency = forms.ChoiceField(label=gettext_lazy("Currency of the accounting unit"), choices=CURRENCIES)
    foreign_rate = PlainDecimal(
        label=gettext_lazy("Rate for orders in another currency"),
        required=False,
        help_text=gettext_lazy("For example 24.315 for one euro. Empty: Pohoda takes the rate from its own list."),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "class": "narrow-input"}),
    )
    line_vat = _percent(
        gettext_lazy("VAT of goods, in percent"), gettext_lazy("Used where Allegro names no rate for the offer.")
    )
    delivery_vat = _percent(gettext_lazy("VAT of delivery, in percent"))
    service_vat = _percent(gettext_lazy("VAT of additional services, in percent"))
    deposit_vat = _percent(gettext_lazy("VAT of deposits, in percent"))
    vat_abroad = forms.ChoiceField(
        label=gettext_lazy("The parcel goes abroad and Allegro names the rate of that country"),
        choices=_ABROAD,
        widget=forms.RadioSelect,
        help_text=gettext_lazy("Ask your accountant which one is right for you."),
    )
    vat_eu_verified = forms.ChoiceField(
        label=gettext_lazy("A company from another EU country buys without VAT, and Allegro has verified its number"),
        choices=_EU,
        widget=forms.RadioSelect,
        help_text=gettext_lazy("When Allegro could not verify the number, the order always waits for a person."),
    )
    text_lines_allowed = forms.BooleanField(
        label=gettext_lazy("Take goods without a code as a line of text"),
        required=False,
        help_text=gettext_lazy(
            "Off: an order waits until its offer has a code of a stock card. On: the line names the goods, but no stock"
            " card, so nothing is reserved in the store."
        ),
    )
    zero_delivery_line = forms.BooleanField(
        label=gettext_lazy("Write a line for delivery that is free"),
        required=False,
        help_text=gettext_lazy("Off: an order with free delivery has no line for it."),
    )
    link_companies = forms.BooleanField(
        label=gettext_lazy("Link companies to the address book"),
        required=False,
        help_text=gettext_lazy(
            "Buyers with an identification number are linked to their entry in Pohoda's address book."
        ),
    )

    known_since: dt.datetime | None = None

    def clean_orders_since(self) -> dt.datetime | None:
        """The picker knows minutes only: the same minute means the same moment."""
        given: dt.datetime | None = self.cleaned_data["orders_since"]
        known = self.known_since
        if given and known and given.replace(second=0, microsecond=0) == known.replace(second=0, microsecond=0):
            return known
        return given

    def clean_text_template(self) -> str:
        text = str(self.cleaned_data["text_template"])
        unknown = [name for name in re.findall(r"{([^{}]*)}", text) if name not in PLACEHOLDERS]
        if unknown:
            known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
            text_of_error = _("{%(name)s} stands for nothing. You can use %(known)s.")
            raise forms.ValidationError(text_of_error % {"name": unknown[0], "known": known})
        return text

    def clean_foreign_rate(self) -> str:
        rate = str(self.cleaned_data["foreign_rate"])
        if rate and Decimal(rate) <= 0:
            raise forms.ValidationError(_("A rate is above zero."))
        return rate

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        country, today = given.get("unit_country", ""), now().date()
        for name in VAT_FIELDS:
            percent = given.get(name, "")
            if percent and country and rate_name(country, today, Decimal(percent)) is None:
                self.add_error(name, _not_a_rate(country, percent, today))
        return given


def _not_a_rate(country: str, percent: str, today: dt.date) -> str:
    period = next(one for one in PERIODS[country] if one.since <= today)
    rates = ", ".join(number_in_words(rate) for rate in sorted(set(period.rates.values())))
    name = str(dict(COUNTRIES)[country])
    return _("%(percent)s %% is no VAT rate in %(country)s. The rates are: %(rates)s.") % {
        "percent": number_in_words(percent), "country": name, "rates": rates,
    }  # fmt: skip


class OrdersDraft:
    """One form, stored or posted."""

    def __init__(self, market: Market, post: QueryDict | None = None) -> None:
        self.market = market
        self._stored = market.instance.settings.get("orders", {})
        since = start_of(market)
        initial = {**_initial(self._stored), "orders_since": since}
        self.form = OrdersForm(post, initial=initial, auto_id="orders-%s")
        self.form.known_since = since
        self._offer_stores()

    def _offer_stores(self) -> None:
        """The stores that there are, with the stored one; free text while no card has been read yet."""
        known = stores(self.market.unit)
        stored = str(self._stored.get("store", ""))
        if known:
            missing = [stored] if stored and stored not in known else []
            choices = [("", _("Choose a store…")), *((name, name) for name in (*known, *missing))]
            field = forms.ChoiceField(choices=choices)
            own = self.form.fields["store"]
            field.label, field.help_text = own.label, own.help_text
            field.widget.use_required_attribute = lambda initial: False
            self.form.fields["store"] = field

    def apply_edit(self, edit: str) -> bool:
        """There are no rows here."""
        return False

    def content(self) -> dict[str, Any]:
        """`orders` to store, with what this form does not show, and `orders_since` ("" none). Raises Invalid."""
        if not self.form.is_valid():
            raise Invalid
        given = dict(self.form.cleaned_data)
        since: dt.datetime | None = given.pop("orders_since")
        given["foreign_rate"] = given["foreign_rate"] or None
        content = {**self._stored, **given}
        try:
            msgspec.convert({**content, "environment": "", "seller_id": ""}, type=OrderSettings, strict=False)
        except (msgspec.ValidationError, ValueError) as error:
            self.form.add_error(None, str(error))
            raise Invalid from error
        return {"orders": content, "orders_since": since.isoformat() if since else ""}

    def context(self) -> dict[str, Any]:
        """The form in groups, and the text of an order as it would read."""
        template = str(self.form["text_template"].value() or "")
        for name, value in EXAMPLE.items():
            template = template.replace(f"{{{name}}}", value)
        return {"form": self.form, "example": template}


def _initial(stored: dict[str, Any]) -> dict[str, Any]:
    values = {**_DEFAULTS, **stored}
    return {name: _shown(values.get(name)) for name in OrdersForm.base_fields}


def _shown(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:f}"
    return "" if value is None else value
