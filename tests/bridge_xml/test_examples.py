"""Real and constructed documents of other people read as their descriptions say."""

from decimal import Decimal

import pytest

from pohoda_bridge.documents import Detail, ExternalId, Imported, NotSent, Refused, UnitPin, Unknown
from pohoda_bridge.xml.allowed import check_import
from pohoda_bridge.xml.errors import NotAllowed
from pohoda_bridge.xml.expected import Expected
from pohoda_bridge.xml.orders_list import read_orders
from pohoda_bridge.xml.reader import parse
from pohoda_bridge.xml.response import read_import_response
from pohoda_bridge.xml.split import read_records, split_list
from tests.bridge_xml.answers import EXPECTED, OPERATION

pytestmark = pytest.mark.reference


@pytest.fixture(scope="module")
def example(reference_dir):
    return lambda name: (reference_dir / "pohoda" / "examples" / name).read_bytes()


def expected(pack_id: str, item_id: str) -> Expected:
    return Expected(pack_id=pack_id, item_id=item_id, pin=UnitPin("12345678", "db", 2026))


def test_a_success_with_a_changed_payment(example):
    outcome = read_import_response(
        example("constructed_order_response_ok_with_warning.xml"), expected=expected("ALG-5f1c2a", "ALG-5f1c2a-1")
    )
    assert isinstance(outcome, Imported)
    assert (outcome.id, outcome.number, outcome.alarm) == (1207, "26ALG0007", "")
    assert (outcome.warnings[0].errno, outcome.warnings[0].requested) == (603, "Allegro")
    assert outcome.warnings[0].produced == "Příkazem"


def test_a_refusal_for_missing_rights(example):
    outcome = read_import_response(
        example("constructed_order_response_item_error.xml"), expected=expected("ALG-5f1c2a", "ALG-5f1c2a-1")
    )
    assert isinstance(outcome, Refused)
    assert (outcome.errno, outcome.note) == (101, "Uživatel nemá dostatečná práva.")
    assert outcome.details[0].state == "error"
    assert isinstance(outcome.details[0], Detail)


def test_a_user_without_the_right_to_import(example):
    outcome = read_import_response(example("vitex_xml-denied.xml"), expected=EXPECTED)
    assert outcome == NotSent("denied", "Uživatel není oprávnen importovat XML soubory.")


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("dusek_invoice_error.xml", "wrong_unit"),
        ("snet_legacy_v1_response_errno606.xml", "legacy"),
        ("spoje_mserver_status_ok.xml", "not_an_answer"),
        ("masa331_empty_response_pack.xml", "wrong_unit"),
    ],
)
def test_answers_that_prove_nothing_are_unknown(example, name, code):
    outcome = read_import_response(example(name), expected=EXPECTED)
    assert isinstance(outcome, Unknown)
    assert outcome.code == code


def test_an_exported_order_with_linked_documents(example):
    found = read_orders(example("constructed_list_order_linked_documents.xml"), expected=expected("OBJ-l1", "OBJ-l1-1"))
    assert found.complete
    (record,) = found.records
    assert (record.id, record.number, record.is_executed, record.total) == (1207, "26ALG0007", True, None)
    assert record.ext_id == ExternalId("29738e61-7f6a-11e8-ac45-09db60ede9d6", "allegro-seller-42")


def test_every_well_formed_example_can_be_read_strictly(example, reference_dir):
    names = sorted(path.name for path in (reference_dir / "pohoda" / "examples").glob("*.xml"))
    assert len(names) > 50
    for name in names:
        parse(example(name))


def test_documents_that_are_not_the_told_order_are_not_passed_on(example, reference_dir):
    for path in (reference_dir / "pohoda" / "examples").glob("*.xml"):
        with pytest.raises(NotAllowed):
            check_import(path.read_bytes(), OPERATION)


def test_invoices_captured_from_a_real_program_are_cut_and_read(example):
    data = example("vitex_all-invoices-response_A.xml")
    wanted = Expected(pack_id="0.15140700 1743772599", item_id="2", pin=UnitPin("12345678", "db", 2025))
    found = split_list(data, agenda="invoices", expected=wanted)
    records = list(read_records("invoices", list(found), found.encoding))
    assert (found.is_fast, found.stamp) == (True, "2025-04-04T15:17:47")
    assert [record.id for record in records] == found.ids
    first = records[0]
    assert (first.id, first.number, first.kind, first.is_paid) == (1, "240100007", "issuedInvoice", False)
    assert any(link.agenda == "internalDocuments" for record in records for link in record.links)
    assert any(record.is_paid for record in records)


def test_a_stock_list_of_another_order_of_elements_is_read_too(example):
    data = example("kalanis_ListResponse__testStockWithResponseData.xml")
    found = split_list(
        data, agenda="stock", expected=Expected(pack_id="fixture", item_id="i1", pin=UnitPin("12345678", "db", 2025))
    )
    (record,) = read_records("stock", list(found), found.encoding)
    assert not found.is_fast
    assert (record.id, record.code, record.store) == (1999, "123456", "01")
    assert record.levels == {"Sleva 1": Decimal(111), "Prodejní": Decimal(150)}
