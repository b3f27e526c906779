"""Values of offers as a person reads them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext as _

from allegro_integration.explain_words import marketplace_in_words
from connectify.dashboard.templatetags.show import money

QUANTITY: Final = "quantity"


def money_in_words(price: Mapping[str, Any] | None) -> str:
    """A stored price; a dash where there is none."""
    return money(Decimal(str(price["amount"])), price["currency"]) if price else "–"


def pieces_in_words(quantity: int | None) -> str:
    return "–" if quantity is None else _("%(n)s pcs") % {"n": quantity}


def field_in_words(field: str, names: Mapping[str, str]) -> str:
    """The name of a value we look after: pieces, or the price on a marketplace, by `names` of instances."""
    if field == QUANTITY:
        return _("Pieces")
    marketplace = field.partition(":")[2]
    if not marketplace:
        return _("The whole offer")
    return _("Price, %(marketplace)s") % {"marketplace": names.get(marketplace) or marketplace_in_words(marketplace)}


def value_in_words(content: Mapping[str, Any], *, stock: int | None, prices: Mapping[str, Any]) -> str:
    """What a change would do, with what Allegro shows now: "12 → 0 pieces", "349 Kč → 390 Kč"."""
    if "amount" in content:
        marketplace = content.get("marketplace", "")
        before = prices.get(marketplace)
        return f"{marketplace_in_words(marketplace)}: {money_in_words(before)} → {money_in_words(content)}"
    before_pieces = "–" if stock is None else stock
    return _("%(before)s → %(after)s pieces") % {"before": before_pieces, "after": content.get("quantity", 0)}
