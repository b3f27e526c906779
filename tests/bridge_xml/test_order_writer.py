"""What is written fits the official schema, says everything that matters, and reads back as it was meant."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from pohoda_bridge.documents import ExternalId, ForeignCurrency, OrderLine, Party, ShipTo, StockRef
from pohoda_bridge.xml import schema
from pohoda_bridge.xml.allowed import check_import
from pohoda_bridge.xml.errors import DocumentError
from pohoda_bridge.xml.namespaces import PREFIXES
from pohoda_bridge.xml.order_writer import write_order
from pohoda_bridge.xml.requests import orders_by_ext_id, orders_by_id, orders_page
from tests.bridge_xml.answers import EXT_ID, FORM, OPERATION, PACK_ID, PIN, order_import


@pytest.fixture(scope="module")
def xsd(reference_dir):
    return str(reference_dir / "pohoda" / "xsd")


def values(document: bytes, path: str) -> list[str]:
    found = etree.fromstring(document).xpath(path, namespaces=PREFIXES)
    return [one if isinstance(one, str) else one.text for one in found]


def test_equal_orders_are_equal_bytes():
    assert write_order(order_import()) == write_order(order_import())


def test_the_envelope_names_the_unit_and_both_ids():
    document = write_order(order_import()).document
    assert document.startswith(b'<?xml version="1.0" encoding="Windows-1250"?>')
    assert values(document, "/dat:dataPack/@id") == [PACK_ID]
    assert values(document, "/dat:dataPack/@ico") == ["12345678"]
    assert values(document, "//dat:dataPackItem/@id") == [FORM]
    assert values(document, "//ord:extId/typ:ids") == [FORM]
    assert values(document, "//ord:extId/typ:exSystemName") == ["allegro:sandbox:42"]


def test_everything_pohoda_would_guess_is_said():
    document = write_order(order_import()).document
    assert values(document, "//ord:orderType") == ["receivedOrder"]
    assert values(document, "//ord:payVAT") == ["true", "true"]
    assert values(document, "//ord:rateVAT") == ["high", "high"]
    assert values(document, "//ord:discountPercentage") == ["0", "0"]
    assert values(document, "//ord:roundingDocument") == ["none"]
    assert values(document, "//ord:roundingVAT") == ["none"]
    assert values(document, "//ord:markRecord") == ["false"]
    assert values(document, "//ord:isReserved") == ["true"]
    assert values(document, "//ord:isExecuted") == ["false"]
    assert values(document, "//typ:address/@linkToAddress") == ["false"]
    assert values(document, "//typ:stockItem/@applyUserSettingsFilterOnTheStore") == ["false"]
    assert values(document, "//typ:stockItem/@insertAttachStock") == ["false"]
    assert values(document, "//ord:homeCurrency/typ:unitPrice") == ["1499.00", "59.00"]


def test_a_foreign_order_carries_its_rate_for_the_amount():
    document = write_order(order_import(currency=ForeignCurrency("HUF", Decimal("6.402"), 100))).document
    assert values(document, "//ord:orderSummary/ord:foreignCurrency/typ:currency/typ:ids") == ["HUF"]
    assert values(document, "//typ:rate") == ["6.402"]
    assert values(document, "//typ:amount") == ["100"]
    assert values(document, "//ord:homeCurrency") == []


def test_a_foreign_order_without_a_rate_leaves_it_to_pohoda():
    document = write_order(order_import(currency=ForeignCurrency("EUR"))).document
    assert values(document, "//typ:rate | //typ:amount") == []


def test_markup_in_a_name_stays_text():
    buyer = Party(name='</typ:name><ord:print/>&"<', company="]]>")
    document = write_order(order_import(buyer=buyer)).document
    assert values(document, "//typ:address/typ:name") == ['</typ:name><ord:print/>&"<']
    assert values(document, "//ord:print") == []


@pytest.mark.parametrize(
    "changes",
    [
        {"lines": ()},
        {"ext_id": ExternalId("", "allegro:sandbox:42")},
        {"ext_id": ExternalId("x" * 65, "allegro:sandbox:42")},
        {"payment_type": "x" * 33},
        {"number_series": "Ж"},
        {"carrier": "x" * 21},
        {"lines": (OrderLine("a", Decimal("NaN"), Decimal(1), "high"),)},
        {"lines": (OrderLine("a", Decimal(1), Decimal("1e15"), "high"),)},
        {"lines": (OrderLine("a", Decimal(1), Decimal(1), "high", stock=StockRef("Z", "")),)},
        {"lines": (OrderLine("a", Decimal(1), Decimal(1), "historyHigh"),)},
    ],
)
def test_what_would_become_another_value_is_not_written(changes):
    with pytest.raises(DocumentError):
        write_order(order_import(**changes))


def test_changed_texts_are_reported_with_their_place():
    line = OrderLine("Ж" * 100, Decimal(1), Decimal(1), "high")
    notes = write_order(order_import(lines=(line,), ship_to=ShipTo(company="😀"))).notes
    assert [(note.field, note.change) for note in notes] == [
        ("ship_to.company", "replaced"),
        ("line 1.text", "transliterated"),
        ("line 1.text", "truncated"),
    ]


texts = st.text(max_size=300)
parties = st.builds(Party, company=texts, name=texts, street=texts, city=texts, zip=texts, phone=texts, email=texts,
                    ico=texts, dic=texts)  # fmt: skip
prices = st.decimals(min_value=0, max_value=10**8, places=2, allow_nan=False)
lines = st.builds(
    OrderLine,
    text=texts,
    quantity=st.decimals(min_value=1, max_value=99999, places=0),
    unit_price=prices,
    vat=st.sampled_from(["none", "low", "high", "historyHigh"]),
    vat_percent=st.just(Decimal(23)),
    note=texts,
    stock=st.one_of(st.none(), st.just(StockRef("ZBOZI", 'A"<&>1'))),
)


@pytest.mark.reference
@settings(max_examples=60, deadline=None)
@given(
    buyer=parties,
    ship_to=st.one_of(st.none(), st.builds(ShipTo, company=texts, name=texts, city=texts)),
    lines=st.lists(lines, min_size=1, max_size=4).map(tuple),
    note=texts,
    currency=st.sampled_from([None, ForeignCurrency("EUR"), ForeignCurrency("HUF", Decimal("6.4"), 100)]),
    encoding=st.sampled_from(["windows-1250", "utf-8"]),
)
def test_any_order_fits_the_official_schema_and_the_agent_accepts_it(
    xsd, buyer, ship_to, lines, note, currency, encoding
):
    written = write_order(
        order_import(buyer=buyer, ship_to=ship_to, lines=lines, note=note, text=note, currency=currency), encoding
    )
    assert schema.violations(written.document, directory=xsd) == ()
    check_import(written.document, OPERATION)
    assert len(values(written.document, "//ord:orderItem")) == len(lines)


@pytest.mark.reference
def test_a_full_order_fits_the_official_schema(xsd):
    written = write_order(
        order_import(
            number_series="ALG", payment_type="Allegro", carrier="One Box", centre="ESHOP", activity="ALLEGRO",
            note="a\nb", internal_note="c", date_from=dt.date(2026, 11, 20), date_to=dt.date(2026, 11, 24),
            buyer=Party(company="Firma", ico="12345678", dic="CZ12345678", ic_dph="SK1", country="SK"),
        )
    )  # fmt: skip
    assert schema.violations(written.document, directory=xsd) == ()
    assert written.notes == ()


@pytest.mark.reference
def test_requests_for_lists_fit_the_official_schema(xsd):
    requests = (
        orders_by_ext_id(PIN, EXT_ID, request_id="r1"),
        orders_by_id(PIN, 5, ext_system=EXT_ID.system, request_id="r2"),
        orders_page(PIN, id_from=1, count=1000, ext_system=EXT_ID.system, request_id="r3"),
    )
    assert [schema.violations(request.document, directory=xsd) for request in requests] == [(), (), ()]
    assert values(requests[0].document, "//@extSystem") == [EXT_ID.system]


@pytest.mark.reference
def test_with_the_schemas_named_a_wrong_document_is_not_written(xsd, monkeypatch):
    monkeypatch.setenv("POHODA_XSD_DIR", xsd)
    write_order(order_import())
    with pytest.raises(DocumentError, match="schema"):
        write_order(order_import(lines=(OrderLine("a", Decimal(1), Decimal(1), "wrong"),)))
