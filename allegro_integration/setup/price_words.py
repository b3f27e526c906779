"""The kinds of price steps in the words of the form: what each is called, what it asks for, and what it means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Choices = tuple[tuple[str, str | Promise], ...]
PERCENT: Final = "%"
MONEY: Final = "money"  # the unit is the currency that the price has at this step


@dataclass(frozen=True)
class Input:
    """One field of a step. Without `choices` it is a number; `choices` of levels and currencies come with the page."""

    name: str
    label: str | Promise
    unit: str = ""
    choices: Choices | None = None
    default: str = ""


@dataclass(frozen=True)
class StepKind:
    label: Promise
    help: Promise
    inputs: tuple[Input, ...]


WITH_VAT: Final[Choices] = (
    ("yes", pgettext_lazy("prices are", "with VAT")),
    ("no", pgettext_lazy("prices are", "without VAT")),
)
MODES: Final[Choices] = (
    ("nearest", pgettext_lazy("rounding", "to the nearest")),
    ("up", pgettext_lazy("rounding", "up")),
    ("down", pgettext_lazy("rounding", "down")),
)
SELLING_PRICE: Final = _("Selling price of the card")

KINDS: Final[Mapping[str, StepKind]] = {
    "from_level": StepKind(
        _("Begin with a price from Pohoda"),
        _("The selling price knows by itself whether VAT is in it; of a price level you say it here."),
        (
            Input("level", _("Which price"), choices=()),
            Input("with_vat", _("This price level is"), choices=WITH_VAT, default="yes"),
            Input("currency", _("Currency of the level"), choices=()),
        ),
    ),
    "add_vat": StepKind(
        _("Add VAT"),
        _("Empty: the card's own rate. A price that has VAT in it stays as it is."),
        (Input("percent", _("Rate"), unit=PERCENT),),
    ),
    "multiply": StepKind(
        _("Change by percent"),
        _("+20 makes 100 into 120, −5 makes it 95. A factor such as ×1.2 may be written too."),
        (Input("percent", _("By how much"), unit=PERCENT),),
    ),
    "add_amount": StepKind(
        _("Add an amount"), _("With a minus it is taken off."), (Input("amount", _("How much"), unit=MONEY),)
    ),
    "margin": StepKind(
        _("Add a margin"),
        _("So much of the new price is margin: a margin of 20 % makes 100 into 125."),
        (Input("percent", _("Margin"), unit=PERCENT),),
    ),
    "to_currency": StepKind(
        _("Convert to another currency"),
        _("The rate is fixed: it changes only when you change it here."),
        (
            Input("amount", _("Amount"), default="1"),
            Input("currency", _("Currency"), choices=()),
            Input("rate", _("costs"), unit=MONEY),
        ),
    ),
    "round_to": StepKind(
        _("Round"),
        _("To whole crowns: 1. To tens: 10. To five haléř: 0.05."),
        (Input("to", _("To a multiple of"), unit=MONEY), Input("mode", _("Which way"), choices=MODES)),
    ),
    "ending": StepKind(
        _("Make the price end in"),
        _("The nearest price that ends so: 9 makes 352 into 349, 99 makes it 399, 0.90 makes it 351.90."),
        (Input("ending", _("Ending"), unit=MONEY),),
    ),
    "floor": StepKind(
        _("At least"), _("A lower price is raised to this one."), (Input("amount", _("Lowest price"), unit=MONEY),)
    ),
    "ceiling": StepKind(
        _("At most"), _("A higher price is lowered to this one."), (Input("amount", _("Highest price"), unit=MONEY),)
    ),
}
"""By the name under which a step is stored, in the order in which they are offered."""
