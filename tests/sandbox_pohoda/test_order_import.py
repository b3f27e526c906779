import pytest

from tests.sandbox_pohoda.packs import FORM, NS, SYSTEM, delete_order, foreign, order, pack, stock_item, text_item
from tests.sandbox_pohoda.visitor import Visitor, find, text


def warnings(answer) -> list[tuple[str, str, str]]:
    """errno, valueRequested and valueProduced of each warning."""
    return [
        (
            detail.findtext("rdc:errno", "", NS),
            detail.findtext("rdc:valueRequested", "", NS),
            detail.findtext("rdc:valueProduced", "", NS),
        )
        for detail in answer.iterfind(".//rdc:detail", NS)
        if detail.findtext("rdc:state", "", NS) == "warning"
    ]


def test_an_order_is_saved_with_number_items_external_id_and_log(visitor: Visitor) -> None:
    answer = visitor.send(pack(order(), items=(FORM,)))
    assert find(answer, "rsp:responsePackItem/ord:orderResponse").get("state") == "ok"
    produced = find(answer, ".//rdc:producedDetails")
    assert {e.tag.split("}")[1]: e.text for e in produced if not len(e)} == {
        "id": "1",
        "number": "26OP00001",
        "actionType": "add",
    }
    assert text(produced, "rdc:extId/typ:ids") == FORM
    saved = visitor.rows("OBJ", ID=1)[0]
    assert (saved["RelTpObj"], saved["Cislo"], saved["PDoklad"]) == (1, "26OP00001", "29738e61")
    assert (saved["KcCelkem"], saved["Kc2"], saved["KcDPH2"]) == ("2549.00", "2106.61", "442.39")
    assert [row["SText"] for row in visitor.rows("OBJpol", RefAg=1)] == ["Zboží NAR-0101", "Doprava"]
    assert visitor.rows("sExtSys")[0]["IDS"] == SYSTEM
    external = visitor.rows("sExtID")[0]
    assert (external["IDS"], external["RelAgID"], external["RefDocID"]) == (FORM, 11, 1)
    logged = visitor.rows("XMLpol")[0]
    assert (logged["IDS"], logged["Stav"], logged["RelAgID"], logged["RelID"]) == (FORM, True, 11, 1)


def test_the_ledger_tells_what_was_created(visitor: Visitor) -> None:
    visitor.send(pack(order(), id="CF1-p", items=("i",)))
    (entry,) = visitor.effects("order.created")
    assert entry["key"] == f"{SYSTEM}/{FORM}"
    assert (
        entry["data"].items()
        >= {
            "id": 1,
            "number": "26OP00001",
            "total": "2549.00",
            "currency": "CZK",
            "pack_id": "CF1-p",
            "item_id": "i",
        }.items()
    )


def test_numbers_go_up_and_a_named_series_has_its_own(visitor: Visitor) -> None:
    named = "<ord:number><typ:ids>ALG</typ:ids></ord:number>"
    for number, header in enumerate(("", "", named, named), 1):
        visitor.send(pack(order(ext=f"form-{number}", header=header), id=f"p{number}"))
    assert [o["number"] for o in visitor.orders()] == ["26OP00001", "26OP00002", "26ALG0001", "26ALG0002"]


def test_an_unknown_series_is_replaced_with_a_warning(visitor: Visitor) -> None:
    answer = visitor.send(pack(order(header="<ord:number><typ:ids>XYZ</typ:ids></ord:number>")))
    assert warnings(answer) == [("603", "XYZ", "26OP00001")]


