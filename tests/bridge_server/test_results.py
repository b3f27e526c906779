from __future__ import annotations

import os

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pohoda_bridge import protocol
from pohoda_bridge.documents import Imported, Refused
from pohoda_bridge.protocol import CHUNK_LIMIT, FoundOrders, Health, JobFailed, OrderImported, ResultAnswer
from pohoda_bridge.server import jobs
from pohoda_bridge.server.models import Job, ResultUpload
from tests.bridge_server.fake_agent import ANSWER, IMPORTED, FakeAgent, code_of
from tests.bridge_server.world import OPERATIONS, Company

LONG = os.urandom(CHUNK_LIMIT + 1000)


@pytest.fixture
def job(agent: FakeAgent, company: Company) -> Job:
    """An import in the agent's hands."""
    queued = company.queue_import(company.plan("A-1"))
    agent.take()
    return queued


def stored(response) -> ResultAnswer:
    assert response.status_code == 200, response.text
    return protocol.decode(response.content, ResultAnswer)


def test_the_same_result_again_gets_the_same_answer(agent: FakeAgent, company: Company, job: Job) -> None:
    first, second = agent.report(str(job.pk)), agent.report(str(job.pk))

    assert stored(first) == stored(second) == ResultAnswer(stored=len(ANSWER), accepted=True)
    with company.inside():
        assert len(jobs.finished_jobs(unit=company.unit, operations=OPERATIONS)) == 1


@pytest.mark.parametrize(
    ("result", "answer"),
    [(IMPORTED, b"other bytes"), (OrderImported(outcome=Imported(id=8, number="26100008")), ANSWER)],
)
def test_another_result_for_a_finished_job_is_refused_and_reported(
    agent: FakeAgent, company: Company, job: Job, result: OrderImported, answer: bytes
) -> None:
    agent.report(str(job.pk))

    assert code_of(agent.report(str(job.pk), result, answer)) == (409, "other_result")
    assert company.security_codes(agent.id) == ["other_result"]
    with company.inside():
        assert jobs.result_of(company.job(job)) == IMPORTED
        assert bytes(company.job(job).answer) == ANSWER


def test_an_interrupted_upload_is_resumed_where_it_stopped(agent: FakeAgent, company: Company, job: Job) -> None:
    header = agent.header(str(job.pk), IMPORTED, LONG)
    first = stored(agent.put(str(job.pk), 0, len(LONG), LONG[:CHUNK_LIMIT]))
    assert first == ResultAnswer(stored=CHUNK_LIMIT, accepted=False)
    assert company.job(job).state == Job.State.HANDED

    agent.opened(open_jobs=(str(job.pk),))
    offset = int(agent.stored(str(job.pk)).headers[protocol.STORED_HEADER])
    last = stored(agent.put(str(job.pk), offset, len(LONG), LONG[offset:], header))

    assert last == ResultAnswer(stored=len(LONG), accepted=True)
    assert bytes(company.job(job).answer) == LONG
    assert int(agent.stored(str(job.pk)).headers[protocol.STORED_HEADER]) == len(LONG)
    with company.inside():
        assert not ResultUpload.objects.exists()


def test_a_repeated_chunk_is_stored_once(agent: FakeAgent, job: Job) -> None:
    agent.put(str(job.pk), 0, len(LONG), LONG[:500])
    agent.put(str(job.pk), 500, len(LONG), LONG[500:900])

    assert stored(agent.put(str(job.pk), 500, len(LONG), LONG[500:900])).stored == 900
    assert stored(agent.put(str(job.pk), 0, len(LONG), LONG[:500])).stored == 900


def test_a_chunk_that_leaves_a_gap_is_refused_with_what_is_stored(agent: FakeAgent, job: Job) -> None:
    agent.put(str(job.pk), 0, len(LONG), LONG[:500])

    response = agent.put(str(job.pk), 600, len(LONG), LONG[600:700])

    assert (*code_of(response), response.json()["detail"]) == (416, "offset", "stored 500")


def test_an_upload_with_other_bytes_starts_anew(agent: FakeAgent, company: Company, job: Job) -> None:
    agent.put(str(job.pk), 0, len(LONG), LONG[:500])
    other = b"z" * 700

    assert stored(agent.put(str(job.pk), 0, len(other), other[:300])).stored == 300
    header = agent.header(str(job.pk), IMPORTED, other)
    assert stored(agent.put(str(job.pk), 300, len(other), other[300:], header)).accepted
    assert bytes(company.job(job).answer) == other


def test_an_empty_answer_is_a_result(agent: FakeAgent, company: Company, job: Job) -> None:
    assert stored(agent.report(str(job.pk), IMPORTED, b"")) == ResultAnswer(stored=0, accepted=True)
    assert company.job(job).state == Job.State.DONE


