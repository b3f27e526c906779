"""Orders as checkers want to read them: one flat value per order, straight from the tables."""

from decimal import Decimal
from typing import Any

from pohoda_bridge.sandbox.database import Connection, Row, first, money_text, select
from pohoda_bridge.sandbox.external_ids import external_ids_of
from pohoda_bridge.sandbox.links import links_of_order
from pohoda_bridge.sandbox.slips import PARCEL_FIELD


def view_orders(connection: Connection) -> list[dict[str, Any]]:
    """Every received order by ID. Money is text; `total` is in `currency`, `home_total` in CZK."""
    return [
        _view(connection, order) for order in select(connection, "SELECT * FROM OBJ WHERE RelTpObj = 1 ORDER BY ID")
    ]


def _view(connection: Connection, order: Row) -> dict[str, Any]:
    external = external_ids_of(connection, 11, order["ID"])
    links = links_of_order(connection, order["ID"])
    currency = first(connection, "SELECT Kod FROM sCMeny WHERE ID = ?", order["RefCM"]) if order["RefCM"] else None
    origin = first(
        connection,
        "SELECT x.IDS AS Pack, p.IDS AS Item FROM XMLpol p JOIN XML x ON p.RefAg = x.ID"
        " WHERE p.RelAgID = 11 AND p.RelID = ? AND p.Stav ORDER BY p.ID DESC LIMIT 1",
        order["ID"],
    )
    return {
        "id": order["ID"],
        "number": order["Cislo"],
        "numberOrder": order["PDoklad"],
        "extId": external[0].ids if external else None,
        "exSystemName": external[0].system if external else None,
        "date": (order["Datum"] or "")[:10],
        "total": _money(order["CmCelkem"] if currency else order["KcCelkem"]),
        "currency": currency["Kod"] if currency else "CZK",
        "home_total": _money(order["KcCelkem"]),
        "reserved": bool(order["Rezer"]),
        "payment_form": _name(connection, "sFormUh", order["RelForUh"]),
        "carrier": _name(connection, "Dopravci", order["RefDopravci"]),
        "executed": bool(order["Vyrizeno"]),
        "delivered": bool(order["BDodano"]),
        "cancelled": bool(order["DatStorn"]),
        "parcel": order.get(PARCEL_FIELD),
        "slips": [number for agenda, _, number in links if agenda == "issueSlip"],
        "invoices": [number for agenda, _, number in links if agenda == "issuedInvoice"],
        "company": order["Firma"],
        "name": order["Jmeno"],
        "ship_to": order["Firma2"] or order["Jmeno2"],
        "pack_id": origin["Pack"] if origin else None,
        "item_id": origin["Item"] if origin else None,
        "lines": [_line(item, currency is not None) for item in _items(connection, order["ID"])],
    }


def _items(connection: Connection, order_id: int) -> list[Row]:
    return select(connection, "SELECT * FROM OBJpol WHERE RefAg = ? ORDER BY OrderFld, ID", order_id)


def _line(item: Row, foreign: bool) -> dict[str, Any]:
    unit, net, vat = ("CmJedn", "Cm", "CmDPH") if foreign else ("KcJedn", "Kc", "KcDPH")
    return {
        "text": item["SText"],
        "code": item["Kod"],
        "stock_id": item["RefSKz"],
        "quantity": format(Decimal(str(item["Mnozstvi"] or 0)).normalize(), "f"),
        "unit_price": _money(item[unit]),
        "total": _money((item[net] or Decimal(0)) + (item[vat] or Decimal(0))),
    }


def _name(connection: Connection, table: str, row_id: int | None) -> str | None:
    row = first(connection, f"SELECT IDS FROM {table} WHERE ID = ?", row_id) if row_id else None  # noqa: S608
    return row["IDS"] if row else None


def _money(value: Decimal | None) -> str:
    return money_text(value or Decimal(0))