def test_a_taken_number_is_refused_or_replaced_as_the_document_asks(visitor: Visitor) -> None:
    wanted = "<ord:number><typ:numberRequested{}>R1</typ:numberRequested></ord:number>"
    visitor.send(pack(order(ext="a", header=wanted.format(""))))
    refused = visitor.send(pack(order(ext="b", header=wanted.format(""))))
    assert find(refused, "rsp:responsePackItem").get("state") == "error"
    replaced = visitor.send(pack(order(ext="c", header=wanted.format(' checkDuplicity="false"'))))
    assert warnings(replaced) == [("603", "R1", "26OP00001")]
    assert [o["number"] for o in visitor.orders()] == ["R1", "26OP00001"]


def test_a_reserved_order_reserves_stock_and_another_counts_as_ordered(visitor: Visitor) -> None:
    visitor.send(pack(order(stock_item(quantity="3"), ext="a")))
    visitor.send(pack(order(stock_item(quantity="2"), ext="b", reserved=False)))
    card = visitor.rows("SKz", IDS="NAR-0101")[0]
    assert (card["StavZ"], card["Rezer"], card["ObjedP"]) == (34.0, 3.0, 2.0)


def test_total_is_the_sum_of_rounded_lines_without_rounding(visitor: Visitor) -> None:
    visitor.send(pack(order(stock_item(quantity="3", price="333.33"), text_item(price="0.01"))))
    assert visitor.orders()[0]["total"] == "1000.00"


def test_prices_without_vat_get_it_on_top(visitor: Visitor) -> None:
    item = text_item(price="100").replace("<ord:payVAT>true", "<ord:payVAT>false")
    visitor.send(pack(order(item)))
    assert visitor.orders()[0]["total"] == "121.00"


def test_a_document_without_rounding_takes_the_units(visitor: Visitor) -> None:
    visitor.control("POST", "config", {"rounding": "math2one"})
    visitor.send(pack(order(text_item(price="99.50"), rounding="")))
    visitor.send(pack(order(text_item(price="99.50"), ext="b", rounding="none")))
    assert [o["total"] for o in visitor.orders()] == ["100.00", "99.50"]


@pytest.mark.parametrize(
    ("how", "total"),
    [("none", "10.63"), ("math2one", "11.00"), ("math2half", "10.50"), ("math5cent", "10.65"), ("down2tenth", "10.60")],
)
def test_documents_are_rounded_as_they_ask(visitor: Visitor, how: str, total: str) -> None:
    visitor.send(pack(order(text_item(price="10.63"), rounding=how)))
    assert visitor.orders()[0]["total"] == total


def test_an_order_in_euro_keeps_its_total_and_is_converted_for_the_books(visitor: Visitor) -> None:
    items = (stock_item(price="101.90", currency="foreign"), text_item(price="2.49", currency="foreign"))
    visitor.send(pack(order(*items, summary=foreign("EUR", "24.315"))))
    (saved,) = visitor.orders()
    assert (saved["total"], saved["currency"], saved["home_total"]) == ("104.39", "EUR", "2538.24")
    assert visitor.effects("order.created")[0]["data"]["currency"] == "EUR"


def test_forints_are_converted_per_hundred(visitor: Visitor) -> None:
    item = text_item(price="19990", currency="foreign", vat="none")
    visitor.send(pack(order(item, summary=foreign("HUF", "6.402", "100"))))
    (saved,) = visitor.orders()
    assert (saved["total"], saved["currency"], saved["home_total"]) == ("19990.00", "HUF", "1279.76")


def test_without_a_rate_the_units_rate_list_is_taken(visitor: Visitor) -> None:
    item = text_item(price="100", currency="foreign")
    visitor.send(pack(order(item, summary=foreign("PLN", None))))
    assert visitor.orders()[0]["home_total"] == "571.20"


def test_foreign_vat_goes_in_as_a_historical_rate(visitor: Visitor) -> None:
    item = text_item(price="123", currency="foreign", vat="historyHigh").replace(
        "</ord:rateVAT>", "</ord:rateVAT><ord:percentVAT>23</ord:percentVAT>"
    )
    visitor.send(pack(order(item, summary=foreign("PLN", "5.712"))))
    line = visitor.rows("OBJpol")[0]
    assert (line["RelSzDPH"], line["ProcentoDPH"], line["Cm"], line["CmDPH"]) == (4, 23.0, "100.00", "23.00")
    assert visitor.rows("OBJ")[0]["HistSzDPH"] is True


