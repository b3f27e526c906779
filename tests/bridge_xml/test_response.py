"""The answer to an import: one outcome, and only a whole, consistent answer is a success (RELIABILITY 2.3.2)."""

import itertools

import pytest

from pohoda_bridge.documents import Detail, Duplicate, Imported, NotSent, Refused, UnitPin, Unknown
from pohoda_bridge.xml.expected import Expected
from pohoda_bridge.xml.response import read_import_response
from pohoda_bridge.xml.warnings import Policy, escalates
from tests.bridge_xml.answers import EXPECTED, FORM, PACK_ID, PIN, answer, detail, order_import


def read(data: bytes, expected: Expected = EXPECTED, **options):
    return read_import_response(data, expected=expected, **options)


def kind(outcome) -> str:
    return type(outcome).__name__


@pytest.mark.parametrize(
    ("pack", "item", "inner", "with_id", "without_id"),
    [
        ("ok", "ok", "ok", "Imported", "Unknown"),
        ("error", "ok", "ok", "Imported", "Unknown"),
        ("ok", "ok", "error", "Unknown", "Refused"),
        ("error", "ok", "error", "Unknown", "Refused"),
        ("ok", "error", "ok", "Unknown", "Refused"),
        ("error", "error", "ok", "Unknown", "Refused"),
        ("ok", "error", "error", "Unknown", "Refused"),
        ("error", "error", "error", "Unknown", "Refused"),
    ],
)
def test_every_combination_of_states_with_and_without_an_id(pack, item, inner, with_id, without_id):
    assert kind(read(answer(pack=pack, item=item, inner=inner))) == with_id
    assert kind(read(answer(pack=pack, item=item, inner=inner, produced=""))) == without_id
    assert kind(read(answer(pack=pack, item=item, inner=inner, produced="<rdc:producedDetails><rdc:id/></rdc:producedDetails>"))) == without_id  # fmt: skip  # noqa: E501


def test_a_success_carries_id_number_and_no_alarm():
    assert read(answer()) == Imported(1207, "26ALG0007")


def test_a_good_item_in_a_failed_pack_is_a_success_with_an_alarm():
    assert read(answer(pack="error", pack_note="Chyba dávky")) == Imported(1207, "26ALG0007", (), "Chyba dávky")
    assert read(answer(pack="error")).alarm != ""


def test_warnings_are_kept_with_their_values():
    xpath = "dat:dataPack/dat:dataPackItem[1]/ord:order/ord:orderHeader/ord:paymentType"
    outcome = read(answer(details=detail("warning", errno=603, xpath=xpath, values=("Allegro", "Příkazem"))))
    assert outcome.warnings == (Detail("warning", 603, "", xpath, "Allegro", "Příkazem"),)


@pytest.mark.parametrize(
    ("warning", "expected"),
    [
        (Detail("warning", 603, "", "/ord:order/ord:orderHeader/ord:text", "a", "b"), False),
        (Detail("warning", 603, "", "/typ:address/typ:city[1]", "a", "b"), False),
        (Detail("warning", 603, "", "/ord:orderHeader/ord:paymentType", "a", "b"), True),
        (Detail("warning", 603, "", "/ord:orderItem/ord:rateVAT", "high", "low"), True),
        (Detail("warning", 603, "", "/ord:orderItem[2]/ord:quantity", "2", "1"), True),
        (Detail("warning", 603, "", "/ord:homeCurrency/typ:unitPrice", "2", "1"), True),
        (Detail("warning", 603, "", "/ord:orderHeader/ord:number", "A", "B"), True),
        (Detail("warning", 603), True),
        (Detail("warning", 606, "Datum není z účetního období.", "/ord:orderHeader/ord:date", "a", "a"), True),
        (Detail("warning", None, "Upozornění"), False),
        (Detail("ok", None, "", "/ord:orderItem/ord:quantity", "2", "1"), False),
        (Detail("error", 101), True),
    ],
)
def test_a_changed_value_of_weight_is_shown_to_a_person(warning, expected):
    assert escalates(warning) is expected


def test_a_refusal_carries_number_note_and_details():
    outcome = read(answer(item="error", inner="error", produced="", details=detail("error", errno=101, note="Práva.")))
    assert outcome == Refused(101, "Práva.", (Detail("error", 101, "Práva."),))


def test_an_item_refused_with_an_empty_body_is_a_refusal_with_its_note():
    assert read(answer(item="error", inner=None, item_note="Chyba schématu")) == Refused(None, "Chyba schématu")
    assert read(answer(pack="error", item="error", inner=None)) == Refused(None, "")


@pytest.mark.parametrize(
    "data",
    [
        answer(item="error", inner="error", produced="", details=detail("error", note="Zjištěna DUPLICITA dokladu")),
        answer(item="error", inner="error", produced="", details=detail("error", note="Doklad již existuje.")),
        answer(item="error", inner="error", produced="", details=detail("error", note="ExtID je použito")),
        answer(item="error", inner="error", produced="", details=detail("error", errno=121, note="?")),
        answer(item="error", inner=None, item_note="duplicita"),
        answer(item="error", content="<rsp:errorDetail><rsp:recordDuplicity><rsp:agendaType>prijate_objednavky"
               "</rsp:agendaType><rsp:id>5</rsp:id></rsp:recordDuplicity></rsp:errorDetail>"),
    ],
)  # fmt: skip
def test_a_refusal_as_imported_before_is_a_duplicate(data):
    assert kind(read(data)) == "Duplicate"


