"""A list of orders: Pohoda's own totals, and complete only when it was read to its end."""

from decimal import Decimal

import pytest

from pohoda_bridge.documents import ExternalId
from pohoda_bridge.xml.orders_list import iter_orders, read_orders
from tests.bridge_xml.answers import EXPECTED, EXT_ID, FORM, exported, listed

HOME = (
    "<ord:orderSummary><ord:homeCurrency><typ:priceNone>10</typ:priceNone><typ:priceLow>100</typ:priceLow>"
    '<typ:priceLowVAT rate="12">12</typ:priceLowVAT><typ:priceLowSum>112</typ:priceLowSum>'
    '<typ:priceHigh>2437.5</typ:priceHigh><typ:priceHighVAT rate="21">511.88</typ:priceHighVAT>'
    "<typ:round><typ:priceRound>-0.38</typ:priceRound></typ:round></ord:homeCurrency></ord:orderSummary>"
)
FOREIGN = (
    "<ord:orderSummary><ord:homeCurrency><typ:priceHigh>1000</typ:priceHigh></ord:homeCurrency>"
    "<ord:foreignCurrency><typ:currency><typ:ids>EUR</typ:ids></typ:currency><typ:rate>24.3</typ:rate>"
    "<typ:amount>1</typ:amount><typ:priceSum>59.90</typ:priceSum></ord:foreignCurrency></ord:orderSummary>"
)


def test_a_record_carries_what_pohoda_says():
    found = read_orders(listed(exported(summary=HOME)), expected=EXPECTED)
    assert (found.complete, found.problem) == (True, "")
    (record,) = found.records
    assert (record.id, record.number, record.number_order) == (1207, "26ALG01207", "29738e61-7f6a")
    assert record.ext_id == ExternalId(FORM, EXT_ID.system)
    assert record.total == Decimal("3071.00")
    assert record.currency == ""


def test_a_foreign_total_is_in_its_own_currency():
    (record,) = read_orders(listed(exported(summary=FOREIGN)), expected=EXPECTED).records
    assert (record.total, record.currency) == (Decimal("59.90"), "EUR")


def test_a_missing_summary_is_no_total_rather_than_zero():
    (record,) = read_orders(listed(exported()), expected=EXPECTED).records
    assert record.total is None


def test_an_empty_list_read_to_its_end_is_complete():
    assert read_orders(listed(), expected=EXPECTED).complete
    assert read_orders(listed(), expected=EXPECTED).records == ()


@pytest.mark.parametrize(
    "data",
    [
        listed(state="error"),
        listed(item="error"),
        listed(pack="error"),
        listed(ico="87654321"),
        listed(pack_id="other"),
        listed(item_id="other"),
        listed(exported(form="")).replace(b"<ord:id>1207</ord:id>", b"<ord:id>x</ord:id>"),
        listed(exported()).replace(b"2026-11-20", b"20.11.2026"),
        listed(exported(summary=HOME)).replace(b"2437.5", b"2437,5"),
        listed(exported()).replace(b"receivedOrder", b"issuedOrder"),
        listed("<rdc:parts/>"),
        listed().replace(b"lst:listOrder", b"lst:listInvoice"),
        listed()[: listed().index(b"<lst:listOrder")] + b"</rsp:responsePackItem></rsp:responsePack>",
        b"<html/>",
        b"",
    ],
)
def test_anything_less_is_not_complete(data):
    found = read_orders(data, expected=EXPECTED)
    assert not found.complete
    assert found.problem


def test_no_prefix_of_a_list_is_complete():
    data = listed(exported(1), exported(2))
    for end in range(len(data)):
        assert not read_orders(data[:end], expected=EXPECTED).complete


def test_records_before_a_damage_are_kept():
    data = listed(exported(1), exported(2))
    cut = data[: data.index(b"26ALG00002")]
    assert [record.id for record in read_orders(cut, expected=EXPECTED).records] == [1]


def test_a_long_list_is_read_as_a_stream():
    records = iter_orders(listed(*(exported(n) for n in range(1, 3001))), expected=EXPECTED)
    assert sum(record.id for record in records) == 3000 * 3001 // 2
