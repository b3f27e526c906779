"""Documents that come in: duplicity, one transaction per item, the import log (XML, XMLpol), the answer."""

from collections.abc import Callable
from dataclasses import dataclass, field

from pohoda_bridge.sandbox.codelists import References, Refused
from pohoda_bridge.sandbox.database import Connection, Database, Row, first, insert, record_effect
from pohoda_bridge.sandbox.deletion import delete_order
from pohoda_bridge.sandbox.envelope import (
    NS,
    Element,
    ItemAnswer,
    Pack,
    PackItem,
    add,
    document_response,
    new_element,
    text_of,
)
from pohoda_bridge.sandbox.external_ids import ExternalId, attach, documents_of, read_external_id
from pohoda_bridge.sandbox.faults import Params, exit_if_struck, hold
from pohoda_bridge.sandbox.orders import save_order
from pohoda_bridge.sandbox.unit import Unit

EXTID_TAKEN = 121
PRINT_AGENDAS = {11: "prijate_objednavky", 12: "vydane_objednavky"}


@dataclass
class ImportRun:
    """One request's imports. `flush` carries committed effects to the ledger."""

    database: Database
    unit: Unit
    pack: Pack
    now: str
    check_duplicity: bool
    instance: str
    application: str
    user: str
    faults: dict[str, Params]
    flush: Callable[[], None]
    log_id: int | None = field(default=None)

    def import_order(self, item: PackItem) -> ItemAnswer:
        """Save or delete one order and answer for it; other items of the pack are not touched by its failure."""
        with self.database.writing() as connection:
            answer = self._import(connection, item)
            if (params := self.faults.get("hold_before_commit")) is not None:
                hold(params)
        self.flush()
        exit_if_struck(self.faults)
        return answer

    def _import(self, connection: Connection, item: PackItem) -> ItemAnswer:
        external = read_external_id(item.body.find("ord:orderHeader/ord:extId", NS))
        base = f"dat:dataPack/dat:dataPackItem[{item.position}]/ord:order"
        if self.check_duplicity and (earlier := self._earlier(connection, item)):
            record_effect(connection, "duplicity.prevented", _key(external, self.pack, item), _origin(self.pack, item))
            return _duplicate(connection, item, earlier)
        connection.execute("SAVEPOINT document")
        try:
            deleting = item.body.find("ord:actionType/ord:delete", NS)
            if deleting is not None:
                return self._delete(connection, item, deleting, base)
            return self._add(connection, item, external, base)
        except Refused as refusal:
            connection.execute("ROLLBACK TO document")
            self._log(connection, item, ok=False, agenda=11, document=None, note=refusal.detail.note)
            reason = {"reason": refusal.detail.note, "errno": refusal.detail.errno, "value": refusal.detail.requested}
            record_effect(
                connection,
                "order.refused",
                _key(external, self.pack, item),
                reason | _origin(self.pack, item),
            )
            response = document_response("ord:orderResponse", "error", [refusal.detail])
            return ItemAnswer(item.id, "error", body=response)

    def _add(self, connection: Connection, item: PackItem, external: ExternalId | None, base: str) -> ItemAnswer:
        if external and self.unit.extid_unique and documents_of(connection, external):
            xpath = f"{base}/ord:orderHeader/ord:extId"
            raise Refused("Doklad s tímto extId je už zapsán.", xpath, external.ids, EXTID_TAKEN)
        references = References(connection, base)
        saved = save_order(references, item.body, self.unit, self.now, "warning_changed_total" in self.faults)
        if external:
            attach(connection, external, saved.agenda, saved.id)
        self._log(connection, item, ok=True, agenda=saved.agenda, document=saved.id, note=None)
        data = {
            "id": saved.id,
            "number": saved.number,
            "total": f"{saved.total:.2f}",
            "currency": saved.currency,
            "numberOrder": text_of(item.body, "ord:orderHeader/ord:numberOrder"),
        }
        record_effect(connection, "order.created", _key(external, self.pack, item), data | _origin(self.pack, item))
        response = document_response("ord:orderResponse", "ok", list(saved.warnings))
        if "pack_ok_item_missing_id" not in self.faults:
            _produced(response, saved.id, saved.number, "add", external)
        return ItemAnswer(item.id, "ok", body=response)

    def _delete(self, connection: Connection, item: PackItem, deleting: Element, base: str) -> ItemAnswer:
        touched_at = self.now if self.unit.movements_touch_cards else None
        deleted = delete_order(connection, deleting, f"{base}/ord:actionType/ord:delete", touched_at)
        agenda = 11 if deleted["RelTpObj"] == 1 else 12
        self._log(connection, item, ok=True, agenda=agenda, document=None, note=None)
        data = {"id": deleted["ID"], "number": deleted["Cislo"], "by": "xml"}
        record_effect(connection, "order.deleted", deleted["key"], data | _origin(self.pack, item))
        response = document_response("ord:orderResponse", "ok", [])
        _produced(response, deleted["ID"], deleted["Cislo"], "delete", None)
        return ItemAnswer(item.id, "ok", body=response)

    def _earlier(self, connection: Connection, item: PackItem) -> Row | None:
        return first(
            connection,
            "SELECT p.RelAgID, p.RelID, x.Datum FROM XMLpol p JOIN XML x ON p.RefAg = x.ID"
            " WHERE x.IDS = ? AND p.IDS = ? AND p.Stav ORDER BY p.ID DESC LIMIT 1",
            self.pack.id,
            item.id,
        )

    def _log(
        self, connection: Connection, item: PackItem, *, ok: bool, agenda: int, document: int | None, note: str | None
    ) -> None:
        if self.log_id is None or first(connection, "SELECT ID FROM XML WHERE ID = ?", self.log_id) is None:
            self.log_id = insert(
                connection,
                "XML",
                {
                    "IDS": self.pack.id,
                    "Datum": self.now,
                    "Usr": self.user,
                    "Station": self.instance,
                    "Aplikace": self.pack.application,
                    "SrcName": self.application or "mServer",
                    "Pozn": self.pack.note,
                },
            )
        entry = {"IDS": item.id, "Stav": ok, "RelAgID": agenda, "RelTyp": 1, "RelID": document, "Pozn": note}
        insert(connection, "XMLpol", {"RefAg": self.log_id, **entry})