def test_the_words_for_a_duplicate_can_be_configured_in_one_place():
    data = answer(item="error", inner=None, item_note="Bereits vorhanden")
    assert read(data) == Refused(None, "Bereits vorhanden")
    assert read(data, policy=Policy(duplicate_texts="vorhanden")) == Duplicate("Bereits vorhanden")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"<!DOCTYPE html><html><body>Login</body></html>", "html"),
        (b"Service Unavailable", "not_xml"),
        (answer()[:-20], "not_well_formed"),
        (answer(ico="87654321"), "wrong_unit"),
        (answer().replace(b' ico="12345678"', b""), "wrong_unit"),
        (answer(pack_id="other"), "other_item"),
        (answer(item_id="other"), "other_item"),
        (answer().replace(b' state="ok"', b"", 1), "bad_state"),
        (answer(item="maybe"), "bad_state"),
        (answer(inner="warning"), "bad_state"),
        (answer(details=detail("fine")), "bad_state"),
        (answer(details=detail("error", errno=1)), "contradiction"),
        (answer(produced=""), "no_id"),
        (answer(inner=None), "no_id"),
        (answer(produced="<rdc:producedDetails><rdc:id>-1</rdc:id></rdc:producedDetails>"), "bad_id"),
        (answer(produced="<rdc:producedDetails><rdc:id>1</rdc:id><rdc:actionType>update</rdc:actionType></rdc:producedDetails>"), "other_action"),  # noqa: E501
        (answer(produced="<rdc:producedDetails><rdc:id>1</rdc:id><rdc:id>2</rdc:id></rdc:producedDetails>"), "unexpected_element"),  # noqa: E501
        (answer(produced="<rdc:producedDetails><rdc:id>1</rdc:id><rdc:extId><typ:ids>x</typ:ids></rdc:extId></rdc:producedDetails>"), "other_record"),  # noqa: E501
        (answer(content="<typ:ids/>"), "unexpected_element"),
        (answer().replace(b"version_2/", b""), "legacy"),
        (b"<mServer><status>idle</status></mServer>", "not_an_answer"),
    ],
)  # fmt: skip
def test_anything_else_is_unknown_with_its_reason(data, code):
    assert read(data).code == code
    assert isinstance(read(data), Unknown)


def test_the_key_is_compared_when_it_is_pinned():
    pinned = Expected(pack_id=PACK_ID, item_id=FORM, pin=UnitPin("12345678", "db", 2026, "k-1"))
    assert read(answer(key="k-1"), pinned) == Imported(1207, "26ALG0007")
    assert read(answer(key="k-2"), pinned).code == "wrong_unit"


def test_two_items_or_none_are_unknown():
    item = answer()[answer().index(b"<rsp:responsePackItem") : answer().index(b"</rsp:responsePack>")]
    assert read(answer().replace(item, item + item)).code == "extra_item"
    assert read(answer(pack_note="x").replace(item, b"")).code == "item_missing"


def test_a_pack_refused_before_its_items_is_a_refusal_even_without_its_id():
    item = answer()[answer().index(b"<rsp:responsePackItem") : answer().index(b"</rsp:responsePack>")]
    for pack_id in ("", PACK_ID):
        refused = answer(pack="error", pack_id=pack_id, pack_note="IČO neodpovídá.").replace(item, b"")
        assert read(refused) == Refused(None, "IČO neodpovídá.")
        denied = answer(pack="error", pack_id=pack_id, pack_note="Uživatel není oprávněn.").replace(item, b"")
        assert read(denied) == NotSent("denied", "Uživatel není oprávněn.")
    assert read(answer(pack="error", pack_id="other", pack_note="x").replace(item, b"")).code == "item_missing"
    assert read(answer(pack="error").replace(item, b"")).code == "item_missing"


def test_expectations_come_from_the_order_itself():
    assert Expected.of(order_import()) == EXPECTED
    assert EXPECTED.pin == PIN


NOT_OK = [
    answer(pack=pack, item=item, inner=inner, produced=produced, details=details)
    for pack, item, inner, (produced, details) in itertools.product(
        ("ok", "error"),
        ("ok", "error"),
        ("ok", "error"),
        (
            ("", ""),
            ("", detail("error", errno=101, note="Uživatel nemá práva.")),
            ("<rdc:producedDetails><rdc:id>12</rdc:id></rdc:producedDetails>", detail("error", errno=108)),
        ),
    )
] + [answer(item="error", inner=None), answer(ico="99999999"), answer(pack_id="x", item_id="y")]


@pytest.mark.parametrize("number", range(len(NOT_OK)))
def test_no_prefix_and_no_changed_byte_turns_a_failure_into_a_success(number):
    """Each byte becomes each of those that could matter: markup, white space, digit, letter, one bit flipped."""
    data = NOT_OK[number]
    assert kind(read(data)) != "Imported"
    start = data.index(b"<rsp:responsePack ")
    for position in range(start, len(data)):
        assert kind(read(data[:position])) == "Unknown"
        for byte in (*b'</>" !?-1o', data[position] ^ 1):
            mutated = data[:position] + bytes([byte]) + data[position + 1 :]
            assert kind(read(mutated)) != "Imported", mutated


def test_no_removed_element_turns_a_failure_into_a_success():
    from lxml import etree

    for data in NOT_OK:
        for index in range(1, len(list(etree.fromstring(data).iter()))):
            root = etree.fromstring(data)
            removed = list(root.iter())[index]
            if removed.tag.endswith("}detail") or removed.tag.endswith("}importDetails"):
                continue
            removed.getparent().remove(removed)
            assert kind(read(etree.tostring(root))) != "Imported"


def test_no_prefix_of_a_success_is_anything_but_unknown():
    data = answer()
    for end in range(len(data)):
        assert kind(read(data[:end])) == "Unknown"