@pytest.mark.parametrize("code", ["USD", "XXX"])
def test_a_currency_the_unit_does_not_use_is_refused(visitor: Visitor, code: str) -> None:
    answer = visitor.send(pack(order(text_item(currency="foreign"), summary=foreign(code, "20"))))
    assert text(answer, ".//rdc:detail/rdc:state") == "error"
    assert visitor.orders() == []


def test_a_home_price_in_a_foreign_document_is_refused(visitor: Visitor) -> None:
    answer = visitor.send(pack(order(text_item(currency="home"), summary=foreign("EUR", "24.315"))))
    assert text(answer, ".//rdc:detail/rdc:state") == "error"


def test_an_unknown_stock_card_leaves_no_trace_of_the_order(visitor: Visitor) -> None:
    answer = visitor.send(pack(order(stock_item(), stock_item(code="NENÍ"))))
    assert answer.get("state") == "ok"
    item = find(answer, "rsp:responsePackItem")
    assert item.get("state") == "error"
    assert "NENÍ" in text(item, ".//rdc:note")
    assert item.find(".//rdc:producedDetails", NS) is None
    assert visitor.rows("OBJ") == []
    assert visitor.rows("OBJpol") == []
    assert visitor.rows("sExtID") == []
    assert visitor.rows("SKz", IDS="NAR-0101")[0]["Rezer"] == 0
    assert visitor.rows("sCRady", IDS="26OP")[0]["Cislo"] == "00001"
    assert visitor.rows("XMLpol")[0]["Stav"] is False
    (refused,) = visitor.effects("order.refused")
    assert refused["key"] == f"{SYSTEM}/{FORM}"
    assert "NENÍ" in refused["data"]["reason"]


def test_a_failing_item_does_not_undo_the_others(visitor: Visitor) -> None:
    bad = order(stock_item(code="NENÍ"), ext="b")
    answer = visitor.send(pack(order(ext="a"), bad, order(ext="c")))
    assert [item.get("state") for item in answer] == ["ok", "error", "ok"]
    assert [o["extId"] for o in visitor.orders()] == ["a", "c"]


def test_names_from_code_lists_are_stored_as_references(visitor: Visitor) -> None:
    header = (
        "<ord:paymentType><typ:ids>Allegro</typ:ids></ord:paymentType>"
        "<ord:carrier><typ:ids>Zásilkovna</typ:ids></ord:carrier>"
        "<ord:centre><typ:ids>ESHOP</typ:ids></ord:centre>"
        "<ord:labels><typ:label><typ:ids>Allegro</typ:ids></typ:label></ord:labels>"
    )
    answer = visitor.send(pack(order(header=header)))
    assert warnings(answer) == []
    (saved,) = visitor.orders()
    assert (saved["payment_form"], saved["carrier"]) == ("Allegro", "Zásilkovna")
    assert visitor.rows("OBJ")[0]["Labels"] == "Allegro"


@pytest.mark.parametrize(
    ("element", "requested", "produced"),
    [
        ("<ord:paymentType><typ:ids>Bitcoin</typ:ids></ord:paymentType>", "Bitcoin", "Příkazem"),
        ("<ord:carrier><typ:ids>Holub</typ:ids></ord:carrier>", "Holub", ""),
        ("<ord:centre><typ:ids>NIC</typ:ids></ord:centre>", "NIC", ""),
        ("<ord:labels><typ:label><typ:ids>Jiný</typ:ids></typ:label></ord:labels>", "Jiný", ""),
    ],
)
def test_unknown_names_give_warning_603_and_the_order_is_saved(
    visitor: Visitor, element: str, requested: str, produced: str
) -> None:
    answer = visitor.send(pack(order(header=element)))
    assert warnings(answer) == [("603", requested, produced)]
    assert len(visitor.orders()) == 1


