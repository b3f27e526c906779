"""The agent passes on one received order to be added, with the ids it was told, and nothing else."""

import msgspec
import pytest

from pohoda_bridge.documents import ExternalId, UnitPin
from pohoda_bridge.xml.allowed import check_import
from pohoda_bridge.xml.errors import NotAllowed
from pohoda_bridge.xml.order_writer import write_order
from tests.bridge_xml.answers import OPERATION, order_import

DOCUMENT = write_order(order_import()).document


def code_of(document: bytes, operation=OPERATION) -> str:
    with pytest.raises(NotAllowed) as caught:
        check_import(document, operation)
    return caught.value.code


def test_the_order_it_was_told_is_passed_on():
    check_import(DOCUMENT, OPERATION)
    check_import(write_order(order_import(), "utf-8").document, OPERATION)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"pack_id": "x"}, "other_pack_id"),
        ({"item_id": "x"}, "other_item_id"),
        ({"pin": UnitPin("87654321", "d", 2026)}, "other_ico"),
        ({"pin": UnitPin("12345678", "d", 2026, "k")}, "other_key"),
        ({"ext_id": ExternalId("x", OPERATION.ext_id.system)}, "other_ext_id"),
        ({"ext_id": ExternalId(OPERATION.ext_id.ids, "x")}, "other_ext_system"),
    ],
)
def test_ids_other_than_the_operation_says_are_refused(changes, code):
    assert code_of(DOCUMENT, msgspec.structs.replace(OPERATION, **changes)) == code


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        (b"<ord:orderHeader>", b"<ord:actionType><ord:delete/></ord:actionType><ord:orderHeader>", "element"),
        (b"<ord:orderHeader>", b"<ord:links/><ord:orderHeader>", "element"),
        (b"</ord:orderSummary>", b"</ord:orderSummary><ord:print/>", "element"),
        (b"</ord:orderSummary>", b"</ord:orderSummary><ord:attachments/>", "element"),
        (b"<dat:dataPackItem", b"<dat:transformation/><dat:dataPackItem", "element"),
        (b"</dat:dataPack>", b'<dat:dataPackItem version="2.0" id="2"/></dat:dataPack>', "count"),
        (b"receivedOrder", b"issuedOrder", "other_order_type"),
        (b' note="', b' period="following" note="', "attribute"),
        (b"<ord:text>", b"<ord:text><ord:order/>", "element"),
        (b"<ord:orderDetail>", b"<ord:orderDetail>text", "text"),
        (b"</dat:dataPackItem>", b"</dat:dataPackItem>text", "element"),
        (b"<dat:dataPack ", b"<!DOCTYPE a><dat:dataPack ", "unreadable"),
        (b"dat:dataPack", b"dat:dataPackx", "not_a_pack"),
        (b"</dat:dataPack>", b"", "unreadable"),
    ],
)  # fmt: skip
def test_every_other_kind_of_document_is_refused(before, after, code):
    document = DOCUMENT.replace(before, after)
    assert document != DOCUMENT
    assert code_of(document) == code


def test_an_order_without_ext_id_is_refused():
    start, end = DOCUMENT.index(b"<ord:extId>"), DOCUMENT.index(b"</ord:extId>") + len(b"</ord:extId>")
    assert code_of(DOCUMENT[:start] + DOCUMENT[end:]) == "count"


def test_a_second_kind_beside_the_order_is_refused():
    extra = b'<lst:listOrderRequest xmlns:lst="http://www.stormware.cz/schema/version_2/list.xsd"/></dat:dataPackItem>'
    assert code_of(DOCUMENT.replace(b"</dat:dataPackItem>", extra)) == "element"
