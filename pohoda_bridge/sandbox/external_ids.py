"""External ids: sExtSys names the foreign system, sExtID ties one of its ids to a document of an agenda."""

import json
from dataclasses import dataclass

from pohoda_bridge.sandbox.database import Connection, Row, first, insert, select
from pohoda_bridge.sandbox.envelope import Element, text_of


@dataclass(frozen=True)
class ExternalId:
    ids: str
    system: str
    text: str | None = None

    @property
    def key(self) -> str:
        """How the ledger names what belongs to this id."""
        return f"{self.system}/{self.ids}"


def read_external_id(element: Element | None) -> ExternalId | None:
    ids, system = text_of(element, "typ:ids"), text_of(element, "typ:exSystemName")
    if not ids or not system:
        return None
    return ExternalId(ids, system, text_of(element, "typ:exSystemText"))


def attach(connection: Connection, external: ExternalId, agenda: int, document: int) -> None:
    """Tie the id to a document; the system is entered when it is new."""
    system = first(connection, "SELECT ID FROM sExtSys WHERE IDS = ?", external.system)
    system_id = system["ID"] if system else None
    if system_id is None:
        system_id = insert(connection, "sExtSys", {"IDS": external.system, "SText": external.text})
    insert(
        connection,
        "sExtID",
        {"RefDocID": document, "RelAgID": agenda, "IDS": external.ids, "RefExtSys": system_id},
    )


def detach(connection: Connection, agenda: int, document: int) -> None:
    connection.execute("DELETE FROM sExtID WHERE RelAgID = ? AND RefDocID = ?", (agenda, document))


def external_ids_of(connection: Connection, agenda: int, document: int) -> list[ExternalId]:
    """Every system's id of a document, oldest first."""
    rows = select(
        connection,
        "SELECT e.IDS, s.IDS AS System, s.SText FROM sExtID e JOIN sExtSys s ON e.RefExtSys = s.ID"
        " WHERE e.RelAgID = ? AND e.RefDocID = ? ORDER BY e.ID",
        agenda,
        document,
    )
    return [ExternalId(row["IDS"], row["System"], row["SText"]) for row in rows]


def documents_of(connection: Connection, external: ExternalId, agendas: tuple[int, ...] = (11, 12)) -> list[int]:
    """IDs of the documents of these agendas (orders unless said) that carry this id."""
    rows = select(
        connection,
        "SELECT e.RefDocID FROM sExtID e JOIN sExtSys s ON e.RefExtSys = s.ID WHERE e.IDS = ? AND s.IDS = ?"
        " AND e.RelAgID IN (SELECT value FROM json_each(?)) ORDER BY e.RefDocID",
        external.ids,
        external.system,
        json.dumps(agendas),
    )
    return [row["RefDocID"] for row in rows]


def order_key(connection: Connection, order: Row) -> str:
    """How the ledger names an order: by its oldest external id, else by its number."""
    external = external_ids_of(connection, 11 if order["RelTpObj"] == 1 else 12, order["ID"])
    return external[0].key if external else f"OBJ/{order['Cislo']}"
