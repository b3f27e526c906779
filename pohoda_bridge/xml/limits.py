"""Longest values by field, in characters (XSD set 2026-03: type.xsd, order.xsd, data.xsd)."""

from __future__ import annotations

import re
from typing import Final

PACK_ID: Final = 64
ITEM_ID: Final = 64
APPLICATION: Final = 100
EXT_ID: Final = 64
EXT_SYSTEM: Final = 64
KEY: Final = 64

REF_IDS: Final = 19
PAYMENT_IDS: Final = 32
CARRIER_IDS: Final = 20
STOCK_IDS: Final = 64

NUMBER_ORDER: Final = 32
ORDER_TEXT: Final = 240
# The schema has no limit for notes; this one keeps a single order from filling the database column for nothing.
NOTE: Final = 8000

COMPANY: Final = 255
NAME: Final = 64
CITY: Final = 45
STREET: Final = 64
ZIP: Final = 15
ICO: Final = 15
DIC: Final = 18
IC_DPH: Final = 18
PHONE: Final = 40
EMAIL: Final = 98

LINE_TEXT: Final = 90
LINE_NOTE: Final = 90
LINE_UNIT: Final = 10
LINE_CODE: Final = 64

# What we name a printed file; the schema takes any path.
PRINT_FILE: Final = re.compile(r"[A-Za-z0-9_-]{1,60}\.pdf")
