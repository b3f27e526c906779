"""Forms of an accounting unit."""

from __future__ import annotations

import re
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from connectify.clock import now
from pohoda_bridge.server.models import Unit

_WEIGHTS: Final = (8, 7, 6, 5, 4, 3, 2)


def is_valid_ico(ico: str) -> bool:
    """Eight digits, the last one a check digit (modulo 11), as the registers of Czechia and Slovakia give them."""
    if not re.fullmatch(r"[0-9]{8}", ico):
        return False
    rest = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, ico, strict=False)) % 11
    return int(ico[7]) == (11 - rest) % 10


class NameForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)


class UnitForm(NameForm):
    """`database` may be left out: then Pohoda's usual name for the edition, the IČO and the year is meant."""

    ico = forms.CharField(
        label=gettext_lazy("IČO"),
        max_length=15,
        help_text=gettext_lazy("Eight digits, as Pohoda has it for this accounting unit."),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    edition = forms.ChoiceField(label=gettext_lazy("Edition of Pohoda"), choices=Unit.Edition.choices)
    year = forms.IntegerField(label=gettext_lazy("Accounting year"), min_value=2000, max_value=2100)
    database = forms.CharField(
        label=gettext_lazy("Name of the database"),
        max_length=80,
        required=False,
        help_text=gettext_lazy(
            "Pohoda shows it under Help, About. Empty: the usual name, which is StwPh_IČO_year for SQL and E1 and "
            "IČO_year.mdb otherwise."
        ),
    )
    key = forms.CharField(
        label=gettext_lazy("Key of the unit"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("Only where Pohoda has several accounting units with one IČO."),
    )

    @classmethod
    def fresh(cls) -> UnitForm:
        return cls(initial={"year": now().year, "edition": Unit.Edition.MDB})

    def clean_ico(self) -> str:
        ico = re.sub(r"\s", "", self.cleaned_data["ico"])
        if not is_valid_ico(ico):
            raise ValidationError(_("This is not an IČO: it has eight digits and the last one is a check digit."))
        return ico

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if not self.errors and not values["database"]:
            values["database"] = usual_database(values["edition"], values["ico"], values["year"])
        return values


def usual_database(edition: str, ico: str, year: int) -> str:
    return f"{ico}_{year}.mdb" if edition == Unit.Edition.MDB else f"StwPh_{ico}_{year}"
