import pytest

from tests.sandbox_pohoda.packs import LIST_LEVELS, NS, list_cards, list_stock, order, pack, stock_item
from tests.sandbox_pohoda.visitor import Visitor, find, text


def codes(visitor: Visitor, request: str) -> list[str]:
    return [e.text or "" for e in visitor.send(pack(request)).iterfind(".//stk:code", NS)]


def test_a_card_shows_count_reservation_and_prices(visitor: Visitor) -> None:
    visitor.send(pack(order(stock_item(quantity="4"))))
    header = find(visitor.send(pack(list_stock("<ftr:code>NAR-0101</ftr:code>"))), ".//stk:stockHeader")
    counts = {name: text(header, f"stk:{name}") for name in ("count", "reservation", "countIssue")}
    assert counts == {"count": "34", "reservation": "4", "countIssue": "30"}
    assert (text(header, "stk:EAN"), text(header, "stk:sellingPrice")) == ("8594000137016", "2490.00")


def test_an_order_without_a_reservation_counts_as_ordered(visitor: Visitor) -> None:
    visitor.send(pack(order(stock_item(quantity="4"), reserved=False)))
    header = find(visitor.send(pack(list_stock("<ftr:code>NAR-0101</ftr:code>"))), ".//stk:stockHeader")
    counts = {name: text(header, f"stk:{name}") for name in ("reservation", "countReceivedOrders", "countIssue")}
    assert counts == {"reservation": "0", "countReceivedOrders": "4", "countIssue": "34"}


def test_cards_of_a_store_are_listed_alone(visitor: Visitor) -> None:
    answer = visitor.send(pack(list_stock("<ftr:store><typ:ids>ESHOP</typ:ids></ftr:store>")))
    stores = {e.text for e in answer.iterfind(".//stk:storage/typ:ids", NS)}
    assert stores == {"ESHOP"}


def test_a_user_who_sees_one_store_lists_its_cards_alone(visitor: Visitor) -> None:
    visitor.control("POST", "config", {"visible_store": "ZBOZI"})
    assert len(codes(visitor, list_cards())) == 24
    assert codes(visitor, list_stock("<ftr:store><typ:ids>ESHOP</typ:ids></ftr:store>")) == []


def test_a_changed_quantity_shows_in_the_next_list(visitor: Visitor) -> None:
    card = visitor.rows("SKz", IDS="NAR-0101")[0]
    visitor.control("POST", "rows", {"table": "SKz", "rows": [{**card, "StavZ": -2.5}]})
    answer = visitor.send(pack(list_stock("<ftr:EAN>8594000137016</ftr:EAN>")))
    assert text(answer, ".//stk:count") == "-2.5"


def test_pages_of_cards_go_by_ascending_id_and_cover_all(visitor: Visitor) -> None:
    listed: list[str] = []
    start = 1
    while page := codes(visitor, list_cards(limit=f"<ftr:idFrom>{start}</ftr:idFrom><ftr:count>20</ftr:count>")):
        listed += page
        start += len(page)
    assert listed == codes(visitor, list_cards())
    assert len(listed) == 42


def test_a_card_shows_the_price_of_every_level_in_the_levels_currency(visitor: Visitor) -> None:
    answer = visitor.send(pack(list_stock("<ftr:code>NAR-0101</ftr:code>"), LIST_LEVELS))
    prices = {text(price, "typ:ids"): text(price, "typ:price") for price in answer.iterfind(".//stk:stockPrice", NS)}
    assert prices == {"Prodejní": "2490.00", "MOC": "2739.00", "Allegro CZ": "2490.00", "Allegro SK": "101.90"}
    levels = answer.findall(".//lst:itemSellingPrice", NS)
    assert [text(level, "lst:code") for level in levels] == ["Prodejní", "MOC", "Allegro CZ", "Allegro SK"]
    assert {text(level, "lst:calculation") for level in levels} == {"includedVAT"}
    assert [level.findtext("lst:currency/typ:ids", None, NS) for level in levels] == [None, None, None, "EUR"]


def test_user_fields_of_a_card_are_exported_by_their_kind(visitor: Visitor) -> None:
    fields = {"VPrAlgCena": "1999.90", "VPrAlgZnac": "Borka", "VPrAlgProd": False}
    visitor.control("POST", "stocks/NAR-0101/set", {"fields": fields})
    answer = visitor.send(pack(list_stock("<ftr:code>NAR-0101</ftr:code>")))
    values = {text(p, "typ:name"): p[1].text for p in answer.iterfind(".//stk:parameters/typ:parameter", NS)}
    assert values == {"VPrAlgProd": "false", "VPrAlgCena": "1999.90", "VPrAlgZnac": "Borka"}
    assert find(answer, ".//typ:currencyValue").text == "1999.90"


@pytest.mark.parametrize(
    ("restriction", "path"),
    [
        ("stockPriceItem", ".//stk:stockPriceItem"),
        ("stockParameters", ".//stk:parameters"),
        ("pictures", ".//stk:pictures"),
        ("categories", ".//stk:categories"),
        ("intParameters", ".//stk:intParameters"),
    ],
)
def test_a_restriction_leaves_its_part_out(visitor: Visitor, restriction: str, path: str) -> None:
    one = "<ftr:code>NAR-0101</ftr:code>"
    assert visitor.send(pack(list_cards(one))).find(path, NS) is not None
    answer = visitor.send(pack(list_cards(one, restriction=f"<lStk:{restriction}>false</lStk:{restriction}>")))
    assert answer.find(path, NS) is None
    assert text(answer, ".//stk:code") == "NAR-0101"


def test_last_changes_finds_what_was_sold_and_what_was_reserved(visitor: Visitor) -> None:
    since = list_cards("<ftr:lastChanges>2026-11-23T09:00:00</ftr:lastChanges>")
    assert codes(visitor, since) == []
    visitor.control("POST", "stocks/NAR-0102/sell", {"quantity": 1})
    visitor.send(pack(order()))
    assert codes(visitor, since) == ["NAR-0101", "NAR-0102"]


def test_where_movements_leave_cards_alone_last_changes_finds_prices_only(visitor: Visitor) -> None:
    visitor.control("POST", "config", {"movements_touch_cards": False})
    visitor.control("POST", "stocks/NAR-0102/sell", {"quantity": 1})
    visitor.send(pack(order()))
    visitor.control("POST", "stocks/NAR-0103/set", {"price": 1500})
    assert codes(visitor, list_cards("<ftr:lastChanges>2026-11-23T09:00:00</ftr:lastChanges>")) == ["NAR-0103"]
