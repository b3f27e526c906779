"""Received orders: saved from ord:order as Pohoda saves them."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from pohoda_bridge.sandbox.amounts import ROUNDING, buckets, cents, rounded, to_home
from pohoda_bridge.sandbox.codelists import DATE_OUTSIDE, References, Refused
from pohoda_bridge.sandbox.database import Row, first, insert
from pohoda_bridge.sandbox.envelope import NS, Detail, Element, text_of
from pohoda_bridge.sandbox.numbering import document_number
from pohoda_bridge.sandbox.order_header import header_row
from pohoda_bridge.sandbox.order_lines import Currency, Line, order_line
from pohoda_bridge.sandbox.stock_items import reserve
from pohoda_bridge.sandbox.unit import Unit

RECEIVED, ISSUED = 1, 2
AGENDAS = {RECEIVED: 11, ISSUED: 12}


@dataclass(frozen=True)
class SavedOrder:
    """What an import made: `total` is in the document's currency."""

    id: int
    number: str
    agenda: int
    total: Decimal
    currency: str
    warnings: tuple[Detail, ...]


def save_order(
    references: References, order: Element, unit: Unit, now: str, force_rounding: bool = False
) -> SavedOrder:
    """Save the document with its items, number, reservation. Raises Refused with nothing to undo but the savepoint.

    `force_rounding`: the unit insists on rounding the total up to whole units, whatever the document says.
    """
    connection = references.connection
    header = order.find("ord:orderHeader", NS)
    kind, issued_on = _required(references, header)
    assert header is not None
    _check_period(references, issued_on, unit)
    currency = _currency(references, order, issued_on)
    row = header_row(references, header, kind, issued_on, now)
    level = first(connection, "SELECT * FROM SkCeny WHERE IDS = ?", row["CenyIDS"]) if row["CenyIDS"] else None
    discount = str(level["Sleva"] or 0) if level else "0"
    items = order.findall("ord:orderDetail/ord:orderItem", NS)
    oss = row["MOSS"] is not None
    lines = [
        order_line(references, item, f"ord:orderDetail/ord:orderItem[{number}]", currency, discount, oss)
        for number, item in enumerate(items, 1)
    ]
    how = text_of(order, "ord:orderSummary/ord:roundingDocument") or unit.rounding
    total = _totals(references, row, lines, currency, how, force_rounding)
    row["HistSzDPH"] = any(line.row["RelSzDPH"] == 4 for line in lines)
    row["Polozky"] = bool(lines)
    agenda = AGENDAS[kind]
    row["Cislo"], row["RelCR"] = document_number(references, header, agenda, unit.year)
    order_id = insert(connection, "OBJ", row)
    for number, line in enumerate(lines, 1):
        insert(connection, "OBJpol", {**line.row, "RefAg": order_id, "OrderFld": number})
        if kind == RECEIVED and line.card_id is not None:
            touched_at = now if unit.movements_touch_cards else None
            reserve(connection, line.card_id, line.quantity, bool(row["Rezer"]), touched_at)
    return SavedOrder(order_id, row["Cislo"], agenda, total, currency.code, tuple(references.warnings))


def _required(references: References, header: Element | None) -> tuple[int, str]:
    base = f"{references.base}/ord:orderHeader"
    if header is None:
        raise Refused("Doklad nemá hlavičku.", base)
    kind = {"receivedOrder": RECEIVED, "issuedOrder": ISSUED}.get(text_of(header, "ord:orderType") or "")
    if kind is None:
        raise Refused("Není uveden typ objednávky.", f"{base}/ord:orderType")
    issued_on = text_of(header, "ord:date")
    if issued_on is None:
        raise Refused("Není uvedeno datum dokladu.", f"{base}/ord:date")
    if header.find("ord:partnerIdentity", NS) is None:
        raise Refused("Není uvedena adresa zákazníka.", f"{base}/ord:partnerIdentity")
    return kind, issued_on


def _check_period(references: References, issued_on: str, unit: Unit) -> None:
    if unit.date_from <= issued_on <= unit.date_to:
        return
    value = date.fromisoformat(issued_on).strftime("%d.%m.%Y")
    limit = unit.date_to if issued_on > unit.date_to else unit.date_from
    word = "nejvýše" if issued_on > unit.date_to else "nejméně"
    edge = date.fromisoformat(limit).strftime("%d.%m.%Y")
    xpath = f"{references.base}/ord:orderHeader/ord:date"
    for note in ("Datum leží mimo účetní období.", f"Datum smí být {word} {edge}."):
        references.warnings.append(Detail("warning", DATE_OUTSIDE, note, xpath, value, value))


def _currency(references: References, order: Element, issued_on: str) -> Currency:
    foreign = order.find("ord:orderSummary/ord:foreignCurrency", NS)
    if foreign is None:
        return Currency()
    code = text_of(foreign, "typ:currency/typ:ids") or text_of(foreign, "typ:currency/typ:id") or ""
    identifier, rate, per = references.currency(
        code, issued_on, text_of(foreign, "typ:rate"), text_of(foreign, "typ:amount")
    )
    if rate <= 0 or per <= 0:
        raise Refused(
            "Kurz není kladný.", f"{references.base}/ord:orderSummary/ord:foreignCurrency/typ:rate", str(rate)
        )
    return Currency(code, identifier, rate, per)


def _totals(
    references: References, row: Row, lines: list[Line], currency: Currency, how: str, force_rounding: bool
) -> Decimal:
    """Fill the document's sums and return its total in its own currency."""
    sums = buckets([line.home for line in lines])
    for bucket, (net, vat) in sums.items():
        row[f"Kc{bucket}"] = net
        if bucket:
            row[f"KcDPH{bucket}"] = vat
    exact = sum((line.amount.gross for line in lines), Decimal(0))
    total = cents(rounded(exact, how))
    if force_rounding:
        total = rounded(exact, "down2one") + 1
        path = "ord:orderSummary/ord:roundingDocument"
        references.changed(path, f"{exact:.2f}", f"{total:.2f}", "Celková částka dokladu")
        how = "up2one"
    row["ZaokrFV"] = ROUNDING[how][0]
    if currency.id is not None:
        row |= {"RefCM": currency.id, "CmKurs": float(currency.rate), "CmMnoz": currency.per}
        row |= {
            "Cm0": sum((line.amount.net for line in lines), Decimal(0)),
            "CmCelkem": total,
            "CmZaokr": total - exact,
        }
    row["KcCelkem"] = to_home(total, currency.rate, currency.per)
    row["KcZaokr"] = row["KcCelkem"] - sum((line.home.gross for line in lines), Decimal(0))
    return total
