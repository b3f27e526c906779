"""Waiting polls: what wakes them, and what they cost."""

from __future__ import annotations

import socket
import uuid
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack

import httpx
import pytest
from django.db import OperationalError, connection, transaction

from connectify.instances.models import Connection
from pohoda_bridge import protocol
from pohoda_bridge.protocol import PollRequest
from pohoda_bridge.server import agents, asgi
from pohoda_bridge.server.models import Agent, Job, Unit
from pohoda_bridge.server.waiting import THREADS
from pohoda_bridge.server.wakeup import units_with_jobs
from tests.bridge_server.conftest import Bridge
from tests.bridge_server.fake_agent import FakeAgent, code_of
from tests.bridge_server.world import Company

POLL = "/bridge/v1/poll"
BODY = protocol.encode(PollRequest(wait_s=20))
SESSIONS = "SELECT count(*) FROM pg_stat_activity WHERE usename = current_user AND pid <> pg_backend_pid()"


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as pool:
        yield pool


@pytest.fixture
def waiting(agent: FakeAgent, bridge: Bridge, threads: ThreadPoolExecutor) -> Future[httpx.Response]:
    """A poll of the company's agent that waits for a job, at most 20 s."""
    answer = threads.submit(agent.poll, wait_s=20)
    bridge.wait_for_polls(1)
    return answer


def test_a_waiting_poll_is_woken_by_the_notification_of_a_queued_job(
    waiting: Future[httpx.Response], agent: FakeAgent, company: Company
) -> None:
    job = company.queue_import(company.plan("A-1"))

    assert agent.read(waiting.result(15))[1].id == str(job.pk)


def test_a_job_of_another_company_does_not_end_the_wait(
    waiting: Future[httpx.Response], agent: FakeAgent, company: Company, other: Company
) -> None:
    other.queue_health()
    job = company.queue_health()

    assert agent.read(waiting.result(15))[1].id == str(job.pk)


def test_the_slow_check_names_units_where_a_job_waits_and_nothing_of_others(company: Company, other: Company) -> None:
    company.queue_health()
    mine, theirs = (company.tenant_id, company.unit.pk), (other.tenant_id, other.unit.pk)

    assert units_with_jobs([mine, theirs]) == {company.unit.pk}
    assert units_with_jobs([theirs, (other.tenant_id, company.unit.pk)]) == set()
    assert units_with_jobs([]) == set()


def test_a_lost_notification_is_made_good_by_the_slow_check(
    company: Company, other: Company, bridge_settings, monkeypatch: pytest.MonkeyPatch, threads: ThreadPoolExecutor
) -> None:
    bridge_settings.BRIDGE_RECHECK_S = 0.05
    monkeypatch.setattr("pohoda_bridge.server.jobs.wake", lambda unit_id: None)
    bridge = Bridge()
    bridge.start()
    agent = FakeAgent(bridge.address)
    try:
        agent.enrol(company.code())
        agent.opened()
        answer = threads.submit(agent.poll, wait_s=20)
        bridge.wait_for_polls(1)
        job = company.queue_health()

        assert agent.read(answer.result(15))[1].id == str(job.pk)
    finally:
        agent.close()
        bridge.stop()


def test_a_listener_that_lost_its_connection_comes_back_and_looks_for_what_it_missed(
    waiting: Future[httpx.Response], agent: FakeAgent, company: Company
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN %'")
        assert cursor.fetchall() == [(True,)]
    job = company.queue_health()

    assert agent.read(waiting.result(15))[1].id == str(job.pk)


def test_the_waiting_poll_of_an_older_session_ends_when_a_newer_one_opens(
    waiting: Future[httpx.Response], agent: FakeAgent, bridge: Bridge
) -> None:
    clone = FakeAgent(bridge.address)
    clone.id, clone.key = agent.id, agent.key
    clone.opened()
    clone.close()

    assert code_of(waiting.result(15)) == (409, "session")


def test_the_waiting_poll_of_a_revoked_agent_ends(
    waiting: Future[httpx.Response], agent: FakeAgent, company: Company
) -> None:
    with company.inside():
        agents.revoke(agent=company.agent(agent.id), actor=None)

    assert code_of(waiting.result(15)) == (403, "revoked")


def test_no_job_is_handed_to_an_agent_that_has_left(agent: FakeAgent, bridge: Bridge, company: Company) -> None:
    left = open_poll(bridge, agent)
    bridge.wait_for_polls(1)
    left.close()
    bridge.wait_for_polls(0)

    job = company.queue_health()

    assert company.job(job).state == Job.State.WAITING
    assert agent.take()[1].id == str(job.pk)


def test_two_hundred_waiting_polls_share_a_few_connections(agent: FakeAgent, bridge: Bridge, company: Company) -> None:
    many = [agent_of_new_unit(company, agent) for _ in range(200)]
    with ExitStack() as stack:
        sockets = [stack.enter_context(open_poll(bridge, each)) for each in many]
        bridge.wait_for_polls(200)

        with connection.cursor() as cursor:
            cursor.execute(SESSIONS)
            assert cursor.fetchone()[0] <= THREADS + 1

        with company.inside():
            unit = Unit.objects.get(pk=many[123].unit)
        Company(company.tenant_id, unit, company.instance).queue_health()
        assert sockets[123].recv(12) == b"HTTP/1.1 200"
        bridge.wait_for_polls(199)
    bridge.wait_for_polls(0)


def test_while_the_database_is_away_the_agent_is_asked_to_come_later(
    agent: FakeAgent, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(asgi, "hand_out", away)
    response = agent.poll()

    assert (*code_of(response), response.headers["Retry-After"]) == (503, "unavailable", "5")


def open_poll(bridge: Bridge, agent: FakeAgent) -> socket.socket:
    """A poll that was sent and whose answer nobody reads yet."""
    head = [f"POST {POLL} HTTP/1.1", "Host: x", f"Content-Length: {len(BODY)}"]
    head.append(f"Authorization: {agent.authorize('POST', POLL, BODY)}")
    opened = socket.create_connection(("127.0.0.1", bridge.port), timeout=20)
    opened.sendall("\r\n".join([*head, "", ""]).encode() + BODY)
    return opened


def agent_of_new_unit(company: Company, template: FakeAgent) -> FakeAgent:
    """An agent with an open session, made in the database; it has the template's key."""
    made = FakeAgent.__new__(FakeAgent)
    made.key, made.session, made.seq = template.key, uuid.uuid4().hex, 0
    with company.inside(), transaction.atomic():
        linked = Connection.objects.create(kind="pohoda.unit", name="Many")
        unit = Unit.objects.create(connection=linked, ico="1")
        row = Agent.objects.create(
            unit=unit, host="MANY", public_key=made.key.public_key().public_bytes_raw(), session=made.session
        )
    made.id, made.unit = str(row.pk), str(unit.pk)
    return made