def test_a_date_outside_the_period_is_saved_with_two_warnings_606(visitor: Visitor) -> None:
    answer = visitor.send(pack(order(date="2027-01-02")))
    assert warnings(answer) == [("606", "02.01.2027", "02.01.2027")] * 2
    assert visitor.orders()[0]["date"] == "2027-01-02"


def test_user_fields_the_unit_defines_are_stored_and_others_warned_about(visitor: Visitor) -> None:
    parameter = "<typ:parameter><typ:name>{}</typ:name>{}</typ:parameter>"
    header = (
        "<ord:parameters>"
        + parameter.format("VPrAlgId", "<typ:textValue>abc</typ:textValue>")
        + parameter.format("VPrSmart", "<typ:booleanValue>true</typ:booleanValue>")
        + parameter.format("VPrCizi", "<typ:textValue>x</typ:textValue>")
        + "</ord:parameters>"
    )
    answer = visitor.send(pack(order(header=header)))
    saved = visitor.rows("OBJ")[0]
    assert (saved["VPrAlgId"], saved["VPrSmart"]) == ("abc", 1)
    assert warnings(answer) == [("603", "VPrCizi", "")]


def test_an_oss_item_needs_its_kind_of_service(visitor: Visitor) -> None:
    moss = "<ord:MOSS><typ:ids>SK</typ:ids></ord:MOSS>"
    service = "<ord:typeServiceMOSS><typ:ids>GD</typ:ids></ord:typeServiceMOSS></ord:orderItem>"
    refused = visitor.send(pack(order(text_item(), header=moss)))
    assert text(refused, ".//rdc:detail/rdc:state") == "error"
    visitor.send(pack(order(text_item().replace("</ord:orderItem>", service), header=moss)))
    assert visitor.rows("OBJ")[0]["MOSS"] == "SK"
    assert visitor.rows("OBJpol")[0]["MOSSDruh"] == "GD"


@pytest.mark.parametrize("missing", ["<ord:orderType>receivedOrder</ord:orderType>", "<ord:date>2026-11-20</ord:date>"])
def test_an_order_without_a_required_value_is_refused(visitor: Visitor, missing: str) -> None:
    answer = visitor.send(pack(order().replace(missing, "")))
    assert find(answer, "rsp:responsePackItem").get("state") == "error"
    assert visitor.orders() == []


def test_an_order_is_deleted_by_number_with_all_that_hangs_on_it(visitor: Visitor) -> None:
    visitor.send(pack(order()))
    answer = visitor.send(pack(delete_order("<ftr:number>26OP00001</ftr:number>"), id="del"))
    assert text(answer, ".//rdc:producedDetails/rdc:actionType") == "delete"
    assert visitor.rows("OBJ") == []
    assert visitor.rows("OBJpol") == []
    assert visitor.rows("sExtID") == []
    assert visitor.rows("SKz", IDS="NAR-0101")[0]["Rezer"] == 0
    (deleted,) = visitor.effects("order.deleted")
    assert deleted["key"] == f"{SYSTEM}/{FORM}"


def test_deleting_what_is_not_there_is_refused(visitor: Visitor) -> None:
    answer = visitor.send(pack(delete_order("<ftr:id>77</ftr:id>")))
    assert find(answer, "rsp:responsePackItem").get("state") == "error"


def test_ids_and_numbers_of_deleted_orders_are_not_given_again(visitor: Visitor) -> None:
    visitor.send(pack(order(ext="a")))
    visitor.send(pack(delete_order("<ftr:id>1</ftr:id>")))
    visitor.send(pack(order(ext="b")))
    assert [(o["id"], o["number"]) for o in visitor.orders()] == [(2, "26OP00002")]
