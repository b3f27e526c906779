"""What a key may be allowed to do: the names programs see, and the sentences people choose by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise

SCOPES: Final[Mapping[str, Text]] = MappingProxyType(
    {
        "instances:read": _("See the instances, the state of each direction and what ran when."),
        "orders:read": _("See orders with their buyers, timelines, documents and invoices."),
        "orders:write": _("Have orders read, planned and sent again."),
        "offers:read": _("See offers with their pieces and prices and why they are so."),
        "offers:write": _("Have offers read and planned again."),
        "inbox:read": _("See what waits for a person."),
        "inbox:write": _("Approve, retry and ignore what waits for a person."),
        "settings:read": _("See mappings, rules and settings."),
        "settings:write": _("Change mappings, rules and settings."),
    }
)
"""Writing does not include reading: a key gets exactly what it is given."""


def unknown(scopes: Iterable[str]) -> list[str]:
    """Names that are no scopes, sorted."""
    return sorted({scope for scope in scopes if scope not in SCOPES})
