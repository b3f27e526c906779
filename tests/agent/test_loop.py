"""The agent between a platform and a Pohoda: nothing lost, nothing twice, whatever is cut."""

import random

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pohoda_bridge.agent.clock import BackOff
from pohoda_bridge.agent.loop import Ending
from pohoda_bridge.documents import AlreadyThere, ExternalId, Imported, NotSent, UnitPin
from pohoda_bridge.protocol import (
    CHUNK_LIMIT,
    FindOrder,
    FoundOrders,
    Health,
    JobFailed,
    OrderImported,
    ReadHealth,
    encode,
    sha256,
)
from tests.agent.platform import AGENT, FakePlatform
from tests.agent.pohoda import SYSTEM, importing
from tests.agent.running import RunningAgent
from tests.bridge_xml.answers import FORM, PIN


@pytest.fixture
def server():
    with FakePlatform() as running:
        yield running


@pytest.fixture
def journal(threads_journal):
    return threads_journal


@pytest.fixture
def start(server, pohoda, journal):
    agents = []

    def begin(**changes) -> RunningAgent:
        agents.append(RunningAgent(server, pohoda, changes.pop("journal", journal), **changes))
        return agents[-1]

    yield begin
    for agent in agents:
        agent.close()


def test_an_order_travels_to_pohoda_and_its_result_back(server, start, pohoda, journal):
    start()
    job_id = server.give(*importing())
    (report,) = server.wait_for(job_id)
    assert isinstance(report.result.outcome, Imported)
    assert (report.agent, report.epoch) == (AGENT, 1)
    assert server.answers[job_id].startswith(b"<?xml")
    assert len(pohoda.orders()) == 1
    server.wait_until(lambda: journal.find(job_id).state == "acked")


def test_a_lookup_and_the_health_are_answered(server, start, pohoda):
    start()
    (made,) = server.wait_for(server.give(*importing()))
    find = server.give(FindOrder(pin=PIN, ext_id=ExternalId(FORM, SYSTEM)))
    none = server.give(FindOrder(pin=PIN, ext_id=ExternalId("none", SYSTEM)))
    found, missing = server.wait_for(find, none)
    assert found.result.complete
    assert [record.id for record in found.result.records] == [made.result.outcome.id]
    assert missing.result == FoundOrders(records=(), complete=True)
    (health,) = server.wait_for(server.give(ReadHealth()))
    assert isinstance(health.result, Health)
    assert (health.result.mserver, health.result.pin) == ("ready", PIN)
    assert server.polls[0].health.mserver == "ready"


def test_trouble_with_mserver_is_told_with_the_next_poll_and_so_is_its_end(server, start, pohoda, monkeypatch):
    monkeypatch.setattr("pohoda_bridge.agent.loop.HEALTH_WHEN_ILL_S", 0.0)
    start()
    server.wait_until(lambda: server.polls)
    pohoda.control("POST", "config", enabled=False)
    (report,) = server.wait_for(server.give(*importing()))
    assert report.result.outcome.code == "mserver_off"
    server.wait_until(lambda: server.polls[-1].health and server.polls[-1].health.mserver == "off")
    pohoda.control("POST", "config", enabled=True)
    server.wait_until(lambda: server.polls[-1].health and server.polls[-1].health.mserver == "ready")


def test_reads_go_on_without_a_journal_and_writes_stop(server, start, pohoda):
    start(journal=None)
    write, read = server.give(*importing()), server.give(FindOrder(pin=PIN, ext_id=ExternalId(FORM, SYSTEM)))
    refused, found = server.wait_for(write, read)
    assert refused.result.outcome == NotSent("journal_unreadable")
    assert found.result.complete
    assert server.sessions[0].journal_generation == ""
    assert pohoda.orders() == []


def test_another_unit_than_this_machines_is_refused_for_reads_and_writes(server, start, pohoda):
    start()
    other = UnitPin("87654321", PIN.database, 2026)
    (failed,) = server.wait_for(server.give(FindOrder(pin=other, ext_id=ExternalId(FORM, SYSTEM))))
    assert failed.result.code == "wrong_unit"
    operation, document = importing()
    (refused,) = server.wait_for(server.give(msgspec.structs.replace(operation, pin=other), document))
    assert refused.result.outcome.code == "wrong_unit"
    assert pohoda.orders() == []


def test_a_job_signed_by_another_key_or_for_another_unit_is_refused(server, start, pohoda):
    start()
    forged = server.give(*importing(), key=Ed25519PrivateKey.generate())
    elsewhere = server.give(*importing(), unit="other")
    first, second = server.wait_for(forged, elsewhere)
    assert first.result == JobFailed(code="signature")
    assert second.result == JobFailed(code="other_unit")
    assert pohoda.orders() == []


