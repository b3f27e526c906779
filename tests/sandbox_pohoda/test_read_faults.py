"""Faults of lists and prints: what a client that reads must not believe."""

from pathlib import Path
from threading import Thread
from xml.etree import ElementTree

import httpx
import pytest

from tests.sandbox_pohoda.packs import NS, list_cards, list_invoices, list_orders, order, pack, print_invoice
from tests.sandbox_pohoda.test_slips_and_invoices import invoice
from tests.sandbox_pohoda.visitor import Visitor, encoded, find, login


def cards(visitor: Visitor) -> int:
    answer = visitor.send(pack(list_cards()))
    assert find(answer, ".//lStk:listStock").get("state") == "ok"
    return len(answer.findall(".//lStk:stock", NS))


def body(visitor: Visitor, request: str) -> bytes:
    response = visitor.post(request)
    assert response.status_code == 200
    assert int(response.headers.get("content-length", len(response.content))) > 0
    return response.content


def test_an_empty_list_is_ok_and_holds_nothing(visitor: Visitor) -> None:
    visitor.fault("list_empty")
    assert [cards(visitor), cards(visitor)] == [0, 42]


def test_half_a_list_looks_like_a_whole_one(visitor: Visitor) -> None:
    visitor.fault("list_half")
    assert [cards(visitor), cards(visitor)] == [21, 42]


def test_a_list_fault_strikes_the_kind_it_is_aimed_at(visitor: Visitor) -> None:
    visitor.send(pack(order()))
    visitor.fault("list_empty", target="list.order")
    assert cards(visitor) == 42
    assert len(visitor.send(pack(list_orders())).findall(".//lst:order", NS)) == 0


def test_list_faults_leave_imports_alone(visitor: Visitor) -> None:
    visitor.fault("list_cut")
    visitor.send(pack(order()))
    assert visitor.control("GET", "faults")["faults"][0]["times"] == 1


def test_a_cut_list_ends_in_the_middle_of_its_records(visitor: Visitor) -> None:
    whole = body(visitor, pack(list_cards()))
    visitor.fault("list_cut")
    cut = body(visitor, pack(list_cards()))
    assert cut == whole[: len(whole) // 2]
    with pytest.raises(ElementTree.ParseError):
        ElementTree.fromstring(cut)


def test_a_list_without_its_end_has_every_record(visitor: Visitor) -> None:
    visitor.fault("list_without_end")
    content = body(visitor, pack(list_cards()))
    assert content.count(b"</lStk:stock>") == 42
    assert content.endswith(b"</lStk:listStock>")


def test_an_answer_of_another_unit_has_its_ico_and_key(visitor: Visitor) -> None:
    own = visitor.send(pack(list_cards()))
    visitor.fault("other_unit", target="list.stock", ico="11111111")
    other = visitor.send(pack(list_cards()))
    assert (own.get("ico"), other.get("ico")) == ("12345678", "11111111")
    assert own.get("key") != other.get("key")


def test_the_status_is_of_another_unit_only_where_that_is_aimed_at(visitor: Visitor) -> None:
    def status() -> str:
        return visitor.http.get("/status?companyDetail", headers=login()).text

    visitor.fault("other_unit")
    assert "12345678" in status()
    visitor.control("DELETE", "faults")
    visitor.fault("other_unit", target="status", ico="11111111")
    assert "<databaseName>StwPh_11111111_2026</databaseName>" in status()
    assert "12345678" in status()


def test_last_years_database_says_so_in_its_status(visitor: Visitor) -> None:
    visitor.control("POST", "config", {"year": 2025})
    status = visitor.http.get("/status?companyDetail", headers=login()).text
    assert "<year>2025</year>" in status
    assert "<databaseName>StwPh_12345678_2025</databaseName>" in status


@pytest.mark.parametrize(("target", "request_of"), [("list.stock", list_cards), ("list.invoice", list_invoices)])
def test_a_list_is_read_and_its_answer_never_comes(visitor: Visitor, target: str, request_of: object) -> None:
    assert callable(request_of)
    visitor.fault("apply_then_timeout", target=target, seconds=0)
    with pytest.raises(httpx.RemoteProtocolError):
        visitor.post(pack(request_of()))
    visitor.send(pack(request_of()))


def test_a_print_is_made_and_its_answer_never_comes(visitor: Visitor) -> None:
    visitor.send(pack(order()))
    invoice(visitor)
    visitor.fault("apply_then_timeout", target="print.invoice", seconds=0)
    with pytest.raises(httpx.RemoteProtocolError):
        visitor.post(pack(print_invoice()))
    assert len(visitor.effects("invoice.printed")) == 1


def test_a_print_waits_at_the_gate_after_it_was_made(visitor: Visitor, tmp_path: Path) -> None:
    visitor.send(pack(order()))
    invoice(visitor)
    gate, release = tmp_path / "gate", tmp_path / "release"
    visitor.fault("gate_after_commit", target="print.invoice", path=str(gate), release=str(release), seconds=30)
    answers: list[bytes] = []
    with httpx.Client(base_url=visitor.server.url, timeout=30) as second:
        waiting = Thread(
            target=lambda: answers.append(
                second.post("/xml", content=encoded(pack(print_invoice())), headers=login()).content
            )
        )
        waiting.start()
        while not gate.exists():
            waiting.join(0.01)
        assert (len(visitor.effects("invoice.printed")), cards(visitor), answers) == (1, 42, [])
        release.touch()
        waiting.join(20)
    assert b"rdc:attachment" in answers[0]


def test_a_kind_without_the_right_is_refused_and_others_are_not(visitor: Visitor) -> None:
    visitor.control("POST", "config", {"forbidden": ["list.invoice"]})
    assert find(visitor.send(pack(list_invoices())), "rsp:responsePackItem").get("state") == "error"
    assert cards(visitor) == 42


def test_an_order_for_a_store_that_the_user_does_not_see_is_refused(visitor: Visitor) -> None:
    visitor.control("POST", "config", {"visible_store": "ESHOP"})
    answer = visitor.send(pack(order()))
    assert find(answer, "rsp:responsePackItem").get("state") == "error"
    unfiltered = order().replace(
        "<ord:stockItem><typ:store><typ:ids>ZBOZI</typ:ids></typ:store><typ:stockItem>",
        "<ord:stockItem><typ:store><typ:ids>ZBOZI</typ:ids></typ:store>"
        '<typ:stockItem applyUserSettingsFilterOnTheStore="false">',
    )
    assert find(visitor.send(pack(unfiltered, id="p2")), "rsp:responsePackItem").get("state") == "ok"
