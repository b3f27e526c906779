"""A job's whole life over HTTP: queued, handed out, answered, settled."""

from __future__ import annotations

import pytest

from connectify.sync.models import Due
from pohoda_bridge import protocol
from pohoda_bridge.protocol import ResultAnswer
from pohoda_bridge.server import jobs
from pohoda_bridge.server.models import Job
from tests.bridge_server.fake_agent import ANSWER, IMPORTED, FakeAgent
from tests.bridge_server.world import BODY, OPERATIONS, Company


def test_a_planned_change_travels_to_the_agent_and_its_result_comes_back(company: Company, agent: FakeAgent) -> None:
    change = company.plan("A-1")
    job = company.queue_import(change)

    envelope, order = agent.take()

    assert (order.id, order.unit, envelope.job.body) == (str(job.pk), str(company.unit.pk), BODY)
    assert envelope.epoch == agent.epoch == company.epoch() == 1
    begun = company.change(change)
    assert (begun.state, begun.attempt, begun.epoch) == ("intent", 1, 1)
    assert company.job(job).state == Job.State.HANDED

    response = agent.report(order.id)

    assert protocol.decode(response.content, ResultAnswer) == ResultAnswer(stored=len(ANSWER), accepted=True)
    with company.inside():
        (done,) = jobs.finished_jobs(unit=company.unit, operations=OPERATIONS)
        assert (done.pk, bytes(done.answer), jobs.result_of(done)) == (job.pk, ANSWER, IMPORTED)
        assert done.result["outcome"] == {
            "type": "imported",
            "id": 7,
            "number": "26100007",
            "warnings": [],
            "alarm": "",
        }
        assert done.change == change
        jobs.mark_settled(done)
        assert jobs.finished_jobs(unit=company.unit, operations=OPERATIONS) == []
        assert jobs.open_jobs(unit=company.unit) == []


def test_a_result_makes_its_unit_due_at_once(company: Company, agent: FakeAgent) -> None:
    _, order = (company.queue_import(company.plan("A-1")), agent.take()[1])
    with company.inside():
        Due.objects.filter(resource_id=company.unit.pk).update(due_at="2099-01-01T00:00:00Z")

    agent.report(order.id)

    with company.inside():
        assert Due.objects.get(resource_id=company.unit.pk).due_at.year < 2099


def test_the_module_writes_its_timeline_in_the_transaction_that_hands_out(
    company: Company, agent: FakeAgent, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[str, str]] = []
    monkeypatch.setattr(jobs, "_on_handed", {})
    jobs.on_handed("import_order", lambda job: seen.append((str(job.pk), job.change.key)))
    job = company.queue_import(company.plan("A-1"))

    agent.take()

    assert seen == [(str(job.pk), "A-1")]


def test_a_module_that_fails_to_write_its_timeline_leaves_the_change_planned(
    company: Company, agent: FakeAgent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "_on_handed", {"import_order": lambda job: 1 / 0})
    change = company.plan("A-1")
    job = company.queue_import(change)

    assert agent.poll().status_code == 500
    assert company.change(change).state == "planned"
    assert company.job(job).state == Job.State.WAITING
