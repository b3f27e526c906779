"""Stock cards that answer lStk:listStockRequest: counts, reservations, prices, user fields, pictures, categories."""

import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from pohoda_bridge.sandbox.database import Connection, Row, first, money_text, select
from pohoda_bridge.sandbox.document_export import add_user_fields, number_text
from pohoda_bridge.sandbox.envelope import NS, Element, ItemAnswer, add, flag_of, text_of
from pohoda_bridge.sandbox.external_ids import read_external_id
from pohoda_bridge.sandbox.lists import Condition, answer_list, select_page
from pohoda_bridge.sandbox.unit import visible_store

TYPES = {1: "card", 2: "text", 3: "service", 4: "set", 5: "package", 6: "product"}
RATES = {0: ("none", "0"), 1: ("low", "12"), 2: ("high", "21"), 3: ("third", "0")}
RESTRICTIONS = ("stockPriceItem", "stockParameters", "pictures", "categories", "intParameters")
TEXTS = (("IDS", "code"), ("EAN", "EAN"), ("PLU", "PLU"), ("Nazev", "name"), ("MJ", "unit"), ("Vyrobce", "producer"))
ATTACHED = {  # restriction -> rows of the cards of a page, by RefAg
    "stockPriceItem": "SELECT n.RefAg, n.ID, c.IDS, n.ProdejC FROM SKzCn n JOIN SkCeny c ON n.RefSkCeny = c.ID",
    "pictures": "SELECT n.RefAg, n.ID, n.Soubor, n.Popis, n.Vychozi, n.OrderFld FROM SkRefObraz n",
    "categories": "SELECT n.RefAg, n.ID, n.RefKat FROM SkRefKat n",
    "intParameters": "SELECT n.RefAg, p.ID, p.IDS, n.ValText FROM SkRefParam n JOIN SkParam p ON n.RefParam = p.ID",
}


def list_stocks(connection: Connection, request: Element, item_id: str, now: datetime) -> ItemAnswer:
    """Whole cards by ascending ID; a user who sees one store alone gets its cards alone."""

    def page(answer: Element, limit: Element | None, wanted: Element, restriction: Element | None) -> None:
        conditions = _conditions(connection, wanted.find("ftr:filter", NS))
        cards = select_page(connection, "SKz", conditions, limit)
        parts = {part for part in RESTRICTIONS if flag_of(restriction, f"lStk:{part}", default=True)}
        export = StockExport(connection, cards, parts)
        for card in cards:
            export.add(answer, card)

    return answer_list("lStk:listStock", "lStk:requestStock", "lStk", request, item_id, now, page)


def _conditions(connection: Connection, condition: Element | None) -> list[Condition]:
    conditions: list[Condition] = []
    if (visible := visible_store(connection)) is not None:
        conditions.append(_in_store(connection, visible))
    if condition is None:
        return conditions
    for name, column in (("id", "ID"), ("code", "IDS"), ("EAN", "EAN"), ("PLU", "PLU"), ("name", "Nazev")):
        if (value := text_of(condition, f"ftr:{name}")) is not None:
            conditions.append((f"{column} = ?", value))
    if (external := read_external_id(condition.find("ftr:extId", NS))) is not None:
        conditions.append(
            (
                "ID IN (SELECT e.RefDocID FROM sExtID e JOIN sExtSys s ON e.RefExtSys = s.ID"
                " WHERE e.RelAgID = 20 AND s.IDS || '/' || e.IDS = ?)",
                external.key,
            )
        )
    if store := text_of(condition, "ftr:store/typ:ids"):
        conditions.append(_in_store(connection, store))
    if storage := text_of(condition, "ftr:storage/typ:ids"):
        conditions.append(_in_store(connection, storage.split("/")[0]))
    if internet := text_of(condition, "ftr:internet"):
        conditions.append(("IObchod = ?", int(internet == "true")))
    if changed := text_of(condition, "ftr:lastChanges"):
        conditions.append(("DatSave >= ?", changed[:19]))
    return conditions


def _in_store(connection: Connection, store: str) -> Condition:
    row = first(connection, "SELECT ID FROM sSklad WHERE IDS = ?", store)
    return "RefSklad = ?", row["ID"] if row else -1


