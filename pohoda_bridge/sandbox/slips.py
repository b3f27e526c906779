"""Issue slips (SKPV) made from received orders, with a shipment (Zasilky) where a parcel number is known."""

from typing import Any

from pohoda_bridge.sandbox.database import Connection, Row, first, insert, record_effect, select
from pohoda_bridge.sandbox.external_ids import order_key
from pohoda_bridge.sandbox.links import SLIPS, links_of_slip
from pohoda_bridge.sandbox.movements import Books, NotPossible
from pohoda_bridge.sandbox.numbering import next_number
from pohoda_bridge.sandbox.transfer import (
    add_items,
    deliver,
    header_from,
    items_of,
    refuse_cancelled,
    settle_order,
    totals,
    undelivered,
)

PARCEL_FIELD = "VPrBalik"


def make_slip(
    books: Books,
    order: Row,
    *,
    parcel: str | None = None,
    executed: bool = True,
    quantities: dict[str, Any] | None = None,
) -> Row:
    """Issue what is left of an order, or `quantities` (pieces by code) of it; the stock falls, the reservation goes.

    `parcel`: the carrier's number; it goes into the order's user field and into a shipment, because the link
    to the shipment names Pohoda's own number. `executed`: whether an order delivered whole counts as executed.
    Raises NotPossible where nothing is left, too little is on hand, or the order is cancelled.
    """
    refuse_cancelled(order)
    portions = undelivered(books, order, quantities)
    if not portions:
        raise NotPossible(f"nothing of order {order['Cislo']} is left to deliver")
    connection = books.connection
    number, series = next_number(connection, SLIPS, books.unit.year, "SKPV")
    head = header_from(order, "SKPV") | totals(order, portions, len(items_of(books, order)))
    head |= {"Cislo": number, "RelCR": series, "SText": f"Výdejka k objednávce {order['Cislo']}"}
    head |= {"Datum": books.midnight, "CisloObj": order["PDoklad"], "DatObj": order["Datum"], "Polozky": True}
    head |= {"Vyrizeno": executed, "BPrenes": False, "Sel": False}
    slip_id = insert(connection, "SKPV", head | books.stamps())
    add_items(books, "SKPVpol", slip_id, portions)
    deliver(books, order, portions, "slip", number)
    if parcel:
        _ship(books, order, slip_id, parcel)
    settle_order(books, order, executed)
    data = {"id": slip_id, "number": number, "order": order_key(connection, order), "parcel": parcel}
    data["lines"] = {portion.item["Kod"] or portion.item["SText"]: float(portion.quantity) for portion in portions}
    record_effect(connection, "slip.made", f"SKPV/{number}", data)
    return {"id": slip_id, "number": number, "parcel": parcel}


def view_slips(connection: Connection) -> list[Row]:
    """Every issue slip by ID, with the orders it belongs to and its parcels."""
    views = []
    for slip in select(connection, "SELECT * FROM SKPV ORDER BY ID"):
        links = links_of_slip(connection, slip["ID"])
        parcels = select(
            connection,
            "SELECT p.Cislo FROM ZasilkyPol p JOIN Zasilky z ON p.RefAg = z.ID"
            " WHERE z.RelAg = ? AND z.RelID = ? ORDER BY p.ID",
            SLIPS,
            slip["ID"],
        )
        views.append(
            {
                "id": slip["ID"],
                "number": slip["Cislo"],
                "date": (slip["Datum"] or "")[:10],
                "orders": [_key(connection, link[1]) for link in links if link[0] == "receivedOrder"],
                "parcels": [row["Cislo"] for row in parcels],
            }
        )
    return views


def _key(connection: Connection, order_id: int) -> str:
    order = first(connection, "SELECT * FROM OBJ WHERE ID = ?", order_id)
    return order_key(connection, order) if order else ""


def _ship(books: Books, order: Row, slip_id: int, parcel: str) -> None:
    shipment = insert(
        books.connection,
        "Zasilky",
        header_from(order, "Zasilky") | {"Datum": books.midnight, "RelAg": SLIPS, "RelID": slip_id} | books.stamps(),
    )
    number = f"{books.unit.year % 100:02d}Ez{shipment:05d}"
    books.connection.execute("UPDATE Zasilky SET Cislo = ? WHERE ID = ?", (number, shipment))
    insert(books.connection, "ZasilkyPol", {"RefAg": shipment, "OrderFld": 1, "Cislo": parcel, "PocetKusu": 1})
    sql = f'UPDATE OBJ SET "{PARCEL_FIELD}" = ? WHERE ID = ?'  # noqa: S608 - a constant
    books.connection.execute(sql, (parcel, order["ID"]))
