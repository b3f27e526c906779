from typing import Any

import pytest

from tests.sandbox_pohoda.packs import (
    FORM,
    NS,
    SYSTEM,
    by_ext_id,
    foreign,
    list_invoices,
    list_orders,
    list_slips,
    order,
    pack,
    stock_item,
    text_item,
)
from tests.sandbox_pohoda.test_movements import refused, stock
from tests.sandbox_pohoda.visitor import Visitor, find, text

KEY = f"{SYSTEM}/{FORM}"


@pytest.fixture
def ordered(visitor: Visitor) -> Visitor:
    """A unit with one order: four pieces of NAR-0101, two of NAR-0102 and a delivery line."""
    items = (stock_item(quantity="4"), stock_item("NAR-0102", "2", "1390"), text_item())
    visitor.send(pack(order(*items)))
    return visitor


def slip(visitor: Visitor, **body: Any) -> Any:
    return visitor.control("POST", f"orders/{FORM}/slip", body)


def invoice(visitor: Visitor, **body: Any) -> Any:
    return visitor.control("POST", f"orders/{FORM}/invoice", body)


def counts(visitor: Visitor, code: str = "NAR-0101") -> tuple[float, float]:
    card = stock(visitor, code)
    return card["count"], card["reserved"]


def delivered(visitor: Visitor) -> list[str]:
    answer = visitor.send(pack(list_orders(by_ext_id())))
    return [e.text or "" for e in answer.iterfind(".//ord:delivered", NS)]


def flags(visitor: Visitor) -> tuple[bool, bool]:
    (view,) = visitor.orders()
    return view["delivered"], view["executed"]


def links(visitor: Visitor, request: str, prefix: str) -> list[tuple[str, str]]:
    """Agenda and number of the linked documents in an answer."""
    found = visitor.send(pack(request)).iterfind(f".//{prefix}:linkedDocuments/typ:link", NS)
    return [(text(link, "typ:sourceAgenda"), text(link, "typ:sourceDocument/typ:number")) for link in found]


def test_a_slip_takes_goods_off_stock_and_out_of_the_reservation(ordered: Visitor) -> None:
    assert counts(ordered) == (34, 4)
    assert slip(ordered) == {"id": 1, "number": "26VY00001", "parcel": None}
    assert counts(ordered) == (30, 0)
    assert counts(ordered, "NAR-0102") == (25, 0)
    assert delivered(ordered) == ["4", "2", "1"]
    assert flags(ordered) == (True, True)


def test_a_slip_may_leave_the_order_not_executed(ordered: Visitor) -> None:
    slip(ordered, executed=False)
    assert flags(ordered) == (True, False)
    assert ordered.effects("order.executed") == []
    ordered.control("POST", f"orders/{FORM}/set", {"executed": True})
    assert flags(ordered) == (True, True)
    assert [effect["key"] for effect in ordered.effects("order.executed")] == [KEY]


def test_a_part_is_delivered_and_the_rest_later(ordered: Visitor) -> None:
    slip(ordered, quantities={"NAR-0101": 3})
    assert (counts(ordered), counts(ordered, "NAR-0102"), flags(ordered)) == ((31, 1), (27, 2), (False, False))
    assert delivered(ordered) == ["3", "0", "0"]
    (partly,) = ordered.send(pack(list_slips())).findall(".//lst:vydejka", NS)
    assert text(partly, ".//vyd:vydejkaItem/vyd:quantity") == "3"
    assert text(partly, ".//vyd:homeCurrency/typ:priceHighSum") == "7470.00"
    slip(ordered)
    assert (counts(ordered), delivered(ordered), flags(ordered)) == ((30, 0), ["4", "2", "1"], (True, True))
    assert "nothing of order 26OP00001 is left" in refused(ordered, f"orders/{FORM}/slip", {})


def test_a_slip_that_the_stock_does_not_cover_changes_nothing(ordered: Visitor) -> None:
    ordered.control("POST", "stocks/NAR-0102/set", {"count": 1})
    assert refused(ordered, f"orders/{FORM}/slip", {}) == "NAR-0102: 1 on hand, 2 wanted"
    assert (counts(ordered), delivered(ordered)) == ((34, 4), ["0", "0", "0"])
    assert ordered.control("GET", "slips")["slips"] == []


