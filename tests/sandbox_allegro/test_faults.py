"""Each fault of the switchboard does what it is named after, and nothing once it is used up."""

import socket
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from allegro_integration.sandbox.app import FAULTS
from allegro_integration.sandbox.sellers import DEFAULT_SELLER
from tests.sandbox_allegro.conftest import CALLBACK, Visitor

TESTED = {
    "http_429",
    "http_500",
    "http_503",
    "timeout_before",
    "apply_then_timeout",
    "html_200",
    "truncated_json",
    "slow_drip",
    "journal_gap",
    "journal_duplicate",
    "journal_disorder",
    "form_404_until",
    "refresh_answer_lost",
    "gate_after_rotate",
    "unknown_enum",
    "wrong_seller",
}


TESTED_WITH_OFFERS = {
    "command_never_completes",
    "command_fail",
    "report_late",
    "tasks_missing",
    "edit_in_progress",
    "scan_rejected",
    "scan_slow",
    "invoice_corpse",
    "gate_after_apply",
}


def types(visitor: Visitor) -> list[str]:
    return [event["type"] for event in visitor.get("/order/events")["events"]]


def refresh(visitor: Visitor, pair: dict[str, str]) -> httpx.Response:
    return visitor.token(grant_type="refresh_token", refresh_token=pair["refresh_token"])


def test_every_fault_of_the_sandbox_has_a_test() -> None:
    assert FAULTS == TESTED | TESTED_WITH_OFFERS


