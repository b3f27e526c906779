import gzip
import json
import zlib

import pytest

from tests.sandbox_pohoda.packs import list_orders, order, pack
from tests.sandbox_pohoda.visitor import Visitor, encoded, find, login, text


def test_a_wrong_login_gets_401_and_a_page(visitor: Visitor) -> None:
    response = visitor.http.post("/xml", content=encoded(pack(order())), headers=login(password="x"))
    assert response.status_code == 401
    assert response.headers["content-type"] == "text/html"
    assert visitor.orders() == []


def test_a_user_without_the_mserver_right_gets_a_login_page_with_200(visitor: Visitor) -> None:
    visitor.control("POST", "config", {"mserver_right": False})
    response = visitor.post(pack(order()))
    assert response.status_code == 200
    assert b"<html" in response.content
    assert visitor.orders() == []


def test_a_user_without_the_import_right_is_refused_at_pack_level_without_ids(visitor: Visitor) -> None:
    visitor.control("POST", "config", {"import_right": False})
    answer = visitor.send(pack(order()))
    assert answer.get("state") == "error"
    assert answer.get("id") == ""
    assert len(answer) == 0
    assert visitor.orders() == []


def test_answers_are_windows_1250_by_their_declaration(visitor: Visitor) -> None:
    response = visitor.post(pack(order(header="<ord:carrier><typ:ids>Povoz řidiče</typ:ids></ord:carrier>")))
    assert response.content.startswith(b'<?xml version="1.0" encoding="Windows-1250"?>')
    assert response.headers["content-type"] == "text/xml"
    assert "Povoz řidiče" in response.content.decode("cp1250")


@pytest.mark.parametrize("encoding", ["Windows-1250", "UTF-8"])
def test_requests_are_read_by_their_declaration(visitor: Visitor, encoding: str) -> None:
    visitor.post(pack(order()), encoding=encoding)
    assert visitor.rows("OBJ")[0]["Jmeno"] == "Jan Žižka"


def test_characters_the_database_cannot_keep_become_question_marks(visitor: Visitor) -> None:
    visitor.post(pack(order(header="<ord:note>Děkuji 🙂 за заказ</ord:note>")), encoding="UTF-8")
    assert visitor.rows("OBJ")[0]["Pozn"] == "Děkuji ? ?? ?????"


@pytest.mark.parametrize(("name", "packer"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
def test_compressed_requests_are_unpacked(visitor: Visitor, name: str, packer) -> None:
    body = packer(encoded(pack(order())))
    visitor.http.post("/xml", content=body, headers=login() | {"Content-Encoding": name})
    assert len(visitor.orders()) == 1


@pytest.mark.parametrize("name", ["gzip", "deflate", "identity"])
def test_answers_are_compressed_as_the_client_accepts(visitor: Visitor, name: str) -> None:
    response = visitor.post(pack(list_orders()), Accept_Encoding=name)
    assert response.headers.get("content-encoding", "identity") == name
    assert b"responsePack" in response.content


def test_a_request_that_is_not_well_formed_is_refused_at_pack_level(visitor: Visitor) -> None:
    answer = visitor.send(pack(order())[:-20])
    assert answer.get("state") == "error"
    assert len(answer) == 0


def test_a_doctype_is_refused(visitor: Visitor) -> None:
    answer = visitor.send('<!DOCTYPE dat:dataPack [<!ENTITY a "b">]>' + pack(order()))
    assert answer.get("state") == "error"
    assert visitor.orders() == []


@pytest.mark.parametrize("ico", ["87654321", "1234 5678", "12345678 "])
def test_a_pack_for_another_ico_is_refused_to_the_character(visitor: Visitor, ico: str) -> None:
    answer = visitor.send(pack(order(), ico=ico))
    assert answer.get("state") == "error"
    assert answer.get("ico") == "12345678"
    assert len(answer) == 0
    assert visitor.orders() == []
    assert len(visitor.effects("order.refused")) == 1


def test_the_key_counts_only_where_the_ico_is_empty(visitor: Visitor) -> None:
    assert visitor.send(pack(order(), key="another")).get("state") == "ok"
    assert visitor.send(pack(order(), ico="", key="another")).get("state") == "error"


def test_the_following_period_needs_the_switch_of_the_unit(visitor: Visitor) -> None:
    assert visitor.send(pack(order(), period="following")).get("state") == "error"
    konfig = visitor.rows("sKonfig")[0]
    visitor.control("POST", "rows", {"table": "sKonfig", "rows": [{**konfig, "Prelom": True}]})
    assert visitor.send(pack(order(), period="following")).get("state") == "ok"


def test_an_agenda_the_sandbox_does_not_know_is_an_item_error(visitor: Visitor) -> None:
    answer = visitor.send(pack('<lst:listStoreRequest version="2.0"/>', order()))
    states = [item.get("state") for item in answer]
    assert answer.get("state") == "ok"
    assert states == ["error", "ok"]


def test_the_label_and_the_application_are_in_the_import_log(visitor: Visitor) -> None:
    visitor.post(pack(order()), STW_Instance="request-7", STW_Application="Connectify")
    log = visitor.rows("XML")[0]
    assert (log["IDS"], log["Aplikace"], log["Usr"]) == ("CF1-1", "Test", "mserver")
    assert (log["Station"], log["SrcName"]) == ("request-7", "Connectify")


def test_documents_are_not_served_by_get(visitor: Visitor) -> None:
    assert visitor.http.get("/xml").status_code == 405


def test_over_long_values_fail_the_schema_for_that_item_alone(strict_visitor: Visitor) -> None:
    long_note = f"<ord:numberOrder>{'1' * 33}</ord:numberOrder>"
    broken = order(ext="other").replace("<ord:numberOrder>29738e61</ord:numberOrder>", long_note)
    answer = strict_visitor.send(pack(order(), broken))
    assert [item.get("state") for item in answer] == ["ok", "error"]
    assert "schématu" in (answer[1].get("note") or "")
    assert len(strict_visitor.orders()) == 1
    refused = strict_visitor.effects("order.refused")
    assert [entry["data"]["item_id"] for entry in refused] == ["CF1-1-2"]


def test_a_pack_that_breaks_the_schema_itself_is_refused_whole(strict_visitor: Visitor) -> None:
    answer = strict_visitor.send(pack(order()).replace(' application="Test"', ""))
    assert answer.get("state") == "error"
    assert "schématu" in (answer.get("note") or "")
    assert len(answer) == 0
    assert strict_visitor.orders() == []


def test_the_exchange_ledger_holds_both_bodies_readable_and_no_password(visitor: Visitor) -> None:
    ledger = visitor.directory / "pohoda.jsonl"
    earlier = len(ledger.read_bytes())
    visitor.post(pack(order()))
    assert visitor.control("GET", "health")["status"] == "ok"
    (line,) = ledger.read_bytes()[earlier:].decode().splitlines()
    exchange = json.loads(line)
    assert (exchange["method"], exchange["path"], exchange["status"]) == ("POST", "/xml", 200)
    assert "Jan Žižka" in exchange["request_body"]
    assert "responsePack" in exchange["response_body"]
    assert exchange["request_headers"]["stw-authorization"] == "***"


def test_the_answer_echoes_the_pack_and_item_ids(visitor: Visitor) -> None:
    answer = visitor.send(pack(order(), id="CF1-abc", items=("form-1",)))
    assert answer.get("id") == "CF1-abc"
    assert find(answer, "rsp:responsePackItem").get("id") == "form-1"
    assert text(answer, ".//rdc:producedDetails/rdc:number") == "26OP00001"