def test_a_parcel_number_goes_into_the_orders_field_and_a_shipment(ordered: Visitor) -> None:
    slip(ordered, parcel="Z1234567890")
    answer = ordered.send(pack(list_orders(by_ext_id())))
    fields = {text(p, "typ:name"): p[1].text for p in answer.iterfind(".//ord:parameters/typ:parameter", NS)}
    assert fields["VPrBalik"] == "Z1234567890"
    assert links(ordered, list_orders(by_ext_id()), "ord") == [("issueSlip", "26VY00001"), ("shipments", "26Ez00001")]
    assert ordered.control("GET", "slips")["slips"] == [
        {"id": 1, "number": "26VY00001", "date": "2026-11-23", "orders": [KEY], "parcels": ["Z1234567890"]}
    ]
    (made,) = ordered.effects("slip.made")
    assert (made["key"], made["data"]["order"], made["data"]["parcel"]) == ("SKPV/26VY00001", KEY, "Z1234567890")
    assert made["data"]["lines"] == {"NAR-0101": 4, "NAR-0102": 2, "Doprava": 1}


def test_an_invoice_after_a_slip_moves_nothing_and_is_linked_both_ways(ordered: Visitor) -> None:
    slip(ordered)
    made = invoice(ordered)
    assert (made["number"], made["kind"], made["orders"], made["total"], made["currency"]) == (
        "26FV00001",
        "issuedInvoice",
        [KEY],
        "12799.00",
        "CZK",
    )
    assert counts(ordered) == (30, 0)
    assert links(ordered, list_orders(), "ord") == [("issuedInvoice", "26FV00001"), ("issueSlip", "26VY00001")]
    assert links(ordered, list_invoices(), "inv") == [("receivedOrder", "26OP00001"), ("issueSlip", "26VY00001")]
    assert links(ordered, list_slips(), "vyd") == [("receivedOrder", "26OP00001"), ("issuedInvoice", "26FV00001")]
    assert links(ordered, list_invoices(restriction="<lst:documents>false</lst:documents>"), "inv") == []


def test_an_invoice_without_a_slip_delivers_too(ordered: Visitor) -> None:
    slip(ordered, quantities={"NAR-0101": 1})
    invoice(ordered)
    assert (counts(ordered), counts(ordered, "NAR-0102")) == ((30, 0), (25, 0))
    assert (delivered(ordered), flags(ordered)) == (["4", "2", "1"], (True, True))
    by = [(e["data"]["code"], e["data"]["by"], e["data"]["after"]) for e in ordered.effects("stock.changed")]
    assert by == [("NAR-0101", "slip", "33"), ("NAR-0101", "invoice", "30"), ("NAR-0102", "invoice", "25")]


def test_an_exported_invoice_has_header_items_totals_and_what_is_left_to_pay(ordered: Visitor) -> None:
    invoice(ordered)
    exported = find(ordered.send(pack(list_invoices())), ".//lst:invoice")
    header = find(exported, "inv:invoiceHeader")
    names = ("invoiceType", "symVar", "date", "dateTax", "dateDue", "numberOrder", "dateOrder")
    assert [text(header, f"inv:{name}") for name in names] == [
        "issuedInvoice",
        "2600001",
        "2026-11-23",
        "2026-11-23",
        "2026-12-07",
        "29738e61",
        "2026-11-20",
    ]
    assert text(header, "inv:partnerIdentity/typ:address/typ:name") == "Jan Žižka"
    assert text(header, "inv:myIdentity/typ:address/typ:ico") == "12345678"
    assert text(header, "inv:liquidation/typ:amountHome") == "12799.00"
    sums = [text(item, "inv:homeCurrency/typ:priceSum") for item in exported.iterfind(".//inv:invoiceItem", NS)]
    assert sums == ["9960.00", "2780.00", "59.00"]
    assert text(exported, "inv:invoiceSummary/inv:homeCurrency/typ:priceHighSum") == "12799.00"


