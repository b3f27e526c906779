"""The bridge between its neighbours: mounted in the web process, and spoken to by the agent we ship."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import httpx
import pytest

from connectify.asgi import application
from pohoda_bridge import protocol
from pohoda_bridge.agent.platform import Denied, Fenced, Platform, Rejected, result_answer
from pohoda_bridge.protocol import CHUNK_LIMIT, Health
from pohoda_bridge.server import asgi, jobs
from tests.bridge_server.conftest import Bridge
from tests.bridge_server.fake_agent import IMPORTED, FakeAgent
from tests.bridge_server.world import OPERATIONS, Company


@pytest.fixture
def platform(new_agent, bridge: Bridge, company: Company) -> Iterator[tuple[Platform, FakeAgent]]:
    """The shipped agent's client after its enrolment, and what signs its reports."""
    signer = new_agent()
    enrolling = Platform(bridge.address, agent="", key=signer.key)
    answer = enrolling.enrol(company.code(), host="PC", public_key=signer.key.public_key().public_bytes_raw())
    enrolling.close()
    signer.id, signer.unit, signer.platform_key = answer.agent, answer.unit, answer.platform_key
    made = Platform(bridge.address, agent=answer.agent, key=signer.key)
    yield made, signer
    made.close()


def test_the_web_process_mounts_the_bridge(company: Company) -> None:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(application)
        try:
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", trust_env=False) as client:
                return await client.post("/bridge/v1/poll", content=b"{}")
        finally:
            await asgi.close()

    response = asyncio.run(ask())

    assert response.status_code == 401
    assert response.json()["code"] == "authorization"


def test_the_shipped_agent_takes_a_job_and_delivers_a_result_of_several_chunks(
    platform: tuple[Platform, FakeAgent], company: Company
) -> None:
    shipped, signer = platform
    job = company.queue_import(company.plan("A-1"))
    signer.epoch = shipped.start_session(journal_generation="01", open_jobs=()).epoch

    envelope = shipped.poll(wait_s=0, health=Health(agent_version="0.1.0", mserver="ready"))

    assert envelope is not None
    order = protocol.open_job(envelope.job, platform_key=signer.platform_key, unit=signer.unit)
    answer = bytes(range(256)) * (CHUNK_LIMIT // 100)
    report = signer.header(order.id, IMPORTED, answer)
    assert result_answer(shipped.send_result(order.id, answer, offset=0, report=report)).accepted
    assert shipped.stored(order.id) == len(answer)
    with company.inside():
        (done,) = jobs.finished_jobs(unit=company.unit, operations=OPERATIONS)
        assert (done.pk, bytes(done.answer)) == (job.pk, answer)


def test_the_shipped_agent_reads_each_refusal_as_what_it_is(
    platform: tuple[Platform, FakeAgent], new_agent, company: Company
) -> None:
    shipped, signer = platform
    with pytest.raises(Denied, match="no_session"):
        shipped.poll(wait_s=0, health=None)
    shipped.start_session(journal_generation="01", open_jobs=())
    assert shipped.poll(wait_s=0, health=None) is None
    with pytest.raises(Rejected, match="no_such_job") as rejected:
        shipped.send_result(str(company.unit.pk), b"x", offset=0, report="")
    assert rejected.value.is_settled
    signer.opened()
    with pytest.raises(Fenced, match="session"):
        shipped.poll(wait_s=0, health=None)
