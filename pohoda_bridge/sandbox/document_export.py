"""What exported orders, invoices and issue slips have in common: parties, items, totals, links, user fields."""

from decimal import Decimal

from pohoda_bridge.sandbox.amounts import HIGH, LOW, ROUNDING, THIRD
from pohoda_bridge.sandbox.database import Connection, Row, first, money_text, select
from pohoda_bridge.sandbox.envelope import Element, add
from pohoda_bridge.sandbox.external_ids import external_ids_of
from pohoda_bridge.sandbox.links import Link
from pohoda_bridge.sandbox.order_header import ADDRESS_COLUMNS, SHIP_TO_COLUMNS

ROUNDING_NAMES = {code: name for name, (code, _, _) in ROUNDING.items()}
RATE_NAMES = {0: "none", 1: "low", 2: "high", 3: "third"}
PERCENTS = {0: Decimal(0), 1: LOW, 2: HIGH, 3: THIRD}
BUCKETS = ((1, "Low", LOW), (2, "High", HIGH), (3, "3", THIRD))
CODE_LISTS = (
    ("RelForUh", "paymentType", "sFormUh"),
    ("RefStr", "centre", "sSTR"),
    ("RefCin", "activity", "sCIN"),
    ("RefDopravci", "carrier", "Dopravci"),
)
OSS_FIELDS = (("DICRegDPHEU", "regVATinEU"), ("MOSS", "MOSS"), ("MOSSDukaz", "evidentiaryResourcesMOSS"))
TYPED_FIELDS = {2: "currencyValue", 3: "numberValue", 5: "integerValue"}  # sVPpol.RelTyp; 4 is a yes or no
BOOLEAN_FIELD = 4


