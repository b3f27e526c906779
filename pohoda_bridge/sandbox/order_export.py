"""One order as Pohoda exports it: ord:order with header, items, totals and linked documents."""

from pohoda_bridge.sandbox.database import Row
from pohoda_bridge.sandbox.document_export import DocumentExport, number_text
from pohoda_bridge.sandbox.envelope import Element, add
from pohoda_bridge.sandbox.links import links_of_order

FLAGS = (
    ("Vyrizeno", "isExecuted"),
    ("BDodano", "isDelivered"),
    ("Rezer", "isReserved"),
    ("TrvalyDok", "permanentDocument"),
    ("HistSzDPH", "histRate"),
    ("Sel", "markRecord"),
)


class OrderExport(DocumentExport):
    """Exports received and issued orders."""

    prefix = "ord"

    def add(self, parent: Element, order: Row) -> None:
        element = add(parent, "lst:order", version="2.0")
        self._header(add(element, "ord:orderHeader"), order)
        if items := self.items_of("OBJpol", order["ID"]):
            detail = add(element, "ord:orderDetail")
            for item in items:
                line = add(detail, "ord:orderItem")
                self.item(line, item, bool(order["RefCM"]))
                add(line, "ord:delivered", number_text(item["Dodano"]))
        self.summary(add(element, "ord:orderSummary"), order)
        if self.documents:
            self.links(element, links_of_order(self.connection, order["ID"]))

    def _header(self, header: Element, order: Row) -> None:
        received = order["RelTpObj"] == 1
        add(header, "ord:id", order["ID"])
        self.external_id(header, 11 if received else 12, order["ID"])
        add(header, "ord:orderType", "receivedOrder" if received else "issuedOrder")
        self.number(header, order)
        self.texts(
            header, order, (("PDoklad", "numberOrder"), ("SText", "text"), ("Pozn", "note"), ("Pozn2", "intNote"))
        )
        self.days(header, order, (("Datum", "date"), ("DatOd", "dateFrom"), ("DatDo", "dateTo")))
        if order["DatStorn"]:
            add(header, "ord:storno", "cancelledDocument")
            add(header, "ord:dateCancellation", order["DatStorn"][:10])
        self.partner(header, order)
        self.code_lists(header, order)
        self.flags(header, order, FLAGS)
        self.user_fields(header, order)