def test_bytes_that_differ_from_the_signed_report_are_refused_and_leave_no_result(
    agent: FakeAgent, company: Company, job: Job
) -> None:
    header = agent.header(str(job.pk), IMPORTED, ANSWER)

    assert code_of(agent.put(str(job.pk), 0, 3, b"bad", header)) == (422, "body_hash")
    assert company.job(job).state == Job.State.HANDED
    assert company.security_codes(agent.id) == ["body_hash"]
    assert stored(agent.report(str(job.pk))).accepted


def test_a_report_signed_by_another_key_is_refused(agent: FakeAgent, company: Company, job: Job) -> None:
    own, agent.key = agent.key, Ed25519PrivateKey.generate()
    header = agent.header(str(job.pk), IMPORTED, ANSWER)
    agent.key = own

    assert code_of(agent.put(str(job.pk), 0, len(ANSWER), ANSWER, header)) == (422, "signature")
    assert company.job(job).state == Job.State.HANDED


def test_a_report_of_another_job_is_refused(agent: FakeAgent, company: Company, job: Job) -> None:
    second = company.queue_import(company.plan("A-2"))
    agent.take()
    header = agent.header(str(second.pk), IMPORTED, ANSWER)

    assert code_of(agent.put(str(job.pk), 0, len(ANSWER), ANSWER, header)) == (422, "other_job")


def test_a_report_of_an_epoch_that_is_not_yet_is_refused(agent: FakeAgent, job: Job) -> None:
    header = agent.header(str(job.pk), IMPORTED, ANSWER, epoch=99)

    assert code_of(agent.put(str(job.pk), 0, len(ANSWER), ANSWER, header)) == (422, "epoch")


def test_a_report_of_another_operation_is_refused(agent: FakeAgent, job: Job) -> None:
    response = agent.report(str(job.pk), FoundOrders(records=(), complete=True))

    assert code_of(response) == (422, "other_operation")


def test_another_companys_agent_can_neither_answer_nor_see_a_job(
    agent: FakeAgent, stranger: FakeAgent, company: Company, job: Job
) -> None:
    assert code_of(stranger.report(str(job.pk))) == (404, "no_such_job")
    assert stranger.stored(str(job.pk)).status_code == 404
    assert company.job(job).state == Job.State.HANDED


def test_a_job_that_was_not_handed_out_cannot_be_answered(agent: FakeAgent, company: Company) -> None:
    waiting = company.queue_import(company.plan("A-1"))

    assert code_of(agent.report(str(waiting.pk))) == (404, "no_such_job")


@pytest.mark.parametrize(
    "query", ["", "offset=0", "offset=-1&total=3", "offset=0&total=2", "offset=x&total=3", "offset=0&total=99999999999"]
)
def test_a_range_that_cannot_be_is_refused(agent: FakeAgent, job: Job, query: str) -> None:
    response = agent.send("PUT", f"/bridge/v1/jobs/{job.pk}/result?{query}", b"abc")

    assert code_of(response) == (400, "range")


@pytest.mark.parametrize("header", ["x", "e30=", "bm8="])
def test_a_report_that_cannot_be_read_is_refused(agent: FakeAgent, job: Job, header: str) -> None:
    assert code_of(agent.put(str(job.pk), 0, 3, b"abc", header)) == (422, "unreadable")


def test_a_job_id_that_is_none_is_not_found(agent: FakeAgent) -> None:
    assert code_of(agent.report("1")) == (404, "no_such_job")


def test_a_late_result_of_a_cancelled_job_is_kept_as_evidence_and_not_worked_in(
    agent: FakeAgent, company: Company, job: Job
) -> None:
    with company.inside():
        Job.objects.filter(pk=job.pk).update(state=Job.State.CANCELLED)

    assert stored(agent.report(str(job.pk))).accepted
    kept = company.job(job)
    assert (kept.state, bytes(kept.answer), kept.result["outcome"]["number"]) == ("cancelled", ANSWER, "26100007")
    with company.inside():
        assert jobs.finished_jobs(unit=company.unit, operations=OPERATIONS) == []


def test_a_result_with_a_character_the_database_cannot_keep_is_kept_without_it(
    agent: FakeAgent, company: Company, job: Job
) -> None:
    refused = OrderImported(outcome=Refused(errno=1, note="a\0b"))

    assert stored(agent.report(str(job.pk), refused)).accepted
    with company.inside():
        (done,) = jobs.finished_jobs(unit=company.unit, operations=OPERATIONS)
        assert done.result["outcome"]["note"] == "ab"
        assert jobs.result_of(done) == refused


def test_an_operation_that_failed_is_a_result_too(agent: FakeAgent, company: Company, job: Job) -> None:
    failed = JobFailed(code="signature", detail="")

    assert stored(agent.report(str(job.pk), failed, b"")).accepted
    with company.inside():
        assert jobs.result_of(company.job(job)) == failed


def test_health_that_was_asked_for_is_the_agents_health(agent: FakeAgent, company: Company) -> None:
    asked = company.queue_health()
    agent.take()

    agent.report(str(asked.pk), Health(agent_version="0.1.0", mserver="busy"), b"")

    assert company.agent(agent.id).health["mserver"] == "busy"
