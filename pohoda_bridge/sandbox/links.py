"""Which documents were made from which: the links that exports name and that the control routes show."""

from pohoda_bridge.sandbox.database import Connection, select

ORDERS, INVOICES, ADVANCES, SLIPS = 11, 2, 43, 7  # numbers of the agendas (RelAgID)
INVOICE_KINDS = {  # invoiceType -> RelTpFak; 1, 4, 5 and 8 are Pohoda's, the others are this unit's
    "issuedInvoice": 1,
    "issuedCreditNotice": 2,
    "issuedDebitNote": 3,
    "issuedAdvanceInvoice": 4,
    "receivable": 5,
    "issuedProformaInvoice": 6,
    "penalty": 7,
    "issuedCorrectiveTax": 8,
}
KIND_NAMES = {code: name for name, code in INVOICE_KINDS.items()}
ADVANCE_KINDS = frozenset({4, 6})
Link = tuple[str, int, str]  # agenda, ID, number


def invoice_agenda(kind: int) -> int:
    """Advance and proforma invoices have an agenda of their own."""
    return ADVANCES if kind in ADVANCE_KINDS else INVOICES


def links_of_order(connection: Connection, order_id: int) -> list[Link]:
    """Invoices, issue slips and shipments made from an order's items."""
    links = _invoices(
        connection,
        "SELECT DISTINCT d.ID, d.Cislo, d.RelTpFak FROM FApol i JOIN FA d ON i.RefAg = d.ID"
        " JOIN OBJpol o ON i.RefPol = o.ID WHERE i.RelAgID = 11 AND o.RefAg = ? ORDER BY d.ID",
        order_id,
    )
    links += _documents(
        connection,
        "issueSlip",
        "SELECT DISTINCT d.ID, d.Cislo FROM SKPVpol i JOIN SKPV d ON i.RefAg = d.ID"
        " JOIN OBJpol o ON i.RefPol = o.ID WHERE i.RelAgID = 11 AND o.RefAg = ? ORDER BY d.ID",
        order_id,
    )
    return links + [
        link for agenda, row_id, _ in list(links) for link in _shipments(connection, AGENDA_NUMBERS[agenda], row_id)
    ]


def links_of_invoice(connection: Connection, invoice_id: int) -> list[Link]:
    """Orders and issue slips an invoice was made from, and its shipments."""
    links = _documents(
        connection,
        "receivedOrder",
        "SELECT DISTINCT d.ID, d.Cislo FROM FApol i JOIN OBJpol o ON i.RefPol = o.ID JOIN OBJ d ON o.RefAg = d.ID"
        " WHERE i.RelAgID = 11 AND i.RefAg = ? ORDER BY d.ID",
        invoice_id,
    )
    links += _documents(
        connection,
        "issueSlip",
        "SELECT DISTINCT d.ID, d.Cislo FROM FApol i JOIN RefPolToPol r ON r.RelAgID = 2 AND r.RefPol = i.ID"
        " JOIN SKPVpol s ON r.RelAgID1 = 7 AND r.RefPol1 = s.ID JOIN SKPV d ON s.RefAg = d.ID"
        " WHERE i.RefAg = ? ORDER BY d.ID",
        invoice_id,
    )
    return links + _shipments(connection, INVOICES, invoice_id)


def links_of_slip(connection: Connection, slip_id: int) -> list[Link]:
    """Orders a slip was made from, invoices made over it, and its shipments."""
    links = _documents(
        connection,
        "receivedOrder",
        "SELECT DISTINCT d.ID, d.Cislo FROM SKPVpol i JOIN OBJpol o ON i.RefPol = o.ID JOIN OBJ d ON o.RefAg = d.ID"
        " WHERE i.RelAgID = 11 AND i.RefAg = ? ORDER BY d.ID",
        slip_id,
    )
    links += _invoices(
        connection,
        "SELECT DISTINCT d.ID, d.Cislo, d.RelTpFak FROM SKPVpol s JOIN RefPolToPol r ON r.RelAgID1 = 7"
        " AND r.RefPol1 = s.ID JOIN FApol i ON r.RelAgID = 2 AND r.RefPol = i.ID JOIN FA d ON i.RefAg = d.ID"
        " WHERE s.RefAg = ? ORDER BY d.ID",
        slip_id,
    )
    return links + _shipments(connection, SLIPS, slip_id)


AGENDA_NUMBERS = {"issuedInvoice": INVOICES, "issuedAdvanceInvoice": ADVANCES, "issueSlip": SLIPS}


def _documents(connection: Connection, agenda: str, sql: str, row_id: int) -> list[Link]:
    return [(agenda, row["ID"], row["Cislo"]) for row in select(connection, sql, row_id)]


def _invoices(connection: Connection, sql: str, row_id: int) -> list[Link]:
    return [
        ("issuedAdvanceInvoice" if row["RelTpFak"] in ADVANCE_KINDS else "issuedInvoice", row["ID"], row["Cislo"])
        for row in select(connection, sql, row_id)
    ]


def _shipments(connection: Connection, agenda: int, row_id: int) -> list[Link]:
    sql = "SELECT ID, Cislo FROM Zasilky WHERE RelAg = ? AND RelID = ? ORDER BY ID"
    return [("shipments", row["ID"], row["Cislo"]) for row in select(connection, sql, agenda, row_id)]
