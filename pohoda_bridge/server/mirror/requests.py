"""The request of one page of an export."""

from __future__ import annotations

import datetime as dt
from typing import Any, assert_never, cast

from connectify.clock import new_id
from pohoda_bridge.documents import UnitPin
from pohoda_bridge.protocol import Agenda
from pohoda_bridge.xml.requests import ListRequest, invoices_page, orders_state_page, stock_page
from pohoda_bridge.xml.text import Encoding


def page_request(page: dict[str, Any], *, agenda: Agenda, scope: str, pin: UnitPin, encoding: str) -> ListRequest:
    """`page`: from, count, since, date_from, as a read's `jobs` keep them."""
    asked: dict[str, Any] = {
        "id_from": page["from"],
        "count": page["count"],
        "changed_since": page["since"],
        "request_id": f"CFL-{new_id().hex[:20]}",
        "encoding": cast(Encoding, encoding),
    }
    date_from = dt.date.fromisoformat(page["date_from"]) if page["date_from"] else None
    match agenda:
        case "stock":
            return stock_page(pin, **asked)
        case "orders":
            return orders_state_page(pin, ext_system=scope, date_from=date_from, **asked)
        case "invoices":
            return invoices_page(pin, date_from=date_from, **asked)
        case _:
            assert_never(agenda)
