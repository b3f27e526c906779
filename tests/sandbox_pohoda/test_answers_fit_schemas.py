"""Everything the sandbox sends is a responsePack by the official schema, and what it refuses really breaks it."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.sandbox_pohoda.packs import (
    delete_order,
    foreign,
    list_orders,
    list_stock,
    order,
    pack,
    stock_item,
    text_item,
)
from tests.sandbox_pohoda.test_order_list import link_documents
from tests.sandbox_pohoda.visitor import Visitor, encoded, login
from tests.xsd import pack_violations

pytestmark = pytest.mark.reference

FULL_HEADER = (
    "<ord:number><typ:ids>ALG</typ:ids></ord:number>"
    "<ord:paymentType><typ:ids>Neznámá</typ:ids></ord:paymentType>"
    "<ord:carrier><typ:ids>One Box</typ:ids></ord:carrier><ord:centre><typ:ids>ESHOP</typ:ids></ord:centre>"
    "<ord:activity><typ:ids>ALLEGRO</typ:ids></ord:activity><ord:priceLevel><typ:ids>Prodejní</typ:ids></ord:priceLevel>"
    "<ord:regVATinEU><typ:ids>PL0000000000</typ:ids></ord:regVATinEU>"
    "<ord:labels><typ:label><typ:ids>Allegro</typ:ids></typ:label></ord:labels>"
    "<ord:note>Poznámka</ord:note><ord:intNote>interní</ord:intNote>"
    "<ord:parameters><typ:parameter><typ:name>VPrAlgId</typ:name><typ:textValue>x</typ:textValue></typ:parameter>"
    "<typ:parameter><typ:name>VPrSmart</typ:name><typ:booleanValue>true</typ:booleanValue></typ:parameter>"
    "</ord:parameters>"
)
MOSS = (
    "<ord:MOSS><typ:ids>SK</typ:ids></ord:MOSS>"
    "<ord:evidentiaryResourcesMOSS><typ:ids>G</typ:ids></ord:evidentiaryResourcesMOSS>"
)
OSS_ITEM = text_item(currency="foreign", vat="historyHigh").replace(
    "</ord:orderItem>",
    "<ord:percentVAT>23</ord:percentVAT><ord:typeServiceMOSS><typ:ids>GD</typ:ids></ord:typeServiceMOSS></ord:orderItem>",
)
EURO = foreign("EUR", "24.315")

REQUESTS = {
    "home": pack(order()),
    "full header": pack(order(header=FULL_HEADER)),
    "euro": pack(order(stock_item(currency="foreign"), summary=EURO)),
    "oss": pack(order(OSS_ITEM, header=MOSS, summary=EURO)),
    "forints": pack(order(text_item(currency="foreign", vat="none"), summary=foreign("HUF", "6.402", "100"))),
    "outside the period": pack(order(date="2027-01-01")),
    "unknown card": pack(order(stock_item(code="NENÍ"))),
    "unknown currency": pack(order(text_item(currency="foreign"), summary=foreign("USD", "20"))),
    "other unit": pack(order(), ico="87654321"),
    "several": pack(order(ext="a"), list_orders(), list_stock(), delete_order("<ftr:id>1</ftr:id>")),
    "delete": pack(delete_order("<ftr:number>26OP00099</ftr:number>")),
    "stock": pack(list_stock()),
    "unknown agenda": pack('<lst:listStoreRequest version="2.0"/>'),
    "query filter": pack(
        list_orders("<ftr:id>1</ftr:id>").replace(
            "</ftr:filter>", "</ftr:filter><ftr:queryFilter><ftr:filter>ID=1</ftr:filter></ftr:queryFilter>"
        )
    ),
    "broken schema": pack(order(header="<ord:colour>red</ord:colour>")),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_every_answer_and_the_list_after_it_fits_the_schema(strict_visitor: Visitor, name: str) -> None:
    assert pack_violations(strict_visitor.post(REQUESTS[name]).content) == []
    listed = strict_visitor.post(pack(list_orders(restriction="<lst:documents>true</lst:documents>"), id="list"))
    assert pack_violations(listed.content) == []


@pytest.mark.parametrize("name", sorted(set(REQUESTS) - {"broken schema", "unknown agenda"}))
def test_the_tests_own_requests_fit_the_schema(reference_dir: Path, name: str) -> None:
    assert pack_violations(encoded(REQUESTS[name])) == []


def test_duplicity_linked_documents_and_cancellation_fit_the_schema(strict_visitor: Visitor) -> None:
    visitor = strict_visitor
    visitor.post(pack(order()), STW_Check_Duplicity="true")
    repeated = visitor.post(pack(order()), STW_Check_Duplicity="true")
    assert b"recordDuplicity" in repeated.content
    assert pack_violations(repeated.content) == []
    link_documents(visitor)
    row = {**visitor.rows("OBJ")[0], "DatStorn": "2026-11-22T00:00:00"}
    visitor.control("POST", "rows", {"table": "OBJ", "rows": [row]})
    listed = visitor.post(pack(list_orders()))
    assert b"linkedDocuments" in listed.content
    assert b"cancelledDocument" in listed.content
    assert pack_violations(listed.content) == []


@pytest.mark.parametrize(
    "name",
    [
        "denied",
        "wrong_ico",
        "wrong_item_id",
        "missing_item",
        "double_item",
        "item_ok_pack_error",
        "pack_ok_item_missing_id",
        "item_error_empty_body",
        "warning_changed_total",
    ],
)
def test_answers_bent_by_faults_still_fit_the_schema(strict_visitor: Visitor, name: str) -> None:
    strict_visitor.fault(name)
    assert pack_violations(strict_visitor.post(pack(order())).content) == []


EXAMPLES = {  # constructed_order_*.xml -> the answer's item state; the digest's goods are not in this unit's stock
    "huf_rate_per_100": "ok",
    "pln_regvat_pl": "ok",
    "czk_stock_and_text": "error",
    "eur_oss_sk": "error",
    "delete": "error",
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_example_orders_get_answers_that_fit(strict_visitor: Visitor, reference_dir: Path, name: str) -> None:
    document = (reference_dir / "pohoda" / "examples" / f"constructed_order_{name}.xml").read_bytes()
    response = strict_visitor.http.post("/xml", content=document, headers=login())
    assert pack_violations(response.content) == []
    assert [item.get("state") for item in ElementTree.fromstring(response.content)] == [EXAMPLES[name]]


def test_violations_are_found_where_there_are_some(reference_dir: Path) -> None:
    assert pack_violations(encoded(pack(order(header="<ord:colour>red</ord:colour>")))) != []
    assert pack_violations(encoded(pack(order()))[:-5])[0].startswith("not well-formed")
    assert pack_violations(b"<html/>")[0].startswith("neither")