def test_an_invoice_in_euro_keeps_its_currency_and_rate(visitor: Visitor) -> None:
    item = stock_item(price="101.90", currency="foreign")
    visitor.send(pack(order(item, summary=foreign("EUR", "24.315"))))
    made = invoice(visitor)
    assert (made["total"], made["currency"]) == ("101.90", "EUR")
    header = find(visitor.send(pack(list_invoices())), ".//lst:invoice")
    assert text(header, "inv:invoiceSummary/inv:foreignCurrency/typ:currency/typ:ids") == "EUR"
    assert text(header, ".//inv:liquidation/typ:amountForeign") == "101.90"


def test_a_second_final_invoice_is_made_on_purpose_only(ordered: Visitor) -> None:
    invoice(ordered)
    assert refused(ordered, f"orders/{FORM}/invoice", {}) == "order 26OP00001 has its invoice already"
    assert invoice(ordered, again=True)["number"] == "26FV00002"


def test_kinds_of_invoices_are_listed_apart_and_only_final_ones_deliver(ordered: Visitor) -> None:
    assert invoice(ordered, kind="issuedAdvanceInvoice")["number"] == "26ZF00001"
    assert invoice(ordered, kind="issuedProformaInvoice")["number"] == "26ZF00002"
    assert (counts(ordered), flags(ordered)) == ((34, 4), (False, False))
    final = invoice(ordered)["number"]
    corrective = invoice(ordered, kind="issuedCorrectiveTax", corrected=final)
    assert (corrective["total"], counts(ordered)) == ("-12799.00", (30, 0))
    listed = {
        kind: [
            e.text
            for e in ordered.send(pack(list_invoices(kind=kind))).iterfind(".//inv:number/typ:numberRequested", NS)
        ]
        for kind in ("issuedInvoice", "issuedAdvanceInvoice", "issuedProformaInvoice", "issuedCorrectiveTax")
    }
    assert list(listed.values()) == [["26FV00001"], ["26ZF00001"], ["26ZF00002"], ["26FV00002"]]
    agendas = [agenda for agenda, _ in links(ordered, list_orders(), "ord")]
    assert agendas == ["issuedAdvanceInvoice", "issuedAdvanceInvoice", "issuedInvoice", "issuedInvoice"]
    corrected = ordered.send(pack(list_invoices(kind="issuedCorrectiveTax")))
    assert text(corrected, ".//inv:originalDocument") == final
    assert "unknown kind" in refused(ordered, f"orders/{FORM}/invoice", {"kind": "bill"})
    assert "names the invoice" in refused(ordered, f"orders/{FORM}/invoice", {"kind": "issuedCreditNotice"})


def test_a_cancelled_invoice_has_its_counterpart_and_the_goods_are_back(ordered: Visitor) -> None:
    slip(ordered, quantities={"NAR-0101": 1})
    number = invoice(ordered)["number"]
    assert ordered.control("POST", f"invoices/{number}/cancel") == {"id": 2, "number": "26FV00002"}
    assert (counts(ordered), counts(ordered, "NAR-0102")) == ((33, 3), (27, 2))
    assert (delivered(ordered), flags(ordered)) == (["1", "0", "0"], (False, False))
    answer = ordered.send(pack(list_invoices()))
    assert [e.text for e in answer.iterfind(".//inv:storno", NS)] == ["cancelledDocument", "cancelDocument"]
    views = ordered.control("GET", "invoices")["invoices"]
    assert [(view["number"], view["cancelled"], view["cancels"], view["total"]) for view in views] == [
        ("26FV00001", True, False, "12799.00"),
        ("26FV00002", False, True, "-12799.00"),
    ]
    assert "cancelled or cancels another" in refused(ordered, "invoices/26FV00002/cancel", {})
    assert invoice(ordered)["number"] == "26FV00003"


def test_payments_leave_what_is_not_paid_and_date_what_is(ordered: Visitor) -> None:
    invoice(ordered)
    assert ordered.control("POST", "invoices/1/pay", {"amount": "799"})["left"] == "12000.00"
    request = list_invoices(restriction="<lst:liquidations>true</lst:liquidations>")
    partly = ordered.send(pack(request))
    assert text(partly, ".//inv:liquidation/typ:amountHome") == "12000.00"
    ordered.control("POST", "invoices/1/pay", {})
    paid = ordered.send(pack(request))
    assert paid.find(".//inv:liquidation/typ:amountHome", NS) is None
    assert text(paid, ".//inv:liquidation/typ:date") == "2026-11-23"
    amounts = [e.text for e in paid.iterfind(".//inv:liquidations/typ:liquidation/typ:amount", NS)]
    assert amounts == ["799.00", "12000.00"]
    assert ordered.control("GET", "invoices")["invoices"][0]["paid"] is True


