"""Movements of goods and changes of cards: counter sales (PH), receipts (SKPP), stock-taking, prices."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from pohoda_bridge.sandbox.amounts import LOW, ItemAmount, cents, item_amount
from pohoda_bridge.sandbox.database import CENT, Connection, Row, first, insert, record_effect, select, table_columns
from pohoda_bridge.sandbox.document_export import number_text
from pohoda_bridge.sandbox.numbering import next_number
from pohoda_bridge.sandbox.unit import Unit

SALES, RECEIPTS = 10, 6  # numbers of the agendas
PERCENTS = {0: Decimal(0), 1: LOW, 2: Decimal(21), 3: Decimal(0)}
CARD_CHANGES = frozenset({"count", "price", "levels", "ean", "name", "fields"})


class NotPossible(ValueError):
    """The books do not allow it; the text says why."""


@dataclass(frozen=True)
class Books:
    """An open transaction on a unit's database; `now` is Pohoda's local time."""

    connection: Connection
    unit: Unit
    now: str

    @property
    def midnight(self) -> str:
        return f"{self.now[:10]}T00:00:00"

    def stamps(self) -> Row:
        return {"DatCreate": self.now, "DatSave": self.now, "Creator": "SB", "Ucetni": "SB"}


def find_card(connection: Connection, code: str, store: str | None = None) -> Row:
    """The card with this code, in this store if one is named. Raises KeyError when there is none."""
    sql = (
        "SELECT k.*, s.IDS AS Sklad FROM SKz k LEFT JOIN sSklad s ON k.RefSklad = s.ID"
        " WHERE k.IDS = ? AND (? IS NULL OR s.IDS = ?) ORDER BY k.ID LIMIT 1"
    )
    card = first(connection, sql, code, store, store)
    if card is None:
        raise KeyError(f"{store or 'stock'}/{code}")
    return card


def sell(books: Books, card: Row, quantity: Decimal) -> str:
    """Sell over the counter; returns the sales voucher's number."""
    _positive(quantity)
    number, series = next_number(books.connection, SALES, books.unit.year, "PH")
    price, percent = card["ProdejDPH"] or Decimal(0), PERCENTS[card["RelDPHp"] or 0]
    line = _line(card, quantity, price, percent)
    head = {"Cislo": number, "RelCR": series, "SText": "Prodej za hotové", "Datum": books.midnight, "Polozky": True}
    voucher = insert(books.connection, "PH", head | _sums(line) | books.stamps())
    insert(books.connection, "PHpol", _item(card, quantity, price, line) | {"RefAg": voucher})
    move(books, card["ID"], -quantity, "sale", number)
    return number


def receive(books: Books, card: Row, quantity: Decimal) -> str:
    """Take goods in; returns the receipt's number."""
    _positive(quantity)
    number, series = next_number(books.connection, RECEIPTS, books.unit.year, "SKPP")
    price = card["NakupC"] or Decimal(0)
    line = _line(card, quantity, price, Decimal(0))
    head = {"Cislo": number, "RelCR": series, "SText": "Příjem zboží", "Datum": books.midnight, "Polozky": True}
    receipt = insert(books.connection, "SKPP", head | _sums(line) | books.stamps())
    insert(books.connection, "SKPPpol", _item(card, quantity, price, line) | {"RefAg": receipt, "SDph": False})
    move(books, card["ID"], quantity, "receipt", number)
    return number


def move(books: Books, card_id: int, change: Decimal, by: str, document: str) -> None:
    """Change what is on hand and say so in the ledger. Raises NotPossible where it would fall below zero."""
    card = _with_store(books.connection, card_id)
    before = Decimal(str(card["StavZ"] or 0))
    after = before + change
    if after < 0 and change < 0 and not books.unit.negative_stock:
        raise NotPossible(f"{card['IDS']}: {number_text(float(before))} on hand, {number_text(float(-change))} wanted")
    _set_count(books, card, after, by, document, touch=books.unit.movements_touch_cards)


def set_card(books: Books, card: Row, changes: dict[str, Any]) -> None:
    """What an accountant writes into a card.

    `count` by stock-taking (below zero too); `price` with VAT; `levels` by name, as the level has them; `ean`, `name`;
    `fields`: user fields (VPr...). Raises NotPossible for anything else.
    """
    if unknown := set(changes) - CARD_CHANGES:
        raise NotPossible(f"a card has no {', '.join(sorted(unknown))}; known: {', '.join(sorted(CARD_CHANGES))}")
    if (count := changes.get("count")) is not None:
        _set_count(books, card, Decimal(str(count)), "stock-taking", "", touch=True)
    if (price := changes.get("price")) is not None:
        _set_price(books, card, Decimal(str(price)))
    for name, price in changes.get("levels", {}).items():
        _set_level(books, card, name, Decimal(str(price)))
    written = {column: changes[name] for name, column in (("ean", "EAN"), ("name", "Nazev")) if name in changes}
    written |= _user_fields(books.connection, changes.get("fields", {}))
    for column, value in written.items():
        sql = f'UPDATE SKz SET "{column}" = ? WHERE ID = ?'  # noqa: S608 - columns of the table
        books.connection.execute(sql, (int(value) if isinstance(value, bool) else value, card["ID"]))
    if written:
        record_effect(books.connection, "card.changed", card_key(card), {"code": card["IDS"]} | written)
    books.connection.execute("UPDATE SKz SET DatSave = ? WHERE ID = ?", (books.now, card["ID"]))


