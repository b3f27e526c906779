"""Invoices (FA) made from received orders, cancelled and paid as an accountant would."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from pohoda_bridge.sandbox.amounts import to_home
from pohoda_bridge.sandbox.database import Connection, Row, first, insert, money_text, record_effect, select
from pohoda_bridge.sandbox.external_ids import order_key
from pohoda_bridge.sandbox.links import (
    ADVANCE_KINDS,
    INVOICE_KINDS,
    INVOICES,
    KIND_NAMES,
    SLIPS,
    invoice_agenda,
    links_of_invoice,
)
from pohoda_bridge.sandbox.movements import Books, NotPossible, move
from pohoda_bridge.sandbox.numbering import next_number
from pohoda_bridge.sandbox.stock_items import reserve
from pohoda_bridge.sandbox.transfer import (
    Portion,
    add_items,
    deliver,
    header_from,
    items_of,
    refuse_cancelled,
    settle_order,
    undelivered,
)

DUE_DAYS = 14
FINAL = "issuedInvoice"
ORDER = "receivedOrder"
CORRECTIONS = frozenset({"issuedCorrectiveTax", "issuedCreditNotice"})
SUMS = ("Kc0", "Kc1", "KcDPH1", "Kc2", "KcDPH2", "Kc3", "KcDPH3", "KcCelkem", "KcZaokr", "Cm0", "CmCelkem", "CmZaokr")


def make_invoice(
    books: Books,
    order: Row,
    *,
    kind: str = FINAL,
    corrected: str | None = None,
    executed: bool = True,
    again: bool = False,
) -> Row:
    """Invoice a whole order; a final invoice also delivers what no issue slip delivered before.

    `kind`: an invoiceType of Pohoda's. `corrected`: ID or number of the invoice that a corrective document turns
    round (its amounts are negative; goods stay where they are). `again`: a second final invoice is on purpose.
    Raises NotPossible for what the books do not allow.
    """
    refuse_cancelled(order)
    if kind not in INVOICE_KINDS:
        raise NotPossible(f"unknown kind {kind!r}; known: {', '.join(sorted(INVOICE_KINDS))}")
    if kind == FINAL and not again and _final_of(books.connection, order["ID"]):
        raise NotPossible(f"order {order['Cislo']} has its invoice already")
    sign = -1 if kind in CORRECTIONS else 1
    original = _corrected(books.connection, kind, corrected)
    number, series = next_number(books.connection, invoice_agenda(INVOICE_KINDS[kind]), books.unit.year, "FA")
    head = _header(books, order, kind, number) | {"RelCR": series, "PDoklad": original}
    head |= {name: sign * order[name] for name in SUMS if order[name] is not None}
    head |= {"KcLikv": head["KcCelkem"], "CmLikv": head.get("CmCelkem")}
    invoice_id = insert(books.connection, "FA", head | books.stamps())
    portions = [Portion(item, Decimal(str(item["Mnozstvi"] or 0))) for item in items_of(books, order)]
    item_ids = add_items(books, "FApol", invoice_id, portions, sign)
    if kind == FINAL:
        left = undelivered(books, order)
        deliver(books, order, left, "invoice", number)
        _link_slips(books, portions, item_ids)
        settle_order(books, order, executed)
    else:
        books.connection.execute("UPDATE OBJ SET DatSave = ? WHERE ID = ?", (books.now, order["ID"]))
    return _made(books, order, invoice_id)


def cancel_invoice(books: Books, invoice: Row) -> Row:
    """Cancel by a document with the amounts turned round; goods the invoice itself delivered come back.

    The order is open again for these goods. Raises NotPossible where it is cancelled, or is a cancellation, already.
    """
    if invoice["RelStorn"]:
        raise NotPossible(f"invoice {invoice['Cislo']} is cancelled or cancels another one")
    connection, agenda = books.connection, invoice_agenda(invoice["RelTpFak"])
    number, series = next_number(connection, agenda, books.unit.year, "FA")
    head = {name: value for name, value in invoice.items() if name != "ID"}
    head |= {name: -invoice[name] for name in SUMS if invoice[name] is not None}
    head |= {"Cislo": number, "RelCR": series, "VarSym": _digits(number), "RelStorn": invoice["ID"], "TpStorn": True}
    head |= {"SText": f"Storno dokladu {invoice['Cislo']}", "KcLikv": Decimal(0), "CmLikv": None}
    cancelling = insert(connection, "FA", head | books.stamps())
    for item in select(connection, "SELECT * FROM FApol WHERE RefAg = ? ORDER BY ID", invoice["ID"]):
        turned = {name: -item[name] for name in ("Mnozstvi", "Kc", "KcDPH", "Cm", "CmDPH") if item[name] is not None}
        own = {"ID": None, "RefAg": cancelling, "RelAgID": None, "RefPol": None}
        insert(connection, "FApol", item | turned | own)
        if invoice["RelTpFak"] == INVOICE_KINDS[FINAL]:
            _take_back(books, item, number)
    sql = "UPDATE FA SET RelStorn = ?, DatStorn = ?, KcLikv = ?, CmLikv = NULL, DatSave = ? WHERE ID = ?"
    connection.execute(sql, (cancelling, books.midnight, "0", books.now, invoice["ID"]))
    data = {"id": invoice["ID"], "number": invoice["Cislo"], "by": number}
    record_effect(connection, "invoice.cancelled", f"FA/{invoice['Cislo']}", data)
    return {"id": cancelling, "number": number}


def pay_invoice(books: Books, invoice: Row, amount: Decimal | None = None) -> Row:
    """Liquidate an invoice, whole or by an amount in its currency."""
    foreign = invoice["RefCM"] is not None
    left = (invoice["CmLikv"] if foreign else invoice["KcLikv"]) or Decimal(0)
    paid = left if amount is None else amount
    home = to_home(paid, Decimal(str(invoice["CmKurs"])), invoice["CmMnoz"] or 1) if foreign else paid
    if paid == left:
        home = invoice["KcLikv"] or Decimal(0)
    agenda = invoice_agenda(invoice["RelTpFak"])
    payment = {"DatumU": books.midnight, "RelAgH": agenda, "RelIDH": invoice["ID"], "CisloH": invoice["Cislo"]}
    payment |= {"VarSymH": invoice["VarSym"], "RelAgU": 28, "KcU": home, "CmH": paid, "CmU": paid}
    count = len(select(books.connection, "SELECT ID FROM Uhrady")) + 1
    insert(books.connection, "Uhrady", payment | {"CisloU": f"{books.unit.year % 100:02d}BV{count:05d}"})
    rest = {"KcLikv": str((invoice["KcLikv"] or Decimal(0)) - home), "CmLikv": str(left - paid) if foreign else None}
    sql = "UPDATE FA SET KcLikv = ?, CmLikv = ?, DatLikv = ?, DatSave = ? WHERE ID = ?"
    books.connection.execute(sql, (*rest.values(), books.midnight, books.now, invoice["ID"]))
    data = {
        "id": invoice["ID"],
        "number": invoice["Cislo"],
        "amount": money_text(paid),
        "left": money_text(left - paid),
    }
    record_effect(books.connection, "invoice.paid", f"FA/{invoice['Cislo']}", data)
    return {"id": invoice["ID"], "left": money_text(left - paid)}


def find_invoice(connection: Connection, wanted: str) -> Row:
    """By ID or number. Raises KeyError when there is none."""
    sql = "SELECT * FROM FA WHERE CAST(ID AS TEXT) = ? OR Cislo = ? ORDER BY ID LIMIT 1"
    invoice = first(connection, sql, wanted, wanted)
    if invoice is None:
        raise KeyError(wanted)
    return invoice


def view_invoices(connection: Connection) -> list[Row]:
    """Every issued invoice by ID; `total` is text in `currency`, `orders` are keys as in the ledger."""
    return [view_invoice(connection, invoice) for invoice in select(connection, "SELECT * FROM FA ORDER BY ID")]


def view_invoice(connection: Connection, invoice: Row) -> Row:
    """One invoice as `view_invoices` has it."""
    currency = first(connection, "SELECT Kod FROM sCMeny WHERE ID = ?", invoice["RefCM"])
    links = links_of_invoice(connection, invoice["ID"])
    orders = [first(connection, "SELECT * FROM OBJ WHERE ID = ?", link[1]) for link in links if link[0] == ORDER]
    total = invoice["CmCelkem"] if currency else invoice["KcCelkem"]
    return {
        "id": invoice["ID"],
        "number": invoice["Cislo"],
        "kind": KIND_NAMES.get(invoice["RelTpFak"]),
        "orders": [order_key(connection, order) for order in orders if order],
        "numberOrder": invoice["CisloObj"],
        "date": (invoice["Datum"] or "")[:10],
        "total": money_text(total or Decimal(0)),
        "currency": currency["Kod"] if currency else "CZK",
        "cancelled": bool(invoice["RelStorn"]) and not invoice["TpStorn"],
        "cancels": bool(invoice["TpStorn"]),
        "paid": bool(invoice["DatLikv"]) and not invoice["KcLikv"],
    }


def _header(books: Books, order: Row, kind: str, number: str) -> Row:
    today = date.fromisoformat(books.now[:10])
    return header_from(order, "FA") | {
        "RelTpFak": INVOICE_KINDS[kind],
        "Cislo": number,
        "VarSym": _digits(number),
        "SText": "Fakturujeme Vám zboží dle Vaší objednávky:",
        "CisloObj": order["PDoklad"],
        "DatObj": order["Datum"],
        "Datum": books.midnight,
        "DatUcP": books.midnight,
        "DatZdPln": None if INVOICE_KINDS[kind] in ADVANCE_KINDS else books.midnight,
        "DatSplat": f"{today + timedelta(days=DUE_DAYS)}T00:00:00",
        "Polozky": True,
        "Sel": False,
    }


def _made(books: Books, order: Row, invoice_id: int) -> Row:
    view = view_invoice(books.connection, find_invoice(books.connection, str(invoice_id)))
    data = {name: view[name] for name in ("id", "number", "kind", "orders", "total", "currency")}
    record_effect(books.connection, "invoice.made", f"FA/{view['number']}", data | {"order_number": order["Cislo"]})
    return view


def _final_of(connection: Connection, order_id: int) -> Row | None:
    """A final invoice of the order that stands."""
    return first(
        connection,
        "SELECT d.ID FROM FApol i JOIN FA d ON i.RefAg = d.ID JOIN OBJpol o ON i.RefPol = o.ID"
        " WHERE i.RelAgID = 11 AND o.RefAg = ? AND d.RelTpFak = 1 AND d.RelStorn IS NULL LIMIT 1",
        order_id,
    )


def _corrected(connection: Connection, kind: str, wanted: str | None) -> str | None:
    if kind not in CORRECTIONS:
        return None
    if wanted is None:
        raise NotPossible(f"a document of the kind {kind} names the invoice it corrects")
    number: str = find_invoice(connection, str(wanted))["Cislo"]
    return number


def _link_slips(books: Books, portions: list[Portion], item_ids: list[int]) -> None:
    """Tie the invoice's items to those of the slips that delivered them."""
    for portion, item_id in zip(portions, item_ids, strict=True):
        sql = "SELECT * FROM SKPVpol WHERE RelAgID = 11 AND RefPol = ? ORDER BY ID"
        for issued in select(books.connection, sql, portion.item["ID"]):
            tie: dict[str, Any] = {"RelAgID": INVOICES, "RefPol": item_id, "RelAgID1": SLIPS, "RefPol1": issued["ID"]}
            insert(books.connection, "RefPolToPol", tie | {"Mnozstvi": issued["Mnozstvi"]})


