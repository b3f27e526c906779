"""Deleting an order: by XML, or by the accountant over the control routes."""

from decimal import Decimal

from pohoda_bridge.sandbox.codelists import Refused
from pohoda_bridge.sandbox.database import Connection, Row, first, select
from pohoda_bridge.sandbox.envelope import Element, text_of
from pohoda_bridge.sandbox.external_ids import detach, external_ids_of
from pohoda_bridge.sandbox.stock_items import reserve

KINDS = {"prijate_objednavky": 1, "vydane_objednavky": 2}


def delete_order(connection: Connection, deleting: Element, xpath: str) -> Row:
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
    return remove_order(connection, found[0]["ID"])


def remove_order(connection: Connection, order_id: int) -> Row:
    """Remove an order with its items, reservation and external ids; the import log keeps remembering it.

    Returns its row with `key`, the name the ledger has for it. Raises KeyError when there is none.
    """
    order = first(connection, "SELECT * FROM OBJ WHERE ID = ?", order_id)
    if order is None:
        raise KeyError(order_id)
    agenda = 11 if order["RelTpObj"] == 1 else 12
    external = external_ids_of(connection, agenda, order_id)
    if order["RelTpObj"] == 1 and not order["Vyrizeno"] and not order["DatStorn"]:
        for item in select(connection, "SELECT * FROM OBJpol WHERE RefAg = ? AND RefSKz IS NOT NULL", order_id):
            left = Decimal(str(item["Mnozstvi"] or 0)) - Decimal(str(item["Dodano"] or 0))
            reserve(connection, item["RefSKz"], -left, bool(order["Rezer"]))
    detach(connection, agenda, order_id)
    connection.execute("DELETE FROM OBJpol WHERE RefAg = ?", (order_id,))
    connection.execute("DELETE FROM OBJ WHERE ID = ?", (order_id,))
    return {**order, "key": external[0].key if external else f"OBJ/{order['Cislo']}"}
