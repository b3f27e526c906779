"""The goods of the sandboxes' shop: the same list is stock in the Pohoda sandbox and offers in the Allegro sandbox."""

from decimal import Decimal
from functools import cache
from importlib.resources import files

import msgspec


class Good(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One item of stock.

    `code` is Pohoda's SKz.IDS and Allegro's external.id; `store` is the short name of the Pohoda store
    (ZBOZI or ESHOP); `stock` is in pieces; `vat` in per cent (21 or 12); prices include VAT,
    `price_czk` in whole crowns.
    """

    code: str
    ean: str
    name: str
    store: str
    stock: int
    vat: int
    price_czk: Decimal
    price_eur: Decimal


@cache
def load_catalogue() -> tuple[Good, ...]:
    """All goods in the order of the file; codes are unique."""
    text = files("connectify.sandbox").joinpath("catalogue.json").read_bytes()
    return tuple(msgspec.json.decode(text, type=list[Good]))
