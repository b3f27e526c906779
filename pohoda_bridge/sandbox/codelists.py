"""References of a document into the unit's code lists. What is not found is replaced with a warning, as Pohoda does."""

from dataclasses import dataclass, field
from decimal import Decimal

from pohoda_bridge.sandbox.database import Connection, Row, first, select
from pohoda_bridge.sandbox.envelope import NS, Detail, Element, storable, tag, text_of

VALUE_CHANGED = 603
DATE_OUTSIDE = 606
UNKNOWN_VALUE = 108
DEFAULT_PAYMENT = "Příkazem"
PAYMENT_KINDS = {"draft": 3, "cash": 1, "postal": 5, "delivery": 9, "creditcard": 2, "advance": 4}


class Refused(Exception):
    """The document cannot be saved; `detail` says which value and why."""

    def __init__(self, note: str, xpath: str, requested: str | None = None, errno: int = UNKNOWN_VALUE) -> None:
        super().__init__(note)
        self.detail = Detail("error", errno, note, xpath, requested)


@dataclass
class References:
    """Looks references up for one document; collects the warnings. `base` is the XPath of the document."""

    connection: Connection
    base: str
    warnings: list[Detail] = field(default_factory=list)

    def changed(self, path: str, requested: str, produced: str, what: str) -> None:
        note = f"{what} se liší od požadované hodnoty."
        self.warnings.append(Detail("warning", VALUE_CHANGED, note, f"{self.base}/{path}", requested, produced))

    def payment_form(self, header: Element) -> int | None:
        """ID of sFormUh by id, name or kind; an unknown one becomes the transfer order."""
        element = header.find("ord:paymentType", NS)
        found = None
        requested = _requested(element)
        if element is not None and (kind := text_of(element, "typ:paymentType")) and requested == "":
            requested = kind
            found = first(
                self.connection, "SELECT * FROM sFormUh WHERE RelTyp = ? ORDER BY ID", PAYMENT_KINDS.get(kind)
            )
        elif requested:
            found = self._by_reference("sFormUh", element)
        if found is None:
            found = first(self.connection, "SELECT * FROM sFormUh WHERE IDS = ?", DEFAULT_PAYMENT)
            if requested:
                self.changed("ord:orderHeader/ord:paymentType", requested, DEFAULT_PAYMENT, "Forma úhrady")
        return found["ID"] if found else None

    def row(self, header: Element, name: str, table: str) -> Row | None:
        """Row a header element points to by id or ids; an unknown one is left out with a warning."""
        element = header.find(f"ord:{name}", NS)
        requested = _requested(element)
        if not requested:
            return None
        found = self._by_reference(table, element)
        if found is None:
            self.changed(f"ord:orderHeader/ord:{name}", requested, "", f"Hodnota prvku {name}")
        return found

    def country(self, address: Element | None, path: str) -> int | None:
        requested = text_of(address, "typ:country/typ:ids")
        if requested is None:
            return None
        found = first(self.connection, "SELECT ID FROM sZeme WHERE IDS = ? OR Kod = ?", requested, requested)
        if found is None:
            self.changed(path, requested, "", "Země")
        return found["ID"] if found else None

    def labels(self, header: Element) -> str | None:
        """Labels known to the unit, as the column Labels keeps them."""
        known = {row["IDS"] for row in select(self.connection, "SELECT IDS FROM sRecordLabels")}
        wanted = [storable(e.text or "") for e in header.iterfind("ord:labels/typ:label/typ:ids", NS)]
        for label in wanted:
            if label not in known:
                self.changed("ord:orderHeader/ord:labels/typ:label/typ:ids", label, "", "Štítek")
        return ", ".join(label for label in wanted if label in known) or None

    def parameters(self, header: Element) -> Row:
        """User fields the unit defines (sVPpol), as columns of OBJ."""
        sql = "SELECT p.Nazev FROM sVPpol p JOIN sVP a ON p.RefAg = a.ID WHERE a.TabMain = 'OBJ'"
        defined = {row["Nazev"] for row in select(self.connection, sql)}
        values: Row = {}
        for parameter in header.iterfind("ord:parameters/typ:parameter", NS):
            name = text_of(parameter, "typ:name") or ""
            holder = parameter[1]
            value = storable("".join(str(part) for part in holder.itertext()).strip())
            if name in defined:
                values[name] = int(value == "true") if holder.tag == tag("typ:booleanValue") else value
            else:
                self.changed("ord:orderHeader/ord:parameters/typ:parameter", name, "", "Volitelný parametr")
        return values

    def currency(self, code: str, date: str, rate: str | None, amount: str | None) -> tuple[int, Decimal, int]:
        """ID of sCMeny, rate and the number of units it is for. Without a rate Pohoda takes its rate list."""
        xpath = f"{self.base}/ord:orderSummary/ord:foreignCurrency/typ:currency"
        found = first(self.connection, "SELECT * FROM sCMeny WHERE (Kod = ? OR IDS = ?) AND Pouzit", code, code)
        if found is None:
            raise Refused("Měna není v účetní jednotce zavedena.", xpath, code)
        if rate is not None:
            return found["ID"], Decimal(rate), int(amount or found["Mnozstvi"] or 1)
        listed = first(
            self.connection,
            "SELECT p.* FROM sCKurspol p JOIN sCKurs k ON p.RefAg = k.ID"
            " WHERE p.Kod = ? AND substr(k.Datum, 1, 10) <= ? ORDER BY k.Datum DESC, p.ID DESC LIMIT 1",
            found["Kod"],
            date,
        )
        if listed is None:
            raise Refused("Pro měnu není v kurzovním lístku kurz.", xpath, code)
        return found["ID"], Decimal(str(listed["NBs"])), int(listed["Mnozstvi"] or 1)

    def _by_reference(self, table: str, element: Element | None) -> Row | None:
        if identifier := text_of(element, "typ:id"):
            return first(self.connection, f"SELECT * FROM {table} WHERE ID = ?", int(identifier))  # noqa: S608
        column = "DIC" if table == "sRegDPHvEU" else "IDS"
        return first(
            self.connection,
            f"SELECT * FROM {table} WHERE {column} = ?",  # noqa: S608 - table is a constant of the callers
            text_of(element, "typ:ids"),
        )


def _requested(element: Element | None) -> str:
    return text_of(element, "typ:id") or text_of(element, "typ:ids") or ""
