"""Namespaces of the version 2 schemas, with the prefixes that everybody uses for them."""

from __future__ import annotations

from functools import cache
from typing import Final

_ROOT: Final = "http://www.stormware.cz/schema/version_2/"
LEGACY_ROOT: Final = "http://www.stormware.cz/schema/"

DAT: Final = _ROOT + "data.xsd"
TYP: Final = _ROOT + "type.xsd"
ORD: Final = _ROOT + "order.xsd"
LST: Final = _ROOT + "list.xsd"
LSTK: Final = _ROOT + "list_stock.xsd"
STK: Final = _ROOT + "stock.xsd"
INV: Final = _ROOT + "invoice.xsd"
PRN: Final = _ROOT + "print.xsd"
FTR: Final = _ROOT + "filter.xsd"
RSP: Final = _ROOT + "response.xsd"
RDC: Final = _ROOT + "documentresponse.xsd"

PREFIXES: Final = {
    "dat": DAT,
    "typ": TYP,
    "ord": ORD,
    "lst": LST,
    "lStk": LSTK,
    "stk": STK,
    "inv": INV,
    "prn": PRN,
    "ftr": FTR,
    "rsp": RSP,
    "rdc": RDC,
}


@cache
def q(name: str) -> str:
    """`ord:order` → `{http://…/order.xsd}order`."""
    prefix, _, local = name.partition(":")
    return f"{{{PREFIXES[prefix]}}}{local}"