def test_an_unknown_fault_is_refused(allegro: Visitor) -> None:
    response = allegro.http.post("/_sandbox/faults", json={"name": "http_418"})
    assert response.status_code == 400
    assert "http_429" in response.json()["known"]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_refusing_server_answers_with_the_status_and_errors(seller: Visitor, status: int) -> None:
    seller.fault(f"http_{status}", times=2)
    seller.fault(f"http_{status}", times=1, params={"retry_after": 7})
    answers = [seller.call("GET", "/me") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [status, status, status, 200]
    assert [answer.headers.get("retry-after") for answer in answers] == [None, None, "7", None]
    assert answers[0].json()["errors"][0]["code"]


def test_a_fault_aims_at_a_path_at_a_method_or_at_a_seller(seller: Visitor) -> None:
    seller.fault("http_500", target="/order/events")
    assert seller.call("GET", "/me").status_code == 200
    assert seller.call("GET", "/order/events").status_code == 500
    seller.control("DELETE", "faults")
    seller.fault("http_500", target="PUT /order/checkout-forms")
    form_id = seller.purchase()[0]
    assert seller.call("GET", f"/order/checkout-forms/{form_id}").status_code == 200
    assert seller.call("PUT", f"/order/checkout-forms/{form_id}/fulfillment", {"status": "SENT"}).status_code == 500
    seller.control("DELETE", "faults")
    seller.fault("http_500", target="555")
    assert seller.call("GET", "/me").status_code == 200
    seller.control("PUT", "sellers/555", {"login": "druhy"})
    seller.sign_in("555")
    assert seller.call("GET", "/me").status_code == 500


def test_a_fault_with_a_probability_repeats_for_its_seed(seller: Visitor) -> None:
    def statuses() -> list[int]:
        number = seller.fault("http_500", probability=0.5, seed=3)
        drawn = [seller.call("GET", "/me").status_code for _ in range(20)]
        seller.control("DELETE", f"faults?id={number}")
        return drawn

    first = statuses()
    assert set(first) == {200, 500}
    assert statuses() == first
    assert seller.control("GET", "counters")["faults_fired"]["http_500"] == 2 * first.count(500)


def test_a_page_of_html_comes_with_status_200(seller: Visitor) -> None:
    seller.fault("html_200", times=1)
    answer = seller.call("GET", "/me")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.text.startswith("<!doctype html>")


def test_truncated_json_is_the_first_half_with_a_length_that_fits(seller: Visitor) -> None:
    whole = seller.call("GET", "/me").content
    seller.fault("truncated_json", times=1)
    answer = seller.call("GET", "/me")
    assert answer.status_code == 200
    assert answer.content == whole[: len(whole) // 2]


def test_a_slow_drip_arrives_whole_in_small_pieces(seller: Visitor) -> None:
    whole = seller.call("GET", "/me").content
    seller.fault("slow_drip", times=1, params={"seconds": 0, "piece": 20})
    answer = seller.call("GET", "/me")
    assert answer.content == whole
    assert answer.headers["content-length"] == str(len(whole))


def test_a_timeout_before_does_nothing_and_closes(seller: Visitor) -> None:
    form_id = seller.purchase()[0]
    seller.fault("timeout_before", target="/order/checkout-forms", times=1, params={"seconds": 0})
    with pytest.raises(httpx.RemoteProtocolError):
        seller.call("PUT", f"/order/checkout-forms/{form_id}/fulfillment", {"status": "PROCESSING"})
    assert seller.effects("fulfillment.set") == []
    assert seller.exchanges()[-1]["status"] is None


def test_apply_then_timeout_does_it_and_never_says_so(seller: Visitor) -> None:
    form_id = seller.purchase()[0]
    seller.fault("apply_then_timeout", times=1, params={"seconds": 0})
    assert seller.get(f"/order/checkout-forms/{form_id}")["fulfillment"]["status"] == "NEW"
    with pytest.raises(httpx.RemoteProtocolError):
        seller.call("PUT", f"/order/checkout-forms/{form_id}/fulfillment", {"status": "PROCESSING"})
    assert seller.get(f"/order/checkout-forms/{form_id}")["fulfillment"]["status"] == "PROCESSING"
    assert [entry["key"] for entry in seller.effects("fulfillment.set")] == [form_id]


def test_a_client_that_gives_up_first_ends_the_wait(seller: Visitor) -> None:
    seller.fault("timeout_before", target="/me", times=1, params={"seconds": 3600})
    with pytest.raises(httpx.ReadTimeout):
        seller.http.get("/me", timeout=httpx.Timeout(10, read=0.05))
    assert seller.call("GET", "/me").status_code == 200


def test_a_journal_gap_loses_events_of_a_share_of_purchases_only(seller: Visitor) -> None:
    seller.fault("journal_gap", probability=0.4, seed=1)
    ids = seller.purchase(count=10)
    seen = types(seller)
    assert 0 < len(seen) < 30
    assert {form["id"] for form in seller.get("/order/checkout-forms")["checkoutForms"]} == set(ids)
    untold = seller.effects("journal.lost")
    assert len(untold) == 30 - len(seen)
    assert {effect["key"] for effect in untold} <= set(ids)
    assert all(line["quantity"] > 0 and line["offer"]["id"] for effect in untold for line in effect["data"]["lines"])


def test_a_duplicated_event_has_an_id_of_its_own(seller: Visitor) -> None:
    seller.fault("journal_duplicate", times=1)
    seller.purchase(until="BOUGHT")
    events = seller.get("/order/events")["events"]
    assert [event["type"] for event in events] == ["BOUGHT", "BOUGHT"]
    assert events[0]["order"] == events[1]["order"]
    assert events[0]["id"] != events[1]["id"]


def test_a_disordered_event_comes_after_its_successor(seller: Visitor) -> None:
    seller.fault("journal_disorder", times=1)
    seller.purchase()
    assert types(seller) == ["FILLED_IN", "BOUGHT", "READY_FOR_PROCESSING"]


def test_a_new_form_is_not_visible_for_some_reads(seller: Visitor) -> None:
    seller.fault("form_404_until", target=DEFAULT_SELLER, times=1, params={"reads": 2})
    form_id = seller.purchase()[0]
    assert types(seller)[-1] == "READY_FOR_PROCESSING"
    assert seller.call("GET", f"/order/checkout-forms/{form_id}").status_code == 404
    assert seller.get("/order/checkout-forms")["checkoutForms"] == []
    assert seller.get(f"/order/checkout-forms/{form_id}")["id"] == form_id
    assert len(seller.get("/order/checkout-forms")["checkoutForms"]) == 1


def test_a_known_form_can_be_hidden_from_its_next_reads(seller: Visitor) -> None:
    form_id = seller.purchase()[0]
    where = f"/order/checkout-forms/{form_id}"
    seller.fault("form_404_until", target=where, times=2)
    assert [seller.call("GET", where).status_code for _ in range(3)] == [404, 404, 200]


def test_a_lost_refresh_answer_has_rotated_and_the_grace_helps(seller: Visitor) -> None:
    pair = seller.sign_in()
    seller.fault("refresh_answer_lost", target=DEFAULT_SELLER, times=1)
    with pytest.raises(httpx.RemoteProtocolError):
        refresh(seller, pair)
    assert len(seller.effects("token.rotated")) == 1
    assert refresh(seller, pair).status_code == 200


def test_a_lost_refresh_answer_without_grace_loses_the_account(start: Callable[..., Visitor]) -> None:
    allegro = start(refresh_grace=0)
    pair = allegro.sign_in()
    allegro.fault("refresh_answer_lost", times=1)
    with pytest.raises(httpx.RemoteProtocolError):
        refresh(allegro, pair)
    assert refresh(allegro, pair).json()["error"] == "invalid_grant"


def test_a_gate_marks_the_rotation_before_the_answer(seller: Visitor, tmp_path: Path) -> None:
    pair = seller.sign_in()
    mark = tmp_path / "rotated"
    seller.fault("gate_after_rotate", times=1, params={"path": str(mark), "seconds": 3600})
    fields = {"grant_type": "refresh_token", "refresh_token": pair["refresh_token"]}
    request = seller.http.build_request("POST", "/auth/oauth/token", data=fields, headers=seller.basic())
    head = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
    with socket.create_connection((request.url.host, request.url.port)) as waiting:
        waiting.sendall(f"POST /auth/oauth/token HTTP/1.1\r\n{head}\r\n".encode() + request.content)
        while not mark.exists():
            seller.control("GET", "health")
        waiting.setblocking(False)
        with pytest.raises(BlockingIOError):
            waiting.recv(1)
    assert len(seller.effects("token.rotated")) == 1
    seller.fault("gate_after_rotate", times=1, params={"path": str(mark), "seconds": 0})
    assert refresh(seller, pair).json()["access_token"]


def test_an_unknown_value_appears_in_forms(seller: Visitor) -> None:
    form_id = seller.purchase()[0]
    seller.fault("unknown_enum", times=1)
    assert seller.get(f"/order/checkout-forms/{form_id}")["payment"]["type"] == "SOMETHING_NEW"
    seller.fault("unknown_enum", times=1, params={"path": "status", "value": "FROZEN"})
    assert seller.get("/order/checkout-forms")["checkoutForms"][0]["status"] == "FROZEN"
    assert seller.get(f"/order/checkout-forms/{form_id}")["status"] == "READY_FOR_PROCESSING"


def test_an_answer_can_belong_to_another_seller(seller: Visitor) -> None:
    seller.purchase()
    seller.fault("wrong_seller", target="/me", times=1)
    assert seller.get("/me")["id"] == "99999999"
    seller.fault("wrong_seller", target="/order/events", times=1, params={"seller": "1"})
    assert {event["order"]["seller"]["id"] for event in seller.get("/order/events")["events"]} == {"1"}
    assert seller.get("/me")["id"] == DEFAULT_SELLER


def test_a_fault_at_the_token_endpoint_aims_by_path(allegro: Visitor) -> None:
    allegro.fault("http_503", target="/auth/oauth/token", times=1)
    answer = allegro.token(grant_type="authorization_code", code=allegro.code(), redirect_uri=CALLBACK)
    assert answer.status_code == 503