class DocumentExport:
    """Exports documents of one agenda over one connection.

    `system`: whose external ids go along; the restrictions are those of the request.
    """

    prefix = ""  # of the document's own namespace

    def __init__(
        self,
        connection: Connection,
        system: str | None,
        *,
        documents: bool = True,
        parameters: bool = True,
        liquidations: bool = False,
    ) -> None:
        self.connection = connection
        self.system = system
        self.documents = documents
        self.parameters = parameters
        self.liquidations = liquidations
        self._listed: dict[tuple[str, int], Row | None] = {}

    def put(self, parent: Element, name: str, text: object = None, /, **attributes: str) -> Element:
        """A child in the document's own namespace."""
        return add(parent, f"{self.prefix}:{name}", text, **attributes)

    def number(self, header: Element, row: Row) -> None:
        number = self.put(header, "number")
        if row["RelCR"]:
            add(number, "typ:id", row["RelCR"])
        add(number, "typ:numberRequested", row["Cislo"])

    def external_id(self, header: Element, agenda: int, row_id: int) -> None:
        for external in external_ids_of(self.connection, agenda, row_id):
            if external.system == self.system:
                element = self.put(header, "extId")
                add(element, "typ:ids", external.ids)
                add(element, "typ:exSystemName", external.system)
                if external.text:
                    add(element, "typ:exSystemText", external.text)
                return

    def texts(self, header: Element, row: Row, names: tuple[tuple[str, str], ...]) -> None:
        for column, name in names:
            if row[column]:
                self.put(header, name, row[column])

    def days(self, header: Element, row: Row, names: tuple[tuple[str, str], ...]) -> None:
        for column, name in names:
            if row[column]:
                self.put(header, name, row[column][:10])

    def flags(self, header: Element, row: Row, names: tuple[tuple[str, str], ...]) -> None:
        for column, name in names:
            self.put(header, name, "true" if row[column] else "false")

    def partner(self, header: Element, row: Row) -> None:
        partner = self.put(header, "partnerIdentity")
        if row["RefAD"]:
            add(partner, "typ:id", row["RefAD"])
        self._address(add(partner, "typ:address"), row, ADDRESS_COLUMNS, row["RefZeme"])
        if any(row[column] for column in SHIP_TO_COLUMNS.values()) or row["RefZeme2"]:
            self._address(add(partner, "typ:shipToAddress"), row, SHIP_TO_COLUMNS, row["RefZeme2"])

    def _address(self, address: Element, row: Row, columns: dict[str, str], country: int | None) -> None:
        for name, column in columns.items():
            if row[column]:
                add(address, f"typ:{name}", row[column])
        self.reference(address, "typ:country", "sZeme", "IDS", country)

    def code_lists(self, header: Element, row: Row) -> None:
        """References into the unit's code lists, OSS data and labels."""
        for column, name, table in CODE_LISTS:
            self.reference(header, f"{self.prefix}:{name}", table, "IDS", row[column])
        if row["CenyIDS"]:
            add(self.put(header, "priceLevel"), "typ:ids", row["CenyIDS"])
        for column, name in OSS_FIELDS:
            if row[column]:
                add(self.put(header, name), "typ:ids", row[column])
        if row["Labels"]:
            labels = self.put(header, "labels")
            for label in row["Labels"].split(", ")[:10]:
                add(add(labels, "typ:label"), "typ:ids", label)

    def reference(self, parent: Element, name: str, table: str, column: str, row_id: int | None) -> None:
        row = self._row(table, row_id) if row_id else None
        if row:
            element = add(parent, name)
            add(element, "typ:id", row["ID"])
            add(element, "typ:ids", row[column])

    def _row(self, table: str, row_id: int) -> Row | None:
        """A row of a code list; each is read once for a whole list."""
        if (table, row_id) not in self._listed:
            sql = f"SELECT * FROM {table} WHERE ID = ?"  # noqa: S608 - table is a constant
            self._listed[table, row_id] = first(self.connection, sql, row_id)
        return self._listed[table, row_id]

    def user_fields(self, header: Element, row: Row) -> None:
        if self.parameters:
            add_user_fields(self.connection, header, f"{self.prefix}:parameters", row)

    def item(self, element: Element, item: Row, foreign: bool) -> None:
        """A line; `foreign`: the document has a currency of its own."""
        self.put(element, "id", item["ID"])
        self.texts(element, item, (("SText", "text"), ("MJ", "unit"), ("Pozn", "note"), ("Kod", "code")))
        self.put(element, "quantity", number_text(item["Mnozstvi"]))
        self.put(element, "discountPercentage", number_text(item["Sleva"]))
        self.put(element, "coefficient", number_text(item["MJKoef"] or 1))
        self.put(element, "payVAT", "true" if item["SDph"] else "false")
        kind, historical = item["RelSzDPH"] or 0, item["RelSzDPH"] == 4
        percent = Decimal(str(item["ProcentoDPH"] or 0)) if historical else PERCENTS[kind]
        rate = "historyHigh" if historical else RATE_NAMES[kind]
        self.put(element, "rateVAT", rate, value=number_text(float(percent)))
        if historical:
            self.put(element, "percentVAT", number_text(float(percent)))
        _prices(self.put(element, "homeCurrency"), item["KcJedn"], item["Kc"], item["KcDPH"])
        if foreign:
            _prices(self.put(element, "foreignCurrency"), item["CmJedn"], item["Cm"], item["CmDPH"])
        if item["MOSSDruh"]:
            add(self.put(element, "typeServiceMOSS"), "typ:ids", item["MOSSDruh"])
        if item["RefSKz"]:
            self._card(element, item["RefSKz"])

    def _card(self, element: Element, card_id: int) -> None:
        card = self._row("SKz", card_id)
        if card is None:
            return
        stock = self.put(element, "stockItem")
        self.reference(stock, "typ:store", "sSklad", "IDS", card["RefSklad"])
        reference = add(stock, "typ:stockItem")
        for name, value in (("id", card["ID"]), ("ids", card["IDS"]), ("EAN", card["EAN"]), ("PLU", card["PLU"])):
            if value:
                add(reference, f"typ:{name}", value)

    def items_of(self, table: str, document_id: int) -> list[Row]:
        sql = f"SELECT * FROM {table} WHERE RefAg = ? ORDER BY OrderFld, ID"  # noqa: S608 - table is a constant
        return select(self.connection, sql, document_id)

    def summary(self, summary: Element, row: Row) -> None:
        self.put(summary, "roundingDocument", ROUNDING_NAMES.get(row["ZaokrFV"] or 0, "none"))
        self.put(summary, "roundingVAT", "none")
        home = self.put(summary, "homeCurrency")
        add(home, "typ:priceNone", _money(row["Kc0"]))
        for bucket, name, percent in BUCKETS:
            net, vat = row[f"Kc{bucket}"] or Decimal(0), row[f"KcDPH{bucket}"] or Decimal(0)
            add(home, f"typ:price{name}", _money(net))
            add(home, f"typ:price{name}VAT", _money(vat), rate=str(percent))
            add(home, f"typ:price{name}Sum", _money(net + vat))
        add(add(home, "typ:round"), "typ:priceRound", _money(row["KcZaokr"]))
        if row["RefCM"]:
            foreign = self.put(summary, "foreignCurrency")
            self.reference(foreign, "typ:currency", "sCMeny", "Kod", row["RefCM"])
            add(foreign, "typ:rate", number_text(row["CmKurs"]))
            add(foreign, "typ:amount", row["CmMnoz"] or 1)
            add(foreign, "typ:priceSum", _money(row["CmCelkem"]))
            add(add(foreign, "typ:round"), "typ:priceRound", _money(row["CmZaokr"]))

    def links(self, element: Element, links: list[Link]) -> None:
        if not self.documents or not links:
            return
        block = self.put(element, "linkedDocuments")
        for agenda, identifier, number in links:
            link = add(block, "typ:link")
            add(link, "typ:sourceAgenda", agenda)
            source = add(link, "typ:sourceDocument")
            add(source, "typ:id", identifier)
            add(source, "typ:number", number)


def add_user_fields(connection: Connection, parent: Element, name: str, row: Row) -> None:
    """Filled user fields (columns VPr...) of a row as `typ:parameter`s; nothing where there are none."""
    present = {column: value for column, value in row.items() if column.startswith("VPr") and value is not None}
    if not present:
        return
    parameters = add(parent, name)
    for column, value in present.items():
        parameter = add(parameters, "typ:parameter")
        add(parameter, "typ:name", column[:16])
        kind = first(connection, "SELECT RelTyp FROM sVPpol WHERE Nazev = ?", column)
        if kind and kind["RelTyp"] == BOOLEAN_FIELD:
            add(parameter, "typ:booleanValue", "true" if int(value) else "false")
        else:
            add(parameter, f"typ:{TYPED_FIELDS.get(kind['RelTyp'] if kind else 1, 'textValue')}", value)


def number_text(value: float | None) -> str:
    """A quantity or rate in plain digits."""
    return format(Decimal(str(value or 0)).normalize(), "f")


def _prices(element: Element, unit: Decimal | None, net: Decimal | None, vat: Decimal | None) -> None:
    add(element, "typ:unitPrice", _money(unit))
    add(element, "typ:price", _money(net))
    add(element, "typ:priceVAT", _money(vat))
    add(element, "typ:priceSum", _money((net or Decimal(0)) + (vat or Decimal(0))))


def _money(value: Decimal | None) -> str:
    return money_text(value or Decimal(0))
