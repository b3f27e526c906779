from pathlib import Path
from threading import Thread
from xml.etree import ElementTree

import httpx
import pytest

from tests.sandbox_pohoda.packs import FORM, NS, by_ext_id, list_orders, order, pack
from tests.sandbox_pohoda.visitor import Visitor, find, login, text


def lookup_finds(visitor: Visitor) -> int:
    answer = visitor.send(pack(list_orders(by_ext_id()), id="lookup"))
    return len(answer.findall(".//lst:order", NS))


def test_mserver_off_closes_the_connection_without_an_answer(visitor: Visitor) -> None:
    visitor.fault("mserver_off")
    with pytest.raises(httpx.RemoteProtocolError):
        visitor.post(pack(order()))
    assert visitor.orders() == []


def test_mserver_off_can_answer_503(visitor: Visitor) -> None:
    visitor.fault("mserver_off", mode="503")
    assert visitor.http.get("/status").status_code == 503


def test_a_disabled_mserver_stays_off_until_it_is_enabled(visitor: Visitor) -> None:
    visitor.control("POST", "config", {"enabled": False})
    for _ in range(2):
        with pytest.raises(httpx.RemoteProtocolError):
            visitor.http.get("/status")
    visitor.control("POST", "config", {"enabled": True})
    assert visitor.http.get("/status").status_code == 200


def test_apply_then_timeout_saves_the_order_and_never_answers(visitor: Visitor) -> None:
    visitor.fault("apply_then_timeout", seconds=60)
    with pytest.raises(httpx.ReadTimeout):
        visitor.http.post("/xml", content=pack(order()).encode(), headers=login(), timeout=0.3)
    assert lookup_finds(visitor) == 1


def test_apply_then_timeout_does_not_strike_a_lookup(visitor: Visitor) -> None:
    visitor.fault("apply_then_timeout", seconds=60)
    assert lookup_finds(visitor) == 0
    assert visitor.control("GET", "faults")["faults"][0]["times"] == 1


def test_apply_then_timeout_ends_with_a_cut_connection(visitor: Visitor) -> None:
    visitor.fault("apply_then_timeout", seconds=0)
    with pytest.raises(httpx.RemoteProtocolError):
        visitor.post(pack(order()))
    assert len(visitor.orders()) == 1


def test_gate_after_commit_shows_the_commit_while_the_answer_waits(visitor: Visitor, tmp_path: Path) -> None:
    gate, release = tmp_path / "gate", tmp_path / "release"
    visitor.fault("gate_after_commit", path=str(gate), release=str(release), seconds=30)
    answers: list[httpx.Response] = []
    sender = Thread(target=lambda: answers.append(visitor.post(pack(order()))))
    sender.start()
    wait_for(gate)
    assert lookup_finds(visitor) == 1
    assert answers == []
    release.touch()
    sender.join(20)
    assert text(ElementTree.fromstring(answers[0].content), ".//rdc:number") == "26OP00001"


def test_hold_before_commit_keeps_the_order_invisible_until_it_ends(visitor: Visitor, tmp_path: Path) -> None:
    gate, release = tmp_path / "gate", tmp_path / "release"
    visitor.fault("hold_before_commit", path=str(gate), release=str(release), seconds=30)
    sender = Thread(target=lambda: visitor.post(pack(order())))
    sender.start()
    wait_for(gate)
    assert visitor.orders() == []
    assert visitor.effects() == []
    release.touch()
    sender.join(20)
    assert len(visitor.orders()) == 1


def test_truncated_answers_end_in_the_middle(visitor: Visitor) -> None:
    visitor.fault("truncated")
    response = visitor.post(pack(order()))
    assert response.status_code == 200
    with pytest.raises(ElementTree.ParseError):
        ElementTree.fromstring(response.content)
    assert lookup_finds(visitor) == 1


def test_truncated_answers_can_break_their_promised_length(visitor: Visitor) -> None:
    visitor.fault("truncated", cut=True)
    with pytest.raises(httpx.RemoteProtocolError):
        visitor.post(pack(order()))
    assert lookup_finds(visitor) == 1


@pytest.mark.parametrize("name", ["not_well_formed", "bad_cp1250_byte", "empty_body"])
def test_damaged_answers_cannot_be_parsed_though_the_order_is_saved(visitor: Visitor, name: str) -> None:
    visitor.fault(name)
    response = visitor.post(pack(order()))
    assert response.status_code == 200
    with pytest.raises(ElementTree.ParseError):
        ElementTree.fromstring(response.content)
    assert lookup_finds(visitor) == 1


