from datetime import datetime

import pytest

from tests.sandbox_pohoda.packs import NS, SYSTEM, by_ext_id, foreign, list_orders, order, pack, text_item
from tests.sandbox_pohoda.visitor import Visitor, find, text


def listed(visitor: Visitor, request: str) -> list[str]:
    """Document numbers of the listed orders, in order."""
    answer = visitor.send(pack(request, id="list"))
    assert find(answer, "rsp:responsePackItem/lst:listOrder").get("state") == "ok"
    return [e.text or "" for e in answer.iterfind(".//ord:number/typ:numberRequested", NS)]


@pytest.fixture
def three(visitor: Visitor) -> Visitor:
    for number, day in enumerate(("2026-11-18", "2026-11-20", "2026-11-22"), 1):
        visitor.send(pack(order(ext=f"form-{number}", date=day), id=f"p{number}"))
    return visitor


def test_an_order_is_found_by_its_external_id(three: Visitor) -> None:
    assert listed(three, list_orders(by_ext_id("form-2"))) == ["26OP00002"]


def test_an_external_id_of_another_system_is_not_found(three: Visitor) -> None:
    assert listed(three, list_orders(by_ext_id("form-2", "allegro:sandbox:43"))) == []


def test_two_orders_with_one_external_id_are_both_listed(visitor: Visitor) -> None:
    visitor.send(pack(order(), id="p1"))
    visitor.send(pack(order(), id="p2"))
    assert listed(visitor, list_orders(by_ext_id())) == ["26OP00001", "26OP00002"]


@pytest.mark.parametrize(
    ("condition", "numbers"),
    [
        ("", ["26OP00001", "26OP00002", "26OP00003"]),
        ("<ftr:id>3</ftr:id>", ["26OP00003"]),
        ("<ftr:dateFrom>2026-11-20</ftr:dateFrom>", ["26OP00002", "26OP00003"]),
        ("<ftr:dateTill>2026-11-20</ftr:dateTill>", ["26OP00001", "26OP00002"]),
        ("<ftr:dateFrom>2026-11-19</ftr:dateFrom><ftr:dateTill>2026-11-21</ftr:dateTill>", ["26OP00002"]),
        (
            "<ftr:selectedNumbers><ftr:number><typ:numberRequested>26OP00003</typ:numberRequested></ftr:number>"
            "<ftr:number><typ:numberRequested>26OP00001</typ:numberRequested></ftr:number></ftr:selectedNumbers>",
            ["26OP00001", "26OP00003"],
        ),
    ],
)
def test_filters_choose_orders(three: Visitor, condition: str, numbers: list[str]) -> None:
    assert listed(three, list_orders(condition)) == numbers


def test_last_changes_chooses_by_the_time_of_saving(three: Visitor) -> None:
    changed = {**three.rows("OBJ", ID=2)[0], "DatSave": "2026-11-23T12:00:00", "Vyrizeno": True}
    three.control("POST", "rows", {"table": "OBJ", "rows": [changed]})
    request = list_orders(f"<ftr:lastChanges>{datetime(2026, 11, 23, 11, 0, 0).isoformat()}</ftr:lastChanges>")
    assert listed(three, request) == ["26OP00002"]


def test_pages_go_by_ascending_id_from_an_inclusive_one(three: Visitor) -> None:
    assert listed(three, list_orders(limit="<ftr:idFrom>2</ftr:idFrom><ftr:count>1</ftr:count>")) == ["26OP00002"]
    assert listed(three, list_orders(limit="<ftr:count>2</ftr:count>")) == ["26OP00001", "26OP00002"]
    assert listed(three, list_orders(limit="<ftr:idFrom>4</ftr:idFrom>")) == []


def test_the_external_id_is_exported_for_the_named_system_alone(three: Visitor) -> None:
    named = three.send(pack(list_orders(by_ext_id("form-1"))))
    assert text(named, ".//ord:orderHeader/ord:extId/typ:ids") == "form-1"
    assert text(named, ".//ord:orderHeader/ord:extId/typ:exSystemName") == SYSTEM
    unnamed = three.send(pack(list_orders(by_ext_id("form-1"), system=None)))
    assert find(unnamed, ".//ord:orderHeader").find("ord:extId", NS) is None


