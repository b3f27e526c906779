"""A received order carried over into another document: its header, its items, what it delivers."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pohoda_bridge.sandbox.amounts import cents
from pohoda_bridge.sandbox.database import Row, first, insert, load_schema, record_effect, select, table_columns
from pohoda_bridge.sandbox.external_ids import order_key
from pohoda_bridge.sandbox.links import ORDERS
from pohoda_bridge.sandbox.movements import Books, NotPossible, move
from pohoda_bridge.sandbox.stock_items import reserve

OWN_COLUMNS = {  # not carried over: each document has its own
    *("ID", "UsrOrder", "Sel", "Cislo", "RelCR", "SText", "PDoklad", "Datum", "Vyrizeno", "DatStorn", "mPohoda"),
    *("RelDruh", "Oznacil", "DatCreate", "DatSave", "Ucetni", "Creator", "Lock", "Lock1", "DatVytEZ", "Polozky"),
}
OWN_ITEM_COLUMNS = {"ID", "Sel", "RefAg", "RefPol", "RelAgID", "Prenes", "DatCreate", "DatSave", "OrderFld"}
AMOUNTS = ("Kc", "KcDPH", "Cm", "CmDPH")


@dataclass(frozen=True)
class Portion:
    """One item of an order and how much of it is carried over."""

    item: Row
    quantity: Decimal

    @property
    def whole(self) -> bool:
        return self.quantity == _number(self.item["Mnozstvi"])


def find_order(books: Books, wanted: str) -> Row:
    """The received order with this ID, external id, document number or customer's number; the oldest one if several.

    Raises KeyError when there is none.
    """
    order = first(
        books.connection,
        "SELECT o.* FROM OBJ o WHERE o.RelTpObj = 1 AND (CAST(o.ID AS TEXT) = ? OR o.Cislo = ? OR o.PDoklad = ?"
        " OR o.ID IN (SELECT RefDocID FROM sExtID WHERE RelAgID = 11 AND IDS = ?)) ORDER BY o.ID LIMIT 1",
        *(wanted,) * 4,
    )
    if order is None:
        raise KeyError(wanted)
    return order


def items_of(books: Books, order: Row) -> list[Row]:
    return select(books.connection, "SELECT * FROM OBJpol WHERE RefAg = ? ORDER BY OrderFld, ID", order["ID"])


def undelivered(books: Books, order: Row, wanted: dict[str, Any] | None = None) -> list[Portion]:
    """What is left to deliver; `wanted`: no more than so many pieces of these codes and nothing else."""
    portions = []
    for item in items_of(books, order):
        left = _number(item["Mnozstvi"]) - _number(item["Dodano"])
        if wanted is not None:
            left = min(left, Decimal(str(wanted.get(item["Kod"] or "", 0))))
        if left > 0:
            portions.append(Portion(item, left))
    return portions


def deliver(books: Books, order: Row, portions: list[Portion], by: str, document: str) -> None:
    """Take the goods off stock and out of the reservation, and note on the order what was delivered.

    Raises NotPossible where there is not enough on hand.
    """
    touched_at = books.now if books.unit.movements_touch_cards else None
    for portion in portions:
        if card_id := portion.item["RefSKz"]:
            move(books, card_id, -portion.quantity, by, document)
            reserve(books.connection, card_id, -portion.quantity, bool(order["Rezer"]), touched_at)
        sql = "UPDATE OBJpol SET Dodano = COALESCE(Dodano, 0) + ? WHERE ID = ?"
        books.connection.execute(sql, (float(portion.quantity), portion.item["ID"]))


def settle_order(books: Books, order: Row, executed: bool) -> None:
    """Note whether all is delivered, and where it is, whether the order counts as executed."""
    complete = all(_number(item["Dodano"]) >= _number(item["Mnozstvi"]) for item in items_of(books, order))
    done = complete and executed
    sql = "UPDATE OBJ SET BDodano = ?, Vyrizeno = ?, DatSave = ? WHERE ID = ?"
    books.connection.execute(sql, (int(complete), int(done or bool(order["Vyrizeno"])), books.now, order["ID"]))
    if done and not order["Vyrizeno"]:
        data = {"id": order["ID"], "number": order["Cislo"]}
        record_effect(books.connection, "order.executed", order_key(books.connection, order), data)


def header_from(order: Row, table: str) -> Row:
    """Columns of the order's header that the other document's table has too."""
    shared = set(load_schema()[table]) - OWN_COLUMNS
    return {name: value for name, value in order.items() if name in shared}


def add_items(books: Books, table: str, document_id: int, portions: list[Portion], sign: int = 1) -> list[int]:
    """Items of a new document, tied to the order's items (RelAgID, RefPol). `sign` -1 turns them round."""
    shared = set(load_schema()[table]) - OWN_ITEM_COLUMNS
    ids = []
    for number, portion in enumerate(portions, 1):
        row = {name: value for name, value in portion.item.items() if name in shared}
        row |= {name: sign * value for name, value in amounts(portion).items() if value is not None}
        row |= {"RefAg": document_id, "RelAgID": ORDERS, "RefPol": portion.item["ID"], "OrderFld": number}
        row |= {"Mnozstvi": float(sign * portion.quantity), "DatCreate": books.now, "DatSave": books.now}
        ids.append(insert(books.connection, table, row))
    return ids


