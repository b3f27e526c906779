from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db.models.functions import Now

from connectify.instances.services import disarm, pause
from connectify.sync import changes, killswitch
from pohoda_bridge.server.models import Job
from tests.bridge_server.fake_agent import FakeAgent
from tests.bridge_server.world import DIRECTION, KIND, Company


def test_without_a_job_the_poll_ends_empty(agent: FakeAgent) -> None:
    response = agent.poll()

    assert (response.status_code, response.content) == (204, b"")


def test_the_order_is_priority_then_writes_then_age(agent: FakeAgent, company: Company) -> None:
    queued = {
        "late read": company.queue_health(),
        "late write": company.queue_import(company.plan("A-1")),
        "later write": company.queue_import(company.plan("A-2")),
        "urgent read": company.queue_health(priority=1),
    }

    handed = [agent.take()[1].id for _ in queued]

    expected = ["urgent read", "late write", "later write", "late read"]
    assert handed == [str(queued[name].pk) for name in expected]


def test_envelopes_of_a_session_have_a_rising_sequence(agent: FakeAgent, company: Company) -> None:
    for _ in range(3):
        company.queue_health()

    sequences = [agent.take()[0].seq for _ in range(3)]

    assert sequences == sorted(set(sequences))


def test_another_companys_agent_sees_no_job(agent: FakeAgent, stranger: FakeAgent, company: Company) -> None:
    job = company.queue_import(company.plan("A-1"))

    assert stranger.poll().status_code == 204
    assert agent.take()[1].id == str(job.pk)


def test_two_polls_at_once_never_get_the_same_job(agent: FakeAgent, company: Company) -> None:
    jobs = {str(company.queue_import(company.plan(f"A-{number}")).pk) for number in range(12)}
    bodies = [agent.authorize("POST", "/bridge/v1/poll", b'{"health":null,"wait_s":0}') for _ in range(30)]

    def poll(authorization: str) -> str | None:
        response = agent.send("POST", "/bridge/v1/poll", b'{"health":null,"wait_s":0}', authorization=authorization)
        return agent.read(response)[1].id if response.status_code == 200 else None

    with ThreadPoolExecutor(6) as threads:
        handed = [job for job in threads.map(poll, bodies) if job]

    assert len(handed) == len(set(handed))
    while len(handed) < len(jobs):  # polls that overtook each other were refused by their sequence
        handed.append(agent.take()[1].id)
    assert sorted(handed) == sorted(jobs)


@pytest.mark.parametrize("stop", ["paused", "disarmed", "direction", "instance", "everything"])
def test_a_write_that_may_not_go_any_more_is_cancelled_and_its_change_stays_planned(
    agent: FakeAgent, company: Company, stop: str
) -> None:
    change = company.plan("A-1")
    job = company.queue_import(change)
    with company.inside():
        match stop:
            case "paused":
                pause(instance=company.instance, actor=None)
            case "disarmed":
                disarm(instance=company.instance, direction=DIRECTION, actor=None)
            case "direction":
                killswitch.turn_off(f"direction:{DIRECTION}", reason="test")
            case "instance":
                killswitch.turn_off(f"instance:{company.instance.pk}", reason="test")
            case "everything":
                killswitch.turn_off("all", reason="test")

    assert agent.poll().status_code == 204
    assert company.job(job).state == Job.State.CANCELLED
    assert (company.change(change).state, company.change(change).attempt) == ("planned", 0)


def test_a_superseded_change_is_not_handed_out_and_does_not_stop_the_next(agent: FakeAgent, company: Company) -> None:
    gone, next_one = company.plan("A-1"), company.plan("A-2")
    job, next_job = company.queue_import(gone), company.queue_import(next_one)
    with company.inside():
        changes.supersede(gone.pk, code="merged")

    assert agent.take()[1].id == str(next_job.pk)
    assert company.job(job).state == Job.State.CANCELLED


def test_lookups_of_unknown_and_of_confirmed_changes_go_even_while_writing_is_stopped(
    agent: FakeAgent, company: Company
) -> None:
    change = company.plan("A-1")
    with company.inside():
        changes.begin(change.pk, epoch=1)
        changes.mark_unknown(change.pk, code="late", detail="")
        killswitch.turn_off(f"kind:{KIND}", reason="test")
    lookup = company.queue_lookup(company.change(change))

    assert agent.take()[1].id == str(lookup.pk)
    assert company.change(change).state == "unknown"


def test_a_forgotten_write_that_may_not_be_repeated_is_looked_up_instead(agent: FakeAgent, company: Company) -> None:
    change = company.plan("A-1")
    job = company.queue_import(change)
    agent.take()
    with company.inside():
        killswitch.turn_off(f"direction:{DIRECTION}", reason="test")

    agent.opened(open_jobs=())

    assert agent.poll().status_code == 204
    assert company.job(job).state == Job.State.CANCELLED
    assert (company.change(change).state, company.change(change).code) == ("unknown", "stopped")


def test_a_read_that_nobody_did_in_time_expires_and_a_write_never_does(agent: FakeAgent, company: Company) -> None:
    read, write = company.queue_health(expires_in_s=60), company.queue_import(company.plan("A-1"), expires_in_s=60)
    with company.inside():
        Job.objects.update(expires_at=Now())

    assert agent.take()[1].id == str(write.pk)
    assert agent.poll().status_code == 204
    assert company.job(read).state == Job.State.EXPIRED


def test_the_time_a_read_is_given_counts_from_its_hand_out(agent: FakeAgent, company: Company) -> None:
    read = company.queue_health(expires_in_s=600)
    before = company.job(read).expires_at

    _, order = agent.take()

    assert order.ttl_s == 600
    assert company.job(read).expires_at > before


def test_a_job_without_a_result_for_long_is_handed_out_again_in_the_same_session(
    agent: FakeAgent, company: Company, bridge_settings
) -> None:
    change = company.plan("A-1")
    job = company.queue_import(change)
    agent.take()
    assert agent.poll().status_code == 204

    bridge_settings.BRIDGE_REHAND_S = 0
    _, order = agent.take()

    assert order.id == str(job.pk)
    assert company.change(change).attempt == 1


def test_the_intent_is_committed_before_the_crash_point_and_the_job_leaves(
    agent: FakeAgent, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    change = company.plan("A-1")
    company.queue_import(change)
    seen: list[tuple[str, str]] = []
    monkeypatch.setattr(
        "pohoda_bridge.server.hand_out.crashpoint", lambda name: seen.append((name, company.change(change).state))
    )

    agent.take()
    company.queue_health()
    agent.take()

    assert seen == [("P2.s02.intent", "intent")]