@pytest.mark.parametrize(
    ("name", "status", "content"),
    [
        ("html_200", 200, b"<html"),
        ("plain_text_200", 200, b"mServer"),
        ("http_408", 408, b""),
        ("http_503", 503, b""),
        ("denied", 200, b'id=""'),
    ],
)
@pytest.mark.parametrize("applied", [False, True])
def test_replaced_answers_say_nothing_of_what_was_done(
    visitor: Visitor, name: str, status: int, content: bytes, applied: bool
) -> None:
    visitor.fault(name, **({"apply": True} if applied else {}))
    response = visitor.post(pack(order()))
    assert response.status_code == status
    assert content in response.content
    assert b"producedDetails" not in response.content
    assert lookup_finds(visitor) == int(applied)


def test_denied_is_a_pack_error_without_items(visitor: Visitor) -> None:
    visitor.fault("denied")
    answer = visitor.send(pack(order()))
    assert (answer.get("state"), answer.get("id"), len(answer)) == ("error", "", 0)


def test_wrong_ico_answers_for_another_unit(visitor: Visitor) -> None:
    visitor.fault("wrong_ico")
    assert visitor.send(pack(order())).get("ico") == "87654321"
    visitor.fault("wrong_ico", ico="00000001")
    assert visitor.send(pack(list_orders())).get("ico") == "00000001"


def test_wrong_item_id_answers_for_an_item_nobody_sent(visitor: Visitor) -> None:
    visitor.fault("wrong_item_id")
    assert find(visitor.send(pack(order())), "rsp:responsePackItem").get("id") != "CF1-1-1"


def test_missing_item_answers_for_the_pack_alone(visitor: Visitor) -> None:
    visitor.fault("missing_item")
    answer = visitor.send(pack(order()))
    assert (answer.get("state"), len(answer)) == ("ok", 0)
    assert lookup_finds(visitor) == 1


def test_double_item_answers_twice_under_one_id(visitor: Visitor) -> None:
    visitor.fault("double_item")
    answer = visitor.send(pack(order()))
    assert [item.get("id") for item in answer] == ["CF1-1-1", "CF1-1-1"]
    assert [len(item) for item in answer] == [1, 0]


def test_item_ok_pack_error_contradicts_itself(visitor: Visitor) -> None:
    visitor.fault("item_ok_pack_error")
    answer = visitor.send(pack(order()))
    assert answer.get("state") == "error"
    assert find(answer, "rsp:responsePackItem").get("state") == "ok"
    assert text(answer, ".//rdc:id") == "1"


def test_pack_ok_item_missing_id_says_ok_without_a_document(visitor: Visitor) -> None:
    visitor.fault("pack_ok_item_missing_id")
    answer = visitor.send(pack(order()))
    assert find(answer, ".//ord:orderResponse").get("state") == "ok"
    assert answer.find(".//rdc:producedDetails", NS) is None
    assert lookup_finds(visitor) == 1


def test_item_error_empty_body_says_nothing_of_the_reason(visitor: Visitor) -> None:
    visitor.fault("item_error_empty_body")
    answer = visitor.send(pack(order()))
    item = find(answer, "rsp:responsePackItem")
    assert (answer.get("state"), answer.get("note")) == ("error", "")
    assert (item.get("state"), item.get("note"), len(item)) == ("error", None, 0)
    assert visitor.orders() == []


def test_warning_changed_total_saves_another_total_and_says_so(visitor: Visitor) -> None:
    visitor.fault("warning_changed_total")
    answer = visitor.send(pack(order()))
    detail = find(answer, ".//rdc:detail")
    assert (text(detail, "rdc:valueRequested"), text(detail, "rdc:valueProduced")) == ("2549.00", "2550.00")
    assert visitor.orders()[0]["total"] == "2550.00"
    exported = find(visitor.send(pack(list_orders())), ".//ord:orderSummary/ord:homeCurrency")
    assert text(exported, "typ:round/typ:priceRound") == "1.00"


@pytest.mark.parametrize("target", ["/xml", "order.add", "import", "CF1-1", "CF1-1-1", FORM])
def test_faults_are_aimed_at_path_kind_group_or_id(visitor: Visitor, target: str) -> None:
    visitor.fault("html_200", target)
    assert b"<html" in visitor.post(pack(order())).content


@pytest.mark.parametrize("target", ["/status", "order.delete", "list", "CF1-2", "other"])
def test_faults_aimed_elsewhere_do_not_strike(visitor: Visitor, target: str) -> None:
    visitor.fault("html_200", target)
    assert text(visitor.send(pack(order())), ".//rdc:number") == "26OP00001"


def wait_for(path: Path) -> None:
    """Until the file is there; pytest's own timeout ends a wait in vain."""
    from threading import Event

    pause = Event()
    while not path.exists():
        pause.wait(0.005)
