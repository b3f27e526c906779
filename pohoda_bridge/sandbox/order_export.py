"""One order as Pohoda exports it: ord:order with header, items, totals and linked documents."""

from decimal import Decimal

from pohoda_bridge.sandbox.amounts import HIGH, LOW, ROUNDING, THIRD
from pohoda_bridge.sandbox.database import Connection, Row, first, money_text, select
from pohoda_bridge.sandbox.envelope import Element, add
from pohoda_bridge.sandbox.external_ids import external_ids_of
from pohoda_bridge.sandbox.order_header import ADDRESS_COLUMNS, SHIP_TO_COLUMNS

ROUNDING_NAMES = {code: name for name, (code, _, _) in ROUNDING.items()}
RATE_NAMES = {0: "none", 1: "low", 2: "high", 3: "third"}
PERCENTS = {0: Decimal(0), 1: LOW, 2: HIGH, 3: THIRD}
BUCKETS = ((1, "Low", LOW), (2, "High", HIGH), (3, "3", THIRD))
FLAGS = (
    ("Vyrizeno", "isExecuted"),
    ("BDodano", "isDelivered"),
    ("Rezer", "isReserved"),
    ("TrvalyDok", "permanentDocument"),
    ("HistSzDPH", "histRate"),
    ("Sel", "markRecord"),
)
REFERENCES = (
    ("RelForUh", "paymentType", "sFormUh", "IDS"),
    ("RefStr", "centre", "sSTR", "IDS"),
    ("RefCin", "activity", "sCIN", "IDS"),
    ("RefDopravci", "carrier", "Dopravci", "IDS"),
)


