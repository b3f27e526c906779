"""One request to mServer, from its bytes to the bytes of the answer. Runs on the serial worker."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lxml import etree

from connectify.sandbox.faults import Faults
from connectify.sandbox.ledger import Ledger
from pohoda_bridge.sandbox.database import Database, record_effect
from pohoda_bridge.sandbox.envelope import (
    NS,
    BadPack,
    ItemAnswer,
    Pack,
    PackAnswer,
    PackItem,
    read_pack,
    tag,
    write_pack,
)
from pohoda_bridge.sandbox.external_ids import read_external_id
from pohoda_bridge.sandbox.faults import NOT_APPLIED, Params, hold, take_all
from pohoda_bridge.sandbox.imports import ImportRun
from pohoda_bridge.sandbox.lists import list_invoices, list_orders, list_slips
from pohoda_bridge.sandbox.price_levels import list_price_levels
from pohoda_bridge.sandbox.printing import PrintRun
from pohoda_bridge.sandbox.settings import Settings
from pohoda_bridge.sandbox.spoiling import bend, replaced, spoil
from pohoda_bridge.sandbox.stocks import list_stocks
from pohoda_bridge.sandbox.unit import Unit, read_unit
from pohoda_bridge.sandbox.validation import schema_errors

LISTS = {
    tag("lst:listOrderRequest"): list_orders,
    tag("lst:listInvoiceRequest"): list_invoices,
    tag("lst:listVydejkaRequest"): list_slips,
    tag("lst:listSellingPriceRequest"): list_price_levels,
    tag("lStk:listStockRequest"): list_stocks,
}
KINDS = {
    tag("lst:listOrderRequest"): "list.order",
    tag("lst:listInvoiceRequest"): "list.invoice",
    tag("lst:listVydejkaRequest"): "list.slip",
    tag("lst:listSellingPriceRequest"): "list.price_level",
    tag("lStk:listStockRequest"): "list.stock",
    tag("prn:print"): "print.invoice",
}
GROUPS = {"order": "import", "list": "list", "print": "print"}
NO_RIGHT = "Tento uživatel nemá právo importovat XML."
NOT_ALLOWED = "Uživatel nemá k agendě přístupová práva."


@dataclass
class Answer:
    """What goes back over HTTP. `faults` still to be served: they concern the connection, not the content."""

    body: bytes
    status: int = 200
    media_type: str = "text/xml"
    faults: dict[str, Params] = field(default_factory=dict)


class MServer:
    """The program behind the port: a unit's database, its rights, its duplicity check."""

    def __init__(self, settings: Settings, database: Database, ledger: Ledger, faults: Faults) -> None:
        self.settings = settings
        self.database = database
        self.ledger = ledger
        self.faults = faults

    def answer(self, document: bytes, headers: Mapping[str, str]) -> Answer:
        """Carry out a dataPack. `headers` have lower-case names."""
        with self.database.reading() as connection:
            unit = read_unit(connection, self.settings)
        try:
            pack = read_pack(document)
        except BadPack as error:
            return Answer(write_pack(PackAnswer("", "error", str(error)), unit, self.settings.now()))
        kind, targets = _aims(pack)
        struck = take_all(self.faults, kind, targets)
        if "busy" in struck:
            hold(struck["busy"])
        answer = PackAnswer(pack.id)
        substitute = replaced(struck)
        if all(params.get("apply", name not in NOT_APPLIED) for name, params in struck.items()):
            answer = self._carry_out(pack, unit, headers, struck)
        if substitute:
            return self._substituted(substitute[0], unit, struck)
        bend(answer, pack, struck, unit)
        body = spoil(write_pack(answer, unit, self.settings.now()), struck)
        return Answer(body, faults=struck)

    def _carry_out(self, pack: Pack, unit: Unit, headers: Mapping[str, str], struck: dict[str, Params]) -> PackAnswer:
        errors = schema_errors(pack.root, self.settings.xsd_dir)
        refusal = _refusal(pack, unit) or errors.get(0)
        if refusal:
            self._refused(pack, refusal)
            return PackAnswer(pack.id if unit.import_right else "", "error", refusal)
        run = ImportRun(
            database=self.database,
            unit=unit,
            pack=pack,
            now=self.settings.now().isoformat(timespec="seconds"),
            check_duplicity=headers.get("stw-check-duplicity", "").lower() == "true",
            instance=headers.get("stw-instance", ""),
            application=headers.get("stw-application", ""),
            user=unit.user,
            faults=struck,
            flush=lambda: self.database.flush_effects(self.ledger),
        )
        answer = PackAnswer(pack.id)
        for item in pack.items:
            if note := errors.get(item.position):
                self._refused(pack, note, item)
                answer.items.append(ItemAnswer(item.id, "error", note))
            elif _kind(item) in unit.forbidden:
                answer.items.append(ItemAnswer(item.id, "error", NOT_ALLOWED))
            elif item.body.tag == tag("ord:order"):
                answer.items.append(run.import_order(item))
            elif item.body.tag == tag("prn:print"):
                answer.items.append(PrintRun(self.database, struck, run.flush).print_record(item))
            else:
                answer.items.append(self._list(item))
        return answer

    def _list(self, item: PackItem) -> ItemAnswer:
        handler = LISTS.get(item.body.tag)
        if handler is None:
            name = etree.QName(item.body).localname
            return ItemAnswer(item.id, "error", f"Agendu {name} tato účetní jednotka nezpracovává.")
        with self.database.reading() as connection:
            return handler(connection, item.body, item.id, self.settings.now())

    def _refused(self, pack: Pack, reason: str, only: PackItem | None = None) -> None:
        with self.database.writing() as connection:
            for item in pack.items if only is None else (only,):
                if item.body.tag == tag("ord:order"):
                    external = read_external_id(item.body.find("ord:orderHeader/ord:extId", NS))
                    key = external.key if external else f"{pack.id}/{item.id}"
                    data = {"reason": reason, "pack_id": pack.id, "item_id": item.id}
                    record_effect(connection, "order.refused", key, data)
        self.database.flush_effects(self.ledger)

    def _substituted(self, fault: tuple[str, Params], unit: Unit, struck: dict[str, Params]) -> Answer:
        name, _ = fault
        if name == "denied":
            return Answer(write_pack(PackAnswer("", "error", NO_RIGHT), unit, self.settings.now()), faults=struck)
        status, media_type, body = SUBSTITUTES[name]
        return Answer(body, status, media_type, struck)


