"""Drawing an invoice: an A4 PDF with text that can be selected and searched."""

import io

from reportlab.lib.pagesizes import A4  # type: ignore[import-untyped]
from reportlab.pdfgen.canvas import Canvas  # type: ignore[import-untyped]

from pohoda_bridge.sandbox.document_export import number_text
from pohoda_bridge.sandbox.envelope import storable
from pohoda_bridge.sandbox.invoice_reports import Report
from pohoda_bridge.sandbox.invoice_sheet import InvoiceSheet, SheetLine
from pohoda_bridge.sandbox.pdf_fonts import BOLD, PLAIN, draw_text

LEFT, RIGHT, MIDDLE = 40.0, A4[0] - 40.0, A4[0] / 2 + 10
TOP, BOTTOM = A4[1] - 50.0, 70.0
COLUMNS = {"quantity": 330.0, "price": 410.0, "vat": 450.0, "line_total": RIGHT}  # right edges
LINE = 14.0
LONGEST_TEXT = 54  # characters of an item's text that fit before the next column


def draw_invoice(sheet: InvoiceSheet, report: Report) -> bytes:
    """The PDF; the same sheet and report give the same bytes."""
    file = io.BytesIO()
    drawing = _Drawing(Canvas(file, pagesize=A4, invariant=1, pageCompression=1), sheet, report)
    drawing.draw()
    return file.getvalue()


class _Drawing:
    """One document being drawn from the top down; `y` is where the next line stands."""

    def __init__(self, canvas: Canvas, sheet: InvoiceSheet, report: Report) -> None:
        self.canvas = canvas
        self.sheet = sheet
        self.report = report
        self.y = TOP

    def draw(self) -> None:
        self.canvas.setTitle(f"{self.report.name} {self.sheet.number}")
        self.canvas.setAuthor(self.sheet.seller[0])
        self._head()
        self._parties()
        self._facts()
        self._items()
        self._summary()
        self.canvas.showPage()
        self.canvas.save()

    def _text(self, x: float, text: str, *, bold: bool = False, size: float = 9.0, right: bool = False) -> None:
        draw_text(self.canvas, x, self.y, storable(text), BOLD if bold else PLAIN, size, right=right)

    def _down(self, by: float = LINE) -> None:
        self.y -= by
        if self.y < BOTTOM:
            self.canvas.showPage()
            self.y = TOP

    def _rule(self) -> None:
        self.canvas.setStrokeColorRGB(*self.report.colour)
        self.canvas.line(LEFT, self.y + LINE - 3, RIGHT, self.y + LINE - 3)

    def _head(self) -> None:
        self.canvas.setFillColorRGB(*self.report.colour)
        self._text(LEFT, f"{self.report.title(self.sheet.kind)} {self.sheet.number}", bold=True, size=15)
        if self.sheet.cancelled:
            self._text(RIGHT, self.report.words["cancelled"], bold=True, size=15, right=True)
        self.canvas.setFillColorRGB(0, 0, 0)
        self._down(28)

    def _parties(self) -> None:
        words, sheet = self.report.words, self.sheet
        self._rule()
        seller = [*sheet.seller, f"{words['ico']}: {sheet.seller_ico}", f"{words['dic']}: {sheet.seller_dic}"]
        buyer = list(sheet.buyer)
        buyer += [
            f"{words[name]}: {value}" for name, value in (("ico", sheet.buyer_ico), ("dic", sheet.buyer_dic)) if value
        ]
        self._text(LEFT, words["seller"], bold=True)
        self._text(MIDDLE, words["buyer"], bold=True)
        self._down()
        for row in range(max(len(seller), len(buyer))):
            for x, lines in ((LEFT, seller), (MIDDLE, buyer)):
                if row < len(lines):
                    self._text(x, lines[row], bold=row == 0)
            self._down()
        self._down(6)

    def _facts(self) -> None:
        sheet, report = self.sheet, self.report
        self._rule()
        facts = [("symbol", sheet.symbol), ("issued", report.date(sheet.issued_on))]
        facts += [("taxed", report.date(sheet.taxed_on)), ("due", report.date(sheet.due_on))]
        facts += [("payment", sheet.payment), ("order", ", ".join(sheet.orders))]
        facts += [("customer_order", sheet.customer_order), ("corrects", sheet.corrects)]
        if sheet.rate is not None:
            facts.append(("rate", f"{sheet.per} {sheet.currency} = {number_text(float(sheet.rate))} CZK"))
        for name, value in facts:
            if value:
                self._text(LEFT, f"{report.words[name]}:")
                self._text(LEFT + 140, value, bold=True)
                self._down()
        self._down(6)

    def _items(self) -> None:
        words = self.report.words
        self._rule()
        self._text(LEFT, words["text"], bold=True)
        for name, edge in COLUMNS.items():
            self._text(edge, words[name], bold=True, right=True)
        self._down()
        for line in self.sheet.lines:
            self._item(line)
        self._down(6)

    def _item(self, line: SheetLine) -> None:
        self._text(LEFT, line.text[:LONGEST_TEXT], size=8)
        cells = {
            "quantity": f"{number_text(float(line.quantity))} {line.unit}".strip(),
            "price": self.report.money(line.unit_price),
            "vat": f"{number_text(float(line.percent))} %",
            "line_total": self.report.money(line.total),
        }
        for name, text in cells.items():
            self._text(COLUMNS[name], text, size=8, right=True)
        self._down()

    def _summary(self) -> None:
        report, sheet = self.report, self.sheet
        self._rule()
        self._text(LEFT, report.words["recap"], bold=True)
        self._text(COLUMNS["quantity"], report.words["base"], bold=True, right=True)
        self._text(COLUMNS["price"], report.words["vat"], bold=True, right=True)
        self._down()
        for row in sheet.vat:
            self._text(LEFT, f"{number_text(float(row.percent))} %")
            self._text(COLUMNS["quantity"], report.money(row.base), right=True)
            self._text(COLUMNS["price"], report.money(row.vat), right=True)
            self._down()
        if sheet.rounding:
            self._text(LEFT, report.words["rounding"])
            self._text(RIGHT, report.money(sheet.rounding), right=True)
            self._down()
        self._down(10)
        self._text(LEFT, report.words["total"], bold=True, size=13)
        self._text(RIGHT, report.money(sheet.total, sheet.currency), bold=True, size=13, right=True)