def card_key(card: Row) -> str:
    """How the ledger names a card: store and code."""
    return f"{card['Sklad']}/{card['IDS']}"


def view_stocks(connection: Connection) -> list[Row]:
    """Every card by ID. Quantities are numbers, money is text in the currency of its level; the base price is CZK."""
    levels: dict[int, dict[str, str]] = {}
    sql = "SELECT n.RefAg, c.IDS, n.ProdejC FROM SKzCn n JOIN SkCeny c ON n.RefSkCeny = c.ID ORDER BY n.ID"
    for row in select(connection, sql):
        levels.setdefault(row["RefAg"], {})[row["IDS"]] = f"{row['ProdejC']:.2f}"
    cards = select(connection, "SELECT k.*, s.IDS AS Sklad FROM SKz k LEFT JOIN sSklad s ON k.RefSklad = s.ID")
    return [
        {
            "id": card["ID"],
            "code": card["IDS"],
            "store": card["Sklad"],
            "ean": card["EAN"],
            "name": card["Nazev"],
            "count": card["StavZ"] or 0,
            "reserved": card["Rezer"] or 0,
            "ordered": card["ObjedP"] or 0,
            "price": f"{card['ProdejDPH'] or Decimal(0):.2f}",
            "levels": levels.get(card["ID"], {}),
            "vat": int(PERCENTS[card["RelDPHp"] or 0]),
            "changed": card["DatSave"],
        }
        for card in cards
    ]


def _set_count(books: Books, card: Row, after: Decimal, by: str, document: str, *, touch: bool) -> None:
    books.connection.execute("UPDATE SKz SET StavZ = ? WHERE ID = ?", (float(after), card["ID"]))
    if touch:
        books.connection.execute("UPDATE SKz SET DatSave = ? WHERE ID = ?", (books.now, card["ID"]))
    data = {
        "code": card["IDS"],
        "store": card["Sklad"],
        "before": number_text(card["StavZ"]),
        "after": number_text(float(after)),
        "by": by,
        "document": document,
    }
    record_effect(books.connection, "stock.changed", card_key(card), data)


def _set_price(books: Books, card: Row, price: Decimal) -> None:
    percent = PERCENTS[card["RelDPHp"] or 0]
    net = (price * 100 / (100 + percent)).quantize(CENT, ROUND_HALF_UP)
    values = (str(net), str(price), card["ID"])
    books.connection.execute("UPDATE SKz SET ProdejKc = ?, ProdejDPH = ? WHERE ID = ?", values)
    _price_changed(books, card, None, card["ProdejDPH"] or Decimal(0), price)


def _set_level(books: Books, card: Row, name: str, price: Decimal) -> None:
    sql = "SELECT n.* FROM SKzCn n JOIN SkCeny c ON n.RefSkCeny = c.ID WHERE n.RefAg = ? AND c.IDS = ?"
    row = first(books.connection, sql, card["ID"], name)
    if row is None:
        raise NotPossible(f"card {card['IDS']} has no price level {name}")
    books.connection.execute("UPDATE SKzCn SET ProdejC = ? WHERE ID = ?", (str(price), row["ID"]))
    _price_changed(books, card, name, row["ProdejC"] or Decimal(0), price)


def _price_changed(books: Books, card: Row, level: str | None, before: Decimal, after: Decimal) -> None:
    data = {"code": card["IDS"], "store": card["Sklad"], "level": level}
    record_effect(
        books.connection, "price.changed", card_key(card), data | {"before": f"{before:.2f}", "after": f"{after:.2f}"}
    )


def _user_fields(connection: Connection, fields: Row) -> Row:
    known = table_columns(connection, "SKz")
    for name in fields:
        if not name.startswith(("VPr", "RefVPr")) or name.lower() not in known:
            raise NotPossible(f"cards have no user field {name}")
    return fields


def _with_store(connection: Connection, card_id: int) -> Row:
    sql = "SELECT k.*, s.IDS AS Sklad FROM SKz k LEFT JOIN sSklad s ON k.RefSklad = s.ID WHERE k.ID = ?"
    card = first(connection, sql, card_id)
    if card is None:
        raise KeyError(card_id)
    return card


def _positive(quantity: Decimal) -> None:
    if not quantity.is_finite() or quantity <= 0:
        raise NotPossible(f"a quantity is above zero, not {quantity}")


def _line(card: Row, quantity: Decimal, price: Decimal, percent: Decimal) -> ItemAmount:
    bucket = card["RelDPHp"] or 0 if percent else 0
    return item_amount(
        unit_price=price,
        quantity=quantity,
        discount=Decimal(0),
        including_vat=bool(percent),
        percent=percent,
        bucket=bucket,
    )


def _item(card: Row, quantity: Decimal, price: Decimal, line: ItemAmount) -> Row:
    return {
        "RefSKz": card["ID"],
        "SText": card["Nazev"],
        "Kod": card["IDS"],
        "MJ": card["MJ"],
        "MJKoef": 1.0,
        "Mnozstvi": float(quantity),
        "KcJedn": price,
        "Sleva": 0.0,
        "RelSzDPH": line.bucket,
        "SDph": True,
        "Kc": line.net,
        "KcDPH": line.vat,
        "OrderFld": 1,
    }


def _sums(line: ItemAmount) -> Row:
    row: Row = {f"Kc{line.bucket}": line.net, "KcCelkem": cents(line.gross)}
    if line.bucket:
        row[f"KcDPH{line.bucket}"] = line.vat
    return row