class OrderExport:
    """Exports orders over one connection. `system`: whose external ids go along; restrictions as in the request."""

    def __init__(self, connection: Connection, system: str | None, *, documents: bool, parameters: bool) -> None:
        self.connection = connection
        self.system = system
        self.documents = documents
        self.parameters = parameters

    def add(self, parent: Element, order: Row) -> None:
        element = add(parent, "lst:order", version="2.0")
        items = select(self.connection, "SELECT * FROM OBJpol WHERE RefAg = ? ORDER BY OrderFld, ID", order["ID"])
        self._header(add(element, "ord:orderHeader"), order)
        if items:
            detail = add(element, "ord:orderDetail")
            for item in items:
                self._item(add(detail, "ord:orderItem"), item, order)
        self._summary(add(element, "ord:orderSummary"), order)
        if self.documents:
            self._links(element, order["ID"])

    def _header(self, header: Element, order: Row) -> None:
        received = order["RelTpObj"] == 1
        add(header, "ord:id", order["ID"])
        self._external_id(header, 11 if received else 12, order["ID"])
        add(header, "ord:orderType", "receivedOrder" if received else "issuedOrder")
        number = add(header, "ord:number")
        if order["RelCR"]:
            add(number, "typ:id", order["RelCR"])
        add(number, "typ:numberRequested", order["Cislo"])
        for column, name in (("PDoklad", "numberOrder"), ("SText", "text"), ("Pozn", "note"), ("Pozn2", "intNote")):
            if order[column]:
                add(header, f"ord:{name}", order[column])
        for column, name in (("Datum", "date"), ("DatOd", "dateFrom"), ("DatDo", "dateTo")):
            if order[column]:
                add(header, f"ord:{name}", order[column][:10])
        if order["DatStorn"]:
            add(header, "ord:storno", "cancelledDocument")
            add(header, "ord:dateCancellation", order["DatStorn"][:10])
        self._partner(add(header, "ord:partnerIdentity"), order)
        for column, name, table, key in REFERENCES:
            self._reference(header, f"ord:{name}", table, key, order[column])
        if order["CenyIDS"]:
            add(add(header, "ord:priceLevel"), "typ:ids", order["CenyIDS"])
        for column, name in FLAGS:
            add(header, f"ord:{name}", "true" if order[column] else "false")
        for column, name in (
            ("DICRegDPHEU", "regVATinEU"),
            ("MOSS", "MOSS"),
            ("MOSSDukaz", "evidentiaryResourcesMOSS"),
        ):
            if order[column]:
                add(add(header, f"ord:{name}"), "typ:ids", order[column])
        if order["Labels"]:
            labels = add(header, "ord:labels")
            for label in order["Labels"].split(", ")[:10]:
                add(add(labels, "typ:label"), "typ:ids", label)
        if self.parameters:
            self._user_fields(header, order)

    def _external_id(self, header: Element, agenda: int, order_id: int) -> None:
        for external in external_ids_of(self.connection, agenda, order_id):
            if external.system == self.system:
                element = add(header, "ord:extId")
                add(element, "typ:ids", external.ids)
                add(element, "typ:exSystemName", external.system)
                if external.text:
                    add(element, "typ:exSystemText", external.text)
                return

    def _partner(self, partner: Element, order: Row) -> None:
        if order["RefAD"]:
            add(partner, "typ:id", order["RefAD"])
        address = add(partner, "typ:address")
        self._address(address, order, ADDRESS_COLUMNS, order["RefZeme"])
        if any(order[column] for column in SHIP_TO_COLUMNS.values()) or order["RefZeme2"]:
            self._address(add(partner, "typ:shipToAddress"), order, SHIP_TO_COLUMNS, order["RefZeme2"])

    def _address(self, address: Element, order: Row, columns: dict[str, str], country: int | None) -> None:
        for name, column in columns.items():
            if order[column]:
                add(address, f"typ:{name}", order[column])
        self._reference(address, "typ:country", "sZeme", "IDS", country)

    def _reference(self, parent: Element, name: str, table: str, column: str, row_id: int | None) -> None:
        row = first(self.connection, f"SELECT * FROM {table} WHERE ID = ?", row_id) if row_id else None  # noqa: S608
        if row:
            element = add(parent, name)
            add(element, "typ:id", row["ID"])
            add(element, "typ:ids", row[column])

    def _user_fields(self, header: Element, order: Row) -> None:
        present = {name: value for name, value in order.items() if name.startswith("VPr") and value is not None}
        if not present:
            return
        parameters = add(header, "ord:parameters")
        for name, value in present.items():
            parameter = add(parameters, "typ:parameter")
            add(parameter, "typ:name", name[:16])
            kind = first(self.connection, "SELECT RelTyp FROM sVPpol WHERE Nazev = ?", name)
            if kind and kind["RelTyp"] == 4:
                add(parameter, "typ:booleanValue", "true" if int(value) else "false")
            else:
                add(parameter, "typ:textValue", value)

    def _item(self, element: Element, item: Row, order: Row) -> None:
        add(element, "ord:id", item["ID"])
        for column, name in (("SText", "text"), ("MJ", "unit"), ("Pozn", "note"), ("Kod", "code")):
            if item[column]:
                add(element, f"ord:{name}", item[column])
        for column, name in (("Mnozstvi", "quantity"), ("Dodano", "delivered"), ("Sleva", "discountPercentage")):
            add(element, f"ord:{name}", _number(item[column]))
        add(element, "ord:coefficient", _number(item["MJKoef"] or 1))
        add(element, "ord:payVAT", "true" if item["SDph"] else "false")
        kind, historical = item["RelSzDPH"] or 0, item["RelSzDPH"] == 4
        percent = Decimal(str(item["ProcentoDPH"] or 0)) if historical else PERCENTS[kind]
        rate = "historyHigh" if historical else RATE_NAMES[kind]
        add(element, "ord:rateVAT", rate, value=_number(float(percent)))
        if historical:
            add(element, "ord:percentVAT", _number(float(percent)))
        _prices(add(element, "ord:homeCurrency"), item["KcJedn"], item["Kc"], item["KcDPH"])
        if order["RefCM"]:
            _prices(add(element, "ord:foreignCurrency"), item["CmJedn"], item["Cm"], item["CmDPH"])
        if item["MOSSDruh"]:
            add(add(element, "ord:typeServiceMOSS"), "typ:ids", item["MOSSDruh"])
        if item["RefSKz"]:
            self._card(element, item["RefSKz"])

    def _card(self, element: Element, card_id: int) -> None:
        card = first(self.connection, "SELECT * FROM SKz WHERE ID = ?", card_id)
        if card is None:
            return
        stock = add(element, "ord:stockItem")
        self._reference(stock, "typ:store", "sSklad", "IDS", card["RefSklad"])
        reference = add(stock, "typ:stockItem")
        for name, value in (("id", card["ID"]), ("ids", card["IDS"]), ("EAN", card["EAN"]), ("PLU", card["PLU"])):
            if value:
                add(reference, f"typ:{name}", value)

    def _summary(self, summary: Element, order: Row) -> None:
        add(summary, "ord:roundingDocument", ROUNDING_NAMES.get(order["ZaokrFV"] or 0, "none"))
        add(summary, "ord:roundingVAT", "none")
        home = add(summary, "ord:homeCurrency")
        add(home, "typ:priceNone", _money(order["Kc0"]))
        for bucket, name, percent in BUCKETS:
            net, vat = order[f"Kc{bucket}"] or Decimal(0), order[f"KcDPH{bucket}"] or Decimal(0)
            add(home, f"typ:price{name}", _money(net))
            add(home, f"typ:price{name}VAT", _money(vat), rate=str(percent))
            add(home, f"typ:price{name}Sum", _money(net + vat))
        add(add(home, "typ:round"), "typ:priceRound", _money(order["KcZaokr"]))
        if order["RefCM"]:
            foreign = add(summary, "ord:foreignCurrency")
            self._reference(foreign, "typ:currency", "sCMeny", "Kod", order["RefCM"])
            add(foreign, "typ:rate", _number(order["CmKurs"]))
            add(foreign, "typ:amount", order["CmMnoz"] or 1)
            add(foreign, "typ:priceSum", _money(order["CmCelkem"]))
            add(add(foreign, "typ:round"), "typ:priceRound", _money(order["CmZaokr"]))

    def _links(self, element: Element, order_id: int) -> None:
        links = linked_documents(self.connection, order_id)
        if not links:
            return
        block = add(element, "ord:linkedDocuments")
        for agenda, identifier, number in links:
            link = add(block, "typ:link")
            add(link, "typ:sourceAgenda", agenda)
            source = add(link, "typ:sourceDocument")
            add(source, "typ:id", identifier)
            add(source, "typ:number", number)