def test_a_cancelled_order_gives_its_reservation_back_and_makes_no_documents(ordered: Visitor) -> None:
    ordered.control("POST", f"orders/{FORM}/cancel")
    assert counts(ordered) == (34, 0)
    assert text(ordered.send(pack(list_orders())), ".//ord:storno") == "cancelledDocument"
    assert [effect["key"] for effect in ordered.effects("order.cancelled")] == [KEY]
    for document in ("slip", "invoice", "cancel"):
        assert "is cancelled" in refused(ordered, f"orders/{FORM}/{document}", {})


@pytest.mark.parametrize("wanted", [FORM, "1", "26OP00001", "29738e61"])
def test_an_order_is_named_by_id_external_id_or_number(ordered: Visitor, wanted: str) -> None:
    assert ordered.control("POST", f"orders/{wanted}/slip", {})["number"] == "26VY00001"


def test_unknown_orders_and_invoices_are_404(visitor: Visitor) -> None:
    for path in ("orders/9/slip", "orders/9/invoice", "invoices/9/cancel", "invoices/9/pay"):
        assert visitor.http.post(f"/_sandbox/{path}", json={}).status_code == 404


@pytest.mark.parametrize("request_of", [list_invoices, list_slips])
def test_documents_are_paged_and_filtered(visitor: Visitor, request_of: Any) -> None:
    for number in (1, 2, 3):
        visitor.send(pack(order(ext=f"form-{number}"), id=f"p{number}"))
        visitor.control("POST", f"orders/form-{number}/slip", {})
        visitor.control("POST", f"orders/form-{number}/invoice", {})
    of_invoices = request_of is list_invoices
    prefix, header, table = ("inv", "invoiceHeader", "FA") if of_invoices else ("vyd", "vydejkaHeader", "SKPV")
    row = {**visitor.rows(table, ID=2)[0], "DatSave": "2026-11-23T12:00:00", "Datum": "2026-11-20T00:00:00"}
    visitor.control("POST", "rows", {"table": table, "rows": [row]})
    external = {"RefDocID": 3, "RelAgID": 2 if prefix == "inv" else 7, "IDS": "own", "RefExtSys": 1}
    visitor.control("POST", "rows", {"table": "sExtID", "rows": [external]})
    numbers = "<ftr:selectedNumbers><ftr:number><typ:numberRequested>{}</typ:numberRequested></ftr:number>"
    selected = f"{numbers.format(visitor.rows(table, ID=3)[0]['Cislo'])}</ftr:selectedNumbers>"
    for wanted, expected in {
        request_of(): ["1", "2", "3"],
        request_of(limit="<ftr:idFrom>2</ftr:idFrom><ftr:count>1</ftr:count>"): ["2"],
        request_of("<ftr:id>1</ftr:id>"): ["1"],
        request_of("<ftr:lastChanges>2026-11-23T11:00:00</ftr:lastChanges>"): ["2"],
        request_of("<ftr:dateFrom>2026-11-21</ftr:dateFrom>"): ["1", "3"],
        request_of(selected): ["3"],
        request_of(by_ext_id("own")): ["3"],
    }.items():
        answer = visitor.send(pack(wanted))
        assert [e.text for e in answer.iterfind(f".//{prefix}:{header}/{prefix}:id", NS)] == expected
    named = visitor.send(pack(request_of("<ftr:id>3</ftr:id>", system=SYSTEM)))
    assert text(named, f".//{prefix}:extId/typ:ids") == "own"


def test_the_orders_own_time_of_change_moves_with_its_documents(ordered: Visitor) -> None:
    (before,) = ordered.rows("OBJ")
    ordered.control("POST", "rows", {"table": "OBJ", "rows": [{**before, "DatSave": "2026-11-20T08:00:00"}]})
    slip(ordered)
    assert ordered.rows("OBJ")[0]["DatSave"] == "2026-11-23T10:00:00"