def _duplicate(connection: Connection, item: PackItem, earlier: Row) -> ItemAnswer:
    """The refusal names the earlier document; its id is missing when the document was deleted since."""
    detail = new_element("rsp:errorDetail")
    duplicity = add(detail, "rsp:recordDuplicity")
    add(duplicity, "rsp:agendaType", PRINT_AGENDAS.get(earlier["RelAgID"], "prijate_objednavky"))
    add(duplicity, "rsp:dateCreate", earlier["Datum"][:10])
    document = first(connection, "SELECT ID, Cislo FROM OBJ WHERE ID = ?", earlier["RelID"])
    if document:
        add(duplicity, "rsp:id", document["ID"])
        add(duplicity, "rsp:number", document["Cislo"])
    return ItemAnswer(item.id, "error", "Kontrola duplicity: položka této dávky již existuje.", detail)


def _produced(response: Element, identifier: int, number: str, action: str, external: ExternalId | None) -> None:
    produced = add(response, "rdc:producedDetails")
    add(produced, "rdc:id", identifier)
    add(produced, "rdc:number", number)
    add(produced, "rdc:actionType", action)
    if external:
        element = add(produced, "rdc:extId")
        add(element, "typ:ids", external.ids)
        add(element, "typ:exSystemName", external.system)


def _key(external: ExternalId | None, pack: Pack, item: PackItem) -> str:
    return external.key if external else f"{pack.id}/{item.id}"


def _origin(pack: Pack, item: PackItem) -> Row:
    return {"pack_id": pack.id, "item_id": item.id}
