"""A list is cut into its records whichever way it was written; a damaged one is refused, never shortened or changed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from xxhash import xxh3_128_digest

from pohoda_bridge.documents import UnitPin
from pohoda_bridge.protocol import Agenda
from pohoda_bridge.records import Record
from pohoda_bridge.xml.errors import ReadError
from pohoda_bridge.xml.expected import Expected
from pohoda_bridge.xml.raw import SplitList
from pohoda_bridge.xml.split import read_records, split, split_list
from pohoda_bridge.xml.whole import read_whole
from tests.bridge_xml.answers import PIN
from tests.bridge_xml.lists import EXPECTED, ITEMS, NAMESPACES, STAMP, answer, card, order
from tests.xsd import pack_violations

AGENDAS = ("stock", "orders", "invoices")
ENCODINGS = ("Windows-1250", "UTF-8")
SETTINGS = settings(max_examples=40, derandomize=True, deadline=None, database=None)
END_OF_ITEM = b"</rsp:responsePackItem>"
TEXTS = st.text(st.sampled_from("aZ09 ěščřžŁß&<>\"'!?-[]]>/:;#\n"), max_size=30)
AMOUNTS = st.decimals(-99999, 99999, places=2).map(lambda value: format(value, "f"))


def whole(data: bytes, agenda: Agenda = "stock", *, strictly: bool = False) -> list[Record] | str:
    """Every record of the answer, read, or the code of what is wrong with it."""
    try:
        found = strict(data, agenda) if strictly else split_list(data, agenda=agenda, expected=EXPECTED)
        return list(read_records(agenda, list(found), found.encoding))
    except ReadError as error:
        return error.code


def strict(data: bytes, agenda: Agenda = "stock") -> SplitList:
    encoding = "windows-1250" if b"indows-1250" in data[:60] else "utf-8"
    places, stamp = read_whole(data, agenda=agenda, expected=EXPECTED, encoding=encoding)
    return SplitList(places, stamp=stamp, encoding=encoding, is_fast=False)


def details(state: str) -> str:
    return f"<rdc:importDetails><rdc:detail><rdc:state>{state}</rdc:state></rdc:detail></rdc:importDetails>"


def same_outcome(data: bytes, agenda: Agenda = "stock") -> bool:
    """Both ways read the same records, or both refuse."""
    found, wanted = whole(data, agenda), whole(data, agenda, strictly=True)
    return found == wanted or (isinstance(found, str) and isinstance(wanted, str))


@pytest.mark.parametrize("agenda", AGENDAS)
@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("gap", ["", "\n", "\r\n   \t"])
def test_a_usual_list_is_cut_the_fast_way_into_the_bytes_of_its_records(agenda, encoding, gap):
    items = [ITEMS[agenda](number) for number in (3, 4, 11)]
    data = answer(agenda, items, encoding=encoding, gap=gap)
    found = split_list(data, agenda=agenda, expected=EXPECTED)
    codec = "cp1250" if encoding == "Windows-1250" else "utf-8"
    assert (found.is_fast, found.ids, found.stamp, len(found)) == (True, [3, 4, 11], STAMP, 3)
    assert [bytes(record.data) for record in found] == [item.encode(codec) for item in items]
    assert [record.fingerprint for record in found] == [xxh3_128_digest(item.encode(codec)) for item in items]
    assert list(strict(data, agenda)) == list(found)


@pytest.mark.parametrize("agenda", AGENDAS)
def test_the_lists_of_these_tests_are_pohodas(agenda, reference_dir):
    assert pack_violations(answer(agenda, [ITEMS[agenda](1), ITEMS[agenda](2)])) == []


def test_an_empty_list_is_whole_and_has_its_stamp():
    for items in ([], [details("warning")]):
        found = split_list(answer("stock", items), agenda="stock", expected=EXPECTED)
        assert (found.ids, found.stamp, list(found)) == ([], STAMP, [])
    closed = answer("stock", [], gap="").replace(b"></lStk:listStock>", b"/>")
    assert split_list(closed, agenda="stock", expected=EXPECTED).ids == []


def test_records_come_only_once_the_whole_list_was_seen():
    records = split(answer("stock", [card(1), card(2)])[:-1], agenda="stock", expected=EXPECTED)
    with pytest.raises(ReadError):
        next(records)


@pytest.mark.parametrize(
    "item",
    [
        card(2, more="<!-- <lStk:stock --><stk:note>x</stk:note>"),
        card(2, more="<stk:note><![CDATA[</lStk:stock><b>]]></stk:note>"),
        card(2, more="<stk:note>1<?x y?>2</stk:note>"),
        card(2, more="<stk:note>lStk:stock is its name</stk:note>"),
        card(2, more='<stk:pictures><lStk:stock version="2.0"><stk:id>9</stk:id></lStk:stock></stk:pictures>'),
        card(2, more="<stk:relatedStocks><lStk:stock/></stk:relatedStocks>"),
        card(2).replace('<lStk:stock version="2.0">', "<lStk:stock\nversion='2.0' >"),
        card(2).replace("</lStk:stock>", "</lStk:stock >"),
        card(2).replace("<stk:id>2</stk:id>", "").replace("</stk:stockHeader>", "<stk:id>2</stk:id></stk:stockHeader>"),
        card(2).replace("<lStk:stock ", '<lStk:stock xmlns:stk="http://www.stormware.cz/schema/version_2/stock.xsd" '),
    ],
)  # fmt: skip
def test_what_could_mislead_the_fast_way_is_read_the_strict_way_with_the_same_bytes(item):
    items = [card(1), item, card(3)]
    found = split_list(answer("stock", items), agenda="stock", expected=EXPECTED)
    assert (found.is_fast, found.ids) == (False, [1, 2, 3])
    assert [bytes(record.data).decode("cp1250") for record in found] == items
    assert [record.id for record in read_records("stock", list(found), found.encoding)] == [1, 2, 3]


def test_text_around_comments_and_in_cdata_is_one_text():
    item = card(1, name="").replace("<stk:name></stk:name>", "<stk:name>A<!-- x --> &amp;<![CDATA[<b>]]></stk:name>")
    (record,) = whole(answer("stock", [item]))
    assert record.name == "A &<b>"


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_other_prefixes_mean_the_same_records(encoding):
    usual = answer("stock", [card(1, name="Židle <b>"), card(2)], encoding=encoding)
    changed = usual.replace(b"stk:", b"s:").replace(b"xmlns:stk", b"xmlns:s").replace(b"typ:", b"t:")
    changed = changed.replace(b"xmlns:typ", b"xmlns:t")
    found = split_list(changed, agenda="stock", expected=EXPECTED)
    assert not found.is_fast
    assert whole(changed) == whole(usual)


def test_a_usual_prefix_with_another_meaning_is_not_taken_for_the_usual_one():
    namespaces = NAMESPACES.replace("/stock.xsd", "/store.xsd")
    assert whole(answer("stock", [card(1)], namespaces=namespaces)) == "bad_record"


def test_a_default_namespace_in_the_frame_is_kept_with_the_records():
    data = answer("stock", [card(1, more="<note>x</note>"), card(2)], namespaces=NAMESPACES + ' xmlns="urn:x"')
    assert not split_list(data, agenda="stock", expected=EXPECTED).is_fast
    assert [record.id for record in whole(data)] == [1, 2]


def test_a_comment_before_the_root_and_a_byte_order_mark_do_not_matter():
    items = [card(1), card(2)]
    usual = whole(answer("stock", items))
    assert whole(answer("stock", items, prolog="<!-- x -->\n")) == usual
    assert whole(b"\xef\xbb\xbf" + answer("stock", items, encoding="UTF-8")) == usual


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (answer("stock", [card(1)], state="error", pack_note="Uživatel není oprávněn."), "refused"),
        (answer("stock", [card(1)], list_state="error"), "refused"),
        (answer("stock", [card(1)]).replace(b'ico="12345678"', b'ico="87654321"'), "wrong_unit"),
        (answer("stock", [card(1)]).replace(b'id="CFL-1"', b'id="CFL-2"'), "other_item"),
        (answer("stock", [card(1)]).replace(b'id="CFL-1-1"', b'id="CFL-1-2"'), "other_item"),
        (answer("orders", [order(1)]), "unexpected_element"),
        (answer("stock", [card(1), "<rdc:parts/>"]), "unexpected_element"),
        (answer("stock", [card(1), "text", card(2)]), "unexpected_text"),
        (answer("stock", [card(1)], stamp="yesterday"), "bad_stamp"),
        (answer("stock", [card(2), card(1)]), "not_ascending"),
        (answer("stock", [card(1), card(1)]), "not_ascending"),
        (answer("stock", [card(0)]), "bad_record"),
        (answer("stock", ["<lStk:stock version='2.0'/>"]), "bad_record"),
        (answer("stock", [card(1)], prolog="<!DOCTYPE x>"), "doctype"),
        (answer("stock", [card(1)], encoding="iso-8859-2"), "encoding"),
        (answer("stock", [card(1)]) + b"<x/>", "not_well_formed"),
        (answer("stock", [card(1)]).replace(END_OF_ITEM, END_OF_ITEM + b"<rsp:responsePackItem/>"), "extra_item"),
        (answer("stock", [details("error")]), "refused"),
        (b"<html/>", "html"),
        (b"", "empty"),
    ],
)  # fmt: skip
def test_anything_less_than_the_whole_list_asked_for_is_refused(data, code):
    assert whole(data) == code


def test_an_answer_of_another_key_is_of_another_unit():
    expected = Expected(pack_id="CFL-1", item_id="CFL-1-1", pin=UnitPin(PIN.ico, PIN.database, 2026, "another"))
    with pytest.raises(ReadError, match="wrong_unit"):
        split_list(answer("stock", [card(1)]), agenda="stock", expected=expected)


@pytest.mark.parametrize("agenda", AGENDAS)
def test_no_beginning_of_a_list_is_a_list(agenda):
    data = answer(agenda, [ITEMS[agenda](1), ITEMS[agenda](2)])
    for end in range(len(data)):
        with pytest.raises(ReadError):
            split_list(data[:end], agenda=agenda, expected=EXPECTED)


@pytest.mark.parametrize("byte", [b"<", b"x", b"\x81"])
def test_a_changed_byte_anywhere_is_refused_or_read_as_the_strict_way_reads_it(byte):
    data = answer("stock", [card(1, levels=()), card(2, levels=())])
    start = data.index(b"<rsp:responsePackItem")
    for at in [*range(0, start, 7), *range(start, len(data))]:
        changed = data[:at] + byte + data[at + 1 :]
        assert same_outcome(changed), changed[max(0, at - 40) : at + 40]


@SETTINGS
@given(st.data())
def test_an_inserted_or_removed_piece_is_refused_or_read_as_the_strict_way_reads_it(data):
    agenda = data.draw(st.sampled_from(AGENDAS))
    document = answer(agenda, [ITEMS[agenda](number) for number in (1, 2, 3)])
    at = data.draw(st.integers(0, len(document)))
    gone = data.draw(st.integers(0, 400))
    new = data.draw(
        st.sampled_from([b"", b" ", b"<", b">", b"/", b"<!-- ", b"-->", b"]]>", b"&", b'"', b"<x/>", b"\n"])
    )
    changed = document[:at] + new + document[at + gone :]
    assert same_outcome(changed, agenda), changed


@SETTINGS
@given(
    st.lists(st.tuples(TEXTS, AMOUNTS, st.lists(st.tuples(TEXTS, AMOUNTS), max_size=3)), max_size=6),
    st.sampled_from(ENCODINGS),
    st.sampled_from(["", "\n", " \t"]),
)
def test_both_ways_cut_the_same_records_out_of_any_list(cards, encoding, gap):
    items = [
        card(number, name=name, count=count, levels=levels) for number, (name, count, levels) in enumerate(cards, 1)
    ]
    data = answer("stock", items, encoding=encoding, gap=gap)
    found, wanted = split_list(data, agenda="stock", expected=EXPECTED), strict(data)
    assert (found.ids, found.stamp, list(found)) == (wanted.ids, wanted.stamp, list(wanted))
    assert found.is_fast == bool(items)
    records = list(read_records("stock", list(found), found.encoding))
    assert [record.name for record in records] == [name.strip() for name, _, _ in cards]


def test_a_record_that_cannot_be_read_leaves_the_others_readable():
    data = answer("stock", [card(1), card(2), card(3)]).replace(
        b"<stk:code>Z2</stk:code>", b"<stk:code>Z\x812</stk:code>"
    )
    found = split_list(data, agenda="stock", expected=EXPECTED)
    assert found.is_fast
    records = read_records("stock", list(found), found.encoding)
    assert next(records).id == 1
    with pytest.raises(ReadError, match="not_well_formed"):
        next(records)
    assert whole(data, strictly=True) == "not_well_formed"
