"""One issue slip as Pohoda exports it: vyd:vydejka with header, items, totals and linked documents."""

from pohoda_bridge.sandbox.database import Row
from pohoda_bridge.sandbox.document_export import DocumentExport, number_text
from pohoda_bridge.sandbox.envelope import Element, add
from pohoda_bridge.sandbox.links import SLIPS, links_of_slip

FLAGS = (("Vyrizeno", "isExecuted"), ("BPrenes", "isDelivered"), ("HistSzDPH", "histRate"), ("Sel", "markRecord"))


class SlipExport(DocumentExport):
    """Exports issue slips."""

    prefix = "vyd"

    def add(self, parent: Element, slip: Row) -> None:
        element = add(parent, "lst:vydejka", version="2.0")
        self._header(add(element, "vyd:vydejkaHeader"), slip)
        if items := self.items_of("SKPVpol", slip["ID"]):
            detail = add(element, "vyd:vydejkaDetail")
            for item in items:
                line = add(detail, "vyd:vydejkaItem")
                self.item(line, item, bool(slip["RefCM"]))
                add(line, "vyd:transferred", number_text(item["Prenes"]))
        self.summary(add(element, "vyd:vydejkaSummary"), slip)
        if self.documents:
            self.links(element, links_of_slip(self.connection, slip["ID"]))

    def _header(self, header: Element, slip: Row) -> None:
        add(header, "vyd:id", slip["ID"])
        self.external_id(header, SLIPS, slip["ID"])
        if slip["RelStorn"]:
            add(header, "vyd:storno", "cancelDocument" if slip["TpStorn"] else "cancelledDocument")
        self.number(header, slip)
        names = (("SText", "text"), ("CisloObj", "numberOrder"), ("ParSym", "symPar"), ("Pozn", "note"))
        self.texts(header, slip, (*names, ("Pozn2", "intNote")))
        self.days(header, slip, (("Datum", "date"), ("DatObj", "dateOrder")))
        self.partner(header, slip)
        self.code_lists(header, slip)
        self.flags(header, slip, FLAGS)
        self.user_fields(header, slip)