def _take_back(books: Books, item: Row, document: str) -> None:
    """Put back on stock what this invoice's item took off it, that is, what no slip did."""
    sql = "SELECT COALESCE(SUM(Mnozstvi), 0) AS Done FROM RefPolToPol WHERE RelAgID = 2 AND RefPol = ? AND RelAgID1 = 7"
    issued = first(books.connection, sql, item["ID"])
    own = Decimal(str(item["Mnozstvi"] or 0)) - Decimal(str(issued["Done"] if issued else 0))
    source = first(books.connection, "SELECT * FROM OBJpol WHERE ID = ?", item["RefPol"])
    if own <= 0 or source is None:
        return
    if item["RefSKz"]:
        move(books, item["RefSKz"], own, "cancel", document)
        order = first(books.connection, "SELECT * FROM OBJ WHERE ID = ?", source["RefAg"])
        reserve(books.connection, item["RefSKz"], own, bool(order and order["Rezer"]))
    books.connection.execute("UPDATE OBJpol SET Dodano = Dodano - ? WHERE ID = ?", (float(own), source["ID"]))
    sql = "UPDATE OBJ SET BDodano = 0, Vyrizeno = 0, DatSave = ? WHERE ID = ?"
    books.connection.execute(sql, (books.now, source["RefAg"]))


def _digits(number: str) -> str:
    return "".join(character for character in number if character.isdigit())