def test_a_lost_acknowledgement_is_asked_for_again(server, start, pohoda, journal):
    server.lose_acks = 2
    start()
    job_id = server.give(*importing())
    server.wait_for(job_id)
    server.wait_until(lambda: journal.find(job_id).state == "acked")
    assert len(server.reports) >= 3
    assert len({encode(report.result) for report in server.reports}) == 1
    assert len(pohoda.orders()) == 1


def test_a_result_the_platform_has_not_seen_is_reported_at_the_start(server, start, journal, clock):
    result = OrderImported(outcome=Imported(7, "26OP00007"))
    journal.intend("job-1", "h", now=clock.now())
    journal.record("job-1", encode(result), b"<raw/>", now=clock.now())
    journal.intend("job-2", "h", now=clock.now())
    start()
    (report,) = server.wait_for("job-1")
    assert report.result == result
    assert server.answers["job-1"] == b"<raw/>"
    assert server.sessions[0].open_jobs == ("job-1",)


def test_an_intent_without_result_comes_again_and_is_sent_with_the_same_ids(server, start, pohoda, journal, clock):
    job_id = server.give(*importing())
    journal.intend(job_id, sha256(server.jobs[job_id].order), now=clock.now())
    start()
    (report,) = server.wait_for(job_id)
    assert isinstance(report.result.outcome, Imported)
    assert server.sessions[0].open_jobs == ()
    assert len(pohoda.orders()) == 1


def test_another_job_for_an_order_that_is_there_links_it(server, start, pohoda):
    start()
    (first,) = server.wait_for(server.give(*importing()))
    (second,) = server.wait_for(server.give(*importing()))
    assert isinstance(second.result.outcome, AlreadyThere)
    assert second.result.outcome.record.id == first.result.outcome.id
    assert len(pohoda.orders()) == 1


def test_a_large_answer_goes_in_chunks_and_resumes_after_a_cut(server, start, journal, clock):
    data = random.Random(1).randbytes(2 * CHUNK_LIMIT + 5)
    journal.intend("job-1", "h", now=clock.now())
    journal.record("job-1", encode(OrderImported(outcome=Imported(1, "1"))), data, now=clock.now())
    server.refuse = [("PUT", 503, "unavailable")]
    start()
    server.wait_for("job-1")
    assert sha256(server.answers["job-1"]) == sha256(data)
    assert server.chunks == [(0, CHUNK_LIMIT), (CHUNK_LIMIT, CHUNK_LIMIT), (2 * CHUNK_LIMIT, 5)]


@pytest.mark.parametrize(("status", "code"), [(500, "internal"), (429, "slow_down"), (403, "code"), (409, "replay")])
def test_a_platform_in_trouble_is_asked_again(server, start, status, code):
    server.refuse = [("POST", status, code)] * 3
    start()
    server.wait_for(server.give(ReadHealth()))


def test_a_result_that_will_never_be_taken_does_not_stop_the_rest(server, start):
    server.refuse = [("PUT", 422, "body_hash")]
    start()
    first = server.give(ReadHealth())
    server.wait_until(lambda: not server.refuse)
    server.wait_for(server.give(ReadHealth()))
    assert first not in server.results


def test_a_newer_session_ends_the_older_agent(server, start, pohoda):
    agent = start()
    server.wait_until(lambda: server.polls)
    server.session = "a newer one"
    assert agent.join() is Ending.FENCED


def test_a_standby_agent_sees_no_jobs_until_it_is_made_active(server, start):
    server.role = "standby"
    start()
    job_id = server.give(ReadHealth())
    server.wait_until(lambda: len(server.sessions) == 2)
    assert server.polls == []
    server.role = "active"
    server.wait_for(job_id)


def test_it_stops_at_once_while_it_waits_for_work(server, start):
    server.wait_s = 30
    agent = start()
    server.wait_until(lambda: server.polls)
    agent.stop.set()
    agent.platform.abort()
    assert agent.join() is Ending.STOPPED


def test_a_wait_grows_with_each_failure_up_to_its_cap_and_is_spread():
    back_off = BackOff(base_s=1, cap_s=300, rng=random.Random(1))
    waits = [back_off.next() for _ in range(200)]
    assert all(0 <= wait <= min(300, 2**number) for number, wait in enumerate(waits))
    assert max(waits) > 200
    assert back_off.next(at_least_s=400) == 400
    back_off.reset()
    assert back_off.next() <= 1
