"""The goods of the sandboxes' shop: the same list is stock in the Pohoda sandbox and offers in the Allegro sandbox.

`catalogue.json` holds the goods written out one by one; `catalogue_families.json` holds families whose variants (sizes,
colours, packages) follow them where more goods are asked for.
"""

from collections.abc import Iterator
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from functools import cache
from importlib.resources import files
from itertools import product
from zlib import crc32

import msgspec

CZK_PER_EUR = Decimal("24.5")
SOLD_OUT_OF = 12  # one variant of so many has no stock
STOCK_ENDS = (4, 20, 60, 250)  # pieces at most, chosen by the variant
MAKER = "8595"


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


class _Family(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`variants`: for each place in the name its words, with what they multiply the price by."""

    code: str
    name: str
    store: str
    vat: int
    price: Decimal
    variants: list[dict[str, Decimal]]


@cache
def load_catalogue(size: int | None = None) -> tuple[Good, ...]:
    """The first `size` goods, the same at every call; codes and bar codes are unique.

    Without a size: the goods of `catalogue.json`, all in stock. Goods of the families come after these, some of them
    sold out. Raises ValueError where there are fewer goods than wanted.
    """
    written = tuple(msgspec.json.decode(_read("catalogue.json"), type=list[Good]))
    if size is None:
        return written
    goods = written + tuple(_variants())
    if not 0 <= size <= len(goods):
        raise ValueError(f"the catalogue has from 0 to {len(goods)} goods, not {size}")
    return goods[:size]


def _read(name: str) -> bytes:
    return files("connectify.sandbox").joinpath(name).read_bytes()


def _variants() -> Iterator[Good]:
    number = 0
    for family in msgspec.json.decode(_read("catalogue_families.json"), type=list[_Family], strict=False):
        for place, chosen in enumerate(product(*(words.items() for words in family.variants)), 1):
            number += 1
            price = family.price
            for _, factor in chosen:
                price *= factor
            code = f"{family.code}-{place:02d}"
            yield Good(
                code=code,
                ean=_with_check_digit(f"{MAKER}{number * 137:08d}"),
                name=family.name.format(*(word for word, _ in chosen)),
                store=family.store,
                stock=_stock(code),
                vat=family.vat,
                price_czk=_crowns(price),
                price_eur=_euros(_crowns(price)),
            )


def _stock(code: str) -> int:
    draw = crc32(code.encode())
    if draw % SOLD_OUT_OF == 0:
        return 0
    return 1 + (draw >> 8) % STOCK_ENDS[(draw >> 4) % len(STOCK_ENDS)]


def _crowns(price: Decimal) -> Decimal:
    """Whole crowns; from a hundred up they end in nine."""
    if price < 100:
        return price.quantize(Decimal(1), ROUND_HALF_UP)
    return (price / 10).quantize(Decimal(1), ROUND_FLOOR) * 10 + 9


def _euros(crowns: Decimal) -> Decimal:
    return (crowns / CZK_PER_EUR).quantize(Decimal(1), ROUND_FLOOR) + Decimal("0.90")


def _with_check_digit(digits: str) -> str:
    """EAN-13: digits at even places count three times, the last one fills up to tens."""
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return f"{digits}{-total % 10}"
