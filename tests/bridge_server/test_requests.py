"""What is checked of every request before anything is done for it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pohoda_bridge import protocol
from pohoda_bridge.protocol import CHUNK_LIMIT, PollRequest
from pohoda_bridge.server import agents
from tests.bridge_server.fake_agent import FakeAgent, code_of
from tests.bridge_server.world import Company

POLL = "/bridge/v1/poll"
BODY = protocol.encode(PollRequest(wait_s=0))


def test_a_request_without_an_authorization_is_refused(agent: FakeAgent) -> None:
    assert code_of(agent.http.post(POLL, content=BODY)) == (401, "authorization")


@pytest.mark.parametrize("value", ["Bearer x", "CF1 x.y", "CF1 e30=.e30=", "CF1 " + "A" * 4000 + ".AA=="])
def test_an_authorization_that_is_not_ours_is_refused(agent: FakeAgent, value: str) -> None:
    assert agent.send("POST", POLL, BODY, authorization=value).status_code == 401


def test_a_signature_by_another_key_is_refused(agent: FakeAgent) -> None:
    agent.key = Ed25519PrivateKey.generate()

    assert code_of(agent.poll()) == (401, "signature")


def test_an_agent_nobody_enrolled_is_refused(agent: FakeAgent) -> None:
    agent.id = agent.unit

    assert code_of(agent.poll()) == (401, "unknown_agent")


@pytest.mark.parametrize(
    "signed_for", [("GET", POLL), ("POST", POLL + "?wait=1"), ("POST", "/bridge/v1/session"), ("POST", "/poll")]
)
def test_a_signature_for_another_target_is_refused(agent: FakeAgent, signed_for: tuple[str, str]) -> None:
    authorization = agent.authorize(*signed_for, BODY)

    assert code_of(agent.send("POST", POLL, BODY, authorization=authorization)) == (401, "other_target")


def test_a_tampered_body_is_refused(agent: FakeAgent) -> None:
    authorization = agent.authorize("POST", POLL, BODY)
    tampered = protocol.encode(PollRequest(wait_s=1))

    assert code_of(agent.send("POST", POLL, tampered, authorization=authorization)) == (401, "body_hash")


def test_the_query_is_signed_too(agent: FakeAgent, company: Company) -> None:
    job = company.queue_import(company.plan("A-1"))
    agent.take()
    authorization = agent.authorize("PUT", f"/bridge/v1/jobs/{job.pk}/result?offset=0&total=1", b"x")
    target = f"/bridge/v1/jobs/{job.pk}/result?offset=0&total=2"

    assert code_of(agent.send("PUT", target, b"x", authorization=authorization)) == (401, "other_target")


def test_a_replayed_request_is_refused_and_does_not_hand_out_a_second_job(agent: FakeAgent, company: Company) -> None:
    first, second = company.queue_import(company.plan("A-1")), company.queue_import(company.plan("A-2"))
    authorization = agent.authorize("POST", POLL, BODY)

    assert agent.send("POST", POLL, BODY, authorization=authorization).status_code == 200
    assert code_of(agent.send("POST", POLL, BODY, authorization=authorization)) == (401, "replay")
    assert (company.job(first).state, company.job(second).state) == ("handed", "waiting")


def test_a_lower_sequence_is_refused(agent: FakeAgent) -> None:
    assert agent.poll().status_code == 204
    agent.seq -= 2

    assert code_of(agent.poll()) == (401, "replay")


def test_a_revoked_agent_is_refused(agent: FakeAgent, company: Company) -> None:
    with company.inside():
        agents.revoke(agent=company.agent(agent.id), actor=None)

    assert code_of(agent.poll()) == (403, "revoked")
    assert code_of(agent.open()) == (403, "revoked")


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"wait_s": "soon"}', b"[" * 100_000, b"\xff"])
def test_a_message_that_cannot_be_read_is_refused(agent: FakeAgent, body: bytes) -> None:
    assert code_of(agent.send("POST", POLL, body)) == (400, "unreadable")


def test_a_message_of_a_later_version_is_refused(new_agent: Callable[[], FakeAgent], company: Company) -> None:
    agent = new_agent()
    request = protocol.encode(agent.enrol_request(company.code())).replace(b'"v":1', b'"v":2')

    assert code_of(agent.http.post("/bridge/v1/enrol", content=request)) == (400, "version")


def test_a_body_over_the_limit_is_refused_before_it_is_read_to_its_end(agent: FakeAgent) -> None:
    assert code_of(agent.send("POST", POLL, b" " * (CHUNK_LIMIT + 1))) == (413, "too_big")


@pytest.mark.parametrize(("method", "target"), [("GET", POLL), ("POST", "/bridge/v2/poll"), ("POST", "/bridge/")])
def test_an_address_that_is_none_gets_an_answer_of_the_same_shape(agent: FakeAgent, method: str, target: str) -> None:
    response = agent.send(method, target)

    assert response.status_code in (404, 405)
    assert response.json() == {"code": "no_such_address", "detail": ""}
