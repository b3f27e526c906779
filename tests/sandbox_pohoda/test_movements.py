from typing import Any

import pytest

from connectify.sandbox.catalogue import load_catalogue
from tests.sandbox_pohoda.packs import order as order_document
from tests.sandbox_pohoda.packs import pack
from tests.sandbox_pohoda.visitor import Visitor


def stock(visitor: Visitor, code: str) -> dict[str, Any]:
    (card,) = [card for card in visitor.control("GET", "stocks")["stocks"] if card["code"] == code]
    return card


def refused(visitor: Visitor, path: str, body: dict[str, Any]) -> str:
    response = visitor.http.post(f"/_sandbox/{path}", json=body)
    assert response.status_code == 400
    return response.json()["error"]


def test_a_counter_sale_lowers_the_stock_and_writes_a_voucher(visitor: Visitor) -> None:
    number = visitor.control("POST", "stocks/NAR-0101/sell", {"quantity": 3})["number"]
    assert number == "26PD00001"
    assert stock(visitor, "NAR-0101")["count"] == 31
    (voucher,) = visitor.rows("PH")
    assert (voucher["Cislo"], voucher["KcCelkem"], voucher["Kc2"], voucher["KcDPH2"]) == (
        number,
        "7470.00",
        "6173.55",
        "1296.45",
    )
    (line,) = visitor.rows("PHpol")
    assert (line["Kod"], line["Mnozstvi"], line["RefAg"]) == ("NAR-0101", 3.0, voucher["ID"])
    (effect,) = visitor.effects("stock.changed")
    assert effect["key"] == "ZBOZI/NAR-0101"
    assert {name: effect["data"][name] for name in ("before", "after", "by", "document")} == {
        "before": "34",
        "after": "31",
        "by": "sale",
        "document": number,
    }


def test_a_receipt_raises_the_stock(visitor: Visitor) -> None:
    assert visitor.control("POST", "stocks/NAR-0101/receive", {"quantity": 6})["number"] == "26PJ00001"
    assert stock(visitor, "NAR-0101")["count"] == 40
    assert [row["Mnozstvi"] for row in visitor.rows("SKPPpol")] == [6.0]


def test_more_than_there_is_cannot_be_sold_and_changes_nothing(visitor: Visitor) -> None:
    assert refused(visitor, "stocks/NAR-0101/sell", {"quantity": 35}) == "NAR-0101: 34 on hand, 35 wanted"
    assert visitor.rows("PH") == []
    assert visitor.effects() == []


def test_a_unit_that_allows_it_sells_into_the_negative(visitor: Visitor) -> None:
    visitor.control("POST", "config", {"negative_stock": True})
    visitor.control("POST", "stocks/NAR-0101/sell", {"quantity": 35})
    assert stock(visitor, "NAR-0101")["count"] == -1


@pytest.mark.parametrize("quantity", [0, -1, "nan", "x"])
def test_a_quantity_that_is_none_is_refused(visitor: Visitor, quantity: object) -> None:
    refused(visitor, "stocks/NAR-0101/sell", {"quantity": quantity})
    assert visitor.effects() == []


def test_an_accountant_sets_count_prices_ean_and_fields(visitor: Visitor) -> None:
    changes = {
        "count": -3,
        "price": 1990,
        "levels": {"Allegro SK": "79.50"},
        "ean": "8594999999990",
        "fields": {"VPrAlgProd": False},
    }
    visitor.control("POST", "stocks/NAR-0101/set", changes)
    card = stock(visitor, "NAR-0101")
    assert (card["count"], card["price"], card["ean"]) == (-3, "1990.00", "8594999999990")
    assert card["levels"] == {
        "Prodejní": "2490.00",
        "MOC": "2739.00",
        "Allegro CZ": "2490.00",
        "Allegro SK": "79.50",
    }
    (row,) = visitor.rows("SKz", IDS="NAR-0101")
    assert (row["ProdejKc"], row["VPrAlgProd"], row["DatSave"]) == ("1644.63", 0, "2026-11-23T10:00:00")
    prices = [(e["data"]["level"], e["data"]["before"], e["data"]["after"]) for e in visitor.effects("price.changed")]
    assert prices == [(None, "2490.00", "1990.00"), ("Allegro SK", "101.90", "79.50")]
    assert [e["data"]["EAN"] for e in visitor.effects("card.changed")] == ["8594999999990"]


def test_what_a_card_does_not_have_is_refused_whole(visitor: Visitor) -> None:
    assert "no price level Ceník" in refused(visitor, "stocks/NAR-0101/set", {"price": 1, "levels": {"Ceník": 5}})
    assert "no user field Barva" in refused(visitor, "stocks/NAR-0101/set", {"fields": {"Barva": 1}})
    assert "a card has no colour" in refused(visitor, "stocks/NAR-0101/set", {"colour": "red"})
    assert stock(visitor, "NAR-0101")["price"] == "2490.00"


def test_an_unknown_card_is_404(visitor: Visitor) -> None:
    assert visitor.http.post("/_sandbox/stocks/NENÍ/sell", json={"quantity": 1}).status_code == 404
    named = {"quantity": 1, "store": "ESHOP"}
    assert visitor.http.post("/_sandbox/stocks/NAR-0101/sell", json=named).status_code == 404


def test_stocks_show_reservations(visitor: Visitor) -> None:
    visitor.send(pack(order_document()))
    assert (stock(visitor, "NAR-0101")["reserved"], stock(visitor, "NAR-0101")["count"]) == (1, 34)


def test_a_unit_can_be_started_with_more_goods(tmp_path_factory: pytest.TempPathFactory) -> None:
    with Visitor(tmp_path_factory.mktemp("large"), goods=120) as large:
        cards = large.control("GET", "stocks")["stocks"]
    assert [(card["code"], card["count"], card["price"]) for card in cards] == [
        (good.code, good.stock, f"{good.price_czk:.2f}") for good in load_catalogue(120)
    ]
