from __future__ import annotations

import datetime as dt

import pytest
from django.db.models import F

from connectify.domain.errors import NeedsUser
from connectify.sync.models import Due
from pohoda_bridge.documents import UnitPin
from pohoda_bridge.protocol import Health
from pohoda_bridge.server.models import Agent, UnitYear
from pohoda_bridge.server.selectors import AgentStatus, agent_status, silent_limit
from pohoda_bridge.server.units import current_pin
from tests.bridge_server.fake_agent import FakeAgent
from tests.bridge_server.world import Company


def status(company: Company) -> AgentStatus:
    with company.inside():
        return agent_status(company.unit)


def test_a_unit_starts_without_an_agent(company: Company) -> None:
    assert (status(company).kind, status(company).code, status(company).is_online) == ("none", "no_agent", False)


def test_an_enrolled_agent_was_never_seen_before_its_first_session(enrolled, company: Company, other: Company) -> None:
    enrolled(company)

    assert (status(company).kind, status(company).code) == ("never_seen", "agent_never_seen")
    assert status(other).kind == "none"


def test_an_agent_that_asks_is_online_with_what_it_says_of_mserver(agent: FakeAgent, company: Company) -> None:
    assert (status(company).kind, status(company).mserver) == ("online", "")

    agent.poll(health=Health(agent_version="0.1.0", mserver="off", detail="port 666\0"))

    found = status(company)
    assert (found.is_online, found.code, found.mserver, found.detail) == (True, "", "off", "port 666")


def test_a_change_of_mserver_makes_the_unit_due(agent: FakeAgent, company: Company) -> None:
    def due_after(health: Health) -> int:
        with company.inside():
            Due.objects.filter(resource_id=company.unit.pk).update(due_at="2099-01-01T00:00:00Z")
        agent.poll(health=health)
        with company.inside():
            return Due.objects.get(resource_id=company.unit.pk).due_at.year

    ready = Health(agent_version="0.1.0", mserver="ready")
    assert due_after(ready) < 2099
    assert due_after(ready) == 2099


def test_a_silent_agent_is_offline_since_it_was_last_heard_of(agent: FakeAgent, company: Company) -> None:
    with company.inside():
        silent = silent_limit() + dt.timedelta(seconds=1)
        Agent.objects.update(last_seen_at=F("last_seen_at") - silent)
        last = Agent.objects.get().last_seen_at

    found = status(company)

    assert (found.kind, found.code, found.since) == ("offline", "agent_silent", last)
    assert found.params == {"host": "SERVER-1", "since": last.isoformat(timespec="seconds")}


def test_a_unit_with_standby_agents_alone_needs_a_person(agent: FakeAgent, enrolled, company: Company) -> None:
    enrolled(company)
    with company.inside():
        Agent.objects.filter(pk=agent.id).update(state=Agent.State.REVOKED)

    assert (status(company).kind, status(company).code) == ("standby", "agent_standby")


def test_the_pin_is_of_the_current_year(company: Company) -> None:
    with company.inside():
        assert current_pin(company.unit) == UnitPin(ico="12345678", database="12345678_2026.mdb", year=2026, key="")
        UnitYear.objects.update(state=UnitYear.State.CLOSED)
        with pytest.raises(NeedsUser, match="no_current_year"):
            current_pin(company.unit)
