"""The print reports of the unit for issued invoices: their ids, words and formats."""

from dataclasses import dataclass
from decimal import Decimal

CZECH, ENGLISH, SLOVAK = 1, 2, 3  # ids of the reports, as their properties in Pohoda show them


@dataclass(frozen=True)
class Report:
    """`titles` by kind of invoice; `words` for the labels; `currency` says CZK and EUR in the report's own way."""

    id: int
    name: str
    titles: dict[str, str]
    words: dict[str, str]
    signs: dict[str, str]
    thousands: str
    point: str
    day: str
    colour: tuple[float, float, float]

    def title(self, kind: str) -> str:
        return self.titles.get(kind, self.titles["issuedInvoice"])

    def money(self, value: Decimal, currency: str = "") -> str:
        """Two decimals in the report's format, with the currency where one is given."""
        text = f"{value:,.2f}".replace(",", "\x00").replace(".", self.point).replace("\x00", self.thousands)
        return f"{text} {self.signs.get(currency, currency)}" if currency else text

    def date(self, day: str) -> str:
        """An ISO day in the report's format."""
        year, month, date = day.split("-") if day else ("", "", "")
        return self.day.format(d=date, m=month, y=year) if day else ""


REPORTS = {
    CZECH: Report(
        id=CZECH,
        name="Faktura",
        titles={
            "issuedInvoice": "FAKTURA - DAŇOVÝ DOKLAD č.",
            "issuedAdvanceInvoice": "ZÁLOHOVÁ FAKTURA č.",
            "issuedProformaInvoice": "PROFORMA FAKTURA č.",
            "issuedCreditNotice": "DOBROPIS č.",
            "issuedCorrectiveTax": "OPRAVNÝ DAŇOVÝ DOKLAD č.",
        },
        words={
            "seller": "Dodavatel",
            "buyer": "Odběratel",
            "ico": "IČ",
            "dic": "DIČ",
            "symbol": "Variabilní symbol",
            "order": "Objednávka č.",
            "customer_order": "Vaše objednávka č.",
            "corrects": "K dokladu č.",
            "issued": "Datum vystavení",
            "taxed": "Datum uskutečnění plnění",
            "due": "Datum splatnosti",
            "payment": "Forma úhrady",
            "text": "Označení dodávky",
            "quantity": "Množství",
            "price": "J. cena",
            "line_total": "Celkem s DPH",
            "vat": "DPH",
            "base": "Základ",
            "recap": "Rekapitulace DPH v Kč",
            "rounding": "Zaokrouhlení",
            "total": "CELKEM K ÚHRADĚ",
            "rate": "Kurz",
            "cancelled": "STORNOVÁNO",
        },
        signs={"CZK": "Kč"},
        thousands=" ",
        point=",",
        day="{d}.{m}.{y}",
        colour=(0.1, 0.1, 0.1),
    ),
    ENGLISH: Report(
        id=ENGLISH,
        name="Faktura EN",
        titles={
            "issuedInvoice": "INVOICE No.",
            "issuedAdvanceInvoice": "ADVANCE INVOICE No.",
            "issuedProformaInvoice": "PROFORMA INVOICE No.",
            "issuedCreditNotice": "CREDIT NOTE No.",
            "issuedCorrectiveTax": "CORRECTIVE TAX DOCUMENT No.",
        },
        words={
            "seller": "Supplier",
            "buyer": "Customer",
            "ico": "Company ID",
            "dic": "VAT ID",
            "symbol": "Payment reference",
            "order": "Order No.",
            "customer_order": "Your order No.",
            "corrects": "Corrects document No.",
            "issued": "Date of issue",
            "taxed": "Date of supply",
            "due": "Due date",
            "payment": "Payment method",
            "text": "Description",
            "quantity": "Quantity",
            "price": "Unit price",
            "line_total": "Total incl. VAT",
            "vat": "VAT",
            "base": "Base",
            "recap": "VAT summary in CZK",
            "rounding": "Rounding",
            "total": "TOTAL",
            "rate": "Exchange rate",
            "cancelled": "CANCELLED",
        },
        signs={},
        thousands=",",
        point=".",
        day="{y}-{m}-{d}",
        colour=(0.05, 0.25, 0.5),
    ),
    SLOVAK: Report(
        id=SLOVAK,
        name="Faktura SK",
        titles={
            "issuedInvoice": "FAKTÚRA č.",
            "issuedAdvanceInvoice": "ZÁLOHOVÁ FAKTÚRA č.",
            "issuedProformaInvoice": "PROFORMA FAKTÚRA č.",
            "issuedCreditNotice": "DOBROPIS č.",
            "issuedCorrectiveTax": "OPRAVNÝ DAŇOVÝ DOKLAD č.",
        },
        words={
            "seller": "Dodávateľ",
            "buyer": "Odberateľ",
            "ico": "IČO",
            "dic": "DIČ",
            "symbol": "Variabilný symbol",
            "order": "Objednávka č.",
            "customer_order": "Vaša objednávka č.",
            "corrects": "K dokladu č.",
            "issued": "Dátum vystavenia",
            "taxed": "Dátum dodania",
            "due": "Dátum splatnosti",
            "payment": "Spôsob úhrady",
            "text": "Názov položky",
            "quantity": "Množstvo",
            "price": "Jedn. cena",
            "line_total": "Spolu s DPH",
            "vat": "DPH",
            "base": "Základ",
            "recap": "Rekapitulácia DPH v CZK",
            "rounding": "Zaokrúhlenie",
            "total": "SPOLU NA ÚHRADU",
            "rate": "Kurz",
            "cancelled": "STORNOVANÉ",
        },
        signs={"EUR": "€"},
        thousands="\N{NO-BREAK SPACE}",
        point=",",
        day="{d}.{m}.{y}",
        colour=(0.05, 0.4, 0.2),
    ),
}