class StockExport:
    """Exports the cards of one page; what hangs on them is read for all of them at once."""

    def __init__(self, connection: Connection, cards: Iterable[Row], parts: set[str]) -> None:
        self.connection = connection
        self.parts = parts
        self.stores = {row["ID"]: row for row in select(connection, "SELECT * FROM sSklad")}
        ids = json.dumps([card["ID"] for card in cards])
        self.attached: dict[str, dict[int, list[Row]]] = {}
        for part in parts & set(ATTACHED):
            by_card: dict[int, list[Row]] = defaultdict(list)
            where = "WHERE n.RefAg IN (SELECT value FROM json_each(?)) ORDER BY n.ID"
            for row in select(connection, f"{ATTACHED[part]} {where}", ids):
                by_card[row["RefAg"]].append(row)
            self.attached[part] = by_card

    def add(self, answer: Element, card: Row) -> None:
        stock = add(answer, "lStk:stock", version="2.0")
        header = add(stock, "stk:stockHeader")
        self._identity(header, card)
        self._prices(header, card)
        self._counts(header, card)
        self._pictures(header, card["ID"])
        self._categories(header, card["ID"])
        self._internet_parameters(header, card["ID"])
        if "stockParameters" in self.parts:
            add_user_fields(self.connection, header, "stk:parameters", card)
        if levels := self._of("stockPriceItem", card["ID"]):
            block = add(stock, "stk:stockPriceItem")
            for level in levels:
                price = add(block, "stk:stockPrice")
                add(price, "typ:id", level["ID"])
                add(price, "typ:ids", level["IDS"])
                add(price, "typ:price", money_text(level["ProdejC"] or Decimal(0)))

    def _of(self, part: str, card_id: int) -> list[Row]:
        return self.attached.get(part, {}).get(card_id, [])

    def _identity(self, header: Element, card: Row) -> None:
        add(header, "stk:id", card["ID"])
        add(header, "stk:stockType", TYPES.get(card["RelSkTyp"] or 1, "card"))
        for column, name in TEXTS:
            if card[column]:
                add(header, f"stk:{name}", card[column])
        add(header, "stk:isSales", "true" if card["Odbyt"] else "false")
        add(header, "stk:isInternet", "true" if card["IObchod"] else "false")
        for column, name in (("RelDPHn", "purchasingRateVAT"), ("RelDPHp", "sellingRateVAT")):
            rate, percent = RATES.get(card[column] or 0, RATES[0])
            add(header, f"stk:{name}", rate, value=percent)
        if store := self.stores.get(card["RefSklad"]):
            storage = add(header, "stk:storage")
            add(storage, "typ:id", store["ID"])
            add(storage, "typ:ids", store["IDS"])
        if card["Hmotnost"]:
            add(header, "stk:mass", number_text(card["Hmotnost"]))

    def _prices(self, header: Element, card: Row) -> None:
        for column, name in (("VNakup", "weightedPurchasePrice"), ("NakupC", "purchasingPrice")):
            if card[column] is not None:
                add(header, f"stk:{name}", money_text(card[column]))
        add(header, "stk:sellingPrice", money_text(card["ProdejDPH"] or Decimal(0)), payVAT="true")

    def _counts(self, header: Element, card: Row) -> None:
        count, reserved = card["StavZ"] or 0, card["Rezer"] or 0
        for name, value in (
            ("count", count),
            ("countIssue", count - reserved),
            ("countReceivedOrders", card["ObjedP"] or 0),
            ("reservation", reserved),
            ("countIssuedOrders", card["ObjedV"] or 0),
        ):
            add(header, f"stk:{name}", number_text(value))

    def _pictures(self, header: Element, card_id: int) -> None:
        if rows := self._of("pictures", card_id):
            block = add(header, "stk:pictures")
            for row in rows:
                picture = add(block, "stk:picture", default="true" if row["Vychozi"] else "false")
                add(picture, "stk:id", row["ID"])
                add(picture, "stk:filepath", row["Soubor"])
                add(picture, "stk:description", row["Popis"] or "")
                add(picture, "stk:order", row["OrderFld"] or 1)

    def _categories(self, header: Element, card_id: int) -> None:
        if rows := self._of("categories", card_id):
            block = add(header, "stk:categories")
            for row in rows:
                add(block, "stk:idCategory", row["RefKat"])

    def _internet_parameters(self, header: Element, card_id: int) -> None:
        if rows := self._of("intParameters", card_id):
            block = add(header, "stk:intParameters")
            for row in rows:
                parameter = add(block, "stk:intParameter")
                add(parameter, "stk:intParameterID", row["ID"])
                add(parameter, "stk:intParameterName", row["IDS"])
                add(parameter, "stk:intParameterType", "textValue")
                value = add(add(parameter, "stk:intParameterValues"), "stk:intParameterValue")
                add(value, "stk:parameterValue", row["ValText"])
