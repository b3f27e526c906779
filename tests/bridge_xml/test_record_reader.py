"""What Pohoda's exports say becomes a record, or an error that names what cannot be read."""

import datetime as dt
from decimal import Decimal

import pytest

from pohoda_bridge.documents import ExternalId
from pohoda_bridge.records import DocumentLink, InvoiceRecord, OrderStateRecord, StockRecord
from pohoda_bridge.xml.errors import ReadError
from pohoda_bridge.xml.record_reader import BATCH, read_record, read_records
from pohoda_bridge.xml.split import split_list
from tests.bridge_xml.lists import EXPECTED, LINK, answer, card, invoice, line, order

FIELDS = {"VPrCislo": "A & B", "RefVPrStav": "Odesláno", "VPrAno": "true"}


def read(agenda, item: str):
    return read_record(agenda, item.encode("cp1250"), "windows-1250")


def test_a_stock_card():
    assert read("stock", card(7, name="Židle & <stůl>", more="<stk:parameters/>")) == StockRecord(
        id=7,
        code="Z7",
        store="ZBOZI",
        storage="ZBOZI/Nábytek",
        name="Židle & <stůl>",
        ean="8590000000001",
        kind="card",
        unit="ks",
        count=Decimal(5),
        reservation=Decimal(2),
        received_orders=Decimal(1),
        vat_percent=Decimal(21),
        price=Decimal("1499.5"),
        price_with_vat=True,
        levels={"Prodejní": Decimal("1499.5"), "Allegro": Decimal(1555)},
        is_sales=True,
        producer="Výrobce",
    )


def test_a_bare_stock_card_has_no_vat_and_a_price_without_it():
    bare = (
        '<lStk:stock version="2.0"><stk:stockHeader><stk:id>1</stk:id><stk:code>A</stk:code>'
        "<stk:sellingPrice>10</stk:sellingPrice></stk:stockHeader></lStk:stock>"
    )
    record = read("stock", bare)
    assert (record.vat_percent, record.price, record.price_with_vat, record.levels) == (None, Decimal(10), False, {})
    assert (record.store, record.kind, record.count, record.extra) == ("", "", Decimal(0), {})


def test_a_rich_stock_card_has_its_categories_pictures_and_internet_parameters():
    rich = (
        '<stk:pictures><stk:picture default="true"><stk:id>99</stk:id><stk:filepath>a.jpg</stk:filepath></stk:picture>'
        "</stk:pictures><stk:categories><stk:idCategory>4</stk:idCategory><stk:idCategory>5</stk:idCategory>"
        "</stk:categories><stk:intParameters><stk:intParameter><stk:intParameterName>Barva</stk:intParameterName>"
        "<stk:intParameterValues><stk:intParameterValue><stk:parameterValue>bílá</stk:parameterValue>"
        "</stk:intParameterValue></stk:intParameterValues></stk:intParameter></stk:intParameters>"
    )
    record = read("stock", card(1, more=rich))
    assert record.id == 1
    assert record.extra == {"pictures": ["a.jpg"], "categories": ["4", "5"], "parameters": ["Barva: bílá"]}


def test_the_state_of_an_order():
    flags = (
        "<ord:isExecuted>true</ord:isExecuted><ord:isDelivered>true</ord:isDelivered>"
        "<ord:isReserved>false</ord:isReserved><ord:storno>cancelledDocument</ord:storno>"
    )
    assert read("orders", order(5, flags=flags)) == OrderStateRecord(
        id=5,
        number="26OP00005",
        ext_id=ExternalId("form-5", "allegro:sandbox:42"),
        number_order="29738e61",
        date=dt.date(2026, 11, 20),
        is_executed=True,
        is_delivered=True,
        is_cancelled=True,
        carrier="Zásilkovna",
        payment_type="Plat.kartou",
        labels=("Spěchá",),
        fields=FIELDS,
        links=(DocumentLink(agenda="issuedInvoice", id=7, number="26FV00007"),),
        quantity=Decimal(5),
        delivered=Decimal(1),
        total=Decimal(121),
    )


def test_only_stock_lines_count_as_delivered():
    record = read("orders", order(1, lines=line(4, 2) + line(7, 7, stock=False)))
    assert (record.quantity, record.delivered) == (Decimal(4), Decimal(2))