def test_an_exported_order_has_its_items_and_totals(visitor: Visitor) -> None:
    visitor.send(pack(order()))
    exported = find(visitor.send(pack(list_orders())), ".//lst:order")
    assert text(exported, "ord:orderHeader/ord:numberOrder") == "29738e61"
    assert text(exported, "ord:orderHeader/ord:isReserved") == "true"
    items = exported.findall("ord:orderDetail/ord:orderItem", NS)
    assert [text(item, "ord:homeCurrency/typ:priceSum") for item in items] == ["2490.00", "59.00"]
    assert text(items[0], "ord:stockItem/typ:stockItem/typ:ids") == "NAR-0101"
    assert text(exported, "ord:orderSummary/ord:homeCurrency/typ:priceHighSum") == "2549.00"


def test_an_order_in_euro_exports_its_total_and_rate(visitor: Visitor) -> None:
    visitor.send(pack(order(text_item(price="59.90", currency="foreign"), summary=foreign("EUR", "24.315"))))
    summary = find(visitor.send(pack(list_orders())), ".//ord:orderSummary/ord:foreignCurrency")
    assert text(summary, "typ:currency/typ:ids") == "EUR"
    assert text(summary, "typ:priceSum") == "59.90"
    assert (text(summary, "typ:rate"), text(summary, "typ:amount")) == ("24.315", "1")


def link_documents(visitor: Visitor) -> None:
    """An invoice from the first item, an issue slip from the second, a shipment of the slip."""
    first_item, second_item = (row["ID"] for row in visitor.rows("OBJpol"))
    for table, rows in {
        "FA": [{"ID": 463, "RelTpFak": 1, "Cislo": "26FV00463"}],
        "FApol": [{"RefAg": 463, "RelAgID": 11, "RefPol": first_item}],
        "SKPV": [{"ID": 88, "Cislo": "26VY00088"}],
        "SKPVpol": [{"RefAg": 88, "RelAgID": 11, "RefPol": second_item}],
        "Zasilky": [{"ID": 41, "Cislo": "26Ez00041", "RelAg": 7, "RelID": 88}],
    }.items():
        visitor.control("POST", "rows", {"table": table, "rows": rows})


def test_documents_made_from_an_order_are_linked(visitor: Visitor) -> None:
    visitor.send(pack(order()))
    link_documents(visitor)
    answer = visitor.send(pack(list_orders()))
    links = [
        (text(link, "typ:sourceAgenda"), text(link, "typ:sourceDocument/typ:number"))
        for link in answer.iterfind(".//ord:linkedDocuments/typ:link", NS)
    ]
    assert links == [("issuedInvoice", "26FV00463"), ("issueSlip", "26VY00088"), ("shipments", "26Ez00041")]


def test_links_are_left_out_where_the_request_restricts_them(visitor: Visitor) -> None:
    visitor.send(pack(order()))
    link_documents(visitor)
    answer = visitor.send(pack(list_orders(restriction="<lst:documents>false</lst:documents>")))
    assert answer.find(".//ord:linkedDocuments", NS) is None


def test_a_cancelled_order_says_so(visitor: Visitor) -> None:
    visitor.send(pack(order()))
    row = {**visitor.rows("OBJ")[0], "DatStorn": "2026-11-22T00:00:00"}
    visitor.control("POST", "rows", {"table": "OBJ", "rows": [row]})
    header = find(visitor.send(pack(list_orders())), ".//ord:orderHeader")
    assert (text(header, "ord:storno"), text(header, "ord:dateCancellation")) == ("cancelledDocument", "2026-11-22")


def test_a_query_filter_is_refused_openly(visitor: Visitor) -> None:
    request = list_orders("<ftr:id>1</ftr:id>").replace(
        "</ftr:filter>", "</ftr:filter><ftr:queryFilter><ftr:filter>ID=1</ftr:filter></ftr:queryFilter>"
    )
    answer = visitor.send(pack(request))
    assert find(answer, "rsp:responsePackItem").get("state") == "error"
    assert find(answer, ".//lst:listOrder").get("state") == "error"