def linked_documents(connection: Connection, order_id: int) -> list[tuple[str, int, str]]:
    """Agenda, ID and number of the invoices, issue slips and shipments made from an order's items."""
    links: list[tuple[str, int, str]] = []
    for agenda, head, items in (("issuedInvoice", "FA", "FApol"), ("issueSlip", "SKPV", "SKPVpol")):
        made = select(
            connection,
            f"SELECT DISTINCT d.ID, d.Cislo FROM {items} i JOIN {head} d ON i.RefAg = d.ID"  # noqa: S608 - fixed names
            " JOIN OBJpol o ON i.RefPol = o.ID WHERE i.RelAgID = 11 AND o.RefAg = ? ORDER BY d.ID",
            order_id,
        )
        links += [(agenda, row["ID"], row["Cislo"]) for row in made]
    for agenda, number in (("issuedInvoice", 2), ("issueSlip", 7)):
        for identifier in [link[1] for link in links if link[0] == agenda]:
            sent = select(
                connection,
                "SELECT ID, Cislo FROM Zasilky WHERE RelAg = ? AND RelID = ? ORDER BY ID",
                number,
                identifier,
            )
            links += [("shipments", row["ID"], row["Cislo"]) for row in sent]
    return links


def _prices(element: Element, unit: Decimal | None, net: Decimal | None, vat: Decimal | None) -> None:
    add(element, "typ:unitPrice", _money(unit))
    add(element, "typ:price", _money(net))
    add(element, "typ:priceVAT", _money(vat))
    add(element, "typ:priceSum", _money((net or Decimal(0)) + (vat or Decimal(0))))


def _money(value: Decimal | None) -> str:
    return money_text(value or Decimal(0))


def _number(value: float | None) -> str:
    return format(Decimal(str(value or 0)).normalize(), "f")