LOGIN_PAGE = (Path(__file__).parent / "login.html").read_bytes()
SUBSTITUTES = {
    "html_200": (200, "text/html", LOGIN_PAGE),
    "plain_text_200": (200, "text/plain", b"mServer"),
    "http_408": (408, "text/plain", b"Request Timeout"),
    "http_503": (503, "text/plain", b"Service Unavailable"),
}


def _refusal(pack: Pack, unit: Unit) -> str | None:
    if not unit.import_right:
        return NO_RIGHT
    if pack.ico and pack.ico != unit.ico:
        return f"IČO {pack.ico} v dávce neodpovídá IČO účetní jednotky."
    if not pack.ico and pack.key and pack.key != unit.key:
        return "Klíč v dávce neodpovídá klíči účetní jednotky."
    if pack.period == "following" and not unit.turn_of_year:
        return "Účtování na přelomu období není zapnuto."
    return None


def _aims(pack: Pack) -> tuple[str, tuple[str, ...]]:
    """Kind of the request's first item, and everything a fault may be aimed at."""
    kinds: list[str] = []
    names: list[str] = []
    for item in pack.items:
        kinds.append(_kind(item))
        names.append(item.id)
        names += [element.text or "" for element in item.body.iter(tag("typ:ids")) if _is_external(element)]
    groups = [GROUPS[kind.partition(".")[0]] for kind in kinds]
    return (kinds[0] if kinds else ""), ("/xml", *kinds, *groups, pack.id, *names)


def _kind(item: PackItem) -> str:
    if item.body.tag == tag("ord:order"):
        return "order.delete" if item.body.find("ord:actionType/ord:delete", NS) is not None else "order.add"
    return KINDS.get(item.body.tag, "list.other")


def _is_external(element: etree._Element) -> bool:
    parent = element.getparent()
    return parent is not None and etree.QName(parent).localname == "extId"
