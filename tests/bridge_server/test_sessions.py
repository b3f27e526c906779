from __future__ import annotations

from connectify.audit.models import Event
from connectify.instances.models import Connection
from connectify.sync import changes
from pohoda_bridge.server import agents
from pohoda_bridge.server.models import Job
from tests.bridge_server.fake_agent import FakeAgent, code_of
from tests.bridge_server.world import Company


def test_each_session_raises_the_units_epoch(enrolled, company: Company, other: Company) -> None:
    agent = enrolled(company)

    answers = [agent.opened(), agent.opened()]

    assert [(answer.epoch, answer.role, answer.wait_s) for answer in answers] == [(1, "active", 20), (2, "active", 20)]
    assert (company.epoch(), other.epoch()) == (2, 0)


def test_a_unit_is_connected_once_its_agent_has_come(enrolled, company: Company, other: Company) -> None:
    def states() -> list[str]:
        found = []
        for one in (company, other):
            with one.inside():
                found.append(Connection.objects.get(pk=one.unit.connection_id).state)
        return found

    agent = enrolled(company)
    assert states() == ["new", "new"]
    agent.opened()
    assert states() == ["active", "new"]


def test_the_newest_session_wins_and_the_older_one_is_told_so(agent: FakeAgent, company: Company) -> None:
    job = company.queue_import(company.plan("A-1"))
    old_session, old_seq = agent.session, agent.seq
    agent.opened()
    new_session, new_seq = agent.session, agent.seq

    agent.session, agent.seq = old_session, old_seq + 10
    assert code_of(agent.poll()) == (409, "session")
    assert company.job(job).state == Job.State.WAITING

    agent.session, agent.seq = new_session, new_seq
    assert agent.take()[1].id == str(job.pk)


def test_a_recorded_session_cannot_be_opened_again(agent: FakeAgent, company: Company) -> None:
    recorded = agent.session
    agent.opened()
    newest, epoch = agent.session, company.epoch()

    assert code_of(agent.open(session=recorded)) == (401, "replay")
    assert company.epoch() == epoch
    assert company.security_codes(agent.id) == ["replay"]
    agent.session = newest
    assert agent.poll().status_code == 204


def test_a_session_is_opened_once_more_when_its_answer_was_lost(agent: FakeAgent) -> None:
    assert agent.opened(session=agent.session).epoch == 2


def test_without_a_session_nothing_is_polled(enrolled, company: Company) -> None:
    agent = enrolled(company)

    assert code_of(agent.poll()) == (401, "no_session")


def test_a_session_must_name_itself_as_its_signed_head_does(agent: FakeAgent) -> None:
    agent.session = "another"
    assert code_of(agent.open(session="x" * 65)) == (400, "session")


def test_a_standby_agent_sees_no_job_and_does_not_fence_the_active_one(
    agent: FakeAgent, enrolled, company: Company
) -> None:
    job = company.queue_import(company.plan("A-1"))
    second = enrolled(company)

    assert (second.opened().role, company.epoch()) == ("standby", agent.epoch)
    assert second.poll().status_code == 204
    assert agent.take()[1].id == str(job.pk)


def test_only_a_person_switches_to_the_standby_agent(agent: FakeAgent, enrolled, company: Company) -> None:
    change = company.plan("A-1")
    job = company.queue_import(change)
    agent.take()
    second = enrolled(company)
    second.opened()

    with company.inside():
        agents.activate(agent=company.agent(second.id), actor=None)

    assert code_of(second.poll()) == (401, "no_session")
    assert second.opened().role == "active"
    envelope, order = second.take()
    assert (order.id, envelope.epoch) == (str(job.pk), company.epoch())
    assert (company.change(change).state, company.change(change).attempt) == ("intent", 1)
    assert agent.opened().role == "standby"
    assert code_of(agent.report(order.id)) == (404, "no_such_job")


def test_a_job_the_agent_no_longer_knows_is_handed_out_again_under_its_id(agent: FakeAgent, company: Company) -> None:
    change = company.plan("A-1")
    job = company.queue_import(change)
    first, _ = agent.take()
    assert agent.poll().status_code == 204

    agent.opened(open_jobs=())
    second, order = agent.take()

    assert order.id == str(job.pk)
    assert (first.epoch, second.epoch) == (1, 2)
    assert second.job == first.job
    assert company.change(change).attempt == 1


def test_a_job_in_the_agents_journal_stays_with_it_and_is_reported_in_the_new_session(
    agent: FakeAgent, company: Company
) -> None:
    job = company.queue_import(company.plan("A-1"))
    agent.take()

    assert agent.opened(open_jobs=(str(job.pk), "not an id")).unacked == (str(job.pk),)

    assert agent.poll().status_code == 204
    assert agent.report(str(job.pk)).status_code == 200
    assert company.job(job).state == Job.State.DONE


def test_a_result_the_platform_has_is_not_asked_for_again(agent: FakeAgent, company: Company) -> None:
    job = company.queue_import(company.plan("A-1"))
    agent.take()
    agent.report(str(job.pk))

    assert agent.opened(open_jobs=(str(job.pk),)).unacked == ()


def test_a_session_does_not_adopt_jobs_of_another_company(
    agent: FakeAgent, stranger: FakeAgent, company: Company
) -> None:
    job = company.queue_import(company.plan("A-1"))
    agent.take()

    assert stranger.opened(open_jobs=(str(job.pk),)).unacked == ()
    assert company.job(job).handed_epoch == 1


def test_a_journal_that_went_back_in_time_is_reported_and_what_was_sent_is_looked_up(
    agent: FakeAgent, company: Company
) -> None:
    change = company.plan("A-1")
    agent.opened(generation="02")
    job = company.queue_import(change)
    agent.take()

    agent.opened(generation="01")

    assert company.security_codes(agent.id) == ["journal_went_back"]
    assert (company.change(change).state, company.change(change).code) == ("unknown", "agent_journal_lost")
    assert company.job(job).state == Job.State.CANCELLED
    lookup = company.queue_lookup(change)
    assert agent.take()[1].id == str(lookup.pk)


def test_a_new_journal_makes_what_was_sent_unknown_without_an_alarm(agent: FakeAgent, company: Company) -> None:
    change = company.plan("A-1")
    company.queue_import(change)
    agent.take()

    agent.opened(generation="02")

    assert company.change(change).state == "unknown"
    assert company.security_codes(agent.id) == []
    with company.inside():
        assert Event.objects.get(type="agent.journal").data["code"] == "journal_new"


def test_a_lost_journal_leaves_a_settled_change_alone(agent: FakeAgent, company: Company) -> None:
    change = company.plan("A-1")
    job = company.queue_import(change)
    agent.take()
    with company.inside():
        changes.mark_unknown(change.pk, code="late", detail="")

    agent.opened(generation="")

    assert (company.change(change).state, company.change(change).code) == ("unknown", "late")
    assert company.job(job).state == Job.State.CANCELLED
