"""Price levels that answer lst:listSellingPriceRequest: whether their prices include VAT, and their currency."""

from datetime import datetime

from pohoda_bridge.sandbox.database import Connection, first, select
from pohoda_bridge.sandbox.document_export import number_text
from pohoda_bridge.sandbox.envelope import Element, ItemAnswer, add, new_element


def list_price_levels(connection: Connection, request: Element, item_id: str, now: datetime) -> ItemAnswer:
    """Every level of the unit; this request knows neither filters nor pages."""
    answer = new_element("lst:listSellingPrice")
    for name, value in (
        ("version", "2.0"),
        ("dateTimeStamp", now.isoformat(timespec="seconds")),
        ("dateValidFrom", f"{now:%Y-%m-%d}"),
        ("state", "ok"),
    ):
        answer.set(name, value)
    for level in select(connection, "SELECT * FROM SkCeny ORDER BY ID"):
        item = add(answer, "lst:itemSellingPrice")
        add(item, "lst:id", level["ID"])
        add(item, "lst:code", level["IDS"])
        add(item, "lst:name", level["SText"] or level["IDS"])
        add(item, "lst:discountValidity", "pernament")
        add(item, "lst:priceType", "basicPrice" if level["ID"] == 1 else "accessoryPrice")
        add(item, "lst:discountPercentage", number_text(level["Sleva"]))
        add(item, "lst:calculation", "includedVAT" if level["SDph"] else "excludedVAT")
        add(item, "lst:rounding", "0,01" if level["RefCM"] else "1")
        currency = first(connection, "SELECT * FROM sCMeny WHERE ID = ?", level["RefCM"])
        if currency:
            element = add(item, "lst:currency")
            add(element, "typ:id", currency["ID"])
            add(element, "typ:ids", currency["Kod"])
            add(item, "lst:rate", number_text(level["CmKurs"]))
    return ItemAnswer(item_id, "ok", body=answer)
