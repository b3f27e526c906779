from tests.sandbox_pohoda.packs import NS, list_stock, order, pack, stock_item
from tests.sandbox_pohoda.visitor import Visitor, find, text


def test_a_card_shows_count_reservation_and_prices(visitor: Visitor) -> None:
    visitor.send(pack(order(stock_item(quantity="4"))))
    header = find(visitor.send(pack(list_stock("<ftr:code>NAR-0101</ftr:code>"))), ".//stk:stockHeader")
    counts = {name: text(header, f"stk:{name}") for name in ("count", "reservation", "countIssue")}
    assert counts == {"count": "34", "reservation": "4", "countIssue": "30"}
    assert (text(header, "stk:EAN"), text(header, "stk:sellingPrice")) == ("8594000137016", "2490.00")


def test_cards_of_a_store_are_listed_alone(visitor: Visitor) -> None:
    answer = visitor.send(pack(list_stock("<ftr:store><typ:ids>ESHOP</typ:ids></ftr:store>")))
    stores = {e.text for e in answer.iterfind(".//stk:storage/typ:ids", NS)}
    assert stores == {"ESHOP"}


def test_a_changed_quantity_shows_in_the_next_list(visitor: Visitor) -> None:
    card = visitor.rows("SKz", IDS="NAR-0101")[0]
    visitor.control("POST", "rows", {"table": "SKz", "rows": [{**card, "StavZ": -2.5}]})
    answer = visitor.send(pack(list_stock("<ftr:EAN>8594000137016</ftr:EAN>")))
    assert text(answer, ".//stk:count") == "-2.5"