def test_a_link_of_another_year_has_a_number_alone_and_one_made_by_hand_is_a_link():
    far = LINK.replace("<typ:id>7</typ:id>", "").replace("typ:link>", "typ:manualLink>")
    assert read("orders", order(1, links=far)).links == (
        DocumentLink(agenda="issuedInvoice", id=0, number="26FV00007"),
    )


def test_an_invoice():
    locked = "<inv:lock1>false</inv:lock1><inv:lock2>true</inv:lock2>"
    paid = "<inv:liquidation><typ:date>2026-11-22</typ:date></inv:liquidation>"
    assert read("invoices", invoice(7, header=locked + paid)) == InvoiceRecord(
        id=7,
        number="26FV00007",
        kind="issuedInvoice",
        sym_var="2600001",
        number_order="29738e61",
        date=dt.date(2026, 11, 21),
        total=Decimal("59.90"),
        currency="EUR",
        is_paid=True,
        is_locked=True,
        fields=FIELDS,
        links=(DocumentLink(agenda="receivedOrder", id=7, number="26FV00007"),),
    )


@pytest.mark.parametrize(
    ("liquidation", "is_paid"),
    [
        ("", False),
        ("<inv:liquidation/>", False),
        ("<inv:liquidation><typ:amountHome>10</typ:amountHome></inv:liquidation>", False),
        ("<inv:liquidation><typ:date>2026-11-22</typ:date><typ:amountHome>1</typ:amountHome></inv:liquidation>", False),
        ("<inv:liquidation><typ:date>2026-11-22</typ:date><typ:amountForeign>1</typ:amountForeign></inv:liquidation>",
         False),
        ("<inv:liquidation><typ:date>2026-11-22</typ:date><typ:amountHome>0</typ:amountHome></inv:liquidation>", True),
    ],
)  # fmt: skip
def test_an_invoice_is_paid_when_a_payment_is_known_and_nothing_is_left(liquidation, is_paid):
    assert read("invoices", invoice(1, header=liquidation)).is_paid is is_paid


@pytest.mark.parametrize("storno", ["cancelledDocument", "cancelDocument"])
def test_a_cancelled_invoice_and_one_that_cancels_are_both_out_of_use(storno):
    assert read("invoices", invoice(1, header=f"<inv:storno>{storno}</inv:storno>")).is_cancelled


@pytest.mark.parametrize(
    ("agenda", "item"),
    [
        ("stock", card(1, count="1e3")),
        ("stock", card(1, count="1,5")),
        ("stock", card(1, count="NaN")),
        ("stock", card(1, price="\u0660")),
        ("stock", card(1).replace(">true</stk:isSales>", ">ano</stk:isSales>")),
        ("stock", card(1).replace("stk:stockHeader>", "stk:header>")),
        ("stock", card(1, more="<stk:code>again</stk:code>")),
        ("stock", card(1, more="<stk:code><b/></stk:code>").replace("<stk:code>Z1</stk:code>", "")),
        ("stock", card(1, more="<stk:parameters><typ:parameter/></stk:parameters>")),
        ("stock", card(1, more="&unknown;")),
        ("stock", card(1, more="<nobody:x/>")),
        ("stock", card(1) + card(2)),
        ("stock", card(1) + "text"),
        ("stock", order(1)),
        ("stock", ""),
        ("orders", order(1).replace("2026-11-20", "20.11.2026")),
        ("orders", order(1).replace("receivedOrder", "issuedOrder")),
        ("invoices", invoice(1).replace("2026-11-21", "")),
    ],
)
def test_what_is_not_plainly_such_a_record_is_an_error(agenda, item):
    with pytest.raises(ReadError):
        read_record(agenda, item.encode("utf-8"), "utf-8")


def test_many_are_read_in_order_and_each_must_be_the_one_that_was_cut():
    found = split_list(answer("stock", map(card, range(1, 2 * BATCH + 8))), agenda="stock", expected=EXPECTED)
    items = list(found)
    assert [record.id for record in read_records("stock", items, "windows-1250")] == found.ids
    wrong = [items[0], items[1]._replace(id=9)]
    with pytest.raises(ReadError, match="other_record"):
        list(read_records("stock", wrong, "windows-1250"))