def amounts(portion: Portion) -> dict[str, Decimal | None]:
    """The item's amounts for the part that is carried over, to the cent."""
    if portion.whole:
        return {name: portion.item[name] for name in AMOUNTS}
    share = portion.quantity / _number(portion.item["Mnozstvi"])
    return {name: cents(portion.item[name] * share) if portion.item[name] else None for name in AMOUNTS}


def totals(order: Row, portions: list[Portion], all_items: int) -> Row:
    """The document's sums: those of the order where all of it is carried over, else those of the items, unrounded."""
    if len(portions) == all_items and all(portion.whole for portion in portions):
        return {}
    sums: Row = {f"Kc{bucket}": Decimal(0) for bucket in range(4)} | {f"KcDPH{n}": Decimal(0) for n in (1, 2, 3)}
    foreign = Decimal(0)
    for portion in portions:
        parts = {name: value or Decimal(0) for name, value in amounts(portion).items()}
        bucket = {4: 2}.get(portion.item["RelSzDPH"], portion.item["RelSzDPH"] or 0)
        sums[f"Kc{bucket}"] += parts["Kc"]
        if bucket:
            sums[f"KcDPH{bucket}"] += parts["KcDPH"]
        foreign += parts["Cm"] + parts["CmDPH"]
    sums |= {"KcCelkem": sum(sums.values(), Decimal(0)), "KcZaokr": Decimal(0)}
    if order["RefCM"]:
        sums |= {"CmCelkem": foreign, "CmZaokr": Decimal(0)}
    return sums


def set_order(books: Books, order: Row, *, executed: bool | None = None, fields: Row | None = None) -> None:
    """What an accountant ticks or writes on an order by hand. Raises NotPossible for a user field it does not have."""
    known = table_columns(books.connection, "OBJ")
    written: Row = {} if executed is None else {"Vyrizeno": int(executed)}
    for name, value in (fields or {}).items():
        if not name.startswith(("VPr", "RefVPr")) or name.lower() not in known:
            raise NotPossible(f"orders have no user field {name}")
        written[name] = int(value) if isinstance(value, bool) else value
    for column, value in (written | {"DatSave": books.now}).items():
        sql = f'UPDATE OBJ SET "{column}" = ? WHERE ID = ?'  # noqa: S608 - columns of the table
        books.connection.execute(sql, (value, order["ID"]))
    if executed and not order["Vyrizeno"]:
        data = {"id": order["ID"], "number": order["Cislo"]}
        record_effect(books.connection, "order.executed", order_key(books.connection, order), data)


def refuse_cancelled(order: Row) -> None:
    if order["DatStorn"]:
        raise NotPossible(f"order {order['Cislo']} is cancelled")


def _number(value: float | None) -> Decimal:
    return Decimal(str(value or 0))
