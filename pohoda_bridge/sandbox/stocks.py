"""Stock cards that answer lStk:listStockRequest: counts, reservations and prices."""

from datetime import datetime
from decimal import Decimal

from pohoda_bridge.sandbox.database import Connection, Row, first, money_text, select
from pohoda_bridge.sandbox.envelope import NS, Element, ItemAnswer, add, flag_of, text_of
from pohoda_bridge.sandbox.external_ids import read_external_id
from pohoda_bridge.sandbox.lists import Condition, answer_list, select_page

TYPES = {1: "card", 2: "text", 3: "service", 4: "set", 5: "package", 6: "product"}
RATES = {0: ("none", "0"), 1: ("low", "12"), 2: ("high", "21"), 3: ("third", "0")}


def list_stocks(connection: Connection, request: Element, item_id: str, now: datetime) -> ItemAnswer:
    def page(answer: Element, limit: Element | None, wanted: Element, restriction: Element | None) -> None:
        prices = flag_of(restriction, "lStk:stockPriceItem", default=True)
        conditions = _conditions(connection, wanted.find("ftr:filter", NS))
        for card in select_page(connection, "SKz", conditions, limit):
            _add_card(connection, answer, card, prices)

    return answer_list("lStk:listStock", "lStk:requestStock", "lStk", request, item_id, now, page)


def _conditions(connection: Connection, condition: Element | None) -> list[Condition]:
    conditions: list[Condition] = []
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
        row = first(connection, "SELECT ID FROM sSklad WHERE IDS = ?", store)
        conditions.append(("RefSklad = ?", row["ID"] if row else -1))
    if internet := text_of(condition, "ftr:internet"):
        conditions.append(("IObchod = ?", int(internet == "true")))
    if changed := text_of(condition, "ftr:lastChanges"):
        conditions.append(("DatSave >= ?", changed[:19]))
    return conditions


def _add_card(connection: Connection, answer: Element, card: Row, prices: bool) -> None:
    stock = add(answer, "lStk:stock", version="2.0")
    header = add(stock, "stk:stockHeader")
    add(header, "stk:id", card["ID"])
    add(header, "stk:stockType", TYPES.get(card["RelSkTyp"] or 1, "card"))
    for column, name in (("IDS", "code"), ("EAN", "EAN"), ("Nazev", "name"), ("MJ", "unit"), ("Vyrobce", "producer")):
        if card[column]:
            add(header, f"stk:{name}", card[column])
    add(header, "stk:isSales", "true" if card["Odbyt"] else "false")
    add(header, "stk:isInternet", "true" if card["IObchod"] else "false")
    for column, name in (("RelDPHn", "purchasingRateVAT"), ("RelDPHp", "sellingRateVAT")):
        rate, percent = RATES.get(card[column] or 0, RATES[0])
        add(header, f"stk:{name}", rate, value=percent)
    store = first(connection, "SELECT * FROM sSklad WHERE ID = ?", card["RefSklad"])
    if store:
        storage = add(header, "stk:storage")
        add(storage, "typ:id", store["ID"])
        add(storage, "typ:ids", store["IDS"])
    add(header, "stk:sellingPrice", money_text(card["ProdejDPH"] or Decimal(0)), payVAT="true")
    count, reserved = card["StavZ"] or 0, card["Rezer"] or 0
    for name, value in (
        ("count", count),
        ("countIssue", count - reserved),
        ("countReceivedOrders", card["ObjedP"] or 0),
        ("reservation", reserved),
        ("countIssuedOrders", card["ObjedV"] or 0),
    ):
        add(header, f"stk:{name}", format(Decimal(str(value)).normalize(), "f"))
    if prices:
        _add_prices(connection, stock, card["ID"])


def _add_prices(connection: Connection, stock: Element, card_id: int) -> None:
    levels = select(
        connection,
        "SELECT n.ID, c.IDS, n.ProdejC FROM SKzCn n JOIN SkCeny c ON n.RefSkCeny = c.ID"
        " WHERE n.RefAg = ? ORDER BY n.ID",
        card_id,
    )
    if not levels:
        return
    block = add(stock, "stk:stockPriceItem")
    for level in levels:
        price = add(block, "stk:stockPrice")
        add(price, "typ:id", level["ID"])
        add(price, "typ:ids", level["IDS"])
        add(price, "typ:price", money_text(level["ProdejC"] or Decimal(0)))
