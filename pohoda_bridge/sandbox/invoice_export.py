"""One invoice as Pohoda exports it: inv:invoice with header, items, totals, linked documents and payments."""

from decimal import Decimal

from pohoda_bridge.sandbox.database import Row, first, money_text, select
from pohoda_bridge.sandbox.document_export import DocumentExport
from pohoda_bridge.sandbox.envelope import Element, add
from pohoda_bridge.sandbox.links import KIND_NAMES, invoice_agenda, links_of_invoice

TEXTS = (
    ("VarSym", "symVar"),
    ("PDoklad", "originalDocument"),
    ("ParSym", "symPar"),
    ("SText", "text"),
    ("CisloObj", "numberOrder"),
    ("Pozn", "note"),
    ("Pozn2", "intNote"),
)
DAYS = (
    ("Datum", "date"),
    ("DatZdPln", "dateTax"),
    ("DatUcP", "dateAccounting"),
    ("DatSplat", "dateDue"),
    ("DatObj", "dateOrder"),
)


class InvoiceExport(DocumentExport):
    """Exports issued invoices of any kind."""

    prefix = "inv"

    def add(self, parent: Element, invoice: Row) -> None:
        element = add(parent, "lst:invoice", version="2.0")
        self._header(add(element, "inv:invoiceHeader"), invoice)
        if items := self.items_of("FApol", invoice["ID"]):
            detail = add(element, "inv:invoiceDetail")
            for item in items:
                self.item(add(detail, "inv:invoiceItem"), item, bool(invoice["RefCM"]))
        self.summary(add(element, "inv:invoiceSummary"), invoice)
        if self.documents:
            self.links(element, links_of_invoice(self.connection, invoice["ID"]))
        if self.liquidations:
            self._payments(element, invoice)

    def _header(self, header: Element, invoice: Row) -> None:
        kind = invoice["RelTpFak"]
        add(header, "inv:id", invoice["ID"])
        self.external_id(header, invoice_agenda(kind), invoice["ID"])
        add(header, "inv:invoiceType", KIND_NAMES[kind])
        if invoice["RelStorn"]:
            add(header, "inv:storno", "cancelDocument" if invoice["TpStorn"] else "cancelledDocument")
        self.number(header, invoice)
        self.texts(header, invoice, TEXTS)
        self.days(header, invoice, DAYS)
        self.partner(header, invoice)
        self._seller(header)
        self.code_lists(header, invoice)
        self._liquidation(header, invoice)
        self.flags(header, invoice, (("HistSzDPH", "histRate"), ("Sel", "markRecord")))
        self.user_fields(header, invoice)

    def _seller(self, header: Element) -> None:
        unit = first(self.connection, "SELECT * FROM sKonfig ORDER BY ID LIMIT 1")
        if unit is None:
            return
        address = add(add(header, "inv:myIdentity"), "typ:address")
        for column, name in (
            ("Firma", "company"),
            ("Obec", "city"),
            ("Ulice", "street"),
            ("CP", "number"),
            ("PSC", "zip"),
            ("ICO", "ico"),
            ("DIC", "dic"),
        ):
            if unit[column]:
                add(address, f"typ:{name}", unit[column])

    def _liquidation(self, header: Element, invoice: Row) -> None:
        """The day it was settled; what is left to pay is there only while something is."""
        left, foreign = invoice["KcLikv"] or Decimal(0), invoice["CmLikv"] or Decimal(0)
        if not invoice["DatLikv"] and not left:
            return
        element = add(header, "inv:liquidation")
        if invoice["DatLikv"]:
            add(element, "typ:date", invoice["DatLikv"][:10])
        if left:
            add(element, "typ:amountHome", money_text(left))
            if invoice["RefCM"]:
                add(element, "typ:amountForeign", money_text(foreign))

    def _payments(self, element: Element, invoice: Row) -> None:
        agenda = invoice_agenda(invoice["RelTpFak"])
        paid = select(
            self.connection, "SELECT * FROM Uhrady WHERE RelAgH = ? AND RelIDH = ? ORDER BY ID", agenda, invoice["ID"]
        )
        if not paid:
            return
        block = add(element, "inv:liquidations")
        for payment in paid:
            line = add(block, "typ:liquidation")
            add(line, "typ:id", payment["ID"])
            add(line, "typ:date", payment["DatumU"][:10])
            add(line, "typ:sourceAgenda", "bank")
            add(add(line, "typ:sourceDocument"), "typ:number", payment["CisloU"])
            add(line, "typ:amount", money_text(payment["KcU"] or Decimal(0)))
            for name, column in (("foreignCurrencyAmount", "CmH"), ("foreignCurrencySource", "CmU")):
                add(line, f"typ:{name}", money_text(payment[column] or Decimal(0)))
