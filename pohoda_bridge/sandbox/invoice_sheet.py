"""What stands on a printed invoice, read from the tables."""

from dataclasses import dataclass
from decimal import Decimal

from pohoda_bridge.sandbox.amounts import HIGH, LOW, THIRD
from pohoda_bridge.sandbox.database import Connection, Row, first, select
from pohoda_bridge.sandbox.links import KIND_NAMES, links_of_invoice

PERCENTS = {0: Decimal(0), 1: LOW, 2: HIGH, 3: THIRD}


@dataclass(frozen=True)
class SheetLine:
    """`unit_price` as the order's line has it, `total` with VAT; both in the invoice's currency."""

    text: str
    quantity: Decimal
    unit: str
    unit_price: Decimal
    percent: Decimal
    total: Decimal


@dataclass(frozen=True)
class VatRow:
    """Base and VAT of one rate, in CZK."""

    percent: Decimal
    base: Decimal
    vat: Decimal


@dataclass(frozen=True)
class InvoiceSheet:
    """Money of `total` and `rounding` is in `currency`; `rate` is CZK for `per` units of it (None: home currency)."""

    number: str
    kind: str
    cancelled: bool
    seller: tuple[str, ...]
    seller_ico: str
    seller_dic: str
    buyer: tuple[str, ...]
    buyer_ico: str
    buyer_dic: str
    symbol: str
    issued_on: str
    taxed_on: str
    due_on: str
    orders: tuple[str, ...]
    customer_order: str
    corrects: str
    payment: str
    lines: tuple[SheetLine, ...]
    vat: tuple[VatRow, ...]
    rounding: Decimal
    total: Decimal
    currency: str
    rate: Decimal | None
    per: int


def read_sheet(connection: Connection, invoice: Row) -> InvoiceSheet:
    """The sheet of a row of FA."""
    unit = first(connection, "SELECT * FROM sKonfig ORDER BY ID LIMIT 1") or {}
    currency = first(connection, "SELECT Kod FROM sCMeny WHERE ID = ?", invoice["RefCM"])
    payment = first(connection, "SELECT SText FROM sFormUh WHERE ID = ?", invoice["RelForUh"])
    links = links_of_invoice(connection, invoice["ID"])
    foreign = currency is not None
    return InvoiceSheet(
        number=invoice["Cislo"],
        kind=KIND_NAMES.get(invoice["RelTpFak"], "issuedInvoice"),
        cancelled=bool(invoice["RelStorn"]),
        seller=(unit["Firma"], f"{unit['Ulice']} {unit['CP']}", f"{unit['PSC']} {unit['Obec']}"),
        seller_ico=unit["ICO"],
        seller_dic=unit["DIC"],
        buyer=_buyer(connection, invoice),
        buyer_ico=invoice["ICO"] or "",
        buyer_dic=invoice["DIC"] or "",
        symbol=invoice["VarSym"] or "",
        issued_on=_day(invoice["Datum"]),
        taxed_on=_day(invoice["DatZdPln"]),
        due_on=_day(invoice["DatSplat"]),
        orders=tuple(number for agenda, _, number in links if agenda == "receivedOrder"),
        customer_order=invoice["CisloObj"] or "",
        corrects=invoice["PDoklad"] or "",
        payment=payment["SText"] if payment else "",
        lines=_lines(connection, invoice["ID"], foreign),
        vat=_vat(invoice),
        rounding=(invoice["CmZaokr"] if foreign else invoice["KcZaokr"]) or Decimal(0),
        total=(invoice["CmCelkem"] if foreign else invoice["KcCelkem"]) or Decimal(0),
        currency=currency["Kod"] if currency else "CZK",
        rate=Decimal(str(invoice["CmKurs"])) if foreign else None,
        per=invoice["CmMnoz"] or 1,
    )


def _buyer(connection: Connection, invoice: Row) -> tuple[str, ...]:
    country = first(connection, "SELECT SText FROM sZeme WHERE ID = ?", invoice["RefZeme"])
    town = " ".join(part for part in (invoice["PSC"], invoice["Obec"]) if part)
    lines = (invoice["Firma"], invoice["Jmeno"], invoice["Ulice"], town, country["SText"] if country else None)
    return tuple(line for line in lines if line)


def _lines(connection: Connection, invoice_id: int, foreign: bool) -> tuple[SheetLine, ...]:
    unit, net, vat = ("CmJedn", "Cm", "CmDPH") if foreign else ("KcJedn", "Kc", "KcDPH")
    return tuple(
        SheetLine(
            text=item["SText"] or "",
            quantity=Decimal(str(item["Mnozstvi"] or 0)),
            unit=item["MJ"] or "",
            unit_price=item[unit] or Decimal(0),
            percent=Decimal(str(item["ProcentoDPH"] or 0))
            if item["RelSzDPH"] == 4
            else PERCENTS[item["RelSzDPH"] or 0],
            total=(item[net] or Decimal(0)) + (item[vat] or Decimal(0)),
        )
        for item in select(connection, "SELECT * FROM FApol WHERE RefAg = ? ORDER BY OrderFld, ID", invoice_id)
    )


def _vat(invoice: Row) -> tuple[VatRow, ...]:
    rows = [VatRow(Decimal(0), invoice["Kc0"] or Decimal(0), Decimal(0))]
    for bucket, percent in ((1, LOW), (2, HIGH), (3, THIRD)):
        rows.append(VatRow(percent, invoice[f"Kc{bucket}"] or Decimal(0), invoice[f"KcDPH{bucket}"] or Decimal(0)))
    return tuple(row for row in rows if row.base or row.vat)


def _day(value: str | None) -> str:
    return value[:10] if value else ""
