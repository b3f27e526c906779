"""Deleting an order: by XML, or by the accountant over the control routes."""

from decimal import Decimal

from pohoda_bridge.sandbox.codelists import Refused
from pohoda_bridge.sandbox.database import Connection, Row, first, record_effect, select
from pohoda_bridge.sandbox.envelope import Element, text_of
from pohoda_bridge.sandbox.external_ids import detach, order_key
from pohoda_bridge.sandbox.movements import Books, NotPossible
from pohoda_bridge.sandbox.stock_items import reserve

KINDS = {"prijate_objednavky": 1, "vydane_objednavky": 2}


def delete_order(connection: Connection, deleting: Element, xpath: str, touched_at: str | None = None) -> Row:
    """Delete the order an `ord:delete` filter names by id or number. Raises Refused unless there is exactly one."""
    condition = deleting[0] if len(deleting) else None
    kind = KINDS.get(condition.get("agenda", "")) if condition is not None else None
    identifier, number = text_of(condition, "ftr:id"), text_of(condition, "ftr:number")
    if identifier is None and number is None:
        raise Refused("Filtr pro smazání neurčuje doklad.", xpath)
    found = select(
        connection,
        "SELECT * FROM OBJ WHERE RelTpObj = ? AND (? IS NULL OR ID = ?) AND (? IS NULL OR Cislo = ?)",
        kind,
        identifier,
        int(identifier) if identifier else None,
        number,
        number,
    )
    if len(found) != 1:
        raise Refused("Doklad ke smazání nebyl nalezen.", xpath, identifier or number)
    return remove_order(connection, found[0]["ID"], touched_at)


def release(connection: Connection, order: Row, touched_at: str | None) -> None:
    """Give back what a received order still reserves or has ordered."""
    if order["RelTpObj"] != 1:
        return
    for item in select(connection, "SELECT * FROM OBJpol WHERE RefAg = ? AND RefSKz IS NOT NULL", order["ID"]):
        left = Decimal(str(item["Mnozstvi"] or 0)) - Decimal(str(item["Dodano"] or 0))
        reserve(connection, item["RefSKz"], -left, bool(order["Rezer"]), touched_at)


def cancel_order(books: Books, order: Row) -> None:
    """Cancel an order as an accountant does: it stays, its reservation goes. Raises NotPossible when it was before."""
    if order["DatStorn"]:
        raise NotPossible(f"order {order['Cislo']} is cancelled already")
    if not order["Vyrizeno"]:
        release(books.connection, order, books.now if books.unit.movements_touch_cards else None)
    sql = "UPDATE OBJ SET DatStorn = ?, DatSave = ? WHERE ID = ?"
    books.connection.execute(sql, (books.midnight, books.now, order["ID"]))
    data = {"id": order["ID"], "number": order["Cislo"]}
    record_effect(books.connection, "order.cancelled", order_key(books.connection, order), data)


def remove_order(connection: Connection, order_id: int, touched_at: str | None = None) -> Row:
    """Remove an order with its items, reservation and external ids; the import log keeps remembering it.

    Returns its row with `key`, the name the ledger has for it. Raises KeyError when there is none.
    """
    order = first(connection, "SELECT * FROM OBJ WHERE ID = ?", order_id)
    if order is None:
        raise KeyError(order_id)
    agenda = 11 if order["RelTpObj"] == 1 else 12
    key = order_key(connection, order)
    if not order["Vyrizeno"] and not order["DatStorn"]:
        release(connection, order, touched_at)
    detach(connection, agenda, order_id)
    connection.execute("DELETE FROM OBJpol WHERE RefAg = ?", (order_id,))
    connection.execute("DELETE FROM OBJ WHERE ID = ?", (order_id,))
    return {**order, "key": key}
